#include "bench/cli/card_script.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string octets_of(std::string_view text) {
    const auto line = parse_script_line(text);
    INFO(text);
    REQUIRE(line.has_value());
    REQUIRE(line->step);
    const auto* raw = std::get_if<SendOctets>(&*line->step);
    REQUIRE(raw);
    return to_hex(raw->command);
}

std::string error_of(std::string_view text) {
    const auto line = parse_script_line(text);
    INFO(text);
    REQUIRE(line.has_error());
    return line.error().what;
}

}  // namespace

TEST_CASE("commands as octets, the way scriptor takes them") {
    CHECK(octets_of("00 A4 04 00 05 A000000333 00") == "00A4040005A00000033300");
    CHECK(octets_of("00:b2:01:0c:00\r") == "00B2010C00");
    CHECK(octets_of("00840000  # a challenge") == "00840000");
}

TEST_CASE("commands by name become what EMV book 3 writes") {
    CHECK(octets_of("select A000000333010102") == "00A4040008A00000033301010200");
    CHECK(octets_of("select PPSE") == "00A404000E325041592E5359532E444446303100");
    CHECK(octets_of("SELECT pse") == "00A404000E315041592E5359532E444446303100");
    CHECK(octets_of("read 1 2") == "00B2020C00");
    CHECK(octets_of("read 30 255") == "00B2FFF400");
    CHECK(octets_of("verify 1234") == "0020008008241234FFFFFFFFFF");
    CHECK(octets_of("verify 123456789012") == "00200080082C123456789012FF");
    CHECK(octets_of("get 9F36") == "80CA9F3600");
    CHECK(octets_of("challenge") == "0084000000");
    CHECK(octets_of("auth 1122334455667788 3030") == "008200000A11223344556677883030");
    CHECK(std::get<GenerateAc>(*parse_script_line("ac ARQC")->step).type == 0x80);
    CHECK(std::get<GenerateAc>(*parse_script_line("ac tc")->step).type == 0x40);
    CHECK(std::get<GenerateAc>(*parse_script_line("ac arqc cda")->step).type == 0x90);
    CHECK_THAT(error_of("ac arqc dda"), ContainsSubstring("perhaps cda"));
    CHECK_THAT(error_of("gpo # expects 9000"), ContainsSubstring("'# expect'"));
    CHECK_THAT(error_of("# expect: 9000"), ContainsSubstring("'# expect'"));
    CHECK(std::holds_alternative<ProcessingOptions>(*parse_script_line("gpo")->step));
    CHECK(std::holds_alternative<ReadAllRecords>(*parse_script_line("records")->step));
    CHECK(std::holds_alternative<ResetCard>(*parse_script_line("reset")->step));
    CHECK(std::holds_alternative<InsertCard>(*parse_script_line("insert")->step));
    CHECK(std::holds_alternative<InternalAuthenticate>(*parse_script_line("dda")->step));
    CHECK(std::get<IssuerAnswer>(*parse_script_line("auth")->step).code.empty());
    CHECK(std::get<IssuerAnswer>(*parse_script_line("auth 05")->step).code == "05");
    const auto answer = std::get<IssuerAnswer>(*parse_script_line("auth z3 csu 00C00000")->step);
    CHECK(answer.code == "Z3");
    CHECK(to_hex(answer.csu.value()) == "00C00000");
    for (const char* wrong : {"auth 112233", "auth 05 csu 00", "auth 05 1122334455667788", "auth 055"})
        CHECK_THAT(error_of(wrong), ContainsSubstring("auth: a response code of two characters"));
    CHECK(std::get<SetObject>(*parse_script_line("set 9F02 000000001234")->step).tag == 0x9F02);
}

TEST_CASE("what is no command is refused with the reason") {
    CHECK_THAT(error_of("selcet A000000333"), ContainsSubstring("did you mean 'SELECT'?"));
    CHECK(octets_of("00A4") == "00A4");  // no command, but a test of the card
    CHECK_THAT(error_of("00A404000"), ContainsSubstring("neither octets"));
    CHECK_THAT(error_of("select A0"), ContainsSubstring("5 to 16 octets"));
    CHECK_THAT(error_of("read 31 1"), ContainsSubstring("SFI (1 to 30)"));
    CHECK_THAT(error_of("read 1 1 1"), ContainsSubstring("SFI"));
    CHECK_THAT(error_of("ac"), ContainsSubstring("aac, tc, arqc"));
    CHECK_THAT(error_of("gpo 1"), ContainsSubstring("stands alone"));
    CHECK(error_of("get 9F3601") == "get: 9F3601 is more than one tag");
    CHECK(error_of("get 9F") == "get: 9F is half a tag: more octets follow");
    CHECK(error_of("set DF81 00") == "set: DF81 is half a tag: more octets follow");
    CHECK_THAT(error_of("get DF8129"), ContainsSubstring("one or two octets"));
    CHECK(octets_of("get 5A") == "80CA005A00");
    CHECK_THAT(error_of("set 9F02"), ContainsSubstring("its value"));
    CHECK_THAT(error_of("# expect 900"), ContainsSubstring("four hexadecimal digits"));
    CHECK_THAT(error_of(std::string(5000, '0')), ContainsSubstring("longer than"));
}

TEST_CASE("a refused PIN is not repeated") {
    CHECK(error_of("verify 12a4567") == "verify: a PIN of 4 to 12 digits, and perhaps enciphered");
    CHECK(error_of("script pin 123 4567").find("123") == std::string::npos);
}

TEST_CASE("commands of an issuer script by name") {
    const auto command = [](std::string_view text) {
        return std::get<IssuerScript>(parse_script_line(text).value().step.value()).command;
    };
    CHECK(command("script block").instruction == emv::Instruction::application_block);
    CHECK(command("script unblock").instruction == emv::Instruction::application_unblock);
    CHECK(command("script card-block").instruction == emv::Instruction::card_block);
    CHECK(command("script unblock-pin").instruction == emv::Instruction::pin_change);
    CHECK(command("script unblock-pin").p2 == 0x00);
    CHECK(command("script pin 4711").pin == "4711");
    CHECK(command("script pin 4711").p2 == 0x02);
    CHECK(command("script pin 4711 1234").p2 == 0x01);
    CHECK(command("script pin 4711 1234").current_pin == "1234");
    const auto put = command("script put 9F58 05");
    CHECK(put.instruction == emv::Instruction::put_data);
    CHECK((put.p1 == 0x9F && put.p2 == 0x58 && to_hex(put.data) == "05"));
    const auto update = command("script update 2 3 70 02 5000");
    CHECK(update.instruction == emv::Instruction::update_record);
    CHECK((update.p1 == 3 && update.p2 == 0x14 && to_hex(update.data) == "70025000"));
    for (const char* wrong : {"script", "script blok", "script block 1", "script pin", "script put 9F 05",
                              "script update 31 1 70"})
        CHECK_THAT(error_of(wrong), ContainsSubstring("script"));
}

TEST_CASE("a line in which a PIN may stand does not get into the history") {
    for (const char* line : {"verify 1234", "verify 1234 enciphered", "VERIFY 12345", "script pin 4711 # new",
                             "script pin 4711 1234", "00200080 08 241234FFFFFFFFFF", "241234FFFFFFFFFF",
                             "verfy 1234", "verify 1234 encipherd"})
        CHECK(may_hold_pin(line));
    for (const char* line : {"gpo", "ac arqc", "select A000000333010102", "script block", "00A4040000",
                             "script put 9F58 05", "verify", "# 1234", "slect A000000333"})
        CHECK_FALSE(may_hold_pin(line));
}

TEST_CASE("expectations stand on the command's line or after it") {
    const auto script =
        parse_script("# a sale\n\ngpo # expect 9000\nread 1 1\n# expect 6Axx\n# expected: much\n", "s");
    CHECK(script.errors.empty());
    REQUIRE(script.lines.size() == 6);
    CHECK(script.lines[2].expected == "9000");
    CHECK(script.lines[2].number == 3);
    CHECK_FALSE(script.lines[4].step);
    CHECK(script.lines[4].expected == "6AXX");
    CHECK_FALSE(script.lines[5].expected);
    CHECK(meets(0x6A83, "6AXX"));
    CHECK_FALSE(meets(0x6B00, "6AXX"));
    CHECK(meets(0x63C2, "63C2"));
}

TEST_CASE("every wrong line of a script is told by number") {
    const auto script = parse_script("# expect 9000\ngpo\nnonsense\nread\n", "sale.apdu");
    CHECK(script.errors == std::vector<std::string>{
                               "sale.apdu:1: expect: there is no command before it",
                               "sale.apdu:3: neither octets in hexadecimal nor a command by name",
                               "sale.apdu:4: read: SFI (1 to 30) and record number (1 to 255)",
                           });
}
