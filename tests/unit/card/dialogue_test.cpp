#include "drivers/card/dialogue.hpp"

#include "drivers/card/emulated/chip.hpp"
#include "drivers/card/status_words.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

/// "9F27 Cryptogram Information Data 80", each indented by its depth.
std::string text(const emv::Lines& lines) {
    std::string all;
    for (const emv::Line& line : lines) {
        all += std::string(static_cast<std::size_t>(line.depth), ' ');
        for (const std::string& part : {line.tag, line.name, line.value})
            if (!part.empty())
                all += (all.ends_with(' ') || all.ends_with('\n') || all.empty() ? "" : " ") + part;
        all += '\n';
    }
    return all;
}

struct Overheard {
    explicit Overheard(std::string_view image) : card(test::load_card(std::string(image))) {
        chip.reset(card::Interface::contact);
    }
    CardImage card;
    Chip chip{card, runtime::Random(1)};
    Dialogue dialogue{emv::Secrets::masked};

    Exchange send(std::string_view command) {
        const Bytes octets = hex(command);
        const Answer answer = chip.process(octets);
        Bytes answered = answer.data;
        answered.push_back(static_cast<std::uint8_t>(answer.sw >> 8));
        answered.push_back(static_cast<std::uint8_t>(answer.sw));
        return dialogue.hear(octets, answered);
    }
};

}  // namespace

TEST_CASE("a whole sale in words, format 1") {
    Overheard card("unionpay-credit");
    const Exchange directory = card.send("00A404000E315041592E5359532E4444463031");
    CHECK(directory.command == "SELECT");
    CHECK(text(directory.data) == "84 Dedicated File Name 315041592E5359532E4444463031 \"1PAY.SYS.DDF01\"\n");
    CHECK(directory.octets == "00A40400 0E 315041592E5359532E4444463031");
    CHECK(directory.sw == 0x9000);
    CHECK(directory.sw_in_words == "success");

    const Exchange selected = card.send("00A4040008A000000333010102");
    CHECK(text(selected.response) ==
          "6F File Control Information Template\n"
          " 84 Dedicated File Name A000000333010102\n"
          " A5 File Control Information Proprietary Template\n"
          "  50 Application Label \"UnionPay Credit\"\n"
          "  87 Application Priority Indicator 01\n"
          "  5F2D Language Preference \"zhen\"\n"
          "  9F38 Processing Options Data Object List 9F1A025F2A029C01\n"
          "   9F1A Terminal Country Code 2 octets\n"
          "   5F2A Transaction Currency Code 2 octets\n"
          "   9C Transaction Type 1 octet\n");
    REQUIRE(card.dialogue.pdol().size() == 3);

    const Exchange initiated = card.send("80A80000078305015601560000");
    CHECK(initiated.octets == "80A80000 07 83050156015600 00");
    CHECK(text(initiated.data) ==
          "83 Command Template\n"
          " 9F1A Terminal Country Code 0156\n"
          " 5F2A Transaction Currency Code 0156\n"
          " 9C Transaction Type 00\n");
    CHECK_THAT(text(initiated.response),
               Catch::Matchers::ContainsSubstring(" 82 Application Interchange Profile 1C00\n"
                                                  "  cardholder verification supported\n"
                                                  "  terminal risk management to be performed\n"
                                                  "  issuer authentication supported\n"));

    std::string records;
    for (const char* command : {"00B2010C00", "00B2011400", "00B2021400"})
        records += text(card.send(command).response);
    CHECK_THAT(records,
               Catch::Matchers::ContainsSubstring("5A Application Primary Account Number 621094******0011"));
    CHECK_THAT(records, Catch::Matchers::ContainsSubstring("5F20 Cardholder Name *********\n"));
    CHECK_THAT(records,
               Catch::Matchers::ContainsSubstring("5F24 Application Expiration Date 301231\n  2030-12-31\n"));
    CHECK_THAT(records, Catch::Matchers::ContainsSubstring(
                            "signature, if terminal supports the CVM; if it fails, verification fails 1E03"));

    const Exchange verified = card.send("00200080082612 3456FFFFFFFF");
    CHECK(text(verified.data) == "PIN block ********\n");
    CHECK(verified.octets == "00200080 08 ********");
    CHECK(verified.asks == "plaintext PIN");
    const Exchange cryptogram =
        card.send("80AE80001D 000000001234 000000000000 0156 0000048000 0156 260615 00 11223344 00");
    CHECK(cryptogram.asks == "asks for ARQC");
    CHECK(cryptogram.octets == "80AE8000 1D 0000000012340000000000000156000004800001562606150011223344 00");
    CHECK_THAT(text(cryptogram.data),
               Catch::Matchers::ContainsSubstring("95 Terminal Verification Results 0000048000\n"
                                                  " online PIN entered\n"
                                                  " floor limit exceeded\n"));
    CHECK_THAT(text(cryptogram.response),
               Catch::Matchers::ContainsSubstring(" 9F27 Cryptogram Information Data 80\n"
                                                  "  ARQC: the issuer is to be asked\n"
                                                  " 9F36 Application Transaction Counter 0001\n"
                                                  "  1 transaction begun\n"
                                                  " 9F26 Application Cryptogram "));
    CHECK_THAT(text(cryptogram.response),
               Catch::Matchers::ContainsSubstring("  derivation key index 01\n"
                                                  "  cryptogram version number 01\n"
                                                  "  card verification results 03"));
    REQUIRE(card.dialogue.cryptogram());
    CHECK(card.dialogue.cryptogram()->counter == 1);
    CHECK(card.dialogue.asks_issuer());
    CHECK(to_hex(card.dialogue.application()) == "A000000333010102");
    CHECK(card.dialogue.next_cdol().front().tag == 0x8A);  // CDOL2 is next
}

TEST_CASE("what was not heard or has not its form is not guessed at, and not shown") {
    Dialogue dialogue(emv::Secrets::masked);
    CHECK(text(dialogue.hear(hex("80AE8000021234"), hex("6985")).data) ==
          "data after a list that was not heard <2 bytes>\n");
    CHECK(text(dialogue.hear(hex("80DA9F7902 6210"), hex("6D00")).data) == "command data <2 bytes>\n");
    CHECK(text(dialogue.hear(hex("0020008008 2412"), {}).data) ==
          "no command APDU of the short form <3 bytes>\n");
    const auto by_identifier = dialogue.hear(hex("00A4000C 023F00"), hex("6A86"));
    CHECK(by_identifier.asks == "not by name");
    CHECK(text(by_identifier.data) == "command data <2 bytes>\n");
    CHECK(dialogue.hear(hex("0020008008 2412"), {}).sw_in_words == "no answer");
    CHECK_FALSE(dialogue.hear(hex("00"), hex("90")).sw);
    const auto broken = dialogue.hear(hex("00B2010C00"), hex("7005 5A 9000"));
    CHECK_THAT(text(broken.response), Catch::Matchers::ContainsSubstring("<3 bytes>"));
    CHECK_THAT(text(broken.response), Catch::Matchers::ContainsSubstring("no BER-TLV"));
}

TEST_CASE("a reset and a SELECT make the listener forget") {
    Overheard card("unionpay-credit");
    card.send("00A4040008A000000333010102");
    CHECK_FALSE(card.dialogue.pdol().empty());
    card.dialogue.reset();
    CHECK(card.dialogue.pdol().empty());
    card.send("00A4040008A000000333010102");
    CHECK_FALSE(card.dialogue.pdol().empty());
    card.send("00A404000E315041592E5359532E4444463031");
    CHECK(card.dialogue.pdol().empty());
}

TEST_CASE("status words in words") {
    CHECK(status_in_words(0x9000) == "success");
    CHECK(status_in_words(0x63C2) == "wrong PIN, 2 tries left");
    CHECK(status_in_words(0x63C1) == "wrong PIN, 1 try left");
    CHECK(status_in_words(0x6A81) == "function not supported, or the card is blocked");
    CHECK(status_in_words(0x6A82) == "file or application not found");
    CHECK(status_in_words(0x611C) == "28 octets to be fetched by GET RESPONSE");
    CHECK(status_in_words(0x6C00) == "wrong expected length: 256 octets are there");
    CHECK(status_in_words(0x1234) == "no meaning in ISO/IEC 7816-4");
}

TEST_CASE("what INTERNAL AUTHENTICATE signs is explained by the DDOL") {
    Dialogue dialogue(emv::Secrets::masked);
    const auto by_default = dialogue.hear(hex("0088000004 11223344 00"), hex("8002AABB9000"));
    CHECK(text(by_default.data) == "9F37 Unpredictable Number 11223344\n");
    CHECK(by_default.octets == "00880000 04 11223344 00");
    CHECK(text(by_default.response) ==
          "80 Response Message Template Format 1\n 9F4B Signed Dynamic Application Data AABB\n");
    dialogue.hear(hex("00B2010C00"), hex("7009 9F4906 9F3704 9F0206 9000"));
    CHECK(text(dialogue.hear(hex("008800000A 11223344 000000001234 00"), {}).data) ==
          "9F37 Unpredictable Number 11223344\n9F02 Amount, Authorised (Numeric) 000000001234\n");
}

TEST_CASE("the application selected says whose tags they are") {
    Dialogue dialogue(emv::Secrets::masked);
    dialogue.hear(hex("00A4040007 A0000000041010"), hex("6F0984 07A0000000041010 9000"));
    const auto record = dialogue.hear(hex("00B2010C00"), hex("7006 9F5103 9F3704 9000"));
    CHECK_THAT(text(record.response), Catch::Matchers::StartsWith("70 READ RECORD Response Message Template\n"
                                                                  " 9F51 DRDOL 9F3704\n"));
    CHECK(dialogue.hear(hex("80CA9F5100"), hex("6A88")).asks == "9F51 DRDOL");
    CHECK(text(dialogue.hear(hex("80D0000004 11223344 00"), {}).data) ==
          "9F37 Unpredictable Number 11223344\n");
    dialogue.hear(hex("00A4040007 A0000000031010"), hex("6F0984 07A0000000031010 9000"));
    CHECK(dialogue.hear(hex("80CA9F5100"), hex("6A88")).asks == "9F51 Application Currency Code");
}

TEST_CASE("no PIN is shown, however broken VERIFY is") {
    const auto shown = [](std::string_view command) {
        Dialogue dialogue(emv::Secrets::masked);
        const Exchange heard = dialogue.hear(hex(command), hex("6700"));
        return heard.command + " " + heard.octets + " " + heard.asks + " " + text(heard.data);
    };
    CHECK(shown("0020008008 2412") ==
          "VERIFY 00200080 *** plaintext PIN no command APDU of the short form <3 bytes>\n");
    CHECK(shown("241234FFFFFFFFFF") ==
          "malformed ******** ****  no command APDU of the short form <4 bytes>\n");
    CHECK(shown("241234FF") == "malformed ********  ");
    CHECK(shown("261234560190") == "malformed ******** **  no command APDU of the short form <2 bytes>\n");
    CHECK(shown("2412345678") == "malformed ******** *  no command APDU of the short form <1 bytes>\n");
    CHECK(shown("0020241234FF").starts_with("VERIFY 0020**** "));
    CHECK(shown("00241234").starts_with("PIN CHANGE/UNBLOCK 0024****"));
    CHECK(shown("80082412").starts_with("INS 08 800824**"));
    CHECK(shown("08261234").starts_with("INS 26 0826****"));
    // Commands that only look a little like it.
    CHECK(shown("8424000000").starts_with("PIN CHANGE/UNBLOCK 84240000 "));
    CHECK(shown("804A2F00").starts_with("INS 4A 804A2F00"));
    CHECK(shown("00B22414") == "READ RECORD 00B22414 record 36 of SFI 2 ");
}

TEST_CASE("a command of the reader's own is not taken for the card's, and its data are not shown") {
    Dialogue dialogue(emv::Secrets::masked);
    const Exchange identifier = dialogue.hear(hex("FFCA000000"), hex("08112233 9000"));
    CHECK(identifier.command == "command of the reader");
    CHECK(identifier.asks == "asks for the card's unique identifier");
    CHECK(identifier.octets == "FFCA0000 00");
    CHECK(text(identifier.response) == "data of the reader 08112233\n");
    CHECK(identifier.sw == 0x9000);
    const Exchange key = dialogue.hear(hex("FF82200006 A0A1A2A3A4A5"), hex("9000"));
    CHECK(key.octets == "FF822000 *******");
    const Exchange block = dialogue.hear(hex("FFB0000010"), hex("6210948000000011D301 9000"));
    CHECK(text(block.response) == "data of the reader <10 bytes>\n");
    CHECK(dialogue.hear(hex("FF"), {}).sw_in_words == "no answer");
    // Nothing was learnt of it, as of an answer to SELECT.
    dialogue.hear(hex("FFA4040000"), hex("6F098407A00000000310109000"));
    CHECK(dialogue.application().empty());
}

TEST_CASE("of an answer that a fault altered only the length is told, unless all is told in clear") {
    // A record whose template became a label: with its tags gone nothing in it is known for what it is.
    const Bytes command = hex("00B2010C00"), answer = hex("500A 5A086210948000000011 9000");
    Dialogue masked(emv::Secrets::masked), clear(emv::Secrets::clear);
    const auto text = [](const Exchange& exchange) {
        std::string all;
        for (const emv::Line& line : exchange.response) all += line.name + " " + line.value + "\n";
        return all;
    };
    CHECK(text(masked.hear(command, answer, Dialogue::Heard::altered)) == "altered by a fault <12 bytes>\n");
    CHECK(masked.hear(command, answer, Dialogue::Heard::altered).sw == 0x9000);
    CHECK(text(clear.hear(command, answer, Dialogue::Heard::altered)).find("6210948000000011") !=
          std::string::npos);
}

TEST_CASE("a record of the transaction log is laid out by the format that was asked for") {
    Overheard card("unionpay-quasi-credit");
    card.send("00A4040008A000000333010103");
    const Exchange before = card.send("00B2015C00");
    CHECK(before.sw == 0x9000);
    CHECK(text(before.response) ==
          "record of the transaction log: its format 9F4F was not asked for <23 bytes>\n");
    card.send("80CA9F4F00");
    CHECK(text(card.send("00B2015C00").response) ==
          "9A Transaction Date 260531\n"
          " 2026-05-31\n"
          "9F21 Transaction Time 183012\n"
          "9F02 Amount, Authorised (Numeric) 000000008800\n"
          "9F03 Amount, Other (Numeric) 000000000000\n"
          "9F1A Terminal Country Code 0156\n"
          "5F2A Transaction Currency Code 0156\n"
          "9C Transaction Type 00\n");
    // Another file, and another application, have none of it.
    CHECK(text(card.send("00B2010C00").response).find("log") == std::string::npos);
    card.send("00A4040008A000000333010103");
    CHECK(text(card.send("00B2015C00").response).find("was not asked for") != std::string::npos);
}

TEST_CASE("of a log record nothing is told that the dictionary hides, or that the format does not lay out") {
    Dialogue dialogue(emv::Secrets::masked);
    dialogue.hear(hex("00A4040005A000000333"), hex("6F11 8405A000000333 A508 BF0C05 9F4D020B0A 9000"));
    dialogue.hear(hex("80CA9F4F00"), hex("9F4F05 5A08 DF7F02 9000"));
    CHECK(text(dialogue.hear(hex("00B2015C00"), hex("6210948000000052 6210 9000")).response) ==
          "5A Application Primary Account Number 621094******0052\nDF7F (not in the dictionary) **\n");
    CHECK(text(dialogue.hear(hex("00B2015C00"), hex("6210948000000052 62 9000")).response) ==
          "record of the transaction log: its format 9F4F lays out 10 octets <9 bytes>\n");
    // A record is no list of data objects, even where it looks like one.
    dialogue.hear(hex("00B2015C00"), hex("8C039F3704 9000"));
    CHECK(dialogue.next_cdol().empty());
}
