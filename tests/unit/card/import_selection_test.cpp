#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

/// Which application an answer is of: that of the last SELECT, as long as the log tells how it ended.

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string visa = "A0000000031010", directory = "315041592E5359532E4444463031";
const std::string atr = "ATR: 3B6500002063CB6800\n";
const std::string one_card =
    log_of(visa, {record_of({object(0x5A, hex("4761739001010119")), object(0x5F28, hex("0840"))})});
const std::string select_directory = "00A404000E" + directory + "00\n";

std::string notes_of(const ImportedImage& image) {
    return fmt::format("{}", fmt::join(image.notes, "\n"));
}

/// After each of these nobody can say what is selected.
const std::vector<std::string> unanswered{
    select_directory,                                      // no answer
    select_directory + "6F15840E\n",                       // cut
    ">> 00A404000E" + directory + "\n<< {6F 15 84 0E}\n",  // of no form that is known
    ">> 00A404000E" + directory + "\n<< 6F02A500****\n",   // success or not?
    ">> 00A40400000002A00000\n<< 9000\n",                  // of the extended form
    ">> 00**04000E" + directory + "\n<< 9000\n",           // perhaps a SELECT
    ">> 00 A4 ...\n",                                      // a command that cannot be read
    std::string("<< 6F02A5009000\n"),                      // whatever was asked for
    "> SELECT by name  00A40400 0E " + directory + " 00\n< 9000 success\n    · no BER-TLV  <9 bytes>\n",
    "> SELECT by name  00A40400 0E " + directory + " 00\n< no answer\n",
    std::string(
        R"({"t":1,"kind":"card.apdu","command":"SELECT","header":"00A40400","response":"<9 bytes>","sw":"9000"})") +
        "\n",
    std::string(R"({"t":1,"kind":"card.apdu","command":"SELECT","header":"00A40400"})") + "\n"};

const std::string other_record = "00B2010C00\n70055F280201569000\n";

}  // namespace

TEST_CASE("Import: behind a SELECT of which the answer is not known, answers are of no application") {
    for (const std::string& lost : unanswered) {
        INFO(lost);
        const ImportedImage image = imported(one_card + lost + other_record);
        CHECK_THAT(notes_of(image), ContainsSubstring("left out: READ RECORD 00B2010C in line ") &&
                                        ContainsSubstring(": what is selected since line ") &&
                                        ContainsSubstring(" is not known"));
        CHECK_THAT(image.toml, ContainsSubstring("# Left out: READ RECORD 00B2010C in line ") &&
                                   ContainsSubstring("\"5F28\"             = \"0840\"") &&
                                   !ContainsSubstring("0156\"  # Issuer Country Code"));
        // The other way round the record of the directory would be the only one.
        const ImportedImage first = imported(one_card.substr(0, one_card.find("00B2")) + lost + other_record);
        CHECK_THAT(first.toml, !ContainsSubstring("5F28"));
        // The next SELECT says again what is selected.
        CHECK_THAT(imported(lost + one_card + lost + one_card).toml, ContainsSubstring("= \"0840\""));
    }
}

TEST_CASE("Import: a reset ends the selection, what a program asks the reader for does not") {
    const std::string head = atr + one_card.substr(0, one_card.find("00B2"));
    const std::string trace_reset =
        R"({"t":1,"kind":"card.reset","interface":"contact","atr":"3B6500002063CB6800"})";
    for (const std::string& reset : {atr, "reset  " + atr, trace_reset + "\n"}) {
        const ImportedImage image = imported(head + reset + other_record);
        CHECK_THAT(notes_of(image), ContainsSubstring("left out: READ RECORD 00B2010C in line 7: nothing was "
                                                      "selected since the reset before it"));
        CHECK_THAT(image.toml, !ContainsSubstring("5F28"));
    }
    CHECK_THAT(imported(head + " o bAtr 3B 65 00 00 20 63 CB 68 00\n" + other_record).toml,
               ContainsSubstring("\"5F28\"             = \"0156\""));
    CHECK_THAT(notes_of(imported(other_record + one_card)),
               ContainsSubstring("left out: READ RECORD 00B2010C in line 1: nothing was selected before it"));
}

TEST_CASE(
    "Import: a SELECT that was refused leaves the selection, one of a file that is no application ends it") {
    const std::string head = one_card.substr(0, one_card.find("00B2"));
    const auto kept = [&](const std::string& between) {
        return imported(head + between + other_record).toml.find("= \"0156\"  # Issuer") != std::string::npos;
    };
    CHECK(kept(select_directory + "6A82\n"));
    CHECK(kept("00A40200020101\n9000\n"));  // an elementary file under the application
    CHECK_FALSE(kept("00A40000023F00\n9000\n"));
    CHECK_FALSE(kept(select_directory + "6283\n"));
    CHECK_FALSE(kept(select_directory + "9000\n"));
    CHECK_FALSE(kept(select_directory + "6117\n"));
    CHECK_THAT(imported(select_directory + "6117\n" + one_card).toml,
               ContainsSubstring("directory          = true"));
}

TEST_CASE("Import: an account that nobody can say the application of does not get into the image") {
    const std::string pan = "4761739001010119";
    const std::string head = log_of(visa, {record_of({object(0x8E, hex(pan)), object(0x5F28, hex("0840"))})});
    const ImportedImage image =
        imported(head + select_directory + exchange("00B2020C00", record_of({object(0x5A, hex(pan))})));
    CHECK_THAT(imported(head).toml, ContainsSubstring(pan));  // a list like any other
    CHECK_THAT(image.toml, !ContainsSubstring(pan));
}
