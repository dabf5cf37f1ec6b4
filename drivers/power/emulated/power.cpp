#include "drivers/power/emulated/power.hpp"

namespace posbench::power::emulated {

void EmulatedPower::cut() {
    if (!on_) return;
    on_ = false;
    trace_.emit(trace::Kind::power_cut);
    terminal_.power_off();
}

void EmulatedPower::restore() {
    if (on_) return;
    on_ = true;
    trace_.emit(trace::Kind::power_restored);
    terminal_.power_on();
}

}  // namespace posbench::power::emulated
