#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/task.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/terminal/emulated/panel.hpp"

namespace posbench::terminal {

/// Why the chip's part of a transaction ended.
struct ChipFailure {
    std::string_view outcome;  ///< failed, declined or cancelled, as terminal.outcome names it
    std::string_view reason;
    Text text{};
    bool fallback = false;  ///< the chip itself could not be read: the stripe may be used
};
using ChipStep = std::optional<ChipFailure>;

/// What a transaction came to at the chip.
enum class Decision : std::uint8_t {
    none,      ///< nothing is decided yet
    online,    ///< the card gave an ARQC: the host decides
    approved,  ///< the card gave a TC, offline or after the host
    declined,
};

/// "ARQC", of cryptogram information data (9F27).
std::string_view cryptogram_name(std::uint8_t information) noexcept;

/// Tells the steps of a chip transaction as terminal.chip, each with the TVR as it stands, after the time
/// that the step takes.
class StepReport {
  public:
    StepReport(Panel& panel, runtime::Clock& clock, const TerminalSettings& settings, const emv::Tvr& tvr)
        : panel_(panel), clock_(clock), settings_(settings), tvr_(tvr) {}

    runtime::Task<ChipStep> done(std::string_view step, std::string detail = {});
    runtime::Task<ChipStep> failed(std::string_view step, ChipFailure failure, std::string detail = {});

  private:
    runtime::Task<void> tell(std::string_view step, std::string_view outcome, std::string detail);

    Panel& panel_;
    runtime::Clock& clock_;
    const TerminalSettings& settings_;
    const emv::Tvr& tvr_;
};

}  // namespace posbench::terminal
