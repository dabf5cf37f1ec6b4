#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// What a slip of the hand on the command line is told.

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using posbench::tests::run_posbench;
using posbench::tests::TemporaryFolder;

namespace {

std::string usage_error(const std::vector<std::string>& arguments) {
    const auto result = run_posbench(arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    return result.err;
}

}  // namespace

TEST_CASE("a misspelt command or option is told with the nearest there is") {
    CHECK_THAT(usage_error({"rnu"}), StartsWith("posbench: no command 'rnu': did you mean 'run'?\n"));
    CHECK_THAT(usage_error({"--lang", "zh", "crad", "show"}),
               StartsWith("posbench: no command 'crad': did you mean 'card'?\n"));
    CHECK_THAT(usage_error({"card", "shwo", "visa-credit"}),
               StartsWith("posbench: no command 'shwo': did you mean 'show'?\n"));
    CHECK_THAT(usage_error({"frobnicate"}),
               StartsWith("posbench: no command 'frobnicate'; there are run, list, "));
    CHECK_THAT(usage_error({"run", "--no-reprot"}),
               StartsWith("posbench: no option '--no-reprot' of run: did you mean '--no-report'?\n"));
    CHECK_THAT(usage_error({"run", "--lagn=zh"}),
               StartsWith("posbench: no option '--lagn' of run: did you mean '--lang'?\n"));
    CHECK_THAT(usage_error({"--xylophone", "run"}), StartsWith("posbench: no option '--xylophone'\n"));
    // What an option is given is no command, and no option either.
    CHECK_THAT(usage_error({"--lang", "zh", "run", "--only", "--tag", "--sede", "1"}),
               ContainsSubstring("did you mean '--seed'?"));
    CHECK_THAT(usage_error({"0123456789ABCDEFFEDCBA9876543210"}), !ContainsSubstring("0123456789"));
}

TEST_CASE("a seed is a number of 64 bits without a sign") {
    for (const char* seed : {"-1", "", "1.5", "7x", "18446744073709551616"})
        CHECK_THAT(usage_error({"run", "--seed", seed, "--no-report"}),
                   ContainsSubstring("--seed") && ContainsSubstring("is no number from 0 to"));
    CHECK(run_posbench({"run", "--only", "card.chip-sale", "--no-report", "--seed", "18446744073709551615"})
              .exit_code == 0);
}

TEST_CASE("--set: a text without quotes is told how to write it, without what may be secret") {
    const auto set = [](const std::string& text) {
        return usage_error({"run", "--no-report", "--set", text});
    };
    CHECK(
        set("card.image=visa-credit") ==
        "--set card.image: the value is no TOML: a text needs quotes: --set 'card.image=\"visa-credit\"'\n");
    CHECK_THAT(set("terminal.tid=00000001"), ContainsSubstring("--set 'terminal.tid=\"00000001\"'"));
    CHECK_THAT(set("terminal.defects=["),
               ContainsSubstring("the value is no TOML: ") && !ContainsSubstring("quotes"));
    const std::string secret = set("terminal.tmk=A123456789ABCDEF");
    CHECK_THAT(secret, ContainsSubstring("--set terminal.tmk: the value is no TOML") &&
                           !ContainsSubstring("A123456789ABCDEF"));
    CHECK(run_posbench(
              {"run", "--no-report", "--only", "card.chip-sale", "--set", "card.image=\"visa-credit\""})
              .exit_code == 0);
}

TEST_CASE("--report where no folder can be made is bad usage, told before anything runs") {
    const TemporaryFolder folder;
    const auto file = folder.write("report", "a file");
    CHECK(usage_error({"run", "--only", "card.chip-sale", "--report", file.string()}) ==
          "--report " + file.string() + ": Not a directory: name another folder, or --no-report\n");
    CHECK_THAT(usage_error({"run", "--only", "card.chip-sale", "--report", "/proc/report"}),
               StartsWith("--report /proc/report: ") && ContainsSubstring("name another folder"));
}
