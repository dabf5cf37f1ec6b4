#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/cli/card_own.hpp"
#include "bench/trace/jsonl.hpp"
#include "drivers/card/emulated/chip.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// The card in a PC/SC reader, used by programs that know nothing of the bench. Each test has a pcscd of its
// own (tests/support/pcsc-room); hidden from a plain run, ctest runs them as pcsc_tests.

using namespace posbench;
using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* image = "unionpay-credit";

/// None, with a message that ctest takes for a skip, where namespaces are not allowed.
std::optional<ProgramResult> in_room(const std::string& shell, const std::string& card = image) {
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    const auto room = std::filesystem::path(POSBENCH_SOURCE_DIR) / "tests/support/pcsc-room";
    auto result =
        Program(room, {posbench_program().parent_path().string(), card, "bash", "-euc", shell}).wait();
    constexpr int not_allowed = 77;
    if (result.exit_code == not_allowed) {
        WARN("skipped: namespaces are not allowed here: " << result.err);
        return std::nullopt;
    }
    UNSCOPED_INFO(result.out << result.err);
    return result;
}

std::vector<Bytes> first_half() {
    return {
        hex("00A404000E 315041592E5359532E4444463031 00"),  // SELECT 1PAY.SYS.DDF01
        hex("00B2010C00"),                                  // its record 1
        hex("00A4040008 A000000333010102 00"),              // SELECT the application
        hex("80A8000007 8305 0156 0156 00 00"),             // GET PROCESSING OPTIONS: country, currency, type
        hex("00B2010C00"),
        hex("00B2011400"),
        hex("00B2021400"),
        hex("0020008008 2612 3456 FFFFFFFF"),  // VERIFY
        // GENERATE AC, ARQC: amounts, country, TVR, currency, date, type, unpredictable number
        hex("80AE80001D 000000001234 000000000000 0156 0000048000 0156 260615 00 11223344 00"),
    };
}

/// What the terminal sends when the issuer has approved: the response cryptogram, computed as the host does.
std::vector<Bytes> second_half() {
    const auto settings = cli::load_card_image(image, station::find_library());
    const card::CardImage card_image = card::read_card_image(settings);
    card::Chip twin(card_image, runtime::Random(1));
    twin.reset(card::Interface::contact);
    card::Answer last;
    for (const Bytes& command : first_half()) last = twin.process(command);
    REQUIRE(last.sw == 0x9000);
    const auto list = emv::parse_tlv(last.data);
    REQUIRE(list.has_value());
    const Bytes& values = list->front().value;  // CID, ATC, cryptogram, issuer's data
    REQUIRE(values.size() > 11);
    crypto::Block8 arqc{};
    std::copy_n(values.begin() + 3, arqc.size(), arqc.begin());
    const card::Application& application = card_image.applications.front();
    emv::IssuerDecision decision;
    decision.code = "00";
    const Bytes data = emv::issuer_authentication_data(application.issuer.version,
                                                       application.issuer.cryptogram, 1, arqc, decision);
    REQUIRE(data.size() == 10);
    Bytes authenticate = hex("008200000A");
    authenticate.insert(authenticate.end(), data.begin(), data.end());
    return {authenticate,
            hex("80AE40001F 3030 000000001234 000000000000 0156 0000048000 0156 260615 00 55667788 00")};
}

std::string scriptor_file(const TemporaryFolder& folder) {
    const auto path = folder.path() / "sale.apdu";
    std::ofstream file(path);
    auto commands = first_half();
    for (Bytes& command : second_half()) commands.push_back(std::move(command));
    for (const Bytes& command : commands) {
        std::vector<std::string> octets;
        for (const std::uint8_t octet : command) octets.push_back(fmt::format("{:02X}", octet));
        file << fmt::format("{}\n", fmt::join(octets, " "));
    }
    return path.string();
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("opensc-tool and pcsc_scan read the answer to reset", "[.][pcsc]") {
    const auto result = in_room("opensc-tool --atr --reader 0; pcsc_scan -n -t 2 || true");
    if (!result) return;
    CHECK(result->exit_code == 0);
    CHECK_THAT(result->out, ContainsSubstring("3b:e0:00:00:81:31:fe:45:eb"));
    CHECK_THAT(result->out, ContainsSubstring("3B E0 00 00 81 31 FE 45 EB"));
    CHECK_THAT(result->out, ContainsSubstring("Virtual PCD"));
}

TEST_CASE("scriptor performs a whole sale, up to the final GENERATE AC", "[.][pcsc]") {
    const TemporaryFolder folder;
    const auto result =
        in_room(fmt::format("scriptor {}; echo 'the trace:'; cat $PCSC_ROOM/serve.jsonl; echo 'the log:'; "
                            "cat $PCSC_ROOM/serve.log",
                            scriptor_file(folder)));
    if (!result) return;
    CHECK(result->exit_code == 0);
    const std::size_t trace_at = result->out.find("the trace:"), log_at = result->out.find("the log:");
    REQUIRE(log_at != std::string::npos);
    const std::string said = result->out.substr(0, trace_at);
    const std::string traced = result->out.substr(trace_at, log_at - trace_at);
    const std::string logged = result->out.substr(log_at);
    CHECK(count(said, "90 00 : Normal processing") == 11);
    CHECK_THAT(said, ContainsSubstring("6F 15 84 0E 31 50 41 59"));  // the directory

    CHECK_THAT(traced, ContainsSubstring(R"("cryptogram":"ARQC")"));
    CHECK_THAT(traced, ContainsSubstring(R"("cryptogram":"TC")"));
    CHECK_THAT(logged, ContainsSubstring("Application Cryptogram"));
    CHECK_THAT(logged, ContainsSubstring("TC: approved"));
    for (const std::string& text : {traced, logged}) {
        CHECK_THAT(text, ContainsSubstring("621094******0011"));
        CHECK_THAT(text, !ContainsSubstring("6210948000000011"));
        CHECK_THAT(text, !ContainsSubstring("123456FF"));
    }
}

TEST_CASE("with the image's timing the card takes its time", "[.][pcsc]") {
    setenv("PCSC_ROOM_SERVE", "--timing image", 1);
    const auto result = in_room(
        "printf '00 84 00 00\\n00 84 00 00\\n' >$PCSC_ROOM/two; scriptor $PCSC_ROOM/two >/dev/null\n"
        "cp $PCSC_ROOM/serve.jsonl /dev/stdout");
    unsetenv("PCSC_ROOM_SERVE");
    if (!result) return;
    std::vector<std::int64_t> times;
    std::istringstream lines(result->out);
    for (std::string line; std::getline(lines, line);) {
        const auto event = trace::parse_json(line);
        REQUIRE(event.has_value());
        if (event->kind == trace::Kind::card_apdu) times.push_back(runtime::to_ns(event->at));
    }
    REQUIRE(times.size() == 2);
    CHECK(times[1] - times[0] >= 20'000'000);  // [timing] command, which the image leaves at 20 ms
}

TEST_CASE("a T=0 card announces, and the program fetches", "[.][pcsc]") {
    const auto result = in_room(
        "printf '00 A4 04 00 08 A0 00 00 03 33 01 01 02 00\\n00 C0 00 00 00\\n' >$PCSC_ROOM/two\n"
        "opensc-tool --atr --reader 0; scriptor $PCSC_ROOM/two; cat $PCSC_ROOM/serve.jsonl",
        "unionpay-credit-t0");
    if (!result) return;
    CHECK(result->exit_code == 0);
    CHECK_THAT(result->out, ContainsSubstring("3b:60:00:00"));
    CHECK_THAT(
        result->out,
        ContainsSubstring(R"("command":"SELECT","header":"00A40400","data":"A000000333010102","sw":"61)"));
    CHECK_THAT(result->out, ContainsSubstring(R"("command":"GET RESPONSE","header":"00C00000")"));
}

TEST_CASE("a card in the field has the answer to reset that PC/SC makes for it", "[.][pcsc]") {
    setenv("PCSC_ROOM_SERVE", "--contactless", 1);
    const auto result = in_room("opensc-tool --atr --reader 0; cat $PCSC_ROOM/serve.jsonl");
    unsetenv("PCSC_ROOM_SERVE");
    if (!result) return;
    CHECK(result->exit_code == 0);
    CHECK_THAT(result->out, ContainsSubstring("3b:80:80:01:01"));
    CHECK_THAT(result->out, ContainsSubstring(R"("interface":"contactless","ats":"0578807002")"));
}

TEST_CASE("the card is there again after pcscd was restarted, and SIGTERM ends its service", "[.][pcsc]") {
    const auto result = in_room(
        "$PCSC_ROOM_RESTART\n"
        "opensc-tool --atr --reader 0\n"
        "pid=$(cat $PCSC_ROOM/serve.pid); kill -TERM $pid\n"
        "while kill -0 $pid 2>/dev/null && [ \"$(cut -d' ' -f3 /proc/$pid/stat)\" != Z ]; do sleep 0.05; "
        "done\n"
        "cat $PCSC_ROOM/serve.log");
    if (!result) return;
    CHECK(result->exit_code == 0);
    CHECK_THAT(result->out, ContainsSubstring("3b:e0:00:00:81:31:fe:45:eb"));
    CHECK(count(result->out, "connected to 127.0.0.1:35963") == 2);
}
