#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"
#include "tests/support/text_place.hpp"

using namespace posbench::tests;

namespace {

/// A scenario that holds, with one place to spoil.
std::string scenario_with(const std::string& from, const std::string& to) {
    std::string text = read_file(std::string(POSBENCH_SOURCE_DIR) + "/scenarios/card/chip-sale.toml");
    const auto place = text.find(from);
    REQUIRE(place != std::string::npos);
    text.replace(place, from.size(), to);
    return text;
}

struct BadFile {
    std::string name;
    std::string content;
    std::string place;    ///< ":LINE:COLUMN:"
    std::string message;  ///< part of it
};

BadFile spoiled(const std::string& name, const std::string& from, const std::string& to,
                const std::string& at, const std::string& message) {
    const std::string content = scenario_with(from, to);
    return {name, content, ":" + posbench::tests::text_place(content, at) + ":", message};
}

}  // namespace

TEST_CASE("a file that does not hold exits 2 with file, line, column and nearest name, and nothing is run") {
    const BadFile bad = GENERATE_COPY(
        spoiled("misspelt key", "causes =", "cuases =", "cuases", "did you mean 'causes'?"),
        spoiled("unknown event", "never = \"host.request where mti == '0400'\"",
                "never = \"host.reqest where mti == '0400'\"", "host.reqest", "did you mean 'host.request'?"),
        spoiled("word that is never", "outcome == 'approved' and amount", "outcome == 'aproved' and amount",
                "'aproved'", "'outcome' is never 'aproved' (did you mean 'approved'?)"),
        spoiled("the same in a condition", "outcome == 'approved' and stan", "outcome == 'aproved' and stan",
                "'aproved'", "'outcome' is never 'aproved' (did you mean 'approved'?)"),
        spoiled("unknown card image", "\"unionpay-credit\"", "\"unionpay-credti\"", "\"unionpay-credti\"",
                "did you mean 'unionpay-credit'?"),
        spoiled("negative amount", "\"12.34\"", "\"-12.34\"", "\"-12.34\"", "amount"),
        spoiled("not UTF-8", "Chip sale,", "Chip \xff sale,", "\xff", "UTF-8"),
        BadFile{"empty file", "", ":1:1:", "empty"});
    CAPTURE(bad.name);
    const TemporaryFolder folder;
    const auto file = folder.write("bad.toml", bad.content);
    const auto report = folder.path() / "report";
    const auto result = run_posbench({"run", file.string(), "--report", report.string()});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring(file.string() + bad.place));
    CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring(bad.message));
    CHECK(result.out.empty());
    CHECK_FALSE(std::filesystem::exists(report));
}

TEST_CASE("all broken files are named, not only the first") {
    const TemporaryFolder folder;
    folder.write("a.toml", scenario_with("causes =", "cuases ="));
    folder.write("b.toml", "");
    const auto result = run_posbench({"validate", folder.path().string()});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring("a.toml") &&
                               Catch::Matchers::ContainsSubstring("b.toml") &&
                               Catch::Matchers::ContainsSubstring("2 errors"));
}

TEST_CASE("what is wrong with every case is told once, with how often") {
    const std::string scenarios = std::string(POSBENCH_SOURCE_DIR) + "/scenarios/host";
    const auto result = run_posbench({"run", scenarios, "--set", "terminal.bogus=1"});
    CHECK(result.exit_code == 2);
    const std::string fault = "unknown key 'bogus'";
    const auto first = result.err.find(fault), second = result.err.find(fault, first + 1);
    REQUIRE(second != std::string::npos);
    CHECK(result.err.find(fault, second + 1) == std::string::npos);
    CHECK_THAT(result.err.substr(second),
               Catch::Matchers::ContainsSubstring(" times\n") &&
                   Catch::Matchers::ContainsSubstring("nothing was run: 1 error\n"));
}

TEST_CASE("what does not exist is said, with exit code 2") {
    CHECK(run_posbench({"run", "no/such/folder"}).exit_code == 2);
    const auto station = run_posbench({"run", "--station", "emulatd"});
    CHECK(station.exit_code == 2);
    CHECK_THAT(station.err, Catch::Matchers::ContainsSubstring("did you mean 'emulated'?"));
    CHECK(run_posbench({"run", "--jobs", "none"}).exit_code == 2);
    CHECK(run_posbench({"rum"}).exit_code == 2);
    CHECK(run_posbench({"judge", "no-such.jsonl"}).exit_code == 2);
}

TEST_CASE("a selection that matches nothing exits 4 and names the nearest case") {
    const auto result = run_posbench({"run", "--only", "card.chip-sael", "--no-report"});
    CHECK(result.exit_code == 4);
    CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring("did you mean 'card.chip-sale'?"));
}
