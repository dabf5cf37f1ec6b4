#include <map>

#include "bench/judge/judge.hpp"
#include "bench/trace/jsonl.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

using namespace posbench;
using namespace posbench::tests;

namespace {

std::map<std::string, std::string> traces(const std::filesystem::path& report) {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(report / "traces"))
        found[entry.path().filename().string()] = read_file(entry.path());
    return found;
}

}  // namespace

TEST_CASE("the library passes on the reference terminal") {
    const auto result = run_posbench({"run", "--no-report"});
    INFO(result.out);
    CHECK(result.exit_code == 0);
}

TEST_CASE(
    "the same seed gives the same traces, byte for byte, at any number of jobs; another seed does not") {
    const TemporaryFolder folder;
    const auto report = [&](const std::string& name) { return (folder.path() / name).string(); };
    REQUIRE(run_posbench({"run", "--seed", "7", "--jobs", "1", "--report", report("a")}).exit_code == 0);
    REQUIRE(run_posbench({"run", "--seed", "7", "--jobs", "8", "--report", report("b")}).exit_code == 0);
    REQUIRE(run_posbench({"run", "--seed", "8", "--jobs", "2", "--report", report("c")}).exit_code == 0);
    const auto a = traces(report("a"));
    CHECK(a.size() >= 12);
    CHECK(a == traces(report("b")));
    CHECK(a != traces(report("c")));
}

TEST_CASE("a terminal that forgets its reversal fails, and the message says whose money it is") {
    const auto result = run_posbench({"run", "--only", "network.cut-after-authorisation", "--no-report",
                                      "--set", "terminal.defects=[\"forgets-reversal\"]"});
    INFO(result.out);
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out, Catch::Matchers::ContainsSubstring("12.34 CNY") &&
                               Catch::Matchers::ContainsSubstring("STAN 0000") &&
                               Catch::Matchers::ContainsSubstring("cardholder"));
}

TEST_CASE("a stored trace is judged again to the same verdict") {
    const TemporaryFolder folder;
    const auto report = folder.path() / "report";
    run_posbench({"run", "--report", report.string(), "--set", "terminal.defects=[\"forgets-reversal\"]"});
    std::map<int, int> codes;
    for (const auto& entry : std::filesystem::directory_iterator(report / "traces")) {
        const auto again = run_posbench({"judge", entry.path().string()});
        ++codes[again.exit_code];
        const bool lost = entry.path().filename().string().starts_with("network.cut-after-authorisation");
        if (lost) CHECK(again.exit_code == 1);
    }
    CHECK(codes[0] > 0);
    CHECK(codes[1] > 0);
    CHECK(codes.size() == 2);
}

TEST_CASE(
    "a trace cut off in the middle of a line is readable, and its judgement says nothing of the terminal") {
    const TemporaryFolder folder;
    const auto report = folder.path() / "report";
    REQUIRE(run_posbench({"run", "--only", "card.chip-sale", "--report", report.string()}).exit_code == 0);
    const std::string whole = read_file(report / "traces" / "card.chip-sale.jsonl");
    const auto file = folder.write("cut.jsonl", whole.substr(0, whole.size() * 2 / 3));
    const auto shown = run_posbench({"show", file.string()});
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out, Catch::Matchers::ContainsSubstring("terminal.display"));
    CHECK(run_posbench({"judge", file.string()}).exit_code == 4);
}

TEST_CASE("every command helps, with examples") {
    const std::string command = GENERATE("run", "list", "show", "validate", "judge", "doctor");
    const auto result = run_posbench({command, "--help"});
    CHECK(result.exit_code == 0);
    if (command != "doctor") CHECK_THAT(result.out, Catch::Matchers::ContainsSubstring("Example"));
}

TEST_CASE("the schema is JSON that knows every verb") {
    const auto result = run_posbench({"schema"});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::Matchers::ContainsSubstring("network.cut") &&
                               Catch::Matchers::ContainsSubstring("2020-12"));
}

TEST_CASE("a fault of a record reaches the terminal with T=0 as with T=1") {
    const auto image = GENERATE("unionpay-credit", "unionpay-credit-t0");
    const auto run = [&](const std::string& fault) {
        const TemporaryFolder folder;
        const auto file = folder.write("altered-record.toml", R"(
[scenario]
id    = "card.altered-record"
title = { en = "A record is altered", zh = "记录被改动" }
[given]
card     = { image = ")" + std::string(image) + "\", fault = [" + fault +
                                                                  R"(] }
host     = { profile = "unionpay" }
terminal = { profile = "countertop" }
network  = { profile = "clean" }
[[step]]
do     = "terminal.sale"
amount = "12.34"
[[step]]
do = "card.insert"
[[step]]
wait = "terminal.outcome"
[[criterion]]
id     = "card-fault-shown"
expect = "terminal.outcome where outcome == 'failed' and reason == 'chip_error'"
[[criterion]]
id    = "no-cryptogram-asked"
never = "card.apdu where command == 'GENERATE AC'"
)");
        const auto result = run_posbench({"run", file.string(), "--no-report"});
        INFO(image << " " << fault << "\n" << result.out << result.err);
        CHECK(result.exit_code != 2);
        return result.exit_code;
    };
    const std::string record = "on = 'READ RECORD', header = '00B20114', ";
    for (const char* effect : {"do = 'corrupt', at = 0", "do = 'corrupt', at = -1",
                               "do = 'truncate', length = 12", "do = 'append', octets = '00'"}) {
        INFO(image << " " << effect);
        CHECK(run("{ " + record + effect + " }") == 0);
    }
    CHECK(run("") == 1);  // the sound card's sale is approved
}

TEST_CASE("a card fault that never acts makes the run inconclusive, and excuses nothing") {
    const auto run = [](const char* fault) {
        return run_posbench({"run", "--only", "card.chip-sale", "--no-report", "--set",
                             std::string("card.fault=[") + fault + "]"});
    };
    const auto idle = run("{ on = 'GET CHALLENGE', do = 'mute' }");
    INFO(idle.out << idle.err);
    CHECK(idle.exit_code == 4);
    CHECK_THAT(idle.out, Catch::Matchers::ContainsSubstring("card fault 1 never acted"));
    const auto nothing_there = run("{ on = 'READ RECORD', do = 'corrupt', at = 257 }");
    CHECK(nothing_there.exit_code == 4);
    CHECK_THAT(nothing_there.out,
               Catch::Matchers::ContainsSubstring("card fault 1 was due, but would have changed nothing"));
    // One acts, and the terminal's sale fails by it; the other waits in vain.
    const auto both = run("{ on = 'GENERATE AC', do = 'mute' }, { on = 'GET CHALLENGE', do = 'mute' }");
    CHECK(both.exit_code == 1);
}
