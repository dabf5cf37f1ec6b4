#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

/// Logs in the words of `card apdu` and `card serve`. That those of whole cards are read stands in
/// tests/unit/cli/import_round_trip_test.cpp.

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string notes_of(const ImportedImage& image) {
    return fmt::format("{}", fmt::join(image.notes, "\n"));
}

/// One application with these lines in its proprietary template.
std::string explained(std::string_view lines) {
    return "> SELECT by name  00A40400 08 A000000333010102 00\n"
           "< 9000 success\n"
           "    6F File Control Information Template\n"
           "      84 Dedicated File Name  A000000333010102\n"
           "      A5 File Control Information Proprietary Template\n" +
           std::string(lines);
}

}  // namespace

TEST_CASE("Import: what `card apdu` and `card serve` print is read again, with what they mask left out") {
    const std::string printed =
        "reset  ATR 3BE000008131FE45EB\n"
        "> SELECT by name  00A40400 08 A000000333010102 00\n"
        "    84 Dedicated File Name  A000000333010102\n"
        "< 9000 success\n"
        "    6F File Control Information Template\n"
        "      84 Dedicated File Name  A000000333010102\n"
        "      A5 File Control Information Proprietary Template\n"
        "        50 Application Label  \"UnionPay Credit\"\n"
        "        87 Application Priority Indicator  01\n"
        "        9F38 Processing Options Data Object List  9F1A029C01\n"
        "          9F1A Terminal Country Code  2 octets\n"
        "          9C Transaction Type  1 octet\n"
        "    0.442705 s > GET PROCESSING OPTIONS  80A80000 05 8303015600 00\n"
        "    83 Command Template\n"
        "< 9000 success\n"
        "    80 Response Message Template Format 1\n"
        "      82 Application Interchange Profile  1C00\n"
        "        · cardholder verification supported\n"
        "      94 Application File Locator  08010100\n"
        "        · SFI 1, record 1, none in offline data authentication  08010100\n"
        "> VERIFY plaintext PIN  00200080 08 ********\n"
        "    · PIN block  ********\n"
        "< 63C2 wrong PIN, 2 tries left\n"
        "> READ RECORD record 1 of SFI 1  00B2010C 00\n"
        "< 9000 success\n"
        "    70 READ RECORD Response Message Template\n"
        "      57 Track 2 Equivalent Data  *****************\n"
        "      5A Application Primary Account Number  621094******0011\n"
        "      5F24 Application Expiration Date  301231\n"
        "        · 2030-12-31\n"
        "> READ RECORD record 2 of SFI 1  00B2020C 00\n"
        "< 9000 success\n"
        "    · response data  <31 bytes>\n"
        "a word of somebody's\n";
    const ImportedImage image = imported(printed);
    CHECK(image.exchanges == 4);
    CHECK(image.notes.at(0) == "log:31: an answer of which not all is shown, left out");
    CHECK_THAT(image.toml, ContainsSubstring("atr                = \"3BE000008131FE45EB\"") &&
                               ContainsSubstring("label              = \"UnionPay Credit\"") &&
                               ContainsSubstring("pdol               = \"9F1A029C01\"") &&
                               ContainsSubstring("aip                = \"1C00\"") &&
                               ContainsSubstring("holds              = [\"57\", \"5A\", \"5F24\"]") &&
                               ContainsSubstring("expiry             = \"301231\"") &&
                               ContainsSubstring("discretionary      = \"0000000000\"") &&
                               ContainsSubstring("VERIFY 00200080: 63C2") &&
                               ContainsSubstring("the PAN is 621094******0011 in the log"));
}

TEST_CASE("Import: lines further and further to the right are no answer") {
    std::string log = "> SELECT by name  00A40400 07 A0000000031010 00\n< 9000 success\n";
    for (std::size_t indent = 4; indent < 5000; indent += 2)
        log += std::string(indent, ' ') + "6F Template\n";
    CHECK_THAT(notes_of(imported(log)), ContainsSubstring("the answer to SELECT in line 1 is no BER-TLV"));
}

TEST_CASE("Import: a directory's name is printed as octets and as characters, and is read") {
    const std::string log =
        "> SELECT by name  00A40400 0E 315041592E5359532E4444463031 00\n"
        "    84 Dedicated File Name  315041592E5359532E4444463031 \"1PAY.SYS.DDF01\"\n"
        "< 9000 success\n"
        "    6F File Control Information Template\n"
        "      84 Dedicated File Name  315041592E5359532E4444463031 \"1PAY.SYS.DDF01\"\n"
        "      A5 File Control Information Proprietary Template\n"
        "        88 Short File Identifier  01\n" +
        explained("        50 Application Label  \"Label\"\n");
    const ImportedImage image = imported(log);
    CHECK(image.exchanges == 2);
    CHECK_THAT(image.toml, ContainsSubstring("directory          = true"));
    CHECK_THAT(notes_of(image), !ContainsSubstring("left out"));
}

TEST_CASE("Import: 61xx and 6Cxx in words, which begin with a number, are status words") {
    const ImportedImage image = imported(
        "> SELECT by name  00A40400 08 A000000333010102\n"
        "< 6113 19 octets to be fetched by GET RESPONSE\n"
        "> GET RESPONSE  00C00000 0A\n"
        "< 6C13 wrong expected length: 19 octets are there\n"
        "> GET RESPONSE  00C00000 13\n"
        "< 9000 success\n"
        "    6F File Control Information Template\n"
        "      84 Dedicated File Name  A000000333010102\n"
        "      A5 File Control Information Proprietary Template\n"
        "        50 Application Label  \"Label\"\n");
    CHECK(image.exchanges == 1);
    CHECK_THAT(image.toml, ContainsSubstring("label              = \"Label\"") &&
                               ContainsSubstring("for GET RESPONSE is in it"));
}

TEST_CASE("Import: texts in the codes of cards become the octets that they were") {
    const auto preferred_name = [](std::string_view printed) {
        return imported(explained(fmt::format("        9F12 Application Preferred Name  {}\n", printed)))
            .toml;
    };
    for (const auto& [printed, octets] :
         std::vector<std::pair<std::string, std::string>>{{"\"Union\"", "556E696F6E"},
                                                          {"\"él\" (ISO 8859-1)", "E96C"},
                                                          {"\"Карта\" (ISO 8859-5)", "BAD0E0E2D0"},
                                                          {"\"银联\" (GB18030)", "D2F8C1AA"},
                                                          {"\"你\" (UTF-8)", "E4BDA0"},
                                                          {"\"a\\x07b\"", "610762"},
                                                          {"\"a\" (b\"", "6122202862"},
                                                          {"\"\\x41\"", "5C783431"}}) {
        INFO(printed);
        CHECK_THAT(preferred_name(printed), ContainsSubstring("\"9F12\"             = \"" + octets + "\""));
    }
    CHECK_THAT(preferred_name("\"银*联\" (GB18030)"),
               ContainsSubstring("Masked in the log, and left out: 9F12"));
    CHECK_THAT(preferred_name("\"银＊联\" (GB18030)"),
               ContainsSubstring("Masked in the log, and left out: 9F12"));
}

TEST_CASE("Import: a value of an unknown form costs its object alone, which is told with its line") {
    for (const std::string printed :
         {"\"銀\" (Big5)", "\"银\" (ISO 8859-1)", "\"open", "12 34", "<3 bytes>"}) {
        INFO(printed);
        const ImportedImage image = imported(
            explained(fmt::format("        9F12 Application Preferred Name  {}\n          · explained  00\n"
                                  "        50 Application Label  \"Label\"\n",
                                  printed)));
        CHECK(image.exchanges == 1);
        CHECK(image.notes.at(0) ==
              "log:6: the value of 9F12 is of no form that is known, the object left out");
        CHECK_THAT(image.toml,
                   ContainsSubstring("label              = \"Label\"") && !ContainsSubstring("9F12"));
    }
    // Without tags nobody could say where the next one begins.
    const ImportedImage image = imported(explained("") +
                                         "> GET PROCESSING OPTIONS  80A80000 02 8300 00\n"
                                         "< 9000 success\n"
                                         "    80 Response Message Template Format 1\n"
                                         "      82 Application Interchange Profile  <2 bytes>\n"
                                         "      94 Application File Locator  08010100\n");
    CHECK_THAT(notes_of(image), ContainsSubstring("log:6: an answer of which not all is shown, left out"));
    CHECK_THAT(image.toml, ContainsSubstring("GET PROCESSING OPTIONS was never answered"));
}

TEST_CASE("Import: what is said of an answer as a whole is no part of it") {
    const ImportedImage image = imported(explained("") +
                                         "> GET PROCESSING OPTIONS  80A80000 02 8300 00\n"
                                         "< 9000 success\n"
                                         "    77 Response Message Template Format 2\n"
                                         "      82 Application Interchange Profile  1C00\n"
                                         "      94 Application File Locator  08010100\n"
                                         "    · signature 9F4B: right\n"
                                         "      9F26 Application Cryptogram  1122334455667788\n"
                                         "> GET CHALLENGE  00840000 00\n"
                                         "< 9000 success\n"
                                         "    · challenge  52D5E8B05C773618\n");
    CHECK(image.exchanges == 3);
    CHECK_THAT(notes_of(image), !ContainsSubstring("left out"));
    // A cryptogram here would be that of a quick card.
    CHECK_THAT(image.toml,
               ContainsSubstring("aip                = \"1C00\"") && !ContainsSubstring("contactless"));
}
