#include "tests/support/catch.hpp"
#include "tests/unit/judge/story.hpp"

using namespace posbench;
using namespace posbench::judge;
using namespace posbench::judge::test;

namespace {

void check(const Story& story, std::string_view keys, Verdict verdict, std::string_view seen) {
    INFO(keys);
    const Finding finding = find(story, keys);
    CHECK(finding.verdict == verdict);
    CHECK(finding.seen == seen);
}

Story two_requests() {
    Story story;
    story.request(2000, "0200", "000001").request(5000, "0400", "000001").end(9000);
    return story;
}

}  // namespace

TEST_CASE("expect: one event is enough, and the first is shown") {
    const Finding finding = find(two_requests(), "expect = \"host.request\"");
    CHECK(finding.verdict == Verdict::pass);
    CHECK(finding.seen == "host.request at 2.000 s: 0200 STAN 000001, 2 in all");
    CHECK(finding.expected == "host.request");
    CHECK(finding.event == 2U);
    CHECK(finding.at == runtime::TimePoint(2s));
    CHECK(finding.source.line == 1);
}

TEST_CASE("expect: what did not come is told by what came nearest") {
    const Story story = two_requests();
    check(story, "expect = \"host.request where mti == '0400' and stan == '000002'\"", Verdict::fail,
          "did not come: nearest is host.request at 5.000 s: stan is '000001' (and 1 more that fits no "
          "better)");
    check(story, "expect = \"terminal.outcome\"", Verdict::fail, "did not come: no terminal.outcome at all");
    check(story, "expect = \"host.request where mti == '0400'\"\nwithin = \"3s\"", Verdict::fail,
          "did not come: host.request at 5.000 s came 1.000 s too late");
    check(story,
          "expect = \"host.request where mti == '0200'\"\nafter = \"host.request where mti == '0400'\"",
          Verdict::fail, "did not come: host.request at 2.000 s came too early, and none after it");
}

TEST_CASE("expect: of long texts the part is shown in which they differ") {
    const std::string same(80, '0');
    Story story;
    story.display(2000, same + "1").display(5000, same + "2").end(9000);
    check(story, "expect = \"terminal.display where text == '" + same + "3'\"", Verdict::fail,
          "did not come: nearest is terminal.display at 2.000 s: text is '…000000000000000000001' and not "
          "'…000000000000000000003', different from character 81 on (and 1 more that fits no better)");
    const Judgement bound =
        judge::judge(define("[bind]\nfirst = \"terminal.display\"\n[[criterion]]\nid = \"c\"\n"
                            "every = \"terminal.display\"\nsatisfies = \"text == first.text\""),
                     story.events());
    CHECK(bound.findings.front().seen ==
          "terminal.display at 5.000 s: text is '…000000000000000000002' and first.text is "
          "'…000000000000000000001', different from character 81 on (1 of 2 do not satisfy it)");
}

TEST_CASE("expect: of two events that miss as much the nearest is the one that `==` asks for") {
    Story story;
    story.request(2000, "0800", "000001")
        .request(5000, "0400", "000001")
        .request(6000, "0200", "000001")
        .end(9000);
    check(
        story, "expect = \"host.request where mti == '0400' and stan matches '2'\"", Verdict::fail,
        "did not come: nearest is host.request at 5.000 s: stan is '000001' (and 2 more that fit no better)");
    // One that fails the `==` alone came first.
    Story tie;
    tie.at(2000, Kind::terminal_chip,
           {{"step", "reset"}, {"outcome", "done"}, {"tvr", std::vector<std::string>{}}})
        .at(3000, Kind::terminal_chip,
            {{"step", "authentication"},
             {"outcome", "done"},
             {"tvr", std::vector<std::string>{"CDA failed"}}})
        .end(9000);
    check(tie, "expect = \"terminal.chip where step == 'authentication' and tvr lacks 'CDA failed'\"",
          Verdict::fail,
          "did not come: nearest is terminal.chip at 3.000 s: tvr is ['CDA failed'] (and 1 more that fits no "
          "better)");
}

TEST_CASE("expect: `within` counts from the start of the steps, its end included") {
    const Story story = two_requests();
    check(story, "expect = \"host.request where mti == '0400'\"\nwithin = \"4s\"", Verdict::pass,
          "host.request at 5.000 s: 0400 STAN 000001");
    check(story, "expect = \"host.request where mti == '0400'\"\nwithin = \"3999ms\"", Verdict::fail,
          "did not come: host.request at 5.000 s came 0.001 s too late");
}

TEST_CASE("expect: `within` counts from `after` where there is one") {
    const Story story = two_requests();
    const std::string keys =
        "expect = \"host.request where mti == '0400'\"\nafter = \"host.request\"\nwithin = ";
    check(story, keys + "\"3s\"", Verdict::pass, "host.request at 5.000 s: 0400 STAN 000001");
    check(story, keys + "\"2s\"", Verdict::fail,
          "did not come: host.request at 5.000 s came 1.000 s too late");
}

TEST_CASE("expect: an `after` that never came is a fail: what had to follow has not followed") {
    check(two_requests(), "expect = \"host.request\"\nafter = \"network.restored\"", Verdict::fail,
          "network.restored never came (no network.restored at all)");
}

TEST_CASE("expect: counts") {
    const Story story = two_requests();
    check(story, "expect = \"host.request\"\nexactly = 2", Verdict::pass,
          "host.request at 5.000 s: 0400 STAN 000001, 2 in all");
    check(story, "expect = \"host.request\"\nexactly = 1", Verdict::fail,
          "came 2 times; one too many is host.request at 5.000 s: 0400 STAN 000001");
    check(story, "expect = \"host.request\"\nat_least = 3", Verdict::fail,
          "came 2 of 3 times: the last was host.request at 5.000 s");
    check(
        story, "expect = \"host.request\"\nat_least = 2\nwithin = \"2s\"", Verdict::fail,
        "came 1 of 2 times: the last was host.request at 2.000 s, and host.request at 5.000 s was too late");
    check(story, "expect = \"host.request\"\nat_most = 2", Verdict::pass,
          "host.request at 2.000 s: 0200 STAN 000001, 2 in all");
    check(story, "expect = \"terminal.outcome\"\nat_most = 2", Verdict::pass, "did not come, as is allowed");
    CHECK(find(story, "expect = \"host.request\"\nexactly = 2").expected == "host.request, exactly 2");
    CHECK(find(story, "expect = \"host.request\"\nat_least = 1\nat_most = 2\nwithin = \"90s\"").expected ==
          "host.request, at least 1, at most 2, within 90s");
}

TEST_CASE("events of the set-up do not count, those of the closing phase do") {
    Story story;
    story.at(500, Kind::bench_note, {{"severity", "info"}, {"text", "late stamp of the set-up"}});
    story.at(8000, Kind::bench_phase, {{"phase", "closing"}}).request(8500, "0400", "000001").end(9000);
    check(story, "expect = \"host.request where mti == '0400'\"", Verdict::pass,
          "host.request at 8.500 s: 0400 STAN 000001");
    check(story, "never = \"host.request where mti == '0400'\"", Verdict::fail,
          "host.request at 8.500 s: 0400 STAN 000001");
    check(story, "expect = \"bench.phase where phase == 'setup'\"", Verdict::fail,
          "did not come: bench.phase at 0.000 s came too early, and none after it");
    check(story, "never = \"bench.phase where phase == 'setup'\"", Verdict::pass,
          "none of 1 bench.phase fits");
}

TEST_CASE("never: the first match fails") {
    Story story;
    story.display(2000, "请刷卡").display(3000, "交易成功").display(4000, "交易成功").end(9000);
    const Finding finding = find(story, "never = \"terminal.display where text contains '交易成功'\"");
    CHECK(finding.verdict == Verdict::fail);
    CHECK(finding.seen == "terminal.display at 3.000 s: text '交易成功'");
    CHECK(finding.event == 3U);
    check(story, "never = \"terminal.display where text contains 'APPROVED'\"", Verdict::pass,
          "none of 3 terminal.display fits");
    check(story, "never = \"host.request\"", Verdict::pass, "no host.request at all");
}

TEST_CASE("never: only inside its window") {
    const Story story = two_requests();
    check(story, "never = \"host.request where mti == '0400'\"\nwithin = \"3s\"", Verdict::pass,
          "none of 1 host.request fits");
    check(story, "never = \"host.request where mti == '0200'\"\nafter = \"host.request\"", Verdict::pass,
          "none of 1 host.request fits");
    check(story, "never = \"host.request\"\nafter = \"host.request\"\nwithin = \"3s\"", Verdict::fail,
          "host.request at 5.000 s: 0400 STAN 000001");
}

TEST_CASE("never: an `after` that never came is inconclusive: the prohibition was not tried") {
    check(two_requests(), "never = \"host.request\"\nafter = \"network.restored\"", Verdict::inconclusive,
          "network.restored never came (no network.restored at all)");
}

TEST_CASE("order: each first match after the one before") {
    const Story story = two_requests();
    check(story, "order = [\"host.request where mti == '0200'\", \"host.request where mti == '0400'\"]",
          Verdict::pass, "host.request at 2.000 s, then host.request at 5.000 s");
    check(story, "order = [\"host.request where mti == '0400'\", \"host.request where mti == '0200'\"]",
          Verdict::fail,
          "after host.request at 5.000 s: no host.request where mti == '0200': host.request at 2.000 s came "
          "too "
          "early, and none after it");
    check(story, "order = [\"host.request\", \"host.request\", \"host.request\"]", Verdict::fail,
          "after host.request at 2.000 s, then host.request at 5.000 s: no host.request: host.request at "
          "2.000 s "
          "came too early, and none after it");
    CHECK(find(story, "order = [\"host.request\", \"terminal.outcome\"]").expected ==
          "first host.request, then terminal.outcome");
}

TEST_CASE("every: all of them, and there must be one") {
    const Story story = two_requests();
    check(story, "every = \"host.request\"\nsatisfies = \"stan == '000001'\"", Verdict::pass,
          "all 2 satisfy it");
    check(story, "every = \"host.request\"\nsatisfies = \"mti == '0200'\"", Verdict::fail,
          "host.request at 5.000 s: mti is '0400' (1 of 2 do not satisfy it)");
    check(story, "every = \"host.request where mti == '0800'\"\nsatisfies = \"mac == 'ok'\"",
          Verdict::inconclusive,
          "never happened, so nothing was shown: nearest is host.request at 2.000 s: mti is '0200' (and 1 "
          "more that "
          "fits no better)");
}

TEST_CASE("a bound name means the first event of the run that matches") {
    Story story;
    story.request(2000, "0200", "000007")
        .request(3000, "0200", "000008")
        .request(5000, "0400", "000007")
        .end(9000);
    const auto verdict = [&](std::string_view condition) {
        const std::string toml =
            "[bind]\noriginal = \"host.request where mti == '0200'\"\n[[criterion]]\nid = \"c\"\n"
            "expect = \"host.request where mti == '0400' and " +
            std::string(condition) + "\"";
        return judge::judge(define(toml), story.events()).verdict;
    };
    CHECK(verdict("stan == original.stan") == Verdict::pass);
    CHECK(verdict("stan != original.stan") == Verdict::fail);
}

TEST_CASE("a prohibition or a limit that refers to an event that never came says nothing") {
    Story story;
    story.request(2000, "0400", "000007").request(3000, "0400", "000007").end(9000);
    const auto finding = [&](std::string_view keys) {
        const std::string toml =
            "[bind]\noriginal = \"host.request where mti == '0200'\"\n"
            "[[criterion]]\nid = \"c\"\n" +
            std::string(keys);
        return judge::judge(define(toml), story.events()).findings.front();
    };
    const auto cannot = [&](std::string_view keys) {
        INFO(keys);
        const Finding found = finding(keys);
        CHECK(found.verdict == Verdict::inconclusive);
        CHECK(found.seen == "cannot be said: original never came");
    };
    cannot("never = \"host.request where stan == original.stan\"");
    cannot("never = \"host.request where not (stan == original.stan)\"");
    cannot("never = \"host.posted where stan == original.stan\"");
    cannot("expect = \"host.request where stan == original.stan\"\nat_most = 1");
    cannot("every = \"host.request where stan != original.stan\"\nsatisfies = \"mti == '0400'\"");
    cannot("every = \"host.request\"\nsatisfies = \"stan == original.stan\"");
    cannot("every = \"host.request\"\nsatisfies = \"not (stan == original.stan)\"");

    // What is certain without the value stays certain.
    CHECK(finding("never = \"host.request where mti == '0400' or stan == original.stan\"").verdict ==
          Verdict::fail);
    CHECK(finding("expect = \"host.request where mti == '0400' or stan == original.stan\"\nat_most = 1")
              .verdict == Verdict::fail);
    CHECK(finding("every = \"host.request\"\nsatisfies = \"mti == '0200' and stan == original.stan\"")
              .verdict == Verdict::fail);
    CHECK(
        finding("every = \"host.request\"\nsatisfies = \"mti == '0400' or stan == original.stan\"").verdict ==
        Verdict::pass);
    // What had to follow the event that never came has not followed.
    CHECK(finding("expect = \"host.request where stan == original.stan\"").verdict == Verdict::fail);
    CHECK(finding("expect = \"host.request where not (stan == original.stan)\"").verdict == Verdict::fail);
}

TEST_CASE("a bound event that came without the value is as good as none") {
    Story story;
    story.at(2000, Kind::host_request, {{"mti", "0200"}}).request(3000, "0400", "000007").end(9000);
    const Definition definition = define(
        "[bind]\noriginal = \"host.request where mti == '0200'\"\n[[criterion]]\nid = \"c\"\n"
        "never = \"host.request where mti == '0400' and stan == original.stan\"");
    const Finding finding = judge::judge(definition, story.events()).findings.front();
    CHECK(finding.verdict == Verdict::inconclusive);
    CHECK(finding.seen == "cannot be said: original came without stan");
}

TEST_CASE("a trace cut off before the time was up cannot fail the terminal, one cut off later can") {
    Story cut;
    cut.request(2000, "0200", "000001");
    check(cut, "expect = \"host.request where mti == '0400'\"\nwithin = \"60s\"", Verdict::inconclusive,
          "did not come: nearest is host.request at 2.000 s: mti is '0200'; the trace ends at 2.000 s, "
          "before the "
          "time was up");
    check(cut, "expect = \"host.request where mti == '0400'\"\nwithin = \"500ms\"", Verdict::fail,
          "did not come: no host.request at all");
    check(cut, "never = \"terminal.display\"", Verdict::inconclusive,
          "no terminal.display at all; the trace ends at 2.000 s, before the time was up");
    check(cut, "never = \"host.request\"", Verdict::fail, "host.request at 2.000 s: 0200 STAN 000001");
    check(cut, "expect = \"host.request\"", Verdict::pass, "host.request at 2.000 s: 0200 STAN 000001");
    check(cut, "expect = \"host.request\"\nat_most = 1", Verdict::inconclusive,
          "host.request at 2.000 s: 0200 STAN 000001; the trace ends at 2.000 s, before the time was up");
}

TEST_CASE("a run that never came to its steps says nothing") {
    const Definition definition = define("[[criterion]]\nid = \"c\"\nnever = \"host.request\"");
    const Judgement judgement = judge::judge(definition, {});
    CHECK(judgement.verdict == Verdict::inconclusive);
    CHECK(judgement.findings.at(1).id == "c");
    CHECK(judgement.findings.at(1).seen == "the steps never began");
}

TEST_CASE("the reason of a criterion stands with what is expected") {
    CHECK(find(two_requests(), "expect = \"host.request\"\nbecause = \"PBOC 3.0\"").expected ==
          "host.request (PBOC 3.0)");
}
