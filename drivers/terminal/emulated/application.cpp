#include "drivers/terminal/emulated/application.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "bench/runtime/job.hpp"
#include "drivers/terminal/emulated/receipt.hpp"

namespace posbench::terminal {

using runtime::Task;

Application::Application(Hardware hardware, std::shared_ptr<const TerminalSettings> settings)
    : hardware_(std::move(hardware)),
      settings_(std::move(settings)),
      panel_(hardware_.clock, hardware_.trace, *settings_),
      journal_(hardware_.clock, panel_, hardware_.flash, settings_->timings.flash_write, settings_->dialect),
      keys_(settings_->tmk, settings_->defects),
      link_(hardware_.clock, panel_, hardware_.network, hardware_.host, *settings_, keys_),
      online_(hardware_.clock, panel_, journal_, link_, keys_, *settings_),
      parts_{*settings_, hardware_.clock, hardware_.random, panel_,          journal_,
             keys_,      link_,           online_,          hardware_.reader} {}

void Application::press(std::string_view key) {
    const auto known = find_key(key);
    if (!known) throw std::invalid_argument("the terminal has no key '" + std::string(key) + "'");
    panel_.offer({Input::What::key, *known});
}

void Application::request_sign_in() {
    sign_in_requested_ = true;
    panel_.offer({Input::What::sign_in, {}});
}

bool Application::idle() const noexcept {
    return idle_ && !sign_in_requested_ && !panel_.input_waiting();
}

Task<void> Application::run() {
    const runtime::Job watcher(hardware_.clock, watch_reader());
    co_await boot();
    for (;;) {
        const Input input = co_await wait_idle();
        if (!fit_) {
            co_await refuse(input.what);
        } else if (input.what == Input::What::sign_in) {
            co_await sign_in();
        } else {
            Sale sale(parts_);
            co_await sale.run();
        }
    }
}

/// Tells the panel that something happened at the card reader.
Task<void> Application::watch_reader() {
    if (!hardware_.reader) co_return;
    for (;;) {
        co_await hardware_.reader->changed().wait(hardware_.clock);
        panel_.offer({Input::What::card, {}});
    }
}

Task<void> Application::boot() {
    co_await panel_.enter(State::booting);
    co_await panel_.show(Text::starting);
    co_await hardware_.clock.sleep_for(settings_->timings.boot);
    if (auto damaged = journal_.load()) {
        fit_ = false;
        trace::Fields fault{{"what", "storage"}, {"detail", *std::move(damaged)}};
        co_await panel_.emit(trace::Kind::terminal_fault, std::move(fault));
        co_return;
    }
    if (journal_.is_new() && settings_->clock)
        journal_.set_clock_offset(*settings_->clock - hardware_.clock.wall_start());
    if (settings_->defects.has(Defect::reversal_lost_at_power_off)) journal_.lose_reversal();

    // Keys of an earlier sign-in serve until there are new ones; damaged ones do not.
    if (!journal_.keys().empty()) keys_.load(settings_->sign_in_key_type, journal_.keys());
    co_await print_open_receipt(panel_, hardware_.clock, journal_, *settings_, true);
    if (settings_->sign_in_at_start) co_await sign_in();
}

/// A sign-in, and right after it the pending reversal. What fails is on the display; the next sale tries
/// again.
Task<void> Application::sign_in() {
    sign_in_requested_ = false;
    const auto failure = co_await online_.sign_in();
    if (failure) co_return;
    const auto owing = co_await online_.settle_reversal();
    if (!owing) co_return;
    std::string text = owing->text;
    co_await panel_.show(std::move(text));
}

/// A terminal that cannot read its storage does not know what it owes or which numbers it has used: it
/// neither trades nor signs in, and leaves the storage as it is for whoever repairs it.
Task<void> Application::refuse(Input::What wanted) {
    co_await panel_.show(Text::storage_damaged);
    if (wanted == Input::What::sign_in) {
        sign_in_requested_ = false;
        trace::Fields event{{"outcome", "failed"}};
        co_await panel_.emit(trace::Kind::terminal_sign_in, std::move(event));
        co_return;
    }
    trace::Fields event{{"transaction", "sale"},
                        {"outcome", "failed"},
                        {"reason", "storage"},
                        {"text", say(Text::storage_damaged, panel_.language())}};
    co_await panel_.emit(trace::Kind::terminal_outcome, std::move(event));
}

/// The idle display, until the operator wants something.
Task<Input> Application::wait_idle() {
    Panel::Dialogue dialogue(panel_);
    co_await panel_.enter(State::idle);
    co_await panel_.show(fit_ ? Text::idle : Text::storage_damaged);
    idle_ = true;
    for (;;) {
        if (sign_in_requested_) {
            idle_ = false;
            co_return Input{Input::What::sign_in, {}};
        }
        const auto input = co_await dialogue.next(runtime::never);
        const bool sale = input && input->what == Input::What::key && input->key == Key::sale;
        if (!sale) continue;
        idle_ = false;
        co_await panel_.took(Key::sale);
        co_return *input;
    }
}

}  // namespace posbench::terminal
