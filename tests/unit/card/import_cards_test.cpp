#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drivers/card/image_import.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string visa = "A0000000031010", unionpay = "A000000333010102";

std::string card_of(std::string_view aid, std::string_view pan) {
    return log_of(aid, {record_of({object(0x5A, hex(pan)), object(0x5F24, hex("281231"))})});
}

std::string reset(std::string_view atr) {
    return fmt::format("ATR: {}\n", atr);
}

const std::string first_atr = "3B6500002063CB6800", second_atr = "3B6700002063CB68009000";

std::string notes_of(const ImportedImage& image) {
    return fmt::format("{}", fmt::join(image.notes, "\n"));
}

}  // namespace

TEST_CASE("Import: of a log with two cards nothing is made before one is chosen, and both are listed") {
    const std::string log = reset(first_atr) + card_of(visa, "4761739001010119") + reset(second_atr) +
                            card_of(unionpay, "6210948000000011");
    CHECK(error_of(log) ==
          "log: 2 cards in it, an image is of one: choose\n"
          "  --card 1: line 1, ATR 3B6500002063CB6800, A0000000031010 with PAN 476173******0119, 3 commands\n"
          "  --card 2: line 8, ATR 3B6700002063CB68009000, A000000333010102 with PAN 621094******0011, 3 "
          "commands");
    const ImportedImage first = imported(log, "log", 1), second = imported(log, "log", 2);
    CHECK(first.exchanges == 3);
    CHECK_THAT(first.toml, ContainsSubstring(first_atr) && ContainsSubstring(visa) &&
                               !ContainsSubstring(unionpay) && !ContainsSubstring(second_atr));
    CHECK_THAT(second.toml, ContainsSubstring(second_atr) && ContainsSubstring(unionpay) &&
                                !ContainsSubstring(visa) && ContainsSubstring("6210940000000000"));
    CHECK_THAT(notes_of(second), ContainsSubstring("log: card 1 of 2, left out: line 1, ATR 3B65") &&
                                     ContainsSubstring("log: card 2 of 2: line 8"));
    CHECK_THAT(error_of(log, 3), StartsWith("log: there is no card 3 in it, only 2:\n  --card 1: line 1"));
}

TEST_CASE(
    "Import: two account numbers under one application are two cards, with a reset between or without") {
    const std::string one = card_of(visa, "4761739001010119"), other = card_of(visa, "4761739001010010");
    for (const std::string& log : {one + other, reset(first_atr) + one + reset(first_atr) + other})
        CHECK_THAT(error_of(log), StartsWith("log: 2 cards in it") && ContainsSubstring("******0119") &&
                                      ContainsSubstring("******0010"));
    // The first one comes back.
    CHECK(imported(one + other + one, "log", 1).exchanges == 6);
}

TEST_CASE("Import: the same card again and again is one card") {
    const std::string sale = reset(first_atr) + card_of(visa, "4761739001010119");
    CHECK(imported(sale + sale + sale).exchanges == 9);
    // Over the air it has another answer to reset.
    const ImportedImage both = imported(sale + reset(second_atr) + card_of(visa, "4761739001010119"));
    CHECK(both.exchanges == 6);
    CHECK_THAT(notes_of(both), ContainsSubstring("log: another answer to reset in line 8, left out"));
    // A program tells the answer to reset in the middle of a visit.
    const std::string told = reset(first_atr) + reset(first_atr) + card_of(visa, "4761739001010119") +
                             reset(first_atr) + exchange("80CA9F3600", object(0x9F36, hex("0042")));
    CHECK(imported(told).exchanges == 4);
}

TEST_CASE("Import: accounts of two applications of the same card, after a reset, go by its directory") {
    const std::string visits = reset(first_atr) + card_of(visa, "4761739001010119") + reset(first_atr) +
                               card_of(unionpay, "6210948000000011");
    CHECK_THAT(error_of(visits), StartsWith("log: 2 cards in it"));
    const Bytes selected = object(0x6F, object(0x84, as_bytes("1PAY.SYS.DDF01")));
    Bytes entries = object(0x61, object(0x4F, hex(visa)));
    const Bytes second = object(0x61, object(0x4F, hex(unionpay)));
    entries.insert(entries.end(), second.begin(), second.end());
    const std::string directory = exchange("00A404000E315041592E5359532E444446303100", selected) +
                                  exchange("00B2010C00", object(0x70, entries));
    CHECK(imported(reset(first_atr) + directory + card_of(visa, "4761739001010119") + reset(first_atr) +
                   card_of(unionpay, "6210948000000011"))
              .applications == 2);
}

TEST_CASE("Import: a card of which no application was selected needs no choice") {
    const std::string sam = reset(second_atr) + exchange("00A4040005D276000001", {}, "6A82");
    const ImportedImage image = imported(sam + reset(first_atr) + card_of(visa, "4761739001010119"));
    CHECK_THAT(image.toml, ContainsSubstring(first_atr) && ContainsSubstring(visa));
    CHECK_THAT(notes_of(image), ContainsSubstring("log: card 1 of 2, left out: line 1, ATR 3B67") &&
                                    ContainsSubstring("no application selected, 1 command"));
}

TEST_CASE("Import: octets of an answer that go on in the next line are no answer to reset") {
    const std::string log =
        "> 00 A4 04 00 07 A0 00 00 00 03 10 10 00\n< 6F 0E 84 07 A0 00 00 00 03 10 10 A5 03 50 01 \n"
        "3B 90 00 : Normal processing.\n";
    const ImportedImage image = imported(log);
    CHECK(image.exchanges == 1);
    CHECK_THAT(image.toml,
               ContainsSubstring("label              = \";\"") && ContainsSubstring("# atr: not in the log"));
}

TEST_CASE("Import: more cards than anybody has at hand are refused") {
    std::string log;
    for (int i = 0; i < 17; ++i) log += card_of(visa, fmt::format("47617390010101{:02}", i));
    CHECK(error_of(log) == "log: more than 16 cards in it");
}

TEST_CASE("Import: a trace tells of two cards by their resets") {
    const auto event = [](std::string_view fields) { return fmt::format("{{\"t\":0,{}}}\n", fields); };
    const auto sale = [&](std::string_view atr, std::string_view aid, std::string_view control) {
        return event(fmt::format(R"("kind":"card.reset","interface":"contact","atr":"{}")", atr)) +
               event(fmt::format(
                   R"("kind":"card.apdu","command":"SELECT","header":"00A40400","data":"{}","response":"{}","sw":"9000")",
                   aid, control));
    };
    const std::string log = sale(first_atr, visa, "6F098407A0000000031010") +
                            sale(second_atr, unionpay, "6F0A8408A000000333010102");
    CHECK_THAT(error_of(log), StartsWith("log: 2 cards in it"));
    CHECK_THAT(imported(log, "log", 2).toml, ContainsSubstring(second_atr));
}
