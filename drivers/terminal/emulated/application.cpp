#include "drivers/terminal/emulated/application.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/runtime/job.hpp"
#include "drivers/terminal/emulated/advices.hpp"
#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/management.hpp"
#include "drivers/terminal/emulated/master_key.hpp"
#include "drivers/terminal/emulated/orders.hpp"
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

/// The function of the menu that downloads it: they have one name.
Function function_of(Download what) {
    return find_function(to_string(what)).value();
}

}  // namespace

Application::Application(Hardware hardware, const TerminalSettings& profile)
    : hardware_(std::move(hardware)),
      settings_(profile),
      panel_(hardware_.clock, hardware_.trace, hardware_.device, settings_),
      fitness_(panel_, hardware_.clock, hardware_.device, keypad_, settings_),
      printer_(panel_, hardware_.clock, hardware_.device, settings_),
      journal_(hardware_.clock, panel_, hardware_.flash, settings_),
      keys_(settings_.tmk, settings_.defects),
      link_(hardware_.clock, panel_, hardware_.device, hardware_.network, hardware_.host, settings_, keys_,
            journal_),
      online_(hardware_.clock, panel_, journal_, link_, keys_, settings_),
      downloader_(panel_, journal_, online_, settings_),
      parts_{settings_, hardware_.clock, hardware_.random, panel_,   journal_,        keys_,
             link_,     online_,         printer_,         fitness_, hardware_.reader},
      operators_(parts_.counter(), journal_, settings_.operator_number) {}

void Application::press(std::string_view key) {
    const auto known = find_key(key);
    if (!known) throw std::invalid_argument("the terminal has no key '" + std::string(key) + "'");
    const Keypad::Press press = keypad_.take(*known, hardware_.clock.now());
    if (settings_.defects.has(Defect::stuck_key_sells_twice)) {
        confirm_repeated_ = confirm_repeated_ || (press != Keypad::Press::taken && *known == Key::confirm);
    } else if (press != Keypad::Press::taken) {
        if (press == Keypad::Press::found_stuck) give_up_dialogue();
        return;
    }
    panel_.offer({Input::What::key, *known});
}

/// What a stuck key has typed is not to be trusted: whatever is asked at this moment is cancelled.
void Application::give_up_dialogue() {
    panel_.note(trace::Kind::terminal_fault,
                {{"what", "keypad"}, {"detail", say(Text::key_stuck, Language::en)}});
    panel_.offer({Input::What::key, Key::cancel});
}

void Application::choose(Function function) {
    chosen_ = function;
    panel_.offer({Input::What::menu, {}});
}

void Application::scan(std::string_view text) {
    if (!panel_.wants_code()) return panel_.note(trace::Kind::terminal_scanned, {{"outcome", "ignored"}});
    panel_.offer({Input::What::code, {}, std::string(text)});
}

bool Application::idle() const noexcept {
    return idle_ && !chosen_ && !panel_.input_waiting();
}

Task<void> Application::run() {
    const runtime::Job reader_watcher(hardware_.clock, watch_reader());
    const runtime::Job device_watcher(hardware_.clock, watch_device());
    co_await boot();
    for (;;) {
        const Function function = co_await wait_idle();
        const auto unfit = co_await examine(function);
        if (unfit) {
            co_await refuse(function, *unfit);
        } else {
            co_await serve(function);
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

/// The same for the device.
Task<void> Application::watch_device() {
    for (;;) {
        co_await hardware_.device.changed().wait(hardware_.clock);
        panel_.offer({Input::What::device, {}});
    }
}

Task<void> Application::boot() {
    co_await panel_.enter(State::booting);
    co_await panel_.show(Text::starting);
    co_await hardware_.clock.sleep_for(settings_.timings.boot);
    if (hardware_.device.condition().tampered && !settings_.defects.has(Defect::ignores_tamper)) {
        unfit_ = Unfit{"locked", Text::tampered};
        trace::Fields fault{{"what", "tamper"}};
        co_await panel_.emit(trace::Kind::terminal_fault, std::move(fault));
        co_return;
    }
    if (auto damaged = journal_.load()) {
        unfit_ = Unfit{"storage", Text::storage_damaged};
        trace::Fields fault{{"what", "storage"}, {"detail", *std::move(damaged)}};
        co_await panel_.emit(trace::Kind::terminal_fault, std::move(fault));
        co_return;
    }
    if (journal_.is_new() && settings_.clock)
        journal_.set_clock_offset(*settings_.clock - hardware_.clock.wall_start());
    if (settings_.defects.has(Defect::reversal_lost_at_power_off)) journal_.lose_reversal();
    if (settings_.defects.has(Defect::forgets_order_at_power_cut)) journal_.lose_order();

    // Of each load() has seen that it can be in force.
    for (const Download what : {Download::parameters, Download::authority_keys, Download::applications})
        if (const Bytes& octets = journal_.downloaded(what); !octets.empty())
            apply_download(what, octets, settings_);
    if (!journal_.master_key().empty()) keys_.set_master(journal_.master_key());
    // Keys of an earlier sign-in serve until there are new ones; damaged ones do not.
    if (!journal_.keys().empty()) keys_.load(settings_.sign_in_key_type, journal_.keys());
    co_await print_open_receipt(parts_.counter(), printer_, journal_, true);
    co_await print_open_report(parts_.counter(), printer_, journal_);
    if (settings_.sign_in_at_start) co_await sign_in();
}

/// A sign-in, and right after it what is owed: the pending reversal, the pending order, advices, a settlement
/// that was interrupted. What fails is on the display; the next transaction tries again.
Task<void> Application::sign_in() {
    auto failure = co_await online_.sign_in();
    if (!failure) failure = co_await online_.settle_reversal();
    if (!failure) failure = co_await settle_order(parts_);
    if (!failure && journal_.settlement()) co_return co_await settle();
    if (!failure) failure = co_await clear_advices(parts_);
    if (!failure) co_return;
    std::string text = failure->text;
    co_await panel_.show(std::move(text));
}

/// Whether the function may begin. A terminal that cannot read its storage does not know what it owes or
/// which numbers it has used: it does nothing, and leaves the storage as it is for whoever repairs it. Of the
/// hardware only transactions need all; what is still to be printed comes before the next one.
Task<std::optional<Unfit>> Application::examine(Function function) {
    if (unfit_ || !transaction_of(function)) co_return unfit_;
    const auto unfit = co_await fitness_.examine();
    if (unfit) co_return unfit;
    co_await print_open_receipt(parts_.counter(), printer_, journal_, true);
    if (!journal_.open_receipt()) co_await print_open_report(parts_.counter(), printer_, journal_);
    if (!journal_.open_receipt() && !journal_.open_report()) co_return std::nullopt;
    co_return Unfit{"device", printer_.trouble()};
}

Task<void> Application::refuse(Function function, Unfit unfit) {
    if (function == Function::sign_in) {
        co_await panel_.show(unfit.text);
        trace::Fields event{{"outcome", "failed"}};
        co_await panel_.emit(trace::Kind::terminal_sign_in, std::move(event));
        co_return;
    }
    End end = ended("failed", unfit.reason, unfit.text, panel_.language());
    co_await tell(function, std::move(end));
}

/// The idle display, until the operator wants something.
Task<Function> Application::wait_idle() {
    Panel::Dialogue dialogue(panel_);
    const bool locked = unfit_ && unfit_->text == Text::tampered;
    co_await panel_.enter(locked ? State::locked : State::idle);
    const Text text = operators_.absent() ? Text::log_in_first : Text::idle;
    co_await panel_.show(unfit_ ? unfit_->text : text);
    co_await fitness_.warn();
    idle_ = true;
    for (;;) {
        if (chosen_) {
            idle_ = false;
            co_return *std::exchange(chosen_, std::nullopt);
        }
        const auto input = co_await dialogue.next(runtime::never);
        if (input && input->what == Input::What::device) co_await fitness_.warn();
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
    if (charges_again()) co_await transaction.repeat();
    // The host is there and the customer served: the best moment for what is still to be told.
    if (transaction.host_answered()) {
        const auto still_due = co_await clear_advices(parts_);
        static_cast<void>(still_due);
    }
}

/// Two ways of charging twice (defects).
bool Application::charges_again() {
    const bool torn = printer_.take_failure();
    const bool repeated = std::exchange(confirm_repeated_, false);
    return (torn && settings_.defects.has(Defect::repeats_sale_after_printer_fault)) || repeated;
}

Task<End> Application::perform(Function function) {
    switch (function) {
        case Function::sign_off:
            return sign_off(panel_, journal_, online_, settings_);
        case Function::echo:
            return test_line(panel_, journal_, online_, settings_);
        case Function::parameters:
            return downloader_.download(Download::parameters);
        case Function::authority_keys:
            return downloader_.download(Download::authority_keys);
        case Function::applications:
            return downloader_.download(Download::applications);
        case Function::master_key:
            return load_master_key(parts_.counter(), journal_, keys_);
        case Function::reprint:
            return reprint();
        case Function::login:
        case Function::logout:
            return log_in(function);
        default:
            throw std::logic_error("a function without a performance");
    }
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

/// The last receipt of the batch once more: what the host refused has none, nor a refund it has not answered.
Task<End> Application::reprint() {
    const auto& batch = journal_.transactions();
    const auto printed_last = std::find_if(batch.rbegin(), batch.rend(), [](const TransactionRecord& kept) {
        const bool open = is_refund(kept.type) && kept.upload == Upload::due;
        return !open && kept.upload != Upload::refused;
    });
    if (printed_last == batch.rend())
        co_return ended("failed", "not_found", Text::nothing_to_print, panel_.language());
    TransactionRecord last = *printed_last;
    if (settings_.defects.has(Defect::counts_reprint_twice)) co_await journal_.count_twice(last);
    const bool printed = co_await reprint_receipt(parts_.counter(), printer_, std::move(last));
    if (!printed) co_return ended("failed", "device", printer_.trouble(), panel_.language());
    co_return ended("approved", {}, Text::reprinted, panel_.language());
}

Task<void> Application::settle() {
    Settlement settlement(parts_);
    End end = co_await settlement.run();
    co_await tell(Function::settlement, std::move(end));
    co_await print_open_report(parts_.counter(), printer_, journal_);
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

/// Does what a reply's header wanted, before the next transaction, and what the replies to that want in turn:
/// each once, for a host may want it for ever. What fails is wanted still.
Task<void> Application::obey_host() {
    std::vector<Requirement> obeyed{Requirement::none};
    while (std::ranges::find(obeyed, online_.requirement()) == obeyed.end()) {
        obeyed.push_back(online_.requirement());
        const auto download = wanted(online_.requirement());
        if (!download) {
            co_await sign_in();
            continue;
        }
        End end = co_await downloader_.download(*download);
        co_await tell(function_of(*download), std::move(end));
    }
}

}  // namespace posbench::terminal
