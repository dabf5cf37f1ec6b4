#include "bench/runner/perform.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace posbench::runner {
namespace {

using runtime::Task;
using scenario::Step;

/// An argument that validation has already seen; null when it was left out.
template <class T>
const T* argument(const Step& step, std::string_view name) {
    const auto* table = step.args.get<config::Table>();
    const config::Value* value = table ? table->find(name) : nullptr;
    return value ? value->get<T>() : nullptr;
}

/// Empty when it was left out.
std::string text(const Step& step, std::string_view name) {
    const auto* found = argument<std::string>(step, name);
    return found ? *found : std::string();
}

/// None when it was left out.
std::optional<Amount> amount(const Step& step, std::string_view name) {
    const std::string typed = text(step, name);
    if (typed.empty()) return std::nullopt;
    const auto parsed = Amount::parse(typed, cny);
    if (!parsed)
        throw std::logic_error(fmt::format("{}: an amount passed validation and does not parse", step.verb));
    return parsed;
}

Answers answers(const Step& step) {
    Answers answers;
    answers.amount = amount(step, "amount");
    answers.tip = amount(step, "tip");
    if (const auto* original = argument<std::string>(step, "original")) answers.original = *original;
    answers.reference = text(step, "reference");
    answers.date = text(step, "date");
    answers.auth_code = text(step, "auth_code");
    answers.operator_number = text(step, "operator");
    answers.password = text(step, "password");
    answers.key_components = {text(step, "key_component_1"), text(step, "key_component_2")};
    return answers;
}

terminal::Function function(const Step& step) {
    const std::string name = step.verb == "terminal.sale" ? "sale" : text(step, "transaction");
    const auto found = terminal::find_function(name);
    if (!found) throw std::logic_error("a function passed validation and is none: " + name);
    return *found;
}

network::Network::Cut cut_mode(const Step& step) {
    const std::string mode = text(step, "mode");
    if (mode == "refused") return network::Network::Cut::refused;
    if (mode == "blackholed") return network::Network::Cut::blackholed;
    return network::Network::Cut::link;
}

/// Keys separated by blanks: "1 2 3 confirm".
Task<void> press_all(Operator& hand, std::string keys) {
    for (std::size_t begin = 0; begin < keys.size();) {
        const std::size_t end = std::min(keys.find(' ', begin), keys.size());
        if (end > begin) co_await hand.press(std::string_view(keys).substr(begin, end - begin));
        begin = end + 1;
    }
}

Task<std::string> perform_terminal(const Step& step, Operator& hand) {
    if (step.verb == "terminal.sale" || step.verb == "terminal.start") {
        Answers typed = answers(step);
        co_return co_await hand.start(function(step), std::move(typed));
    }
    if (step.verb == "terminal.sign_in") co_return co_await hand.sign_in();
    if (step.verb == "terminal.key") {
        co_await press_all(hand, text(step, "keys"));
    } else if (step.verb == "terminal.pin") {
        const std::string digits = text(step, "digits");
        co_await hand.type(digits);
        co_await hand.press("confirm");
    } else {
        throw std::logic_error("verb without a performance: " + step.verb);
    }
    co_return "";
}

/// The customer holds the phone before the terminal's display: any line of it may be the code, and a dark one
/// has none. Of a terminal whose display nobody sees, the host knows the code that it was given last.
std::string scan_code(const Step& step, host::Host& host, const Operator& hand) {
    const std::string wallet = text(step, "wallet"), code = text(step, "code");
    const std::optional<std::string> shown = hand.display();
    if (!code.empty() || !shown) return host.scan_code(wallet, code);
    std::string_view display = *shown;
    std::string missed = "the display shows no code";
    for (;;) {
        const std::string_view line = display.substr(0, display.find('\n'));
        if (!line.empty()) missed = host.scan_code(wallet, line);
        if (missed.empty() || line.size() == display.size()) return missed;
        display.remove_prefix(line.size() + 1);
    }
}

void perform_at_once(const Step& step, Rig& rig) {
    if (step.verb == "card.insert") {
        rig.card().insert(text(step, "how") == "reversed" ? card::Card::How::reversed
                                                          : card::Card::How::chip);
    } else if (step.verb == "card.tap") {
        const auto* cards = argument<std::int64_t>(step, "cards");
        rig.card().tap(cards && *cards == 2 ? card::Card::Field::two_cards : card::Card::Field::one_card);
    } else if (step.verb == "card.remove") {
        rig.card().remove();
    } else if (step.verb == "card.swipe") {
        rig.card().swipe();
    } else if (step.verb == "host.rules") {
        rig.host().add_rules(*step.args.get<config::Table>()->find("rules"));
    } else if (step.verb == "host.behave") {
        rig.host().behave();
    } else if (step.verb == "network.cut") {
        rig.network().cut(cut_mode(step));
    } else if (step.verb == "network.restore") {
        rig.network().restore(network::Network::Why::step);
    } else if (step.verb == "network.change") {
        rig.network().change(step.args);
    } else if (step.verb == "terminal.scan") {
        rig.terminal().scan(text(step, "code"));
    } else if (step.verb == "terminal.condition") {
        rig.terminal().condition(step.args);
    } else if (step.verb == "power.cut") {
        rig.power().cut();
    } else if (step.verb == "power.restore") {
        rig.power().restore();
    } else {
        throw std::logic_error("verb without a performance: " + step.verb);
    }
}

}  // namespace

// Whoever awaits this was resumed by the clock, so no driver is on the stack; and nothing may come between
// the event that a step waited for and what the step does.
Task<std::string> perform(const Step& step, Rig& rig, Operator& hand) {
    if (step.verb == "wait") co_return "";
    if (step.verb == "code.scan") co_return scan_code(step, rig.host(), hand);
    const bool by_hand = step.verb != "terminal.condition" && step.verb != "terminal.scan";
    if (step.verb.starts_with("terminal.") && by_hand) co_return co_await perform_terminal(step, hand);
    perform_at_once(step, rig);
    co_return "";
}

}  // namespace posbench::runner
