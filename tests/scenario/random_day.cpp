#include "tests/scenario/random_day.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/job.hpp"

namespace posbench::tests {
namespace {

using namespace std::chrono_literals;
using runtime::Duration;
using runtime::Task;
using terminal::Function;
using trace::Event;
using trace::Kind;

constexpr runtime::WallTime morning = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h;

/// The messages that a host misbehaves to; the first ones are those of sales.
constexpr std::array requests{"0200", "0400", "0800", "0100", "0220", "0500", "0320", "0820"};
constexpr std::int64_t requests_of_sales = 3;

/// Customers who pay by code: at once, later, too late, never, or not.
struct Customer {
    std::string_view wallet, code, confirms;
    bool refuses = false;
};
constexpr std::array customers{
    Customer{"prompt", "6210948000000012", "at once"}, Customer{"slow", "621094800000001234", "8s"},
    Customer{"late", "62109480000000123456", "70s"}, Customer{"idle", "6210948000000012345678", "never"},
    Customer{"unwilling", "621094800000001234567890", "at once", true}};

/// The wallets of the host profile (TOML).
std::string wallets() {
    std::string text;
    for (const Customer& customer : customers)
        text += fmt::format("{}{} = {{ code = '{}', balance = '100000.00', confirms = '{}', refuses = {} }}",
                            text.empty() ? "" : ", ", customer.wallet, customer.code, customer.confirms,
                            customer.refuses);
    return text;
}

const Customer& draw_one(runtime::Random& random) {
    return customers[static_cast<std::size_t>(random.between(0, customers.size() - 1))];
}

/// Moments at which a fault begins.
constexpr std::array moments{Kind::terminal_connecting, Kind::terminal_connected, Kind::terminal_request,
                             Kind::host_connected,      Kind::host_request,       Kind::host_posted,
                             Kind::host_response,       Kind::terminal_response,  Kind::terminal_journal,
                             Kind::terminal_outcome,    Kind::terminal_printed,   Kind::terminal_display,
                             Kind::card_apdu,           Kind::network_segment,    Kind::terminal_prompt};

/// What the host does to a few messages. Nothing here lets books disagree by itself; a reversal is swallowed
/// less often than the terminal sends it.
constexpr std::array misbehaviour{
    "action = 'silence'",
    "action = 'silence_after_posting'",
    "action = 'close'",
    "action = 'close_after_posting'",
    "action = 'delay', duration = '29s'",
    "action = 'delay_after_posting', duration = '31s'",
    "action = 'respond', code = '91'",
    "action = 'respond', code = 'A0'",
    "action = 'close_inside_reply'",
    "action = 'half_reply', octets = 30",
    "action = 'duplicate_reply', gap = '500ms'",
    "action = 'earlier_reply'",
    "action = 'wrong_mac'",
    "action = 'no_mac'",
    "action = 'garbage'",
    "action = 'garbage', length = 'oversized'",
    "action = 'trickle'",
    "action = 'alter', field = 4, add = 100",
    "action = 'alter', field = 11, add = 1",
    "action = 'alter', field = 41, value = '99999999'",
    "action = 'alter', field = 39, remove = true",
    "action = 'alter', mti = '0810'",
    "action = 'alter', length = { add = 3 }",
    "action = 'delay_after_posting', duration = { distribution = 'normal', mean = '30s', deviation = '5s' }",
};

}  // namespace

station::BoundCase bound_day(const Presented& card, std::string_view defects) {
    static const station::Library library{POSBENCH_SOURCE_DIR};
    static const auto station = station::load_station("emulated", library);
    auto document = config::load_text(fmt::format(R"(
[scenario]
id    = "random.day"
title = {{ en = "A random day", zh = "随机的一天" }}
[given]
card     = {{ image = "{}"{} }}
host     = {{ profile = "unionpay", wallet = {{ {} }} }}
terminal = {{ profile = "countertop", reversal_resends = 9{}, defects = [{}] }}
network  = {{ profile = "clean" }}
[[step]]
do = "host.behave"
)",
                                                  card.image, card.card, wallets(), card.terminal, defects),
                                      "random.toml");
    const auto cases = scenario::read_cases(std::move(document), "random.toml");
    return station::bind(cases.front(), station, library);
}

Day::Day(const station::BoundCase& bound, Way way, Menu menu, int functions, std::uint64_t seed)
    : way_(way),
      menu_(menu),
      functions_(functions),
      random_(runtime::Random(seed).fork("day")),
      clock_(morning),
      trace_(clock_, nullptr),
      watch_(trace_),
      rig_(bound, clock_, trace_, seed),
      hand_(clock_, watch_, rig_.terminal()),
      cardholder_(hand_, watch_, clock_, rig_.card(), rig_.card().holder_pin(), true) {
    runtime::Job day(clock_, pass());
    clock_.run_until([&] { return day.done(); });
    rig_.host().stop();
}

std::vector<judge::LedgerLine> Day::differences() const {
    auto lines = judge::reconcile(trace_.events());
    std::erase_if(lines, [](const judge::LedgerLine& line) { return line.agrees; });
    return lines;
}

int Day::count(Kind kind, std::string_view field, std::string_view word) const {
    return static_cast<int>(std::ranges::count_if(trace_.events(), [&](const Event& event) {
        return event.kind == kind && event.text(field) == word;
    }));
}

Task<void> Day::pass() {
    rig_.network().start();
    rig_.host().start();
    rig_.power().restore();
    co_await rest();
    for (int i = 0; i < functions_; ++i) {
        co_await rest();
        Errand errand = draw();
        co_await run(std::move(errand));
        if (random_.chance(0.5)) lift();
    }
    co_await close();
}

/// An undisturbed terminal pays what it owes, and settles what it was told to.
Task<void> Day::close() {
    lift();
    co_await rest();
    std::string missed = co_await hand_.sign_in();
    co_await rest();
    bool settled = true;
    if (menu_ == Menu::whole && missed.empty()) {
        runner::Answers nothing;
        missed = co_await hand_.start(Function::settlement, std::move(nothing));
        co_await rest();
        const Event* last = watch_.last_before(
            watch_.position(), [](const Event& event) { return event.kind == Kind::terminal_settlement; });
        settled = last != nullptr && last->text("outcome") == "agreed";
    }
    at_rest_ = missed.empty() && settled && rig_.terminal().idle();
}

Day::Errand Day::draw() {
    Errand errand;
    errand.answers.amount = Amount(random_.between(1, 99'999), cny);
    if (menu_ == Menu::sales) return errand;
    const Event* receipt = watch_.last_before(watch_.position(), [](const Event& event) {
        return event.kind == Kind::terminal_printed && event.text("outcome") == "approved";
    });
    if (receipt != nullptr && random_.chance(0.5)) return draw_for(*receipt);
    constexpr std::array free{Function::sale,         Function::sale,         Function::offline_sale,
                              Function::offline_sale, Function::inquiry,      Function::pre_authorisation,
                              Function::scan_payment, Function::scan_payment, Function::present_payment,
                              Function::settlement,   Function::settlement,   Function::sign_in,
                              Function::sign_off,     Function::echo,         Function::parameters,
                              Function::reprint};
    errand.function = free[static_cast<std::size_t>(random_.between(0, free.size() - 1))];
    if (errand.function == Function::offline_sale) errand.answers.auth_code = "123456";
    errand.presents_card = errand.function == Function::sale || errand.function == Function::offline_sale ||
                           errand.function == Function::inquiry ||
                           errand.function == Function::pre_authorisation;
    return errand;
}

/// Something that follows from the receipt in the operator's hand.
Day::Errand Day::draw_for(const Event& receipt) {
    const std::string_view transaction = receipt.text("transaction");
    const std::int64_t minor = receipt.integer("amount").value_or(1);
    Errand errand;
    errand.answers.amount = Amount(minor, cny);
    const auto one_of = [this](auto... functions) {
        const std::array all{functions...};
        return all[static_cast<std::size_t>(random_.between(0, all.size() - 1))];
    };
    if (transaction == "sale") {
        errand.function = one_of(Function::sale_void, Function::tip, Function::refund);
        errand.answers.tip = Amount(std::max<std::int64_t>(minor / 10, 1), cny);
        if (errand.function == Function::refund)
            errand.answers.amount = Amount(random_.between(1, minor), cny);
        errand.presents_card = errand.function == Function::refund;
    } else if (transaction == "offline_sale") {
        errand.function = Function::adjustment;
        errand.answers.amount = Amount(random_.between(1, 99'999), cny);
        errand.presents_card = false;
    } else if (transaction == "scan_payment" || transaction == "present_payment") {
        errand.function = Function::code_refund;
        errand.answers.amount = Amount(random_.between(1, minor), cny);
        errand.presents_card = false;
    } else if (transaction == "pre_authorisation") {
        errand.function =
            one_of(Function::pre_authorisation_void, Function::completion, Function::completion_advice);
    } else if (transaction == "completion") {
        errand.function = Function::completion_void;
        errand.presents_card = false;
    }
    return errand;
}

Task<void> Day::run(Errand errand) {
    std::optional<runtime::Job> fault;
    if (random_.chance(0.85)) fault.emplace(clock_, disturb());
    std::optional<runtime::Job> customer;
    if (errand.function == Function::present_payment) customer.emplace(clock_, scan_display());
    std::string missed;
    if (errand.function == Function::sign_in) {
        missed = co_await hand_.sign_in();
    } else {
        missed = co_await hand_.start(errand.function, std::move(errand.answers));
    }
    if (missed.empty()) {
        ++begun_;
        if (errand.presents_card && way_ == Way::swiped)
            rig_.card().swipe();
        else if (errand.presents_card && way_ == Way::tapped)
            rig_.card().tap(card::Card::Field::one_card);
        else if (errand.presents_card && !rig_.card().inserted())
            rig_.card().insert(card::Card::How::chip);
        if (errand.function == Function::scan_payment) rig_.terminal().scan(draw_one(random_).code);
    }
    co_await rest();
    fault.reset();
    if (!rig_.power().on()) rig_.power().restore();
    co_await rest();
    rig_.card().remove();
}

/// A customer scans what the display shows: the line below its first.
Task<void> Day::scan_display() {
    std::size_t position = watch_.position();
    const Event* shown = co_await watch_.event(
        position,
        [](const Event& event) {
            return event.kind == Kind::terminal_display && event.text("text").starts_with("请顾客扫码付款\n");
        },
        runtime::never);
    std::string code(shown->text("text"));
    code.erase(0, code.find('\n') + 1);
    code.resize(std::min(code.find('\n'), code.size()));
    const std::string wallet(draw_one(random_).wallet);
    const Duration taken = between(100ms, 20s);
    co_await clock_.sleep_for(taken);
    rig_.host().scan_code(wallet, code);  // of an order that is closed by now nothing becomes
}

/// The link may still be cut: a terminal at rest is idle all the same.
Task<void> Day::rest() {
    const bool rested = co_await watch_.rest(rig_.terminal(), clock_.now() + 2h);
    if (!rested) throw std::runtime_error("the terminal did not come to rest within two hours");
}

Duration Day::between(Duration least, Duration most) {
    return Duration(random_.between(least.count(), most.count()));
}

/// Waits for a random moment of a function, does something, and after a while undoes it.
Task<void> Day::disturb() {
    if (random_.chance(0.2)) {
        const Duration delay = between(0ns, 40s);
        co_await clock_.sleep_for(delay);
    } else {
        const Kind moment = moments[static_cast<std::size_t>(random_.between(0, moments.size() - 1))];
        std::size_t position = watch_.position();
        for (auto skipped = random_.between(0, 3); skipped >= 0; --skipped)
            co_await watch_.event(
                position, [moment](const Event& event) { return event.kind == moment; }, runtime::never);
    }
    switch (random_.between(0, 4)) {
        case 0:
            rig_.network().cut(static_cast<network::Network::Cut>(random_.between(0, 2)));
            break;
        case 1: {
            if (rig_.power().on()) rig_.power().cut();
            const Duration off = between(100ms, 20s);
            co_await clock_.sleep_for(off);
            rig_.power().restore();
            co_return;
        }
        case 2:
            rig_.card().remove();
            co_return;
        case 3:
            misbehave();
            co_return;
        case 4:
            rig_.network().change(config::load_text(
                fmt::format(
                    "up = {{ delay = '{0}ms', loss = {1} }}\ndown = {{ delay = '{0}ms', loss = {1} }}",
                    random_.between(0, 4000), 0.01 * static_cast<double>(random_.between(0, 30))),
                "change"));
            break;
    }
    const Duration lasting = between(10ms, 90s);
    co_await clock_.sleep_for(lasting);
    lift();
}

void Day::misbehave() {
    const char* then = misbehaviour[static_cast<std::size_t>(random_.between(0, misbehaviour.size() - 1))];
    const std::int64_t last = static_cast<std::int64_t>(requests.size()) - 1;
    const char* mti = requests[static_cast<std::size_t>(
        random_.between(0, menu_ == Menu::sales ? requests_of_sales - 1 : last))];
    // Answers to these have no MAC, so a rule about it is refused.
    const bool without_mac = std::string_view(mti) == "0800" || std::string_view(mti) == "0820";
    if (without_mac && std::string_view(then).find("_mac") != std::string_view::npos)
        then = misbehaviour.front();
    const auto rules = config::load_text(
        fmt::format(
            "rules = [{{ when = {{ mti = '{}', count = {{ from = 1, to = {} }} }}, then = {{ {} }} }}]", mti,
            random_.between(1, 3), then),
        "rules");
    rig_.host().add_rules(*rules.get<config::Table>()->find("rules"));
}

void Day::lift() {
    rig_.network().restore(network::Network::Why::step);
    rig_.network().change(config::load_text(
        "up = { delay = '1ms', loss = 0.0 }\ndown = { delay = '1ms', loss = 0.0 }", "change"));
    rig_.host().behave();
    if (!rig_.power().on()) rig_.power().restore();
}

}  // namespace posbench::tests
