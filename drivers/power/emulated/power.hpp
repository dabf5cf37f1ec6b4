#pragma once

#include "bench/trace/recorder.hpp"
#include "drivers/power/power.hpp"
#include "drivers/terminal/terminal.hpp"

namespace posbench::power::emulated {

/// The supply of a terminal that the bench itself runs. Starts cut.
class EmulatedPower final : public Power {
  public:
    EmulatedPower(trace::Recorder& trace, terminal::Terminal& terminal) noexcept
        : trace_(trace), terminal_(terminal) {}

    /// Nothing happens when it is cut already.
    void cut() override;
    /// Nothing happens when it is on already.
    void restore() override;
    bool on() const noexcept override { return on_; }

  private:
    trace::Recorder& trace_;
    terminal::Terminal& terminal_;
    bool on_ = false;
};

}  // namespace posbench::power::emulated
