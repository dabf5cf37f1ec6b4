#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>

#include "bench/runtime/resources.hpp"
#include "bench/trace/jsonl.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// The very same parts in real time: a terminal process, real TCP. These tests wait for what happens, not for
// time to pass; their deadlines only bound a failure.

using namespace posbench;
using namespace posbench::tests;

namespace {

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        poll(nullptr, 0, 5);
    }
    return true;
}

/// A run folder of the test's own: what other benches of this machine leave behind is not its matter.
class OwnRunFolder {
  public:
    OwnRunFolder() {
        if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
        setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
    }
    ~OwnRunFolder() {
        if (before_)
            setenv("XDG_RUNTIME_DIR", before_->c_str(), 1);
        else
            unsetenv("XDG_RUNTIME_DIR");
    }
    OwnRunFolder(const OwnRunFolder&) = delete;
    OwnRunFolder& operator=(const OwnRunFolder&) = delete;

    /// Journals of benches that run or were killed.
    std::ptrdiff_t journals() const {
        const auto kept = runtime::ResourceJournal::default_folder();
        if (!std::filesystem::exists(kept)) return 0;
        return std::distance(std::filesystem::directory_iterator(kept), {});
    }

  private:
    TemporaryFolder folder_;
    std::optional<std::string> before_;
};

/// The terminal's start, three seconds in its profile, proves nothing here.
const std::string quick_boot = "terminal.timings.boot=\"10ms\"";

struct SlowRun {
    OwnRunFolder run_folder;
    TemporaryFolder folder;
    std::filesystem::path report = folder.path() / "report";
    std::filesystem::path trace = report / "traces" / "host.maintenance-silent.jsonl";

    std::vector<std::string> arguments() const {
        return {"run",
                "--only",
                "host.maintenance-silent",
                "--station",
                "emulated-loopback",
                "--report",
                report.string(),
                "--repeat",
                "2",
                "--set",
                quick_boot};
    }
    /// The host has taken the request and will not answer it for the terminal's whole reply wait.
    bool waiting_for_the_host() const { return read_file(trace).find("\"host.rule\"") != std::string::npos; }
};

/// A process by number and start time (/proc/PID/stat, fields 4 and 22).
struct Process {
    std::string pid;
    std::string parent;
    std::string started;
    bool zombie = false;
};

std::optional<Process> process(const std::string& pid) {
    const std::string stat = read_file("/proc/" + pid + "/stat");
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(stat.substr(name_end + 1));
    std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
    if (words.size() < 20) return std::nullopt;
    return Process{pid, words[1], words[19], words[0] == "Z"};
}

/// The terminal program that the bench has started.
Process terminal_of(pid_t bench) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string pid = entry.path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
        if (read_file(entry.path() / "comm") != "posbench-termin\n") continue;
        if (const auto found = process(pid); found && found->parent == std::to_string(bench)) return *found;
    }
    FAIL("the bench has no terminal process");
    return {};
}

bool alive(const Process& wanted) {
    const auto now = process(wanted.pid);
    return now && now->started == wanted.started && !now->zombie;
}

/// One case for each way through the parts that real time has and virtual time has not: the terminal as
/// another program behind the control channel, a real clock, TCP. What a card or a host answers, they do with
/// the same code at both stations, so one case of a kind is enough; all others run in virtual time
/// (run_test.cpp).
const std::vector<std::string> one_of_each{
    "card.chip-sale",        // exchanges with the card over the channel, T=1, PIN, a sale that goes well
    "card.chip-sale-t0",     // GET RESPONSE over the channel
    "card.wrong-atr-cold",   // a warm reset over the channel
    "card.mute-after-arqc",  // waiting times of the card in real time
    "card.damaged-block",    // retransmissions
    "card.pulled-during-first-ac",  // the card leaves while its answer is under way
    "card.chip-card-swiped",        // a stripe's flux over the channel, then the chip
    "card.stripe-sale",
    "host.code-paid",                                                 // a scan over the channel
    "card.chip-sale-cards[card.image=unionpay-credit-cda]",           // large records, authority keys
    "card.bad-signature[card.image=unionpay-bad-dynamic-signature]",  // the same, refused
    "host.maintenance-refused",                                       // connections that the host refuses
    "host.maintenance-codes[host.rules.0.then.code=96]",
};

/// A run at a station that has begun.
class StationRun {
  public:
    StationRun(const std::string& station, std::vector<std::string> more) {
        std::vector<std::string> arguments{"run",      "--station",      station, "--jobs",  "32",
                                           "--report", report_.string(), "--set", quick_boot};
        arguments.insert(arguments.end(), more.begin(), more.end());
        program_.emplace(posbench_program(), arguments);
    }
    ProgramResult wait() { return program_->wait(); }
    /// "fail card.stripe-sale", in order. Precondition: wait() came back.
    std::vector<std::string> verdicts() const {
        const auto results = nlohmann::json::parse(read_file(report_ / "results.json"));
        std::vector<std::string> verdicts;
        for (const auto& one : results.at("cases"))
            verdicts.push_back(one.at("verdict").get<std::string>() + " " +
                               one.at("case").get<std::string>());
        std::ranges::sort(verdicts);
        return verdicts;
    }

  private:
    TemporaryFolder folder_;
    std::filesystem::path report_ = folder_.path() / "report";
    std::optional<Program> program_;
};

}  // namespace

TEST_CASE("the loopback station gives the verdicts of virtual time, good and bad") {
    const OwnRunFolder run_folder;
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    std::vector<std::string> good;
    for (const std::string& name : one_of_each) good.insert(good.end(), {"--only", name});
    const std::string by_91 = "host.maintenance-codes[host.rules.0.then.code=91]";
    const std::string by_96 = "host.maintenance-codes[host.rules.0.then.code=96]";
    const std::vector<std::string> bad{
        "--set", "terminal.defects=[\"approves-91\"]", "--only", by_91, "--only", by_96};
    StationRun good_virtual("emulated", good), good_real("emulated-loopback", good);
    StationRun bad_virtual("emulated", bad), bad_real("emulated-loopback", bad);
    for (const auto& [run, code] : {std::pair(&good_virtual, 0), std::pair(&good_real, 0),
                                    std::pair(&bad_virtual, 1), std::pair(&bad_real, 1)}) {
        const auto result = run->wait();
        INFO(result.out << result.err);
        CHECK(result.exit_code == code);
    }
    CHECK(good_real.verdicts() == good_virtual.verdicts());
    CHECK(good_real.verdicts().size() == one_of_each.size());
    CHECK(bad_real.verdicts() == bad_virtual.verdicts());
    CHECK(bad_real.verdicts() == std::vector{"fail " + by_91, "pass " + by_96});
}

TEST_CASE("the example of a terminal program in another language passes a scenario at a station of its own") {
    REQUIRE(std::system("python3 -c ''") == 0);  // NOLINT(cert-env33-c): tests/run installs it
    const OwnRunFolder run_folder;
    TemporaryFolder folder;
    const auto source = std::filesystem::path(POSBENCH_SOURCE_DIR);
    std::string station = read_file(source / "fixtures/stations/emulated-loopback.toml");
    const auto replace = [&station](std::string_view from, const std::string& to) {
        const auto at = station.find(from);
        REQUIRE(at != std::string::npos);
        station.replace(at, from.size(), to);
    };
    replace("\"emulated-loopback\"", "\"example\"");
    replace("driver = \"process\"", "driver = \"process\"\nprogram = \"" +
                                        (source / "drivers/terminal/process/example.py").string() + "\"");
    const auto file = folder.path() / "example.toml";
    std::ofstream(file) << station;
    const auto run =
        run_posbench({"run", "--station", file.string(), "--no-report", "--only", "terminal.amount-zero"});
    INFO(run.out << run.err);
    CHECK(run.exit_code == 0);
}

TEST_CASE("the example program keeps what is chosen in a sale until that is over, and lacks a scanner") {
    const TemporaryFolder folder;
    const auto said = folder.path() / "said";
    const auto heard = folder.write("heard", R"({"message":"hello","protocol":3,"start_ns":0})"
                                             "\n"
                                             R"({"message":"key","input":1,"key":"sale"})"
                                             "\n"
                                             R"({"message":"choose","input":2,"function":"settlement"})"
                                             "\n"
                                             R"({"message":"scan","input":3,"code":"621094800000001234"})"
                                             "\n"
                                             R"({"message":"key","input":4,"key":"cancel"})"
                                             "\n");
    const std::string example =
        std::filesystem::path(POSBENCH_SOURCE_DIR) / "drivers/terminal/process/example.py";
    const std::string line = "python3 '" + example + "' <'" + heard.string() + "' >'" + said.string() + "'";
    REQUIRE(std::system(line.c_str()) == 0);  // NOLINT(cert-env33-c): a path of the test's own
    std::vector<std::string> answers;
    std::istringstream lines(read_file(said));
    for (std::string text; std::getline(lines, text);) {
        const auto object = nlohmann::json::parse(text);
        if (object.contains("transaction")) answers.push_back(object.at("transaction").get<std::string>());
        if (object.contains("what") && object.contains("message"))
            answers.push_back("lacks " + object.at("what").get<std::string>());
        if (object.contains("after"))
            answers.push_back(std::to_string(object.at("after").get<int>()) +
                              (object.at("idle").get<bool>() ? " idle" : " busy"));
    }
    CHECK(answers == std::vector<std::string>{"0 idle", "1 busy", "2 busy", "lacks a scanner", "3 busy",
                                              "sale", "settlement", "4 idle"});
}

TEST_CASE("a scenario that impairs the network is skipped at the loopback station, by name") {
    const OwnRunFolder run_folder;
    const auto network = run_posbench(
        {"run", "--station", "emulated-loopback", "--no-report", "--only", "network.weak-signal*"});
    CHECK(network.exit_code == 4);
    CHECK_THAT(network.out, Catch::Matchers::ContainsSubstring("lacks"));
}

TEST_CASE("SIGTERM in the middle of a run: records complete, exit 143, within 2 s, no terminal left") {
    const SlowRun run;
    Program program(posbench_program(), run.arguments());
    REQUIRE(eventually([&] { return run.waiting_for_the_host(); }));
    const Process terminal = terminal_of(program.pid());
    REQUIRE(alive(terminal));
    const auto begin = std::chrono::steady_clock::now();
    program.signal(SIGTERM);
    const auto result = program.wait();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
    CHECK(result.exit_code == 143);
    CHECK_THAT(result.out,
               Catch::Matchers::ContainsSubstring("1 of 2 runs had not begun:\n  host.maintenance-silent\n"));
    CHECK_FALSE(alive(terminal));
    const auto stored = trace::read_jsonl(run.trace);
    REQUIRE(stored.has_value());
    CHECK_FALSE(stored->truncated);
    CHECK(stored->events.back().kind == trace::Kind::bench_end);
    CHECK(stored->events.back().text("state") == "interrupted");
    CHECK(std::filesystem::exists(run.report / "report.html"));
    CHECK(std::filesystem::exists(run.report / "junit.xml"));
}

TEST_CASE("SIGKILL in the middle of a run: the trace so far is readable and no terminal stays behind") {
    const SlowRun run;
    Program program(posbench_program(), run.arguments());
    REQUIRE(eventually([&] { return run.waiting_for_the_host(); }));
    const Process terminal = terminal_of(program.pid());
    REQUIRE(alive(terminal));
    program.signal(SIGKILL);
    CHECK(program.wait().exit_code == 137);
    CHECK(eventually([&] { return !alive(terminal); }));
    const auto shown = run_posbench({"show", run.trace.string()});
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out, Catch::Matchers::ContainsSubstring("host.request"));
    CHECK(run.run_folder.journals() > 0);
    const auto repaired = run_posbench({"doctor", "--repair"});
    CHECK(run.run_folder.journals() == 0);
    CHECK_THAT(repaired.out, Catch::Matchers::ContainsSubstring("left by a killed bench       nothing"));
}
