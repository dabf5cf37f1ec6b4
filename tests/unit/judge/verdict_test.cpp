#include "tests/support/catch.hpp"
#include "tests/unit/judge/story.hpp"

using namespace posbench;
using namespace posbench::judge;
using namespace posbench::judge::test;

namespace {

const std::string passing = "[[criterion]]\nid = \"passing\"\nexpect = \"bench.end\"\n";
const std::string failing = "[[criterion]]\nid = \"failing\"\nnever = \"bench.end\"\n";
const std::string suggested =
    "[[criterion]]\nid = \"suggested\"\nlevel = \"suggested\"\nnever = \"bench.end\"\n";

Judgement judge_story(const std::string& toml, const Story& story) {
    return judge::judge(define(toml), story.events());
}

const Finding& finding(const Judgement& judgement, std::string_view id) {
    for (const Finding& one : judgement.findings)
        if (one.id == id) return one;
    throw std::logic_error("no finding " + std::string(id));
}

Story complete() {
    Story story;
    story.end(5000);
    return story;
}

Story noted(std::string_view severity) {
    Story story;
    story.at(2000, Kind::bench_note, {{"severity", severity}, {"text", "as it is"}}).end(5000);
    return story;
}

Story verified(bool ok) {
    Story story;
    story.at(2000, Kind::network_verified,
             {{"what", "loss"}, {"direction", "up"}, {"asked", "5 %"}, {"achieved", "0 %"}, {"ok", ok}});
    story.end(5000);
    return story;
}

CaseRecord record(Verdict verdict) {
    CaseRecord one;
    one.judgement.verdict = verdict;
    if (verdict == Verdict::skipped) one.skipped_because = "the station lacks a relay";
    return one;
}

RunRecord run(std::initializer_list<Verdict> verdicts) {
    RunRecord all;
    for (Verdict verdict : verdicts) all.cases.push_back(record(verdict));
    return all;
}

CaseRecord measured(std::string case_id, std::optional<runtime::Duration> value,
                    Verdict verdict = Verdict::pass) {
    CaseRecord one = record(verdict);
    one.case_id = std::move(case_id);
    one.judgement.measurements.push_back({"m", value, {}, 10s});
    return one;
}

}  // namespace

TEST_CASE("worst wins") {
    CHECK(worse(Verdict::none, Verdict::pass) == Verdict::pass);
    CHECK(worse(Verdict::inconclusive, Verdict::pass) == Verdict::inconclusive);
    CHECK(worse(Verdict::inconclusive, Verdict::fail) == Verdict::fail);
    CHECK(worse(Verdict::error, Verdict::fail) == Verdict::error);
    CHECK(to_string(Verdict::inconclusive) == "inconclusive");
    CHECK(to_string(Verdict::skipped) == "skipped");
}

TEST_CASE("the verdict is the worst of the mandatory findings") {
    CHECK(judge_story(passing, complete()).verdict == Verdict::pass);
    CHECK(judge_story(passing + failing, complete()).verdict == Verdict::fail);
    const Judgement lenient = judge_story(passing + suggested, complete());
    CHECK(lenient.verdict == Verdict::pass);
    CHECK(finding(lenient, "suggested").verdict == Verdict::fail);
    CHECK(finding(lenient, "suggested").level == Level::suggested);
}

TEST_CASE("what asks nothing mandatory cannot pass") {
    CHECK(judge_story("", complete()).verdict == Verdict::none);
    CHECK(judge_story(suggested, complete()).verdict == Verdict::none);
    CHECK(judge_story("[[criterion]]\nid = \"l\"\nledger = \"reconciled\"", complete()).verdict ==
          Verdict::pass);
}

TEST_CASE("a missed step is inconclusive, and does not excuse a fail") {
    Story story;
    story.at(2000, Kind::bench_step,
             {{"index", 2},
              {"do", "network.cut"},
              {"line", 9},
              {"state", "missed"},
              {"detail", "no host.request"}});
    story.end(5000);
    const Judgement judgement = judge_story(passing, story);
    CHECK(judgement.verdict == Verdict::inconclusive);
    CHECK(finding(judgement, "stimulus").expected == "step 2, network.cut, is done");
    CHECK(finding(judgement, "stimulus").seen == "step 2, network.cut, was missed: no host.request");
    CHECK(finding(judgement, "stimulus").event == 2U);
    CHECK(judge_story(failing, story).verdict == Verdict::fail);
}

TEST_CASE("what gave the verdict stands first, and of that what befell the run") {
    const auto order = [](const std::string& toml, const Story& story) {
        std::vector<std::string> ids;
        for (const Finding& one : judge_story(toml, story).findings) ids.push_back(one.id);
        return ids;
    };
    using Ids = std::vector<std::string>;
    const auto missed = [](Story& story) {
        story.at(2500, Kind::bench_step,
                 {{"index", 2}, {"do", "network.cut"}, {"line", 9}, {"state", "missed"}, {"detail", "no"}});
    };
    const std::string all = passing + suggested + failing;
    CHECK(order(all, complete()) == Ids{"failing", "passing", "suggested", "ledger"});
    // The bench broke: what failed for want of it comes behind, and so does what was missed.
    Story broken = noted("error");
    CHECK(order(all, broken) == Ids{"bench", "passing", "suggested", "failing", "ledger"});
    missed(broken);
    CHECK(order(all, broken) == Ids{"bench", "stimulus", "passing", "suggested", "failing", "ledger"});

    Story crashed;
    crashed.at(2000, Kind::terminal_state, {{"state", "crashed"}}).end(5000);
    CHECK(order(all, crashed) == Ids{"terminal", "failing", "passing", "suggested", "ledger"});

    // A missed step is why nothing can be said, and not why the terminal is wrong.
    Story unasked;
    missed(unasked);
    unasked.end(5000);
    CHECK(order(passing, unasked) == Ids{"stimulus", "passing", "ledger"});
    CHECK(order(all, unasked) == Ids{"failing", "stimulus", "passing", "suggested", "ledger"});
}

TEST_CASE("an impairment that did not act is inconclusive, and the terminal is not blamed under it") {
    CHECK(judge_story(passing, verified(true)).verdict == Verdict::pass);
    CHECK(judge_story(failing, verified(true)).verdict == Verdict::fail);
    const Judgement judgement = judge_story(failing, verified(false));
    CHECK(judgement.verdict == Verdict::inconclusive);
    CHECK(finding(judgement, "stimulus").expected == "network loss, up: 5 %");
    CHECK(finding(judgement, "stimulus").seen == "the network gave 0 %");
    CHECK_THAT(finding(judgement, "failing").seen,
               Catch::Matchers::ContainsSubstring("not held against the terminal"));
    CHECK(finding(judgement, "failing").verdict == Verdict::inconclusive);
}

TEST_CASE("an impairment that met no traffic shows nothing, and excuses nobody") {
    const auto unmet = [] {
        Story story;
        story.at(2000, Kind::network_verified,
                 {{"what", "loss"}, {"asked", "5 %"}, {"achieved", "none"}, {"ok", false}, {"unmet", true}});
        story.end(5000);
        return story;
    };
    CHECK(judge_story(passing, unmet()).verdict == Verdict::inconclusive);
    CHECK(judge_story(failing, unmet()).verdict == Verdict::fail);
}

TEST_CASE("a terminal that crashes fails whatever the criteria ask") {
    Story story;
    story.at(2000, Kind::terminal_state, {{"state", "crashed"}}).end(5000);
    const Judgement judgement = judge_story(passing, story);
    CHECK(judgement.verdict == Verdict::fail);
    CHECK(finding(judgement, "terminal").seen == "the terminal crashed");
}

TEST_CASE("money lost is a fail even when the impairment did not act") {
    Story story;
    story.posted("sale", "000002", 1234);
    story.at(2000, Kind::network_verified,
             {{"what", "cut"}, {"asked", "cut"}, {"achieved", "open"}, {"ok", false}});
    story.end(5000);
    CHECK(judge_story(passing, story).verdict == Verdict::fail);
}

TEST_CASE("notes: stimulus is inconclusive, error is error, the others change nothing") {
    CHECK(judge_story(passing, noted("info")).verdict == Verdict::pass);
    CHECK(judge_story(passing, noted("warning")).verdict == Verdict::pass);
    CHECK(judge_story(passing, noted("stimulus")).verdict == Verdict::inconclusive);
    CHECK(judge_story(failing, noted("stimulus")).verdict == Verdict::inconclusive);
    CHECK(judge_story(failing, noted("error")).verdict == Verdict::error);
    CHECK(finding(judge_story(failing, noted("error")), "bench").seen == "as it is");
}

TEST_CASE("how the run ended: hung fails, interrupted and cut off are inconclusive, error is error") {
    const auto ended = [](std::string_view state, int ms) {
        Story story;
        story.end(ms, state);
        Definition definition = define(passing);
        definition.limit = 600s;
        return judge::judge(definition, story.events());
    };
    CHECK(ended("complete", 5000).verdict == Verdict::pass);
    CHECK(ended("hung", 600'000).verdict == Verdict::fail);
    CHECK(finding(ended("hung", 600'000), "bench").seen == "the terminal did not come to rest within 600s");
    CHECK(ended("interrupted", 5000).verdict == Verdict::inconclusive);
    CHECK(finding(ended("interrupted", 5000), "bench").seen == "interrupted at 5.000 s");
    CHECK(ended("error", 5000).verdict == Verdict::error);

    Story cut;
    cut.display(2000, "x");
    const Judgement judgement = judge_story("[[criterion]]\nid = \"c\"\nexpect = \"terminal.display\"", cut);
    CHECK(judgement.verdict == Verdict::inconclusive);
    CHECK(finding(judgement, "bench").seen == "the trace was cut off at 2.000 s");
}

TEST_CASE("measurements: time from the first match to the first after it, against the limit") {
    Story story;
    story.at(2000, Kind::card_removed).display(1500, "early").display(4500, "x").display(7000, "y").end(9000);
    const auto judged = [&](const std::string& limit,
                            const std::string& to = "terminal.display where text != 'early'") {
        return judge_story(
            "[[measure]]\nname = \"m\"\nfrom = \"card.removed\"\nto = \"" + to + "\"\nlimit = " + limit,
            story);
    };
    const Judgement good = judged("\"2500ms\"");
    CHECK(good.verdict == Verdict::pass);
    CHECK(good.measurements.front().value == 2500ms);
    CHECK(finding(good, "limit:m").seen ==
          "took 2.500 s, from card.removed at 2.000 s to terminal.display at 4.500 s");
    const Judgement slow = judged("\"2499ms\"");
    CHECK(slow.verdict == Verdict::fail);
    CHECK(finding(slow, "limit:m").expected == "m takes at most 2.499s");
    const Judgement unset = judged("\"60s\"", "terminal.outcome");
    CHECK(unset.verdict == Verdict::fail);
    CHECK_FALSE(unset.measurements.front().value.has_value());
    CHECK(finding(unset, "limit:m").seen ==
          "not completed: after card.removed at 2.000 s no terminal.outcome: no terminal.outcome at all");
    const Judgement only_p95 = judged("{ p95 = \"1s\" }", "terminal.outcome");
    CHECK(only_p95.verdict == Verdict::none);
    CHECK(only_p95.measurements.front().limit_p95 == 1s);
}

TEST_CASE(
    "a measurement never ends before it began: an event stamped earlier, though recorded later, is no end") {
    const std::string toml =
        "[[measure]]\nname = \"m\"\nfrom = \"card.removed\"\nto = \"terminal.display\"\n"
        "limit = \"60s\"";
    Story story;
    story.at(2000, Kind::card_removed).display(1500, "late to arrive");
    Story unfinished = story;
    const Judgement judgement = judge_story(toml, story.display(2000, "at once").end(9000));
    CHECK(judgement.measurements.front().value == 0ms);
    const Judgement unset = judge_story(toml, unfinished.end(9000));
    CHECK_FALSE(unset.measurements.front().value.has_value());
    CHECK(finding(unset, "limit:m").seen ==
          "not completed: after card.removed at 2.000 s no terminal.display: terminal.display at 1.500 s is "
          "stamped earlier");
}

TEST_CASE("a measurement of a trace that was cut off is inconclusive, not failed") {
    Story story;
    story.at(2000, Kind::card_removed);
    const Judgement judgement = judge_story(
        "[[measure]]\nname = \"m\"\nfrom = \"card.removed\"\nto = \"terminal.outcome\"\nlimit = \"1s\"",
        story);
    CHECK(finding(judgement, "limit:m").verdict == Verdict::inconclusive);
}

TEST_CASE("p95 over repetitions is the nearest rank, for each case by itself") {
    std::vector<CaseRecord> cases;
    for (int i = 1; i <= 20; ++i) cases.push_back(measured("a", i <= 19 ? 10s : 99s));
    for (int i = 1; i <= 10; ++i) cases.push_back(measured("b", i <= 9 ? 1s : 11s));
    const auto findings = judge_repetitions(cases);
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].verdict == Verdict::pass);  // rank 19 of 20
    CHECK(findings[0].seen == "p95 over 20 runs: 10.000 s");
    CHECK(findings[0].expected == "a: 95 of 100 m take at most 10s");
    CHECK(findings[1].verdict == Verdict::fail);  // rank 10 of 10
    CHECK(findings[1].seen == "p95 over 10 runs: 11.000 s");
}

TEST_CASE("p95: a run that never completed counts as infinite, the bench's own failures do not count") {
    const std::vector<CaseRecord> unfinished{measured("a", 1s), measured("a", std::nullopt)};
    const auto findings = judge_repetitions(unfinished);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].verdict == Verdict::fail);
    CHECK(findings[0].seen == "p95 over 2 runs: never completed; 1 of them not completed");
    const std::vector<CaseRecord> broken{measured("a", 1s), measured("a", std::nullopt, Verdict::error),
                                         measured("a", std::nullopt, Verdict::inconclusive)};
    CHECK(judge_repetitions(broken).front().verdict == Verdict::pass);
    CHECK(judge_repetitions({}).empty());
}

TEST_CASE("exit codes: error before fail before inconclusive before pass") {
    CHECK(run({Verdict::pass, Verdict::pass}).exit_code() == 0);
    CHECK(run({Verdict::pass, Verdict::skipped}).exit_code() == 0);
    CHECK(run({Verdict::pass, Verdict::inconclusive, Verdict::fail}).exit_code() == 1);
    CHECK(run({Verdict::fail, Verdict::error}).exit_code() == 3);
    CHECK(run({Verdict::pass, Verdict::inconclusive}).exit_code() == 4);
    CHECK(run({Verdict::pass, Verdict::none}).exit_code() == 4);
    CHECK(run({Verdict::skipped}).exit_code() == 4);
    CHECK(run({}).exit_code() == 4);
}

TEST_CASE("exit codes: limits over repetitions count, and an interruption is told whatever was judged") {
    RunRecord slow = run({Verdict::pass});
    slow.summary_findings.push_back({});
    slow.summary_findings.back().verdict = Verdict::fail;
    CHECK(slow.exit_code() == 1);
    RunRecord stopped = run({Verdict::error});
    stopped.interrupted_by = 15;
    CHECK(stopped.exit_code() == 143);
    CHECK(run({Verdict::pass, Verdict::pass, Verdict::skipped}).count(Verdict::pass) == 2);
    CHECK(run({Verdict::pass, Verdict::skipped}).count(Verdict::skipped) == 1);
}

TEST_CASE("a stored definition judges to the same findings") {
    const Definition definition = define(passing + failing + suggested);
    const Story story = complete();
    const Judgement first = judge::judge(definition, story.events());
    const Judgement again = judge::judge(definition_from_json(to_json(definition)).value(), story.events());
    CHECK(first.verdict == again.verdict);
    REQUIRE(first.findings.size() == again.findings.size());
    for (std::size_t i = 0; i < first.findings.size(); ++i) {
        CHECK(first.findings[i].seen == again.findings[i].seen);
        CHECK(first.findings[i].expected == again.findings[i].expected);
        CHECK(first.findings[i].source.to_string() == again.findings[i].source.to_string());
    }
}
