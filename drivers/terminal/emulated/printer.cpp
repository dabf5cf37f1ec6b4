#include "drivers/terminal/emulated/printer.hpp"

#include <string>

namespace posbench::terminal {

using runtime::Task;

Task<bool> Printer::print() {
    const runtime::TimePoint end = clock_.now() + settings_.timings.print;
    while (!device_.printer_trouble()) {
        const bool changed = co_await device_.changed().wait(clock_, end);
        if (!changed) co_return true;
    }
    failed_ = true;
    trace::Fields fault{{"what", "printer"}, {"detail", say(*device_.printer_trouble(), Language::en)}};
    co_await panel_.emit(trace::Kind::terminal_fault, std::move(fault));
    co_return false;
}

Task<bool> Printer::offer_again() {
    Panel::Dialogue dialogue(panel_);
    std::string text(say(trouble(), panel_.language()));
    text += "\n" + std::string(say(Text::print_again, panel_.language()));
    co_await panel_.show(std::move(text));
    co_await panel_.prompt("reprint");
    const runtime::TimePoint deadline = clock_.now() + settings_.operator_wait;
    for (;;) {
        const auto input = co_await dialogue.next(deadline);
        if (!input) co_return false;
        if (input->what != Input::What::key) continue;
        if (input->key != Key::confirm && input->key != Key::cancel) continue;
        co_await panel_.took(input->key);
        co_return input->key == Key::confirm;
    }
}

}  // namespace posbench::terminal
