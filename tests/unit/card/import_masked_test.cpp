#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drivers/card/log/test_account.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "drivers/protocols/emv/masked_octets.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A log of which the records hold these objects, in hexadecimal with masks.
std::string log_with(const std::vector<std::string>& records) {
    std::string log = log_of("A0000000031010", std::vector<Bytes>(records.size(), Bytes{0x70, 0x00}));
    for (const std::string& record : records) {
        const auto digits = record.size() - static_cast<std::size_t>(std::ranges::count(record, ' '));
        const std::string empty = "\n70009000\n";
        log.replace(log.find(empty), empty.size(), fmt::format("\n70{:02X}{}9000\n", digits / 2, record));
    }
    return log;
}

std::string pan_of(const ImportedImage& image) {
    config::Value settings = config::load_text(image.toml, "image.toml");
    return *config::at_path(settings, "account.pan").get<std::string>();
}

std::string notes_of(const ImportedImage& image) {
    return fmt::format("{}", fmt::join(image.notes, "\n"));
}

}  // namespace

TEST_CASE("Import: masked digits hide their object and nothing else, and the image names it for its record") {
    const ImportedImage image = imported(
        log_with({"5A084761739001010119 9F0802**96 5F2403281231 5F28020840", "5F25 03 XXxx** 9F07 02 FFC0"}));
    const std::string first = "masked in record 1 of SFI 1: 9F08 left out",
                      second = "masked in record 2 of SFI 1: 5F25 left out";
    CHECK_THAT(image.toml,
               ContainsSubstring("# In the log " + first) && ContainsSubstring("# In the log " + second));
    CHECK_THAT(notes_of(image), ContainsSubstring(first) && ContainsSubstring(second));
    Visit visit(image);
    visit.terminal.start(hex("A0000000031010"));
    CHECK(to_hex(visit.terminal.data.get(0x5F24)) == "281231");
    CHECK(to_hex(visit.terminal.data.get(0x5F28)) == "0840");
    CHECK_FALSE(visit.terminal.data.has(0x9F08));
    CHECK_FALSE(visit.terminal.data.has(0x5F25));
    CHECK(to_hex(visit.terminal.data.get(0x9F07)) == "FFC0");
}

TEST_CASE("Import: behind a masked tag or length nothing can be read, and the record says how much that is") {
    const ImportedImage image =
        imported(log_with({"5A084761739001010119 5F28020840 9F**02FFC0", "5F2403281231 XXXXXX"}));
    CHECK_THAT(
        image.toml,
        ContainsSubstring("# In the log masked in record 1 of SFI 1: 5 octets at the end left out") &&
            ContainsSubstring("# In the log masked in record 2 of SFI 1: 3 octets at the end left out"));
    Visit visit(image);
    visit.terminal.start(hex("A0000000031010"));
    CHECK(to_hex(visit.terminal.data.get(0x5F28)) == "0840");
    CHECK(to_hex(visit.terminal.data.get(0x5F24)) == "281231");
    CHECK_FALSE(visit.terminal.data.has(0x9F07));
}

TEST_CASE("Import: a masked PAN keeps the six and four digits that are told, and the image says so") {
    for (const std::string record :
         {"5A08622588******1234 5F2403281231", "5713622588XXXXXX1234D2812220*************F 5F2403281231",
          "5A 08 62 25 88 ** ** ** 12 34 5F 24 03 28 12 31"}) {
        INFO(record);
        const ImportedImage image = imported(log_with({record}));
        const std::string sentence = "the PAN is 622588******1234 in the log";
        CHECK_THAT(image.toml, ContainsSubstring("# Masked: " + sentence));
        CHECK_THAT(notes_of(image), ContainsSubstring("masked: " + sentence));
        CHECK(pan_of(image) == invented_pan("622588******1234"));
    }
}

TEST_CASE(
    "Import: an invented PAN has a right check digit and no more of the card's than six and four digits") {
    CHECK(invented_pan("622588******1234") == invented_pan("62258812****1234"));
    CHECK(invented_pan("622588**********") == test_pan("6225880000000000"));
    CHECK(invented_pan("****************") == test_pan("6210940000000000"));
    for (std::size_t length = 12; length <= 19; ++length)
        for (int last = 0; last < 10'000; last += 7) {
            const std::string masked = "622588" + std::string(length - 10, '*') + fmt::format("{:04}", last);
            const std::string made = invented_pan(masked);
            CHECK(made.size() == length);
            CHECK(made.starts_with("622588"));
            CHECK(made.ends_with(masked.substr(length - 4)));
            CHECK(magstripe::luhn_valid(made));
            CHECK(made.find_first_not_of('0', 6) >= length - 5);
        }
}

TEST_CASE("Import: a PAN that another part of the log shows whole is treated as one, and does not get out") {
    const std::string real = "4761739001010119";
    REQUIRE(magstripe::luhn_valid(real));
    // A track of which only what follows the PAN is masked.
    const ImportedImage track = imported(log_with({"5712" + real + "D2812220***********F"}));
    CHECK_THAT(track.toml + notes_of(track), !ContainsSubstring(real) && ContainsSubstring(test_pan(real)) &&
                                                 !ContainsSubstring("Masked: the PAN"));
    const ImportedImage both =
        imported(log_with({"5A08476173******0119", "5712" + real + "D2812220123456789012"}));
    CHECK_THAT(both.toml + notes_of(both), !ContainsSubstring(real) && ContainsSubstring(test_pan(real)));
    // What would have been invented is the number that another application shows.
    const std::string invented = invented_pan("476173******0119");
    const ImportedImage other =
        imported(log_with({"5A08476173******0119"}) +
                 log_of("A000000333010102", {record_of({object(0x5A, hex(invented))})}));
    CHECK_THAT(other.toml, !ContainsSubstring(invented));
}

TEST_CASE("Import: masks outside the records are told too") {
    std::string log = log_of("A0000000031010", {record_of({object(0x5A, hex("4761739001010119"))})});
    const std::string whole = "50045465737";  // the label "Test"
    REQUIRE(log.find(whole) != std::string::npos);
    log.replace(log.find(whole), whole.size() + 1, "5004********");
    const ImportedImage image = imported(log);
    CHECK_THAT(image.toml,
               ContainsSubstring("# Masked in the log, and left out: 50 of the answer to SELECT in line 1"));
    CHECK_THAT(notes_of(image), ContainsSubstring("masked, left out: 50 of the answer to SELECT in line 1"));
    CHECK_THAT(image.toml, ContainsSubstring("\"IMPORTED\""));
}

TEST_CASE("Import: what a trace of posbench masks hides its objects alone") {
    const Bytes record =
        record_of({object(0x5A, hex("6210948000000011")), object(0x5F20, as_bytes("DOE/JANE")),
                   object(0x57, hex("6210948000000011D2812220123456")), object(0xDF7F, hex("0102030405")),
                   object(0x5F24, hex("281231"))});
    const std::string masked = emv::mask_tlv(record);
    REQUIRE_THAT(masked, ContainsSubstring("5F2008********") && ContainsSubstring("5A08621094******0011"));
    const std::string select =
        R"({"t":0,"kind":"card.apdu","command":"SELECT","header":"00A40400","data":"A000000333010102","response":"6F0A8408A000000333010102","sw":"9000"})";
    const ImportedImage image = imported(
        select + "\n" +
        fmt::format(
            R"({{"t":0,"kind":"card.apdu","command":"READ RECORD","header":"00B2010C","response":"{}","sw":"9000"}})",
            masked));
    CHECK_THAT(image.toml,
               ContainsSubstring("masked in record 1 of SFI 1: 5A, 5F20, 57 made test data; DF7F left out") &&
                   ContainsSubstring("holds              = [\"5A\", \"5F20\", \"57\", \"5F24\"]"));
    CHECK(pan_of(image) == invented_pan("621094******0011"));
    CHECK_THAT(image.toml, ContainsSubstring("expiry             = \"281231\""));
}

TEST_CASE("Import: a masked command, status word or answer to reset is told by its line") {
    const std::string good = log_of("A0000000031010", {record_of({object(0x5A, hex("4761739001010119"))})});
    const ImportedImage image = imported("ATR: 3B65******63CB6800\n" + good +
                                         ">> 00B2**0C00\n<< 70009000\n>> 00B2030C00\n<< 7000****\n");
    CHECK(image.notes.at(0) == "log:1: an answer to reset with masked octets, left out");
    CHECK(image.notes.at(1) == "log:8: a command with masked CLA, INS, P1 or P2, left out");
    CHECK(image.notes.at(2) == "log:10: an answer with a masked status word, left out");
    CHECK_THAT(image.toml, ContainsSubstring("# atr: not in the log"));
}

TEST_CASE("Import: a dump with masked octets is read, whether its characters are masked or not") {
    for (const std::string characters : {"p.Z.Gas.......", "p.Z.Gas***..", "p.Z.********", ""}) {
        const std::string log =
            "Sending: 00 A4 04 00 07 A0 00 00 00 03 10 10 00\nReceived (SW1=0x90, SW2=0x00):\n"
            "6F 09 84 07 A0 00 00 00 03 10 10                o..........\n"
            "Sending: 00 B2 01 0C 00\nReceived (SW1=0x90, SW2=0x00):\n"
            "70 0A 5A 08 47 61 73 ** ** ** 01 19 " +
            characters + "\n";
        INFO(characters);
        if (characters.size() == 14) {  // not as many as there are octets: no dump
            CHECK_THAT(imported(log).toml, !ContainsSubstring("Masked"));
            continue;
        }
        CHECK_THAT(imported(log).toml, ContainsSubstring("the PAN is 476173******0119 in the log"));
    }
    CHECK_FALSE(emv::read_masked_hex("12*"));
    CHECK(emv::read_masked_hex("1*X2")->masks == Bytes{0x0F, 0xF0});
    CHECK(emv::read_masked_hex("1*X2")->digits() == "1**2");
}

TEST_CASE("Import: a row of asterisks between two exchanges is none of them") {
    std::string log = log_of("A0000000031010", {record_of({object(0x5A, hex("4761739001010119"))})});
    const std::string marked = log;
    log.insert(log.find("80A8"), "****************\nXXXX\n");
    CHECK(imported(log).toml == imported(marked).toml);
}
