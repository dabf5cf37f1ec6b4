#include "drivers/protocols/emv/describe.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;

namespace {

const Line& only(const Lines& lines) {
    REQUIRE(lines.size() == 1);
    return lines.front();
}

std::vector<std::string> names(const Lines& lines) {
    std::vector<std::string> all;
    for (const Line& line : lines) all.push_back(line.name);
    return all;
}

}  // namespace

TEST_CASE("sensitive data objects are masked unless asked for") {
    CHECK(only(describe_object(0x5A, hex("6210948000000011"), Secrets::masked)).value == "621094******0011");
    CHECK(only(describe_object(0x5A, hex("62109480000000110F"), Secrets::clear)).value ==
          "62109480000000110");
    CHECK(only(describe_object(0x57, hex("6210948000000011D30122"), Secrets::masked)).value == "***********");
    CHECK(only(describe_object(0x5F20, as_bytes("TEST/CARD"), Secrets::masked)).value == "*********");
    CHECK(only(describe_object(0x5F20, as_bytes("TEST/CARD"), Secrets::clear)).value == "\"TEST/CARD\"");
}

TEST_CASE("templates are opened one deeper, unknown tags say so") {
    const Lines lines = describe_tlv(hex("6F08 A503 8701 01 DF7F00"), Secrets::masked);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].tag == "6F");
    CHECK(lines[1].depth == 1);
    CHECK(lines[2].depth == 2);
    CHECK(lines[2].value == "01");
    CHECK(lines[3].name == "(not in the dictionary)");
}

TEST_CASE("what masks a value for a trace masks it for a person") {
    for (const char* octets : {"DF7F086210948000000011", "DF7F0401020304", "9F5E086210948000000011",
                               "5F200454455354", "9F36020001", "BF4A03810101"}) {
        const Lines shown = describe_tlv(hex(octets), Secrets::masked);
        const std::string in_trace = mask_tlv(hex(octets));
        INFO(octets << " " << in_trace << " " << shown.front().value);
        CHECK((shown.front().value.find('*') == std::string::npos) ==
              (in_trace.find('*') == std::string::npos));
        CHECK((in_trace.find('*') == std::string::npos || in_trace.ends_with(shown.front().value)));
    }
    CHECK(only(describe_tlv(hex("DF7F086210948000000011"), Secrets::clear)).value == "6210948000000011");
}

TEST_CASE("octets that are no TLV are counted, not shown") {
    const Line line = only(describe_tlv(hex("5A08 6210"), Secrets::clear));
    CHECK(line.value == "<4 bytes>");
    CHECK_THAT(line.name, Catch::Matchers::ContainsSubstring("tag 5A"));
}

TEST_CASE("what answers a list is named; an object nobody has described is masked") {
    const std::vector<DolEntry> dol{{0x9F02, 6}, {0xDF7F, 2}};
    const Lines lines = describe_dol_data(dol, hex("000000001234 6210"), Secrets::masked);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].name == "Amount, Authorised (Numeric)");
    CHECK(lines[0].value == "000000001234");
    CHECK(lines[1].value == "**");
}

TEST_CASE("values in words") {
    CHECK(names(describe_parts(0x82, hex("1980"))) ==
          std::vector<std::string>{"cardholder verification supported",
                                   "terminal risk management to be performed", "CDA supported", "B2 b8"});
    CHECK(names(describe_parts(0x94, hex("08010200 10010301"))) ==
          std::vector<std::string>{"SFI 1, records 1 to 2, none in offline data authentication",
                                   "SFI 2, records 1 to 3, the first 1 in offline data authentication"});
    CHECK(names(describe_parts(0x8E, hex("00000064 00000000 4206 1F00"))) ==
          std::vector<std::string>{"X is 100, Y is 0 (minor units of the application currency)",
                                   "enciphered PIN verified online, if in the application currency and under "
                                   "X; if it fails, the next rule",
                                   "no CVM required, always; if it fails, verification fails"});
    CHECK(cvm_rule_in_words(0x3B, 0x77) == "method 3B, condition 77; if it fails, verification fails");
    CHECK(names(describe_parts(0x9F07, hex("0180"))) ==
          std::vector<std::string>{"valid at terminals other than ATMs", "domestic cashback allowed"});
    CHECK(names(describe_parts(0x9F27, hex("09"))) ==
          std::vector<std::string>{"AAC: declined; advice required; service not allowed"});
    CHECK(names(describe_parts(0x9F27, hex("40"))) == std::vector<std::string>{"TC: approved"});
    CHECK(names(describe_parts(0x5F24, hex("301231"))) == std::vector<std::string>{"2030-12-31"});
    CHECK(
        names(describe_parts(0x9F34, hex("1F0302"))) ==
        std::vector<std::string>{
            "no CVM required, if terminal supports the CVM; if it fails, verification fails", "successful"});
}

TEST_CASE("a value that has not its form has no parts") {
    for (const Tag tag : {0x82u, 0x94u, 0x8Eu, 0x95u, 0x9Bu, 0x9F07u, 0x9F27u, 0x9F36u, 0x5F24u, 0x9F34u})
        CHECK(describe_parts(tag, hex("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")).empty());
    CHECK_THAT(only(describe_parts(0x8C, hex("9F"))).name, Catch::Matchers::ContainsSubstring("octet"));
}
