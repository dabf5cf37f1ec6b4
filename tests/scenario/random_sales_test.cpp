// Ten thousand sales, each with a fault at a random moment: the three books agree, every time. The terminal
// is the reference terminal without defects, time is virtual, and a run that fails is named by its seed.

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "bench/judge/judge.hpp"
#include "bench/runner/people.hpp"
#include "bench/runner/rig.hpp"
#include "bench/runner/watch.hpp"
#include "bench/runtime/job.hpp"
#include "bench/station/station.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::Task;
using trace::Event;
using trace::Kind;

namespace {

constexpr int sales_in_a_run = 10;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int sales_in_all = 1'000;
#else
constexpr int sales_in_all = 10'000;
#endif
constexpr runtime::WallTime morning = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h;

/// Cards, and how each is presented.
enum class Way { inserted, swiped, tapped };
struct Presented {
    const char* image;
    Way way;
};
constexpr std::array cards{
    Presented{"unionpay-credit", Way::inserted},    Presented{"unionpay-debit", Way::inserted},
    Presented{"visa-credit", Way::inserted},        Presented{"unionpay-credit-dda", Way::inserted},
    Presented{"unionpay-stripe-only", Way::swiped}, Presented{"unionpay-credit-t0", Way::inserted},
    Presented{"unionpay-credit", Way::tapped},      Presented{"unionpay-debit", Way::tapped}};

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

station::BoundCase bound_sale(const Presented& card, const char* defects = "") {
    static const station::Library library{POSBENCH_SOURCE_DIR};
    static const auto station = station::load_station("emulated", library);
    auto document = config::load_text(fmt::format(R"(
[scenario]
id    = "random.sales"
title = {{ en = "Random sales", zh = "随机消费" }}
[given]
card     = {{ image = "{}" }}
host     = {{ profile = "unionpay" }}
terminal = {{ profile = "countertop", reversal_resends = 9, defects = [{}] }}
network  = {{ profile = "clean" }}
[[step]]
do = "host.behave"
)",
                                                  card.image, defects),
                                      "random.toml");
    const auto cases = scenario::read_cases(std::move(document), "random.toml");
    return station::bind(cases.front(), station, library);
}

/// One terminal's day: sales one after the other, a fault to most of them.
class Day {
  public:
    Day(const station::BoundCase& bound, Way way, std::uint64_t seed)
        : way_(way),
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

    std::vector<judge::LedgerLine> differences() const {
        auto lines = judge::reconcile(trace_.events());
        std::erase_if(lines, [](const judge::LedgerLine& line) { return line.agrees; });
        return lines;
    }
    int count(Kind kind, std::string_view field, std::string_view word) const {
        return static_cast<int>(std::ranges::count_if(trace_.events(), [&](const Event& event) {
            return event.kind == kind && event.text(field) == word;
        }));
    }
    bool at_rest() const noexcept { return at_rest_; }
    /// Sales of which the amount was entered.
    int begun() const noexcept { return begun_; }

  private:
    Task<void> pass() {
        rig_.network().start();
        rig_.host().start();
        rig_.power().restore();
        co_await rest();
        for (int sale = 0; sale < sales_in_a_run; ++sale) {
            co_await sell();
            if (random_.chance(0.5)) lift();
        }
        // An undisturbed terminal pays what it owes.
        lift();
        co_await rest();
        const std::string missed = co_await hand_.sign_in();
        co_await rest();
        at_rest_ = missed.empty() && rig_.terminal().idle();
    }

    Task<void> sell() {
        co_await rest();
        const Amount amount(random_.between(1, 99'999), cny);
        std::optional<runtime::Job> fault;
        if (random_.chance(0.85)) fault.emplace(clock_, disturb());
        runner::Answers typed;
        typed.amount = amount;
        const std::string missed = co_await hand_.start(terminal::Function::sale, std::move(typed));
        if (missed.empty()) {
            ++begun_;
            if (way_ == Way::swiped)
                rig_.card().swipe();
            else if (way_ == Way::tapped)
                rig_.card().tap(card::Card::Field::one_card);
            else if (!rig_.card().inserted())
                rig_.card().insert(card::Card::How::chip);
        }
        co_await rest();
        fault.reset();
        if (!rig_.power().on()) rig_.power().restore();
        co_await rest();
        rig_.card().remove();
    }

    /// The link may still be cut: a terminal at rest is idle all the same.
    Task<void> rest() {
        const bool rested = co_await watch_.rest(rig_.terminal(), clock_.now() + 2h);
        if (!rested) throw std::runtime_error("the terminal did not come to rest within two hours");
    }

    Duration between(Duration least, Duration most) {
        return Duration(random_.between(least.count(), most.count()));
    }

    /// Waits for a random moment of the sale, does something, and after a while undoes it.
    Task<void> disturb() {
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

    void misbehave() {
        const char* then =
            misbehaviour[static_cast<std::size_t>(random_.between(0, misbehaviour.size() - 1))];
        const char* mti = std::array{"0200", "0400", "0800"}[static_cast<std::size_t>(random_.between(0, 2))];
        const auto rules = config::load_text(
            fmt::format(
                "rules = [{{ when = {{ mti = '{}', count = {{ from = 1, to = {} }} }}, then = {{ {} }} }}]",
                mti, random_.between(1, 3), then),
            "rules");
        rig_.host().add_rules(*rules.get<config::Table>()->find("rules"));
    }

    void lift() {
        rig_.network().restore(network::Network::Why::step);
        rig_.network().change(config::load_text(
            "up = { delay = '1ms', loss = 0.0 }\ndown = { delay = '1ms', loss = 0.0 }", "change"));
        rig_.host().behave();
        if (!rig_.power().on()) rig_.power().restore();
    }

    Way way_;
    runtime::Random random_;
    runtime::VirtualClock clock_;
    trace::Recorder trace_;
    runner::Watch watch_;
    runner::Rig rig_;
    runner::Operator hand_;
    runner::Cardholder cardholder_;
    bool at_rest_ = false;
    int begun_ = 0;
};

}  // namespace

TEST_CASE("random sales under random faults reconcile without one difference") {
    int begun = 0, approved = 0, reversed = 0, power_cuts = 0;
    for (int run = 0; begun < sales_in_all; ++run) {
        const Presented& card = cards[static_cast<std::size_t>(run) % cards.size()];
        const auto bound = bound_sale(card);
        const Day day(bound, card.way, static_cast<std::uint64_t>(run));
        INFO("seed " << run << ", card " << card.image);
        CHECK(day.at_rest());
        for (const judge::LedgerLine& line : day.differences()) FAIL_CHECK(line.difference);
        begun += day.begun();
        approved += day.count(Kind::terminal_outcome, "outcome", "approved");
        reversed += day.count(Kind::host_posted, "entry", "reversal");
        power_cuts += day.count(Kind::terminal_power, "state", "off");
    }
    // The faults do act, and leave sales enough to say something.
    CHECK(approved > sales_in_all / 4);
    CHECK(reversed > sales_in_all / 50);
    CHECK(power_cuts > sales_in_all / 50);
    INFO(begun << " sales, " << approved << " approved, " << reversed << " reversed, " << power_cuts
               << " power cuts");
    CHECK(begun >= sales_in_all);
}

TEST_CASE("the same days find a terminal that loses money") {
    for (const char* defect : {"'forgets-reversal'", "'reversal-new-stan'", "'reversal-lost-at-power-off'"}) {
        INFO(defect);
        std::size_t differences = 0;
        for (int run = 0; run < 100 && differences == 0; ++run) {
            const Presented& card = cards[static_cast<std::size_t>(run) % cards.size()];
            const Day day(bound_sale(card, defect), card.way, static_cast<std::uint64_t>(run));
            differences += day.differences().size();
        }
        CHECK(differences > 0);
    }
}
