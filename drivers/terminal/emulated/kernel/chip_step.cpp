#include "drivers/terminal/emulated/kernel/chip_step.hpp"

#include <utility>

namespace posbench::terminal {

using runtime::Task;

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
