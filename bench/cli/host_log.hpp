#pragma once

#include <cstdint>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/latencies.hpp"
#include "bench/runtime/money.hpp"
#include "bench/trace/event.hpp"
#include "drivers/host/figures.hpp"

namespace posbench::cli {

/// The live log of a host on standard output: a line an event, and when there are more in a second than can
/// be read, a line a second with what it leaves out, counted.
class HostLog {
  public:
    enum class Detail { lines, seconds, none };

    HostLog(const runtime::Clock& clock, const Currency& currency, Detail detail, bool colour) noexcept
        : clock_(clock), currency_(currency), detail_(detail), colour_(colour) {}

    bool wants_events() const noexcept { return detail_ != Detail::none; }
    /// @param figures have the event already
    void event(const trace::Event& event, const host::Figures& figures);
    /// Tells what the second that ends now left out.
    void second();

  private:
    void line(runtime::TimePoint at, const std::string& text, bool bad);

    const runtime::Clock& clock_;
    Currency currency_;
    Detail detail_;
    bool colour_;
    int lines_ = 0;  ///< of this second
    std::uint64_t left_out_ = 0, requests_ = 0, approved_ = 0, refused_ = 0;
    runtime::Latencies latencies_;
};

}  // namespace posbench::cli
