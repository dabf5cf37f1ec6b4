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
    // Not available for use in a list; among the results it says that none was performed (book 3 annex C3).
    CHECK(cvm_rule_in_words(0x7F, 0x00) ==
          "method 3F, which is not available for use, always; if it fails, the next rule");
    CHECK(names(describe_parts(0x9F34, hex("3F0000"))) ==
          std::vector<std::string>{"no CVM performed", "unknown"});
    CHECK(
        cvm_rule_in_words(0x80, 0x03) ==
        "fail cardholder verification, if terminal supports the CVM; if it fails, verification fails; bit 8, "
        "which is reserved, is set");
    CHECK(names(describe_parts(0x9F36, hex("0001"))) == std::vector<std::string>{"1 transaction begun"});
    CHECK(names(describe_parts(0x9F36, hex("0002"))) == std::vector<std::string>{"2 transactions begun"});
    CHECK(names(describe_parts(0x9F17, hex("01"))) == std::vector<std::string>{"1 try left"});
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

TEST_CASE("a tag that schemes use for different things has the name of the card's scheme") {
    const std::string all = describe_object(0x9F51, hex("0156"), Secrets::masked).front().name;
    CHECK(all == "Application Currency Code (Visa, PBOC); DRDOL (Mastercard)");
    const auto name = [](Tag tag, Scheme scheme) { return name_in(find_tag(tag)->name, scheme); };
    CHECK(name(0x9F51, Scheme::visa) == "Application Currency Code");
    CHECK(name(0x9F51, Scheme::unionpay) == "Application Currency Code");
    CHECK(name(0x9F51, Scheme::mastercard) == "DRDOL");
    CHECK(name(0x9F51, Scheme::jcb) == all);  // it has none of these meanings
    CHECK(name(0x9F61, Scheme::mastercard) == "CVC3 (Track2)");
    CHECK(name(0x9F61, Scheme::unionpay) == "Cardholder Identity Number");
    CHECK(name(0x9F6D, Scheme::amex) == "Contactless Reader Capabilities");
    CHECK(name(0x9F02, Scheme::visa) == "Amount, Authorised (Numeric)");
    CHECK(only(describe_parts(0x9F38, hex("9F6D01"), Scheme::amex)).name ==
          "Contactless Reader Capabilities");
    CHECK(scheme_of(hex("A0000000041010")) == Scheme::mastercard);
    CHECK(scheme_of(hex("A000000333010101")) == Scheme::unionpay);
    CHECK(scheme_of(hex("A0000001523010")) == Scheme::unknown);
    CHECK(scheme_of(hex("A0000000")) == Scheme::unknown);
}

TEST_CASE("transaction qualifiers are words where they are qualifiers") {
    CHECK(names(describe_parts(0x9F66, hex("36C04080"), Scheme::visa)) ==
          std::vector<std::string>{"EMV mode supported", "EMV contact chip supported", "online PIN supported",
                                   "signature supported", "online cryptogram required", "CVM required",
                                   "consumer device CVM supported", "fDDA version 01 supported"});
    CHECK(names(describe_parts(0x9F6C, hex("A940"), Scheme::unionpay)) ==
          std::vector<std::string>{"online PIN required", "go online if offline data authentication fails",
                                   "go online if application expired",
                                   "not valid for contactless ATM transactions",
                                   "issuer update processing supported"});
    CHECK(describe_parts(0x9F6C, hex("0001"), Scheme::mastercard).empty());  // a version number
    CHECK(describe_parts(0x9F66, hex("003C"), Scheme::mastercard).empty());
    CHECK(describe_parts(0x9F66, hex("36004080")).empty());
    CHECK(describe_parts(0x9F66, hex("3600"), Scheme::visa).empty());
}

TEST_CASE("issuer application data are laid out as the scheme lays them out") {
    const auto parts = [](std::string_view octets, Scheme scheme) {
        std::vector<std::string> all;
        for (const Line& line : describe_parts(0x9F10, hex(octets), scheme))
            all.push_back(line.value.empty() ? line.name : line.name + " " + line.value);
        return all;
    };
    using Words = std::vector<std::string>;
    CHECK(parts("06010A03A4B2320102", Scheme::visa) ==
          Words{"derivation key index 01", "cryptogram version number 10 (hex 0A) 0A",
                "card verification results 03A4B232", "first cryptogram: ARQC",
                "second cryptogram: not requested", "issuer script commands: 3",
                "offline PIN verification performed", "last online transaction not completed",
                "velocity checking counters exceeded", "new card",
                "application blocked by the card because of the PIN try limit", "DDA performed",
                "issuer discretionary data 0102"});
    CHECK(parts("1F4363002000000000000000000000000000000000000000000000000000000A", Scheme::visa) ==
          Words{"cryptogram version number 43", "derivation key index 63",
                "card verification results 0020000000",
                "issuer discretionary data 00000000000000000000000000000000000000000000000A"});
    CHECK(parts("07010103600000 04", Scheme::unionpay) ==
          Words{"derivation key index 01", "cryptogram version number 01",
                "card verification results 03600000", "first cryptogram: ARQC", "second cryptogram: TC",
                "algorithm: SM4 04"});
    CHECK(parts("0110A50003020000 1234 FF00000000000001", Scheme::mastercard) ==
          Words{"key derivation index 01", "cryptogram version number 10",
                "card verification results A50003020000", "first cryptogram: ARQC",
                "second cryptogram: not requested", "PIN tries left: 3", "offline PIN verification performed",
                "offline PIN verification successful", "domestic transaction",
                "data authentication code or ICC dynamic number 1234", "counters FF00000000000001"});
    const char* common_core = "0FA501 A230400801 0102030405060708 0F 000000000000000000000000000000";
    CHECK(parts(common_core, Scheme::jcb) ==
          Words{"common core identifier A5", "derivation key index 01",
                "card verification results A230400801", "first cryptogram: ARQC",
                "second cryptogram: not requested", "PIN tries left: 3",
                "issuer authentication not performed", "upper offline transaction count limit exceeded",
                "issuer script processing failed", "B5 b1", "counters 0102030405060708",
                "issuer discretionary data 000000000000000000000000000000"});
    // Nothing is guessed at: Visa's layout on a Mastercard, any other on an Amex card, and what is cut short.
    CHECK(parts("06010A03A01000", Scheme::mastercard).empty());
    CHECK(parts("06010A03A01000", Scheme::amex).empty());
    CHECK(parts("06010A03A01000", Scheme::unknown).empty());
    for (const Scheme scheme : {Scheme::visa, Scheme::unionpay, Scheme::mastercard})
        CHECK(parts("06010A03", scheme).empty());
}

TEST_CASE("a text is shown in the code that it is written in") {
    const auto shown = [](Tag tag, std::string_view octets, Reading reading) {
        return describe_object(tag, hex(octets), reading).front().value;
    };
    const Reading unionpay{Secrets::masked, Scheme::unionpay}, visa{Secrets::masked, Scheme::visa};
    CHECK(shown(0x50, "E993B6E88194", visa) == "\"银联\" (UTF-8)");
    CHECK(shown(0x9F12, "D2F8C1AA", unionpay) == "\"银联\" (GB18030)");
    CHECK(shown(0x9F12, "D2F8C1AA", visa) == "D2F8C1AA");  // nothing says that it is Chinese
    CHECK(shown(0x50, "564953411B5B324A", Reading(Secrets::clear, Scheme::visa)) == "\"VISA\\x1B[2J\"");
    CHECK(shown(0x50, "564953411B5B324A", visa) == "********");  // packed digits would look so
    CHECK(shown(0x50, "0000", visa) == "0000");
    CHECK(shown(0x50, "FFFE41", unionpay) == "FFFE41");
    CHECK(shown(0x50, "", visa).empty());

    const auto name = [](std::string_view fci) {
        const Lines lines = describe_tlv(hex(fci), Reading(Secrets::masked, Scheme::visa));
        return lines.back().value;
    };
    CHECK(name("A50C 9F110105 9F1205 B2D8D7D031") == "\"Виза1\" (ISO 8859-5)");
    CHECK(name("A50C 9F110101 9F1205 456C E92031") == "\"Elé 1\" (ISO 8859-1)");
    CHECK(name("A50A 9F110110 9F1203 41E0F1") == "\"Aāņ\" (ISO 8859-10)");
    CHECK(name("A50A 9F110199 9F1203 41E0F1") == "41E0F1");
    CHECK(name("A50D 9F110101 9F1206 E993B6E88194") == "\"银联\" (UTF-8)");
}

TEST_CASE("a PAN in characters is masked wherever it stands") {
    const std::string label = "3632313039343830303030303030 3131";
    CHECK(only(describe_object(0x50, hex(label), Secrets::masked)).value == "\"621094******0011\"");
    CHECK(only(describe_object(0x50, hex(label), Secrets::clear)).value == "\"6210948000000011\"");
    CHECK(only(describe_object(0x84, hex(label), Secrets::masked)).value ==
          "3632313039342A2A2A2A2A2A30303131 \"621094******0011\"");
    CHECK(only(describe_object(0x9F4F, hex(label), Secrets::masked)).value ==
          "3632313039342A2A2A2A2A2A30303131");
    const std::string wide = "A3B6A3B2A3B1A3B0A3B9A3B4A3B8A3B0A3B0A3B0A3B0A3B0A3B0A3B0A3B1A3B1";
    CHECK(only(describe_object(0x9F12, hex(wide), Reading(Secrets::masked, Scheme::unionpay))).value ==
          "\"６２１０９４＊＊＊＊＊＊００１１\" (GB18030)");
}

TEST_CASE("bits and limits that one scheme has under a tag of another's") {
    const auto told = [](Tag tag, std::string_view value, Scheme scheme) {
        std::string all;
        for (const Line& line : describe_object(tag, hex(value), {Secrets::masked, scheme}))
            all += line.name + "=" + line.value + ";";
        return all;
    };
    using Catch::Matchers::ContainsSubstring;
    // EMV book C-2 annex A.1.16; other schemes have other meanings, or none.
    CHECK_THAT(told(0x82, "1B80", Scheme::mastercard), ContainsSubstring("EMV mode supported"));
    CHECK_THAT(told(0x82, "1B80", Scheme::mastercard),
               ContainsSubstring("on device cardholder verification supported"));
    CHECK_THAT(told(0x82, "1B80", Scheme::unionpay), !ContainsSubstring("EMV mode"));
    CHECK(told(0x9F6B, "000000030000", Scheme::unionpay) == "Card CVM Limit=000000030000;");
    CHECK_THAT(told(0x9F6B, "000000030000", Scheme::visa), ContainsSubstring("=000000030000;"));
    CHECK_THAT(told(0x9F6B, "000000030000", Scheme::mastercard), ContainsSubstring("=******;"));
    CHECK_THAT(told(0x9F6B, "000000030000", Scheme::unknown), ContainsSubstring("=******;"));
    CHECK_THAT(told(0x9F6B, "6210948000000011D3012220", Scheme::unionpay), ContainsSubstring("=****"));
}
