#include "drivers/registry.hpp"

#include "drivers/card/emulated/driver.hpp"
#include "drivers/card/vpcd/vpcd.hpp"
#include "drivers/host/acquirer/driver.hpp"
#include "drivers/network/loopback/driver.hpp"
#include "drivers/network/virtual/driver.hpp"
#include "drivers/power/emulated/driver.hpp"
#include "drivers/terminal/emulated/driver.hpp"
#include "drivers/terminal/process/driver.hpp"

namespace posbench::drivers {

std::span<const Driver<MakeCard>> card_drivers() {
    static constexpr Driver<MakeCard> drivers[]{
        {"emulated", "programmable card in software: EMV contact chip and magnetic stripe", true, true,
         card::prepare, card::lacks},
    };
    return drivers;
}

std::span<const CardDoor> card_doors() {
    static const CardDoor doors[]{
        {"vpcd",
         "virtual reader of pcscd (Debian vsmartcard-vpcd), over TCP",
         {"127.0.0.1", 35963},
         card::vpcd::make_door},
    };
    return doors;
}

std::span<const Driver<MakeNetwork>> network_drivers() {
    static constexpr Driver<MakeNetwork> drivers[]{
        {"virtual", "simulated link with TCP above it, in virtual time", true, false,
         network::virtual_net::prepare, network::virtual_net::lacks},
        {"loopback", "real TCP on 127.0.0.1, without impairment", false, true, network::loopback::prepare,
         network::loopback::lacks},
    };
    return drivers;
}

std::span<const Driver<MakeHost>> host_drivers() {
    static constexpr Driver<MakeHost> drivers[]{
        {"acquirer", "UnionPay-style acquirer with an issuer behind it", true, true, host::prepare,
         host::lacks},
    };
    return drivers;
}

std::span<const Driver<MakeTerminal>> terminal_drivers() {
    static constexpr Driver<MakeTerminal> drivers[]{
        {"emulated", "reference terminal inside the bench", true, true, terminal::prepare, terminal::lacks},
        {"process", "a terminal as a process of its own, over a control channel", false, true,
         terminal::process::prepare, terminal::process::lacks},
    };
    return drivers;
}

std::span<const Driver<MakePower>> power_drivers() {
    static constexpr Driver<MakePower> drivers[]{
        {"emulated", "switches an emulated terminal on and off", true, true, power::emulated::prepare,
         power::emulated::lacks},
    };
    return drivers;
}

}  // namespace posbench::drivers
