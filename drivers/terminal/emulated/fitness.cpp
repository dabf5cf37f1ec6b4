#include "drivers/terminal/emulated/fitness.hpp"

#include <utility>

namespace posbench::terminal {

using runtime::Task;

std::optional<Fitness::Finding> Fitness::look() const noexcept {
    const Condition& condition = device_.condition();
    if (device_.is_low() && !settings_.defects.has(Defect::sells_on_low_battery))
        return Finding{"battery", {"device", Text::battery_low}};
    if (condition.storage_full) return Finding{"storage", {"storage", Text::storage_full}};
    if (keypad_.stuck(clock_.now())) return Finding{"keypad", {"device", Text::key_stuck}};
    if (condition.chip_reader_dead && condition.stripe_reader_dead)
        return Finding{"reader", {"device", Text::readers_dead}};
    if (const auto trouble = device_.printer_trouble()) return Finding{"printer", {"device", *trouble}};
    return std::nullopt;
}

Task<std::optional<Unfit>> Fitness::examine() {
    const auto finding = look();
    if (finding) {
        co_await report(finding->part, finding->unfit.text);
        co_return finding->unfit;
    }
    if (device_.is_warm()) {
        co_await report("thermal", Text::too_warm);
        co_await panel_.show(Text::too_warm);
    }
    const Condition& condition = device_.condition();
    const bool field_dead = settings_.contactless_reader && condition.contactless_reader_dead;
    if (condition.chip_reader_dead || condition.stripe_reader_dead || field_dead)
        co_await report("reader", card_prompt(reads_field()));
    co_return std::nullopt;
}

Task<void> Fitness::warn() {
    if (device_.is_warm()) {
        co_await report("thermal", Text::too_warm);
        co_await panel_.show(Text::too_warm);
    }
    if (device_.is_low()) {
        co_await report("battery", Text::battery_low);
        co_await panel_.show(Text::battery_low);
    }
}

Text Fitness::card_prompt(bool field) const noexcept {
    const Condition& condition = device_.condition();
    if (!condition.chip_reader_dead && !condition.stripe_reader_dead) {
        if (settings_.contactless_reader && condition.contactless_reader_dead)
            return Text::contactless_reader_dead;
        return field ? Text::present_any_card : Text::present_card;
    }
    const bool blames_the_other = settings_.defects.has(Defect::blames_wrong_reader);
    return condition.chip_reader_dead != blames_the_other ? Text::chip_reader_dead : Text::stripe_reader_dead;
}

Task<void> Fitness::report(std::string_view part, Text text) {
    trace::Fields fault{{"what", part}, {"detail", say(text, Language::en)}};
    co_await panel_.emit(trace::Kind::terminal_fault, std::move(fault));
}

}  // namespace posbench::terminal
