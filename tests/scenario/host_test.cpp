#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/real_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// `posbench host` as a person runs it, over real TCP.

using namespace posbench;
using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A served host on a port of its own, whose output is read as it comes.
class Served {
  public:
    explicit Served(std::vector<std::string> more, const std::string& command = "serve") {
        setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
        REQUIRE(::pipe(ends_.data()) == 0);
        std::vector<std::string> words{"host", command, "--listen", "127.0.0.1:0"};
        words.insert(words.end(), more.begin(), more.end());
        program_.emplace(posbench_program(), words, ends_[1]);
        ::close(ends_[1]);
        read_until("\n");
    }
    ~Served() { ::close(ends_[0]); }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    const std::string& out() const noexcept { return out_; }
    std::string address() const { return word_behind("serving load on "); }
    std::string word_behind(std::string_view text) const {
        const std::size_t begin = out_.find(text) + text.size();
        return out_.substr(begin, out_.find_first_of(", \n", begin) - begin);
    }
    void read_until(std::string_view text) {
        while (out_.find(text) == std::string::npos) REQUIRE(read_more());
    }
    ProgramResult stop(int number) {
        program_->signal(number);
        while (read_more()) {
        }
        return program_->wait();
    }

  private:
    bool read_more() {
        pollfd state{ends_[0], POLLIN, 0};
        if (::poll(&state, 1, 60'000) <= 0) throw std::runtime_error("nothing more from posbench in 60 s");
        std::array<char, 4096> buffer{};
        const ssize_t count = ::read(ends_[0], buffer.data(), buffer.size());
        if (count > 0) out_.append(buffer.data(), static_cast<std::size_t>(count));
        return count > 0;
    }

    std::array<int, 2> ends_{};
    std::optional<Program> program_;
    std::string out_;
};

ProgramResult load(const std::string& address, std::vector<std::string> more) {
    std::vector<std::string> words{"host", "load", "--connect", address};
    words.insert(words.end(), more.begin(), more.end());
    return run_posbench(words);
}

runtime::Task<void> get(runtime::Connector& connector, std::string port, std::string& answer) {
    const runtime::Endpoint endpoint{"127.0.0.1", static_cast<std::uint16_t>(std::stoi(port))};
    auto stream = co_await connector.connect(endpoint, runtime::never);
    REQUIRE(stream.has_value());
    const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
    const auto sent = co_await (*stream)->write(as_bytes(request), runtime::never);
    REQUIRE(sent.has_value());
    for (;;) {
        std::array<std::uint8_t, 4096> buffer{};
        const auto count = co_await (*stream)->read_some(buffer, runtime::never);
        if (!count || *count == 0) co_return;
        answer += as_text(ByteView(buffer).first(*count));
    }
}

/// What /metrics says.
std::string metrics(const std::string& port) {
    runtime::RealClock clock{std::stop_token()};
    const auto connector = runtime::make_tcp_connector(clock);
    std::string answer;
    const runtime::Job job(clock, get(*connector, port, answer));
    clock.run_until([&] { return job.done(); });
    return answer;
}

}  // namespace

TEST_CASE("host serve: terminals sign in and sell over TCP, and a signal ends it with a summary") {
    const int number = GENERATE(SIGINT, SIGTERM);
    const TemporaryFolder folder;
    const auto json = folder.path() / "summary.json", trace = folder.path() / "host.jsonl";
    Served host({"--profile", "load", "--metrics", "0", "--json", json.string(), "--trace", trace.string()});
    const auto loaded = load(host.address(), {"--terminals", "3", "--sales", "20"});
    INFO(loaded.out << loaded.err);
    CHECK(loaded.exit_code == 0);
    CHECK_THAT(loaded.out, ContainsSubstring("20 sales approved") && ContainsSubstring("3 terminals") &&
                               ContainsSubstring("this client: ran "));
    // The log tells of each message as it passes.
    host.read_until("ended: peer closed");
    for (const char* part : {"#1 connected", "> 0800  sign-in  1000", "< 0810 00  1000", "> 0200  sale  1000",
                             "mac ok", "posted sale  1000", "0.01 CNY  621094******0078"})
        CHECK_THAT(host.out(), ContainsSubstring(part));
    const std::string counted = metrics(host.word_behind("/metrics on port "));
    for (const char* part : {"posbench_host_requests_total 23", "posbench_host_answer_seconds_count 23",
                             "posbench_host_answers_total{code=\"00\",mti=\"0210\"} 20",
                             "posbench_host_posted_minor_units_total{entry=\"sale\"} 20"})
        CHECK_THAT(counted, ContainsSubstring(part));

    const auto begun = std::chrono::steady_clock::now();
    const auto ended = host.stop(number);
    CHECK(ended.exit_code == 128 + number);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
    for (const char* part : {"3 connections, 23 requests, 23 answers", "0210 00          20", "p99",
                             "debits 0.20 CNY, credits 0.20 CNY: they balance"})
        CHECK_THAT(host.out(), ContainsSubstring(part));
    const auto summary = nlohmann::json::parse(read_file(json));
    CHECK(summary["posted"]["sale"]["amount"] == 20);
    CHECK(summary["books"]["balance"] == true);
    CHECK_THAT(read_file(trace), ContainsSubstring("\"kind\":\"host.posted\""));
    for (const std::string& text : {host.out(), read_file(trace), counted})
        CHECK_THAT(text, !ContainsSubstring("6210948000000078"));
}

TEST_CASE("host serve: rules from a file bend answers, and load tells what is wrong with them") {
    const TemporaryFolder folder;
    const auto serve = [&](const std::string& then) {
        const auto file = folder.write("rules.toml",
                                       "rules = [ { name = 'bent', when = { mti = '0200', count = 3 }, "
                                       "then = { " +
                                           then + " } } ]\n");
        return file.string();
    };
    const auto [then, told] =
        GENERATE(std::pair{"action = 'respond', code = '96'", "code 96: 1"},
                 std::pair{"action = 'wrong_mac'", "the MAC of the answer is wrong: 1"},
                 std::pair{"action = 'alter', field = 11, add = 5", "field 11 is another than was sent: 1"},
                 std::pair{"action = 'close'", "no answer: the host closed: 1"},
                 std::pair{"action = 'garbage', length = 'oversized'",
                           "frame: 65535 octets, not between 21 and 2048: 1"});
    Served host({"--profile", "load", "--rules", serve(then)});
    const auto loaded = load(host.address(), {"--terminals", "2", "--sales", "10"});
    INFO(loaded.out << loaded.err);
    CHECK(loaded.exit_code == 1);
    CHECK_THAT(loaded.out, ContainsSubstring(told));
    host.stop(SIGTERM);
    CHECK_THAT(host.out(), ContainsSubstring("rule bent: ") && ContainsSubstring("1 bent by rules") &&
                               ContainsSubstring("they balance"));
}

TEST_CASE("host serve: the log says which check refused") {
    Served host({"--profile", "unionpay"});
    CHECK(load(host.word_behind("serving unionpay on "), {"--terminals", "1", "--sales", "1"}).exit_code ==
          3);
    host.stop(SIGTERM);
    CHECK_THAT(host.out(), ContainsSubstring("< 0810 97 refused by terminal_known  "));
}

TEST_CASE("host serve: the log names what is asked for, and by how much a rule delays it") {
    const TemporaryFolder folder;
    const auto rules = folder.write("rules.toml",
                                    "rules = [ { name = 'slow', when = { mti = '0200' }, then = { action = "
                                    "'delay', duration = '120ms' } } ]\n");
    Served host({"--profile", "load", "--rules", rules.string()});
    CHECK(load(host.address(), {"--terminals", "1", "--sales", "1"}).exit_code == 0);
    host.stop(SIGTERM);
    for (const char* part :
         {"> 0800  sign-in  10000001  ", "> 0200  sale  10000001  ", "rule slow: delay  ", "  120 ms later"})
        CHECK_THAT(host.out(), ContainsSubstring(part));
}

TEST_CASE("host serve: above a hundred lines in a second the rest is counted") {
    Served host({"--profile", "load"});
    CHECK(load(host.address(), {"--sales", "1000"}).exit_code == 0);
    host.stop(SIGTERM);
    CHECK_THAT(host.out(), ContainsSubstring(" events more: ") && ContainsSubstring("0210 00        1000"));
    CHECK(std::count(host.out().begin(), host.out().end(), '\n') < 1000);
}

TEST_CASE("host load: a rate is kept, and the time is bounded") {
    Served host({"--profile", "load", "--log", "none"});
    const auto begun = std::chrono::steady_clock::now();
    const auto loaded = load(host.address(), {"--rate", "100", "--for", "500ms"});
    INFO(loaded.out << loaded.err);
    CHECK(loaded.exit_code == 0);
    CHECK_THAT(loaded.out, ContainsSubstring("50 sales approved"));
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(490));
    // Again: STANs that the batch has are passed over.
    CHECK(load(host.address(), {"--sales", "500"}).exit_code == 0);
    CHECK(host.stop(SIGINT).exit_code == 130);
}

TEST_CASE("host proxy: terminals sell through it, and what passed is recorded without card data") {
    const TemporaryFolder folder;
    const auto record = folder.path() / "friday.jsonl";
    Served host({"--profile", "load", "--log", "none"});
    Served proxy({"--upstream", host.address(), "--record", record.string()}, "proxy");
    const auto loaded = load(proxy.word_behind("passing "), {"--terminals", "2", "--sales", "10"});
    INFO(loaded.out << loaded.err);
    CHECK(loaded.exit_code == 0);
    proxy.read_until("ended");
    CHECK(proxy.stop(SIGTERM).exit_code == 143);
    for (const char* part :
         {"0200 STAN ", "621094******", ": 0210 code 00 after ", "12 exchanges passed, 0 without"})
        CHECK_THAT(proxy.out(), ContainsSubstring(part));
    std::istringstream lines(read_file(record));
    int exchanges = 0;
    for (std::string line; std::getline(lines, line); ++exchanges) {
        const auto exchange = nlohmann::json::parse(line);
        CHECK(exchange["reply"]["fields"]["39"] == "00");
    }
    CHECK(exchanges == 12);
    for (const std::string& text : {proxy.out(), read_file(record)})
        CHECK_THAT(text, !ContainsSubstring("6210948000000078") && !ContainsSubstring("6210948000000086"));

    const auto again =
        run_posbench({"host", "proxy", "--upstream", host.address(), "--record", record.string()});
    CHECK(again.exit_code == 2);
    CHECK_THAT(again.err, ContainsSubstring("friday.jsonl"));
}

TEST_CASE("host serve: a recording answers as the host did that was recorded, and what it lacks is told") {
    const TemporaryFolder folder;
    const auto record = folder.path() / "friday.jsonl", trace = folder.path() / "again.jsonl";
    const auto rules = folder.write("rules.toml",
                                    "rules = [ { when = { mti = '0200', count = 3 }, then = { action = "
                                    "'respond', code = '61' } } ]\n");
    {
        Served host({"--profile", "load", "--log", "none", "--rules", rules.string()});
        Served proxy({"--upstream", host.address(), "--record", record.string()}, "proxy");
        CHECK(load(proxy.word_behind("passing "), {"--terminals", "1", "--sales", "10"}).exit_code == 1);
        proxy.read_until("ended");
        proxy.stop(SIGTERM);
    }
    Served host(
        {"--profile", "load", "--seed", "7", "--recording", record.string(), "--trace", trace.string()});
    CHECK_THAT(host.out(), ContainsSubstring("answering from " + record.string()));
    const auto loaded = load(host.address(), {"--terminals", "1", "--sales", "11"});
    INFO(loaded.out << loaded.err);
    CHECK_THAT(loaded.out, ContainsSubstring("9 sales approved") && ContainsSubstring("code 61: 1") &&
                               ContainsSubstring("code 96: 1"));
    host.stop(SIGTERM);
    for (const char* part :
         {"from the recording: given            10", "from the recording: missing           1", "missing",
          "all of this kind have been answered", "debits 0.09 CNY, credits 0.09 CNY: they balance"})
        CHECK_THAT(host.out(), ContainsSubstring(part));

    // The same answers in the same order, but for what belongs to the terminal and to the day.
    std::vector<std::string> recorded, served;
    std::istringstream lines(read_file(record)), events(read_file(trace));
    for (std::string line; std::getline(lines, line);) {
        const auto reply = nlohmann::json::parse(line)["reply"];
        if (reply["mti"] == "0210")
            recorded.push_back(reply["fields"]["39"].get<std::string>() + " " +
                               reply["fields"]["37"].get<std::string>() + " " +
                               reply["fields"].value("38", "none"));
    }
    for (std::string line; std::getline(events, line);) {
        const auto event = nlohmann::json::parse(line);
        if (event["kind"] == "host.response" && event["mti"] == "0210" && event["code"] != "96")
            served.push_back(event["code"].get<std::string>() + " " + event["rrn"].get<std::string>() + " " +
                             event.value("auth_code", "none"));
    }
    CHECK(recorded.size() == 10);
    CHECK(recorded == served);
}

TEST_CASE("host proxy: an acquirer that is not there is told, and the terminal's connection ends") {
    Served proxy({"--upstream", "127.0.0.1:1"}, "proxy");
    CHECK(load(proxy.word_behind("passing "), {"--sales", "1"}).exit_code == 3);
    proxy.stop(SIGINT);
    CHECK_THAT(proxy.out(),
               ContainsSubstring("the acquirer 127.0.0.1:1 was not reached: connection refused"));
}

TEST_CASE("host: what cannot be served or loaded") {
    const auto fails = [](std::vector<std::string> words, int code, const char* why) {
        words.insert(words.begin(), "host");
        const auto result = run_posbench(words);
        INFO(result.out << result.err);
        CHECK(result.exit_code == code);
        CHECK_THAT(result.err, ContainsSubstring(why));
    };
    const TemporaryFolder folder;
    fails({"serve", "--profile", "unionpai"}, 2, "unionpay");
    fails({"serve", "--listen", "1.2.3:1"}, 2, "ADDRESS:PORT");
    fails({"serve", "--log", "loud"}, 2, "lines");
    fails({"serve", "--listen", "127.0.0.1:0", "--rules", folder.write("a.toml", "rulez = []\n").string()}, 2,
          "rules");
    fails({"serve", "--listen", "127.0.0.1:0", "--rules",
           folder.write("b.toml", "rules = [ { then = { action = 'respnd' } } ]\n").string()},
          2, "respond");
    fails({"serve", "--listen", "127.0.0.1:0", "--recording",
           folder.write("c.jsonl", "{\"at_ns\":1}\n").string()},
          2, "c.jsonl:1: ");
    fails({"serve", "--listen", "127.0.0.1:0", "--recording", (folder.path() / "d.jsonl").string()}, 2,
          "d.jsonl");
    Served host({"--profile", "load"});
    fails({"serve", "--listen", host.address()}, 3, host.address().c_str());
    fails({"load", "--for", "0s"}, 2, "10s");
    fails({"load", "--terminals", "65"}, 2, "64 terminals");
    fails({"load", "--connect", "127.0.0.1:1"}, 3, "cannot connect to 127.0.0.1:1: connection refused");
    fails({"load", "--connect", host.address(), "--profile", "unionpay"}, 3, "sign-in: refused with 97");
    CHECK(host.stop(SIGTERM).exit_code == 143);
}
