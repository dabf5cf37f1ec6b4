#include <fmt/format.h>

#include "drivers/terminal/condition.hpp"
#include "drivers/terminal/process/messages.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::terminal::process;

namespace {

/// A message through its line and back.
template <class Message>
Message there_and_back(const Message& message) {
    std::string line = encode(ToTerminal(message));
    REQUIRE(line.back() == '\n');
    line.pop_back();
    REQUIRE(line.find('\n') == std::string::npos);
    return std::get<Message>(decode_to_terminal(line).value());
}

template <class Message>
Message there_and_back_to_bench(const Message& message) {
    std::string line = encode(ToBench(message));
    line.pop_back();
    return std::get<Message>(decode_to_bench(line).value());
}

std::string problem_to_terminal(std::string_view line) {
    return decode_to_terminal(line).error().what;
}

std::string problem_to_bench(std::string_view line) {
    return decode_to_bench(line).error().what;
}

}  // namespace

TEST_CASE("a greeting carries everything a terminal program needs, settings included") {
    const config::Value settings = config::load_text(
        "tid = \"10000001\"\nreply_wait = \"30s\"\nlimits = [1, 2.5, true]\nat = 2026-06-15T22:30:00\n"
        "[nested]\nname = \"餐厅\\n\"\n",
        "test");
    const Hello sent{-5,           runtime::WallTime(std::chrono::nanoseconds(17)),
                     UINT64_MAX,   {"127.0.0.1", 8583},
                     "/run/flash", settings};
    const Hello got = there_and_back(sent);
    CHECK(got.start_ns == -5);
    CHECK(got.wall_start == sent.wall_start);
    CHECK(got.seed == UINT64_MAX);
    CHECK(got.host == sent.host);
    CHECK(got.flash == "/run/flash");
    const auto& table = *got.settings.get<config::Table>();
    CHECK(*table.find("tid")->get<std::string>() == "10000001");
    CHECK(*table.find("at")->get<std::string>() == "2026-06-15T22:30:00");
    const auto& limits = *table.find("limits")->get<config::Array>();
    CHECK(*limits[0].get<std::int64_t>() == 1);
    CHECK(*limits[1].get<double>() == 2.5);
    CHECK(*limits[2].get<bool>());
    CHECK(*table.find("nested")->get<config::Table>()->find("name")->get<std::string>() == "餐厅\n");
}

TEST_CASE("operator's input and card go to the terminal and come out the same") {
    CHECK(there_and_back(Key{3, "confirm"}).key == "confirm");
    CHECK(there_and_back(Choose{4, terminal::Function::sale_void}).input == 4);
    CHECK(there_and_back(Choose{4, terminal::Function::sale_void}).function == terminal::Function::sale_void);
    CHECK_FALSE(there_and_back(CardState{true, std::nullopt}).swipe);
    const CardState swiped = there_and_back(CardState{false, card::Swipe{{}, {1, UINT32_MAX}, {7}}});
    REQUIRE(swiped.swipe);
    CHECK(swiped.swipe->track2 == std::vector<std::uint32_t>{1, UINT32_MAX});
    CHECK(swiped.swipe->track1.empty());
    const CardAnswer answer = there_and_back(CardAnswer{9, hex("9000")});
    REQUIRE(answer.outcome.has_value());
    CHECK(*answer.outcome == hex("9000"));
    CHECK(there_and_back(CardAnswer{9, card::ReaderError::mute}).outcome.error() == card::ReaderError::mute);
    CHECK(there_and_back(CardAnswer{9, card::ReaderError::removed}).outcome.error() ==
          card::ReaderError::removed);
}

TEST_CASE("a payment code goes to the terminal and comes out the same; a longer one is refused unsaid") {
    const Scan got = there_and_back(Scan{6, "621094800000001234"});
    CHECK(got.input == 6);
    CHECK(got.code == "621094800000001234");
    const std::string longest(64, '7');
    CHECK(there_and_back(Scan{7, longest}).code == longest);
    CHECK(problem_to_terminal(R"({"message":"scan","input":1,"code":")" + longest + "7\"}") ==
          "scan: 'code' is longer than 64 octets");
    CHECK(problem_to_terminal(R"({"message":"scan","input":1})") == "scan: 'code' is missing");
    CHECK(problem_to_terminal(R"({"message":"scan","input":1,"code":621094800000001234})") ==
          "scan: 'code' must be a text");
}

TEST_CASE(
    "a condition goes to the terminal and comes out the same; one that there is not is refused unsaid") {
    const Condition sent{
        5, config::load_text("printer = 'no_paper'\nbattery = 4\nreader = { chip = 'dead' }", "test")};
    const Condition got = there_and_back(sent);
    CHECK(got.input == 5);
    const auto condition = terminal::read_condition(got.change);
    CHECK(condition.printer == terminal::PrinterState::no_paper);
    CHECK(condition.battery == 4);
    CHECK(condition.chip_reader_dead);
    const std::string refused = "condition: 'change' must hold conditions of a terminal and values they take";
    CHECK(problem_to_terminal(
              R"({"message":"condition","input":1,"change":{"printer":"6210948000000011"}})") == refused);
    CHECK(problem_to_terminal(R"({"message":"condition","input":1,"change":{"colour":"red"}})") == refused);
    CHECK(problem_to_terminal(R"({"message":"condition","input":1,"change":{"battery":null}})") ==
          "settings hold a null");
    CHECK(problem_to_terminal(R"({"message":"condition","input":1,"change":[]})") ==
          "condition: 'change' must be an object");
}

TEST_CASE("the terminal's messages go to the bench and come out the same") {
    CHECK(there_and_back_to_bench(Lacks{"sim"}).what == "sim");
    CHECK(there_and_back_to_bench(Ready{"acme 1.0"}).program == "acme 1.0");
    const Idle idle = there_and_back_to_bench(Idle{12, true});
    CHECK(idle.after == 12);
    CHECK(idle.idle);
    CHECK(there_and_back_to_bench(CardPowerUp{1}).id == 1);
    CHECK(there_and_back_to_bench(CardTransmit{2, hex("00A40400")}).command == hex("00A40400"));
    std::string power_down = encode(ToBench(CardPowerDown{}));
    power_down.pop_back();
    CHECK(std::holds_alternative<CardPowerDown>(decode_to_bench(power_down).value()));
    const trace::Event event = there_and_back_to_bench(trace::Event{runtime::TimePoint(runtime::Duration(5)),
                                                                    trace::Kind::terminal_display,
                                                                    {{"text", "交易成功\n12.34"}}});
    CHECK(event.at.time_since_epoch().count() == 5);
    CHECK(event.text("text") == "交易成功\n12.34");
}

TEST_CASE("a line that breaks the protocol is refused with the member at fault") {
    CHECK(problem_to_bench("") == "the line is not JSON");
    CHECK(problem_to_bench("{") == "the line is not JSON");
    CHECK(problem_to_bench("[1]") == "the line is not a JSON object");
    CHECK(problem_to_bench("\xFF\xFE") == "the line is not JSON");
    CHECK(problem_to_bench(R"({"message":7})") == "message: 'message' must be a text");
    CHECK(problem_to_bench(R"({"message":"idle","after":-1,"idle":true})") ==
          "idle: 'after' must be an integer from 0 to 9223372036854775807");
    CHECK(problem_to_bench(R"({"message":"idle","after":18446744073709551615,"idle":true})") ==
          "idle: 'after' must be an integer from 0 to 9223372036854775807");
    CHECK(problem_to_bench(R"({"message":"idle","after":1})") == "idle: 'idle' is missing");
    CHECK(problem_to_bench(R"({"message":"idle","after":1,"idle":1})") ==
          "idle: 'idle' must be true or false");
    CHECK(problem_to_bench(R"({"message":"card.power_down","id":1})") ==
          "card.power_down: has a member the protocol does not know");
    CHECK(problem_to_bench(R"({"message":"card.transmit","id":1,"command":"0G"})") ==
          "card.transmit: 'command' must be hexadecimal");
    CHECK(problem_to_bench(R"({"message":"ready","program":")" + std::string(5000, 'x') + "\"}") ==
          "ready: 'program' is longer than 4096 octets");
    CHECK(problem_to_terminal(R"({"message":"hello","protocol":2})") == "hello: 'protocol' must be 3");
    CHECK(problem_to_terminal(R"({"message":"card.answer","id":1,"error":"broken"})") ==
          "card.answer: 'error' must be mute, removed or collision");
    CHECK_THAT(problem_to_terminal(R"({"message":"card.state","present":true,"swipe":{"track1":[-1]}})"),
               Catch::Matchers::ContainsSubstring("'track1' must hold nanoseconds"));
}

TEST_CASE("settings nested without end are refused, not followed") {
    std::string line = R"({"message":"hello","protocol":3,"start_ns":0,"wall_start_ns":0,"seed":"1",)"
                       R"("host_address":"127.0.0.1","host_port":1,"flash":"f","settings":{"a":)";
    CHECK(problem_to_terminal(line + std::string(100'000, '[') + std::string(100'000, ']') + "}}") ==
          "the line is nested more than 32 deep");
    CHECK(problem_to_terminal(line + "null}}") == "settings hold a null");
}

TEST_CASE("members, depth and values of a line are bounded before anything is built of them") {
    std::string members = R"({"t":1,"kind":"terminal.display")";
    for (int i = 0; i < 100'000; ++i) members += fmt::format(R"(,"{}":0)", i);
    CHECK(problem_to_bench(members + "}") == "an object of the line has more than 256 members");
    CHECK(problem_to_terminal(members + "}") == "an object of the line has more than 256 members");
    std::string values = R"({"t":1,"kind":"terminal.response","mti":"0210","fields":[)";
    for (int i = 0; i < 100'000; ++i) values += R"("",)";
    CHECK(problem_to_bench(values + "\"\"]}") == "the line holds more than 16384 values");
    const std::string deep = R"({"message":"ready","program":)";
    CHECK(problem_to_bench(deep + std::string(500'000, '[')) == "the line is nested more than 32 deep");
    CHECK(problem_to_bench(deep + std::string(31, '[') + std::string(31, ']') + "}") ==
          "ready: 'program' must be a text");

    const std::vector<std::uint32_t> track(4096, UINT32_MAX);  // the longest message there is
    CHECK(there_and_back(CardState{false, card::Swipe{track, track, track}}).swipe->track3 == track);
}

TEST_CASE("an event must be the terminal's own and in the vocabulary") {
    CHECK(problem_to_bench(R"({"t":1,"kind":"host.posted","entry":"sale","stan":"000001","tid":"1",)"
                           R"("amount":1,"currency":"156","pan":"x"})") ==
          "host.posted is not the terminal's to say");
    CHECK_THAT(problem_to_bench(R"({"t":1,"kind":"terminal.display"})"),
               Catch::Matchers::ContainsSubstring("'text' is missing"));
    CHECK(problem_to_bench(R"({"t":1,"kind":"terminal.dance"})") == "'kind' is none of the vocabulary");
    CHECK(problem_to_bench(R"({"t":1,"kind":"terminal.display","text":"","stan":"1"})") ==
          "terminal.display has no field 'stan'");
    CHECK_THAT(problem_to_bench(R"({"t":-1,"kind":"terminal.display","text":""})"),
               Catch::Matchers::ContainsSubstring("'t'"));
}

TEST_CASE("an error never repeats what the line held, as a value or as a name") {
    for (const char* line : {
             R"({"message":"6210948000000011"})",
             R"({"message":"key","input":1,"key":{"pin":"6210948000000011"}})",
             R"({"message":"card.answer","id":1,"data":"6210948000000011X"})",
             R"({"message":"card.power_up","id":1,"6210948000000011":1})",
             R"({"6210948000000011)",
             R"({"t":1,"kind":"6210948000000011"})",
             R"({"t":1,"kind":"terminal.display","text":"","6210948000000011":1})",
             R"({"6210948000000011":1,"6210948000000011":2,"t":1,"kind":"terminal.display","text":""})",
             R"({"t":1,"6210948000000011":null,"kind":"terminal.display","text":""})",
             R"({"t":1,"6210948000000011":{},"kind":"terminal.display","text":""})",
             R"({"t":1,"6210948000000011":[[]],"kind":"terminal.display","text":""})",
             R"({"t":1,"6210948000000011":[1],"kind":"terminal.display","text":""})",
             R"({"t":1,"6210948000000011":1.5,"kind":"terminal.display","text":""})",
             R"({"t":1,"6210948000000011":18446744073709551615,"kind":"terminal.display","text":""})",
         }) {
        INFO(line);
        CHECK_THAT(problem_to_terminal(line), !Catch::Matchers::ContainsSubstring("6210948"));
        CHECK_THAT(problem_to_bench(line), !Catch::Matchers::ContainsSubstring("6210948"));
    }
    CHECK(problem_to_bench(R"({"t":1,"kind":"terminal.display","text":"","0123456789ABCDEF":1})") ==
          "terminal.display has no such field: member 4");
    CHECK(problem_to_bench(R"({"t":1,"0123456789ABCDEF":null})") == "member 2 cannot be null");
    CHECK(problem_to_bench(R"({"0123456789ABCDEF":1,"0123456789ABCDEF":1})") == "member 2 is given twice");
    CHECK(problem_to_bench(R"({"t":null})") == "'t' cannot be null");
}
