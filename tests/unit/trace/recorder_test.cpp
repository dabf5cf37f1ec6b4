#include "bench/trace/recorder.hpp"

#include "bench/runtime/stream.hpp"
#include "bench/trace/jsonl.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench;
using namespace posbench::trace;

namespace {

struct Bench {
    runtime::VirtualClock clock{runtime::WallTime{}};
    Recorder trace{clock};
};

}  // namespace

TEST_CASE("an emitter that says a word outside the list is a defect of the bench, and leaves no event") {
    Bench bench;
    CHECK_THROWS_WITH(bench.trace.emit(Kind::host_port, {{"state", "opne"}, {"endpoint", "a:1"}}),
                      "host.port: field 'state' must be one of open, closed");
    CHECK_THROWS_AS(
        bench.trace.emit(Kind::card_swiped,
                         {{"image", "visa"}, {"faults", std::vector<std::string>{"jitter", "rust"}}}),
        std::logic_error);
    CHECK(bench.trace.events().empty());
    bench.trace.emit(Kind::host_port, {{"state", "open"}, {"endpoint", "a:1"}});
    CHECK(bench.trace.events().size() == 1);
}

TEST_CASE("the message does not repeat the word: it may be a program's secret") {
    Bench bench;
    CHECK_THROWS_WITH(bench.trace.emit(Kind::terminal_power, {{"state", "6210948000000011"}}),
                      !Catch::Matchers::ContainsSubstring("6210"));
}

TEST_CASE("wrong types, unknown, missing and repeated fields are refused as well") {
    Bench bench;
    CHECK_THROWS_WITH(bench.trace.emit(Kind::terminal_power, {{"state", 1}}),
                      Catch::Matchers::ContainsSubstring("must be text"));
    CHECK_THROWS_WITH(bench.trace.emit(Kind::terminal_power, {{"stat", "on"}}),
                      Catch::Matchers::ContainsSubstring("no field"));
    CHECK_THROWS_WITH(bench.trace.emit(Kind::terminal_power),
                      Catch::Matchers::ContainsSubstring("is missing"));
    CHECK_THROWS_WITH(bench.trace.emit(Kind::terminal_power, {{"state", "on"}, {"state", "on"}}),
                      Catch::Matchers::ContainsSubstring("given twice"));
}

TEST_CASE("what is recorded is read again: an event too long for the reader is refused, escapes counted") {
    const tests::TemporaryFolder folder;
    const auto path = folder.path() / "trace.jsonl";
    runtime::VirtualClock clock{runtime::WallTime{}};
    JsonlWriter writer(path, false);
    Recorder trace(clock, &writer);
    const std::size_t around = std::string(R"({"t":0,"kind":"terminal.display","text":""})").size();
    const std::size_t room = longest_line - around;
    trace.emit(Kind::terminal_display, {{"text", std::string(room, 'x')}});
    CHECK_THROWS_WITH(trace.emit(Kind::terminal_display, {{"text", std::string(room + 1, 'x')}}),
                      "terminal.display: longer as a line of a trace than 1048576 octets");
    trace.emit(Kind::terminal_display, {{"text", std::string(room / 6, '\x7F')}});
    CHECK_THROWS_AS(trace.emit(Kind::terminal_display, {{"text", std::string(room / 6 + 1, '\x7F')}}),
                    std::logic_error);
    trace.emit(Kind::terminal_display, {{"text", "short"}});
    CHECK(trace.events().size() == 3);
    writer.flush();
    const auto stored = read_jsonl(path);
    REQUIRE(stored.has_value());
    CHECK(stored->events.size() == 3);
}

TEST_CASE("a recorder that keeps none passes events on, and makes none where nobody gets them") {
    Bench bench;
    CHECK(bench.trace.is_read());
    bench.trace.keep_none();
    CHECK(!bench.trace.is_read());
    bench.trace.emit(Kind::terminal_power, {{"state", "on"}});
    std::vector<Kind> seen;
    bench.trace.observe([&](const Event& event) { seen.push_back(event.kind); });
    CHECK(bench.trace.is_read());
    bench.trace.emit(Kind::host_port, {{"state", "open"}, {"endpoint", "a:1"}});
    CHECK(seen == std::vector{Kind::host_port});
    CHECK_THROWS_AS(bench.trace.emit(Kind::terminal_power), std::logic_error);
    CHECK(bench.trace.events().empty());
}

TEST_CASE("a stored trace with a word outside the list is refused") {
    const auto event = parse_json(R"({"t":1,"kind":"terminal.power","state":"onn"})");
    REQUIRE(event.has_error());
    CHECK(event.error().what == "terminal.power: 'state' must be one of on, off");
    CHECK(parse_json(R"({"t":1,"kind":"terminal.power","state":"on"})").has_value());
}

TEST_CASE("terminal.disconnected knows every way a stream ends") {
    const FieldSpec& reason = *find_field(Kind::terminal_disconnected, "reason");
    for (const auto error : {runtime::NetError::timed_out, runtime::NetError::refused,
                             runtime::NetError::unreachable, runtime::NetError::gave_up,
                             runtime::NetError::reset, runtime::NetError::closed, runtime::NetError::failed})
        CHECK(reason.takes(to_string(error)));
    CHECK(reason.takes("done"));
    CHECK(reason.takes("no TLS"));
    CHECK(reason.words.size() == 9);
}
