#include "drivers/terminal/emulated/application.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/runtime/job.hpp"
#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/management.hpp"
#include "drivers/terminal/emulated/parameters.hpp"
#include "drivers/terminal/emulated/receipt.hpp"
#include "drivers/terminal/emulated/settlement.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;

/// The type of transaction that a function of the menu begins; none: it is no transaction.
std::optional<iso8583::TransactionType> transaction_of(Function function) {
    for (const iso8583::TransactionRow& row : iso8583::transaction_table())
        if (to_string(row.type) == to_string(function)) return row.type;
    return std::nullopt;
}

}  // namespace

Application::Application(Hardware hardware, const TerminalSettings& profile)
    : hardware_(std::move(hardware)),
      settings_(profile),
      panel_(hardware_.clock, hardware_.trace, settings_),
      journal_(hardware_.clock, panel_, hardware_.flash, settings_),
      keys_(settings_.tmk, settings_.defects),
      link_(hardware_.clock, panel_, hardware_.network, hardware_.host, settings_, keys_),
      online_(hardware_.clock, panel_, journal_, link_, keys_, settings_),
      parts_{settings_, hardware_.clock, hardware_.random, panel_,          journal_,
             keys_,     link_,           online_,          hardware_.reader},
      operators_(parts_.counter(), journal_, settings_.operator_number) {}

void Application::press(std::string_view key) {
    const auto known = find_key(key);
    if (!known) throw std::invalid_argument("the terminal has no key '" + std::string(key) + "'");
    panel_.offer({Input::What::key, *known});
}

void Application::choose(Function function) {
    chosen_ = function;
    panel_.offer({Input::What::menu, {}});
}

bool Application::idle() const noexcept {
    return idle_ && !chosen_ && !panel_.input_waiting();
}

Task<void> Application::run() {
    const runtime::Job watcher(hardware_.clock, watch_reader());
    co_await boot();
    for (;;) {
        const Function function = co_await wait_idle();
        if (fit_) {
            co_await serve(function);
        } else {
            co_await refuse(function);
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
    co_await hardware_.clock.sleep_for(settings_.timings.boot);
    if (auto damaged = journal_.load()) {
        fit_ = false;
        trace::Fields fault{{"what", "storage"}, {"detail", *std::move(damaged)}};
        co_await panel_.emit(trace::Kind::terminal_fault, std::move(fault));
        co_return;
    }
    if (journal_.is_new() && settings_.clock)
        journal_.set_clock_offset(*settings_.clock - hardware_.clock.wall_start());
    if (settings_.defects.has(Defect::reversal_lost_at_power_off)) journal_.lose_reversal();

    apply_parameters(journal_.parameters(), settings_);
    // Keys of an earlier sign-in serve until there are new ones; damaged ones do not.
    if (!journal_.keys().empty()) keys_.load(settings_.sign_in_key_type, journal_.keys());
    co_await print_open_receipt(parts_.counter(), journal_, true);
    co_await print_open_report(parts_.counter(), journal_);
    if (settings_.sign_in_at_start) co_await sign_in();
}

/// A sign-in, and right after it what is owed: the pending reversal, advices, a settlement that was
/// interrupted. What fails is on the display; the next transaction tries again.
Task<void> Application::sign_in() {
    auto failure = co_await online_.sign_in();
    if (!failure) failure = co_await online_.settle_reversal();
    if (!failure && journal_.settlement()) co_return co_await settle();
    if (!failure) failure = co_await online_.upload_advices();
    if (!failure) co_return;
    std::string text = failure->text;
    co_await panel_.show(std::move(text));
}

/// A terminal that cannot read its storage does not know what it owes or which numbers it has used: it
/// neither trades nor signs in, and leaves the storage as it is for whoever repairs it.
Task<void> Application::refuse(Function function) {
    if (function == Function::sign_in) {
        co_await panel_.show(Text::storage_damaged);
        trace::Fields event{{"outcome", "failed"}};
        co_await panel_.emit(trace::Kind::terminal_sign_in, std::move(event));
        co_return;
    }
    End end = ended("failed", "storage", Text::storage_damaged, panel_.language());
    co_await tell(function, std::move(end));
}

/// The idle display, until the operator wants something.
Task<Function> Application::wait_idle() {
    Panel::Dialogue dialogue(panel_);
    co_await panel_.enter(State::idle);
    const Text text = !fit_ ? Text::storage_damaged : operators_.absent() ? Text::log_in_first : Text::idle;
    co_await panel_.show(text);
    idle_ = true;
    for (;;) {
        if (chosen_) {
            idle_ = false;
            co_return *std::exchange(chosen_, std::nullopt);
        }
        const auto input = co_await dialogue.next(runtime::never);
        const bool sale = input && input->what == Input::What::key && input->key == Key::sale;
        if (!sale) continue;
        idle_ = false;
        co_await panel_.took(Key::sale);
        co_return Function::sale;
    }
}

// ---- functions of the menu -------------------------------------------------------------------------------

Task<void> Application::serve(Function function) {
    if (function == Function::sign_in) co_return co_await sign_in();
    if (function == Function::settlement) {
        Step refused = co_await admit(function);
        if (!refused) co_return co_await settle();
        co_return co_await tell(function, *std::move(refused));
    }
    Step refused = co_await admit(function);
    if (refused) co_return co_await tell(function, *std::move(refused));
    const auto type = transaction_of(function);
    if (type) {
        co_await trade(*type);
    } else {
        End end = co_await perform(function);
        co_await tell(function, std::move(end));
    }
    co_await obey_host();
}

/// Whether it may be done at all: who works here, and whether a settlement is open.
Task<Step> Application::admit(Function function) {
    Step refused = co_await operators_.permit(function);
    if (refused) co_return refused;
    if (transaction_of(function) && journal_.settlement())
        co_return ended("failed", "not_allowed", Text::settlement_open, panel_.language());
    co_return std::nullopt;
}

Task<void> Application::trade(iso8583::TransactionType type) {
    co_await obey_host();
    panel_.take_lost_confirm();
    Transaction transaction(parts_, type);
    End end = co_await conduct(transaction);
    co_await transaction.conclude(std::move(end));
}

Task<End> Application::perform(Function function) {
    switch (function) {
        case Function::sign_off:
            return sign_off(panel_, journal_, online_, settings_);
        case Function::echo:
            return test_line(panel_, journal_, online_, settings_);
        case Function::parameters:
            return download_parameters(panel_, journal_, online_, settings_);
        case Function::reprint:
            return reprint();
        case Function::login:
        case Function::logout:
            return log_in(function);
        case Function::authority_keys:
        case Function::applications:
            return cannot();
        default:
            throw std::logic_error("a function without a performance");
    }
}

Task<End> Application::cannot() {
    co_return ended("failed", "not_allowed", Text::not_supported, panel_.language());
}

Task<End> Application::log_in(Function function) {
    if (function == Function::logout) {
        operators_.log_out();
        co_return ended("approved", {}, Text::logged_out, panel_.language());
    }
    Step refused = co_await operators_.log_in();
    if (refused) co_return *std::move(refused);
    co_return ended("approved", {}, Text::logged_in, panel_.language());
}

/// The last receipt of the batch once more.
Task<End> Application::reprint() {
    if (journal_.transactions().empty())
        co_return ended("failed", "not_found", Text::nothing_to_print, panel_.language());
    TransactionRecord last = journal_.transactions().back();
    if (settings_.defects.has(Defect::counts_reprint_twice)) co_await journal_.count_twice(last);
    co_await reprint_receipt(parts_.counter(), std::move(last));
    co_return ended("approved", {}, Text::reprinted, panel_.language());
}

Task<void> Application::settle() {
    Settlement settlement(parts_);
    End end = co_await settlement.run();
    co_await tell(Function::settlement, std::move(end));
    co_await print_open_report(parts_.counter(), journal_);
}

Task<void> Application::tell(Function function, End end) {
    std::string shown = end.text;
    co_await panel_.show(std::move(shown));
    trace::Fields event{{"transaction", to_string(function)}, {"outcome", end.outcome}};
    if (!end.reason.empty()) event.emplace_back("reason", end.reason);
    event.emplace_back("text", end.text);
    if (!end.code.empty()) event.emplace_back("code", end.code);
    co_await panel_.emit(trace::Kind::terminal_outcome, std::move(event));
}

/// Does what a reply's header wanted, before the next transaction; what fails is wanted still.
Task<void> Application::obey_host() {
    if (online_.requirement() == Requirement::sign_in) co_await sign_in();
    if (online_.requirement() == Requirement::parameters) {
        End end = co_await download_parameters(panel_, journal_, online_, settings_);
        co_await tell(Function::parameters, std::move(end));
    }
}

}  // namespace posbench::terminal
