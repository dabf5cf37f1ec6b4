#include "drivers/terminal/emulated/kernel/chip_step.hpp"

#include <utility>

namespace posbench::terminal {

using runtime::Task;

std::string_view cryptogram_name(std::uint8_t information) noexcept {
    switch (information & 0xC0) {
        case 0x00:
            return "AAC";
        case 0x40:
            return "TC";
        case 0x80:
            return "ARQC";
        default:
            return "AAR";
    }
}

Task<void> StepReport::tell(std::string_view step, std::string_view outcome, std::string detail) {
    co_await clock_.sleep_for(settings_.timings.chip_step);
    trace::Fields event{{"step", step}, {"outcome", outcome}, {"tvr", tvr_.names()}};
    if (!detail.empty()) event.emplace_back("detail", std::move(detail));
    co_await panel_.emit(trace::Kind::terminal_chip, std::move(event));
}

Task<ChipStep> StepReport::done(std::string_view step, std::string detail) {
    co_await tell(step, "done", std::move(detail));
    co_return std::nullopt;
}

Task<ChipStep> StepReport::failed(std::string_view step, ChipFailure failure, std::string detail) {
    co_await tell(step, failure.reason, std::move(detail));
    co_return failure;
}

}  // namespace posbench::terminal
