#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/cli/select.hpp"
#include "bench/runner/campaign.hpp"
#include "bench/runner/run_case.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;

namespace {

const station::Library library{POSBENCH_SOURCE_DIR};

std::vector<station::BoundCase> bound(const std::string& scenario,
                                      const std::vector<std::string>& overrides = {}) {
    cli::Selection selection;
    selection.paths = {library.scenarios() / scenario};
    selection.overrides = overrides;
    const auto station = station::load_station("emulated", library);
    return cli::bind_cases(cli::select_cases(selection, library), station, library);
}

/// An emulated card that cannot be taken out the first time.
class JammedCard final : public card::Card {
  public:
    explicit JammedCard(std::unique_ptr<card::Card> card) : card_(std::move(card)) {}

    void insert(How how) override { card_->insert(how); }
    void tap(Field field) override { card_->tap(field); }
    void remove() override {
        if (!std::exchange(jammed_, true)) throw std::runtime_error("the card is jammed");
        card_->remove();
    }
    void swipe() override { card_->swipe(); }
    bool inserted() const noexcept override { return card_->inserted(); }
    std::string holder_pin() const override { return card_->holder_pin(); }
    card::Reader* reader() noexcept override { return card_->reader(); }

  private:
    std::unique_ptr<card::Card> card_;
    bool jammed_ = false;
};

/// Texts of the notes of severity error.
std::vector<std::string> errors(const judge::CaseRecord& record) {
    std::vector<std::string> texts;
    for (const trace::Event& event : record.events)
        if (event.kind == trace::Kind::bench_note && event.text("severity") == "error")
            texts.emplace_back(event.text("text"));
    return texts;
}

}  // namespace

TEST_CASE("each case and repetition has a trace file of its own") {
    const std::vector<std::string> cases{
        "a.b",         "a.b.2",      "a.b[x=1]",   "a.b[x=1,y=2]", "a.b[x=a b]", "a.b[x=a_b]", "a.b[x=银联]",
        "a.b[x=维萨]", "a.b[x=a/b]", "a.b[x=%2F]", "a.b[x=[1]]",   "a.b[x=~]",   "a.b[x=#2]",  "a.b[x=]"};
    std::set<std::string> names;
    for (const std::string& id : cases)
        for (int repetition = 1; repetition <= 3; ++repetition)
            names.insert(runner::trace_file_name(id, repetition));
    CHECK(names.size() == cases.size() * 3);
    for (const std::string& name : names)
        CHECK(name.find_first_of("/ []*?'\"\\$&;|<>()") == std::string::npos);
}

TEST_CASE(
    "a long case identifier gives a file name that file systems take, and another one for another case") {
    const std::string stem = "a.b[x=" + std::string(400, 'y');
    const std::string one = runner::trace_file_name(stem + "1]", 1);
    CHECK(one.size() < 220);
    CHECK(one != runner::trace_file_name(stem + "2]", 1));
}

TEST_CASE("the seed of a case depends on run seed, case and repetition, and on nothing else") {
    const auto seed = runner::case_seed(7, "card.chip-sale", 1);
    CHECK(seed == runner::case_seed(7, "card.chip-sale", 1));
    CHECK(seed != runner::case_seed(8, "card.chip-sale", 1));
    CHECK(seed != runner::case_seed(7, "card.chip-sale", 2));
    CHECK(seed != runner::case_seed(7, "card.stripe-sale", 1));
}

TEST_CASE("a trace that cannot be written is an error of that case, and the others go on") {
    auto cases = bound("card/chip-sale.toml");
    for (auto& more : bound("card/stripe-sale.toml")) cases.push_back(std::move(more));
    runner::CampaignOptions options;
    options.trace_folder = "/proc/no-such-folder";
    int done = 0;
    const auto records = runner::run_campaign(cases, options, [&](const judge::CaseRecord&) { ++done; });
    REQUIRE(records.size() == 2);
    CHECK(done == 2);
    for (const auto& record : records) {
        CHECK(record.verdict() == judge::Verdict::error);
        REQUIRE(record.judgement.findings.size() == 1);
        CHECK_THAT(record.judgement.findings.front().seen,
                   Catch::Matchers::ContainsSubstring("/proc/no-such-folder"));
    }
}

TEST_CASE("records come back in the order of the cases, whatever the jobs") {
    const auto cases = bound("card/bad-stripe.toml");
    runner::CampaignOptions options;
    options.repeat = 3;
    options.jobs = 8;
    const auto records = runner::run_campaign(cases, options, [](const judge::CaseRecord&) {});
    REQUIRE(records.size() == cases.size() * 3);
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK(records[i].case_id == cases[i / 3].source.id);
        CHECK(records[i].repetition == static_cast<int>(i % 3) + 1);
        CHECK(records[i].verdict() == judge::Verdict::pass);
    }
}

TEST_CASE("repetitions: whole are the first run and the first ten that did not pass, at any number of jobs") {
    runner::CampaignOptions options;
    options.repeat = 14;
    options.jobs = GENERATE(1, 4);
    const auto failing =
        bound("network/cut-after-authorisation.toml", {"terminal.defects=[\"forgets-reversal\"]"});
    REQUIRE(failing.size() == 1);
    std::size_t reported = 0;
    const auto failed = runner::run_campaign(failing, options, [&](const judge::CaseRecord& record) {
        reported += record.events.empty() ? 0 : 1;
    });
    CHECK(reported == 14);  // whoever watches sees each run whole
    REQUIRE(failed.size() == 14);
    for (const judge::CaseRecord& record : failed) {
        INFO(record.repetition);
        CHECK(record.verdict() == judge::Verdict::fail);
        CHECK(record.abridged == (record.repetition > 11));
        CHECK(record.events.empty() == record.abridged);
        const auto& findings = record.judgement.findings;
        CHECK(std::ranges::any_of(findings,
                                  [](const judge::Finding& finding) { return !finding.seen.empty(); }));
        const bool some_passed = std::ranges::any_of(
            findings, [](const judge::Finding& one) { return one.verdict == judge::Verdict::pass; });
        CHECK(some_passed != record.abridged);
    }

    const auto passed = runner::run_campaign(bound("card/chip-sale.toml"), options, [](const auto&) {});
    REQUIRE(passed.size() == 14);
    for (const judge::CaseRecord& record : passed) {
        CHECK(record.verdict() == judge::Verdict::pass);
        CHECK(record.abridged == (record.repetition > 1));
        CHECK(record.events.empty() == record.abridged);
        CHECK(record.judgement.findings.empty() == record.abridged);
        CHECK(record.judgement.measurements.size() == 2);
    }
}

TEST_CASE(
    "closing: while the line of the profile swallows it, the terminal gets another occasion, five at most") {
    const auto books_after = [](const char* dark, bool defective) {
        std::vector<std::string> overrides{"network.blackout=[{ every = '59min', for = '" +
                                           std::string(dark) + "', from = '4790ms' }]"};
        if (defective) overrides.emplace_back("terminal.defects=['forgets-reversal']");
        const auto records =
            runner::run_campaign(bound("card/chip-sale.toml", overrides), {}, [](const auto&) {});
        const judge::CaseRecord& record = records.front();
        const auto& findings = record.judgement.findings;
        const auto ledger = std::ranges::find(findings, "ledger", &judge::Finding::id);
        REQUIRE(ledger != findings.end());
        const auto sign_ins =
            std::ranges::count(record.events, trace::Kind::terminal_sign_in, &trace::Event::kind);
        return fmt::format("{} {}", judge::to_string(ledger->verdict), sign_ins - 1);  // one at the start
    };
    // The sale's answer is lost, and so is what the terminal reaches for first in the closing phase.
    CHECK(books_after("90s", false) == "pass 2");
    CHECK(books_after("30min", false) == "fail 5");
    // A terminal that was answered and still owes gets no other.
    CHECK(books_after("33s", true) == "fail 1");
}

TEST_CASE("a campaign that was told to stop runs nothing more") {
    const auto cases = bound("card/bad-stripe.toml");
    std::stop_source stop;
    stop.request_stop();
    runner::CampaignOptions options;
    options.stop = stop.get_token();
    CHECK(runner::run_campaign(cases, options, [](const judge::CaseRecord&) {}).empty());
}

TEST_CASE("what a campaign that was told to stop did not run is known by case") {
    const auto cases = bound("card/bad-stripe.toml");
    REQUIRE(cases.size() > 1);
    std::stop_source stop;
    runner::CampaignOptions options;
    options.repeat = 3;
    options.stop = stop.get_token();
    int done = 0;
    const auto records = runner::run_campaign(cases, options, [&](const judge::CaseRecord&) {
        if (++done == 2) stop.request_stop();
    });
    REQUIRE(records.size() == 2);
    const auto missing = runner::not_begun(cases, 3, records);
    REQUIRE(missing.size() == cases.size());
    CHECK(missing.front().case_id == cases.front().source.id);
    CHECK(missing.front().runs == 1);
    CHECK(missing.back().case_id == cases.back().source.id);
    CHECK(missing.back().runs == 3);
    CHECK(runner::not_begun(cases, 0, records).empty());
}

TEST_CASE("a step whose event never comes: those behind it are left out, and the run cannot pass") {
    const auto spoiled_at = [](std::ptrdiff_t place) {
        auto spoiled = bound("card/chip-sale.toml", {"terminal.operator_wait=\"10s\""}).front();
        scenario::Step wait;
        wait.verb = "wait";
        wait.on = trace::Query::parse("terminal.display where text contains 'no such text'").value();
        wait.timeout = std::chrono::seconds(5);
        auto& steps = spoiled.source.scenario.steps;
        steps.insert(place < 0 ? steps.end() : steps.begin() + place, wait);
        runner::CaseOptions options;
        options.version = "test";
        return runner::run_case(spoiled, options);
    };
    // All criteria hold, and yet one stimulus was not given.
    const auto late = spoiled_at(-1);
    CHECK(late.verdict() == judge::Verdict::inconclusive);
    CHECK(late.judgement.findings.front().id == "stimulus");

    // The card is never inserted, so the sale is never approved: the terminal is not excused.
    const auto early = spoiled_at(1);
    CHECK(early.verdict() == judge::Verdict::fail);
    CHECK(early.judgement.findings.front().id == "approved");
    CHECK(std::ranges::none_of(early.events, [](const trace::Event& event) {
        return event.kind == trace::Kind::card_inserted ||
               (event.kind == trace::Kind::bench_step && event.integer("index") > 2);
    }));
}

TEST_CASE(
    "a driver that throws while the cardholder uses it makes the run an error, and the trace says why") {
    auto broken = bound("card/chip-sale.toml").front();
    broken.make_card = [make = broken.make_card](drivers::Context& context) {
        return std::make_unique<JammedCard>(make(context));
    };
    const auto record = runner::run_case(broken, {});
    CHECK(record.verdict() == judge::Verdict::error);
    CHECK(errors(record) == std::vector<std::string>{"the card is jammed"});
    CHECK(record.events.back().kind == trace::Kind::bench_end);
    CHECK(record.events.back().text("state") == "error");
}

TEST_CASE("a code is scanned from a display that shows it, and from a dark one nobody scans") {
    runner::CaseOptions options;
    options.version = "test";
    for (const bool dark : {false, true}) {
        INFO(dark);
        auto present = bound("host/code-present.toml").front();
        for (auto step = present.source.scenario.steps.begin(); step != present.source.scenario.steps.end();
             ++step) {
            if (step->verb != "code.scan" || !dark) continue;
            scenario::Step death;
            death.verb = "terminal.condition";
            death.args = config::load_text("display = 'dead'", "step");
            death.on = std::exchange(step->on, std::nullopt);
            present.source.scenario.steps.insert(step, death);
            break;
        }
        const auto record = runner::run_case(present, options);
        const auto holds = [&events = record.events](trace::Kind kind, std::string_view field,
                                                     std::string_view value) {
            return std::ranges::any_of(events, [=](const trace::Event& event) {
                return event.kind == kind && event.text(field) == value;
            });
        };
        CHECK((record.verdict() == judge::Verdict::pass) != dark);
        CHECK(holds(trace::Kind::host_order, "state", "paid") != dark);
        CHECK(holds(trace::Kind::bench_step, "detail", "the display shows no code") == dark);
    }
}

TEST_CASE("what a card approves by itself does not wait for a payment by code without a result") {
    auto tap = bound("card/tap-offline-approved.toml",
                     {"host.rules=[{name='lost',when={transaction='scan_payment'},"
                      "then={action='silence_after_posting'}},{name='out',when={transaction='code_query'},"
                      "then={action='respond',code='96'}},{name='shut',when={transaction='code_close'},"
                      "then={action='respond',code='96'}}]"})
                   .front();
    std::vector<scenario::Step> before(3);
    before[0].verb = "terminal.start";
    before[0].args = config::load_text("transaction = 'scan_payment'\namount = '5.00'", "step");
    before[1].verb = "terminal.scan";
    before[1].args = config::load_text("code = '6220000000000000001'", "step");
    before[2].verb = "wait";
    before[2].on = trace::Query::parse("terminal.state where state == 'idle'").value();
    before[2].timeout = std::chrono::minutes(5);
    auto& steps = tap.source.scenario.steps;
    steps.insert(steps.begin(), before.begin(), before.end());
    runner::CaseOptions options;
    options.version = "test";
    const auto record = runner::run_case(tap, options);
    CHECK(std::ranges::any_of(record.events, [](const trace::Event& event) {
        return event.kind == trace::Kind::terminal_outcome &&
               event.text("transaction") == "emv_offline_sale" && event.text("outcome") == "approved";
    }));
}

TEST_CASE("globs match whole identifiers") {
    CHECK(cli::glob_match("card.*", "card.chip-sale"));
    CHECK(cli::glob_match("*", ""));
    CHECK(cli::glob_match("card.?hip*", "card.chip-sale"));
    CHECK(cli::glob_match("*-sale", "card.chip-sale"));
    CHECK_FALSE(cli::glob_match("card", "card.chip-sale"));
    CHECK_FALSE(cli::glob_match("chip*", "card.chip-sale"));
    CHECK_FALSE(cli::glob_match("", "x"));
    CHECK(cli::glob_match("a[x=*]", "a[x=1]"));
}
