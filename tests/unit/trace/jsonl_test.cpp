#include "bench/trace/jsonl.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench;
using namespace posbench::trace;
using posbench::tests::TemporaryFolder;

namespace {

std::string to_line(const Event& event) {
    std::string out;
    append_json(out, event);
    return out;
}

Event display(std::string text) {
    return {
        runtime::TimePoint(std::chrono::nanoseconds(7)), Kind::terminal_display, {{"text", std::move(text)}}};
}

std::string random_text(runtime::Random& random) {
    static constexpr std::array pieces{
        "a",    "\"",       "\\",   "\n", "\x01", "交易成功", "é", "\xF0\x9F\x92\xB3",
        "\x7F", "\xC2\x85", "0200", " ",  "/",    "\t"};
    std::string text;
    for (auto i = random.between(0, 12); i > 0; --i)
        text += pieces[static_cast<std::size_t>(random.between(0, pieces.size() - 1))];
    return text;
}

/// One of the field's words, or any text where the list is open.
std::string random_word(const FieldSpec& field, runtime::Random& random) {
    if (field.words.empty()) return random_text(random);
    const auto last = static_cast<std::int64_t>(field.words.size()) - 1;
    return std::string(field.words[static_cast<std::size_t>(random.between(0, last))]);
}

/// An event with all required and some optional fields, with random values.
Event random_event(runtime::Random& random) {
    const auto kinds = vocabulary();
    const KindSpec& kind =
        kinds[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(kinds.size()) - 1))];
    Event event{runtime::TimePoint(runtime::Duration(random.between(0, 1'000'000'000'000))), kind.kind, {}};
    for (const FieldSpec& field : kind.fields) {
        if (!field.required && random.chance(0.5)) continue;
        FieldValue value;
        switch (field.type) {
            case FieldType::boolean:
                value = random.chance(0.5);
                break;
            case FieldType::integer:
                value = static_cast<std::int64_t>(random.next());
                break;
            case FieldType::text:
                value = random_word(field, random);
                break;
            case FieldType::list: {
                std::vector<std::string> items;
                for (auto i = random.between(0, 3); i > 0; --i) items.push_back(random_word(field, random));
                value = std::move(items);
            }
        }
        event.fields.emplace_back(field.name, std::move(value));
    }
    return event;
}

bool equal(const Event& a, const Event& b) {
    if (a.at != b.at || a.kind != b.kind || a.fields.size() != b.fields.size()) return false;
    for (std::size_t i = 0; i < a.fields.size(); ++i)
        if (a.fields[i].name != b.fields[i].name || a.fields[i].value != b.fields[i].value) return false;
    return true;
}

}  // namespace

TEST_CASE("an event is one line of JSON, its fields in the vocabulary's order") {
    const Event event{runtime::TimePoint(std::chrono::nanoseconds(12345)),
                      Kind::host_request,
                      {{"stan", "000002"},
                       {"mti", "0200"},
                       {"amount", 1234},
                       {"has_pin", false},
                       {"tvr", std::vector<std::string>{"new card", "a\"b"}}}};
    CHECK(
        to_line(event) ==
        R"({"t":12345,"kind":"host.request","mti":"0200","amount":1234,"stan":"000002","tvr":["new card","a\"b"],"has_pin":false})");
}

TEST_CASE("texts are escaped, and octets that are not UTF-8 become U+FFFD") {
    const std::string head = R"({"t":7,"kind":"terminal.display","text":")";
    CHECK(to_line(display("交易成功\n\"\\\x01\x1F\x7F")) ==
          head + "交易成功\\n\\\"\\\\\\u0001\\u001f\\u007f\"}");
    CHECK(to_line(display("\xC2\x9B\xC2\xA0")) == head + "\\u009b\xC2\xA0\"}");  // C1, and none
    const std::string replacement = "\xEF\xBF\xBD";
    CHECK(to_line(display("\xFF")) == head + replacement + "\"}");
    CHECK(to_line(display("\xC0\xAF")) == head + replacement + replacement + "\"}");  // overlong
    CHECK(to_line(display("\xED\xA0\x80")) ==
          head + replacement + replacement + replacement + "\"}");                           // surrogate
    CHECK(to_line(display("a\xE4\xBA")) == head + "a" + replacement + replacement + "\"}");  // cut short
    CHECK(to_line(display("\xF4\x90\x80\x80x")) ==
          head + replacement + replacement + replacement + replacement + "x\"}");
}

TEST_CASE("what is written reads back as it was, and writes again as the same octets") {
    runtime::Random random(5);
    for (int round = 0; round < 3000; ++round) {
        const Event event = random_event(random);
        const std::string line = to_line(event);
        INFO(line);
        CHECK(line.find('\n') == std::string::npos);
        const auto read = parse_json(line);
        REQUIRE(read.has_value());
        CHECK(equal(*read, event));
        CHECK(to_line(*read) == line);
    }
}

TEST_CASE("random octets in a text never make a line that cannot be read") {
    runtime::Random random(6);
    for (int round = 0; round < 3000; ++round) {
        Bytes octets(static_cast<std::size_t>(random.between(0, 30)));
        random.fill(octets);
        const std::string line = to_line(display(std::string(as_text(octets))));
        const auto read = parse_json(line);
        REQUIRE(read.has_value());
        CHECK(to_line(*read) == line);
    }
}

TEST_CASE("hostile lines are refused with the rule they break") {
    struct Hostile {
        std::string line;
        const char* message;
    };
    const std::array hostile{
        Hostile{"", "not JSON, at octet"},
        Hostile{"{\"t\":1,", "not JSON, at octet"},
        Hostile{"[]", "not a JSON object"},
        Hostile{"7", "not a JSON object"},
        Hostile{"{} {}", "not JSON, at octet"},
        Hostile{"{}", "'t' must be nanoseconds"},
        Hostile{R"({"t":-1,"kind":"card.removed"})", "'t' must be nanoseconds"},
        Hostile{R"({"t":"1","kind":"card.removed"})", "'t' must be nanoseconds"},
        Hostile{R"({"t":1})", "'kind' must be a text"},
        Hostile{R"({"t":1,"kind":"card.removd"})", "unknown kind 'card.removd'"},
        Hostile{R"({"t":1,"kind":"card.removed","x":1})", "card.removed has no field 'x'"},
        Hostile{R"({"t":1,"kind":"terminal.display"})", "terminal.display: 'text' is missing"},
        Hostile{R"({"t":1,"kind":"terminal.display","text":1})", "terminal.display: 'text' must be text"},
        Hostile{R"({"t":1,"kind":"terminal.display","text":"a","text":"b"})", "'text' is given twice"},
        Hostile{R"({"t":1,"kind":"terminal.display","text":null})", "'text' cannot be null"},
        Hostile{R"({"t":1,"kind":"terminal.display","text":{}})", "'text' cannot be an object"},
        Hostile{R"({"t":1.5,"kind":"card.removed"})", "'t' cannot be a number with a fraction"},
        Hostile{R"({"t":18446744073709551615,"kind":"card.removed"})", "more than 63 bits"},
        Hostile{R"({"t":1,"kind":"card.swiped","image":"x","faults":[1]})",
                "a list of other things than texts"},
        Hostile{R"({"t":1,"kind":"card.swiped","image":"x","faults":[[]]})", "'faults' cannot be an array"},
        Hostile{"{\"t\":1,\"kind\":\"terminal.display\",\"text\":\"\xFF\"}", "not JSON, at octet"},
        Hostile{std::string(100'000, '['), "not a JSON object"},
        Hostile{std::string(2 << 20, ' '), "longer than 1048576 octets"},
        Hostile{"{\"t\":1,\"kind\":\"\\u0007" + std::string(500, 'x') + "\"}", "unknown kind '?xxx"},
    };
    for (const Hostile& one : hostile) {
        INFO(one.line.substr(0, 100));
        const auto event = parse_json(one.line);
        REQUIRE_FALSE(event.has_value());
        CHECK_THAT(event.error().what, Catch::Matchers::ContainsSubstring(one.message));
        CHECK(event.error().what.size() < 300);
    }
}

TEST_CASE("random changes of a line never crash the reader") {
    runtime::Random random(8);
    for (int round = 0; round < 20000; ++round) {
        std::string line = to_line(random_event(random));
        for (auto i = random.between(1, 4); i > 0; --i)
            line[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(line.size()) - 1))] =
                static_cast<char>(random.between(0, 255));
        const auto event = parse_json(line);
        if (!event) CHECK_FALSE(event.error().what.empty());
    }
}

TEST_CASE("a file is written and read whole, in blocks and line by line") {
    runtime::Random random(9);
    std::vector<Event> events;
    for (int i = 0; i < 2000; ++i) {
        events.push_back(random_event(random));
        if (events.back().kind == Kind::bench_run)
            events.back().fields[0].value = std::int64_t{vocabulary_version};
    }
    for (const bool each_line : {false, true}) {
        const TemporaryFolder folder;
        const auto path = folder.path() / "trace.jsonl";
        {
            JsonlWriter writer(path, each_line);
            for (const Event& event : events) writer.write(event);
            if (each_line) CHECK(read_jsonl(path)->events.size() == events.size());
        }
        const auto trace = read_jsonl(path);
        REQUIRE(trace.has_value());
        CHECK_FALSE(trace->truncated);
        REQUIRE(trace->events.size() == events.size());
        for (std::size_t i = 0; i < events.size(); ++i) CHECK(equal(trace->events[i], events[i]));
    }
}

TEST_CASE("a trace cut off anywhere is read up to the cut") {
    std::string whole;
    runtime::Random random(10);
    std::vector<std::size_t> ends;
    for (int i = 0; i < 5; ++i) {
        append_json(whole, display(random_text(random)));
        whole += '\n';
        ends.push_back(whole.size());
    }
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        const TemporaryFolder folder;
        const auto trace = read_jsonl(folder.write("trace.jsonl", whole.substr(0, cut)));
        REQUIRE(trace.has_value());
        // A last line that lacks nothing but its line end is an event.
        const auto complete = static_cast<std::size_t>(
            std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end - 1 <= cut; }));
        CHECK(trace->events.size() == complete);
        const bool between = cut == 0 || std::count_if(ends.begin(), ends.end(), [&](std::size_t end) {
                                             return cut == end || cut == end - 1;
                                         }) > 0;
        CHECK(trace->truncated == !between);
    }
}

TEST_CASE("errors of a file name file and line") {
    const TemporaryFolder folder;
    const auto good = to_line(display("x")) + "\n";
    const auto error_of = [&](const std::string& content) {
        const auto trace = read_jsonl(folder.write("trace.jsonl", content));
        REQUIRE_FALSE(trace.has_value());
        return trace.error().what;
    };
    CHECK_THAT(error_of(good + "nonsense\n" + good),
               Catch::Matchers::ContainsSubstring("trace.jsonl:2: not JSON"));
    CHECK_THAT(error_of(good + "\n"), Catch::Matchers::ContainsSubstring("trace.jsonl:2: not JSON"));
    CHECK_THAT(error_of(good + std::string((1 << 20) + 1, 'x')),
               Catch::Matchers::ContainsSubstring("trace.jsonl:2: the line is longer"));
    CHECK_THAT(
        error_of(R"({"t":0,"kind":"bench.run","vocabulary":99,"version":"1","scenario":"s","case":"s",)"
                 R"("station":"e","seed":"1","wall_start":"w","virtual_time":true,"definition":"{}"})"
                 "\n"),
        Catch::Matchers::ContainsSubstring("vocabulary 99, this posbench reads 1"));
    const auto missing = read_jsonl(folder.path() / "absent.jsonl");
    REQUIRE_FALSE(missing.has_value());
    CHECK_THAT(missing.error().what, Catch::Matchers::ContainsSubstring("absent.jsonl: No such file"));
}

TEST_CASE("a writer names the file it cannot open and the disk that is full") {
    CHECK_THROWS_WITH(JsonlWriter("/nonexistent/trace.jsonl", true),
                      Catch::Matchers::ContainsSubstring("open /nonexistent/trace.jsonl"));
    if (!std::filesystem::exists("/dev/full")) return;
    JsonlWriter writer("/dev/full", false);
    writer.write(display("x"));
    CHECK_THROWS_AS(writer.flush(), std::system_error);
    CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("a writer replaces an older trace; who still reads that reads on") {
    const TemporaryFolder folder;
    const auto path = folder.write("trace.jsonl", "older");
    std::ifstream reader(path);
    JsonlWriter writer(path, false);
    writer.write(display("newer"));
    writer.flush();
    std::string read;
    CHECK(std::getline(reader, read));
    CHECK(read == "older");
    CHECK(tests::read_file(path) == to_line(display("newer")) + "\n");
}
