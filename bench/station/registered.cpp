#include "bench/station/station.hpp"

namespace posbench::station {

Drivers registered_drivers() {
    return {drivers::card_drivers(), drivers::host_drivers(), drivers::terminal_drivers(),
            drivers::network_drivers(), drivers::power_drivers()};
}

}  // namespace posbench::station
