#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string visa = "A0000000031010", contact_directory = "315041592E5359532E4444463031",
                  field_directory = "325041592E5359532E4444463031";
const std::string control = "6F098407A0000000031010";
const std::string one_card = log_of(visa, {record_of({object(0x5A, hex("4761739001010119"))})});

std::string notes_of(const ImportedImage& image) {
    return fmt::format("{}", fmt::join(image.notes, "\n"));
}

std::string select(std::string_view name, std::string_view answer) {
    return fmt::format("00A40400{:02X}{}00\n{}\n", name.size() / 2, name, answer);
}

std::string key(std::string_view name, std::string_view value) {
    return fmt::format("{:<18} = {}", name, value);
}

Bytes joined(std::initializer_list<Bytes> objects) {
    Bytes out;
    for (const Bytes& one : objects) append(out, one);
    return out;
}

}  // namespace

TEST_CASE("Import: GET RESPONSE goes with the command before it, through 6Cxx, and the card speaks T=0") {
    const std::string asked = "00A4040007" + visa + "\n610B\n";
    for (const std::string& log : {asked + "00C000000B\n" + control + "9000\n",
                                   asked + "00C0000000\n6C0B\n00C000000B\n" + control + "9000\n",
                                   asked + "00C0000004\n6F0984076107\n00C0000007\nA00000000310109000\n"}) {
        INFO(log);
        const ImportedImage image = imported(log);
        CHECK(image.exchanges == 1);
        CHECK_THAT(image.toml, ContainsSubstring(key("aid", "\"" + visa + "\"")) &&
                                   ContainsSubstring(key("atr", "\"3B600000\"  # not in the log: T=0")));
        CHECK(to_hex(loaded(image).atr.octets) == "3B600000");
    }
    CHECK_THAT(imported(select(visa, control + "9000")).toml, ContainsSubstring("# atr: not in the log"));
}

TEST_CASE("Import: GET RESPONSE after anything else than 61xx is left out, with its line") {
    for (const std::string_view first : {"6A82", "6283"}) {
        const ImportedImage image =
            imported(one_card + fmt::format("00B2020C00\n{}\n00C0000004\n5F2802019000\n", first));
        CHECK_THAT(notes_of(image), StartsWith("log:9: GET RESPONSE after no 61xx, left out"));
    }
    // Nothing waits any more after a reset.
    const ImportedImage image =
        imported(one_card + "00B2020C00\n6106\nATR: 3B600000\n00C0000006\n70049F420208409000\n");
    CHECK_THAT(notes_of(image), StartsWith("log:10: GET RESPONSE after no 61xx, left out"));
    CHECK_THAT(image.toml, !ContainsSubstring("9F42"));
}

TEST_CASE("Import: PIN tries are those that the card told") {
    CHECK_THAT(imported(one_card + exchange("80CA9F1700", hex("9F170102"))).toml,
               ContainsSubstring(key("pin_tries", "2  # 9F17 when it was read")));
    CHECK_THAT(imported(one_card + exchange("80CA9F1700", hex("9F1701FF"))).toml,
               !ContainsSubstring("pin_tries"));
}

TEST_CASE("Import: the directory is there, is not, or nobody knows") {
    CHECK_THAT(imported(select(contact_directory,
                               "6F1084"
                               "0E315041592E5359532E44444630319000") +
                        one_card)
                   .toml,
               ContainsSubstring(key("directory", "true")));
    CHECK_THAT(imported(select(contact_directory, "6A82") + one_card).toml,
               ContainsSubstring(key("directory", "false")));
    CHECK_THAT(imported(one_card).toml,
               ContainsSubstring("# directory: the log has no answer to SELECT 1PAY.SYS.DDF01"));
}

TEST_CASE("Import: a label that only the directory tells is the application's") {
    const Bytes entry = object(
        0x61,
        joined({object(0x4F, hex(visa)), object(0x50, as_bytes("From Directory")), object(0x87, hex("02"))}));
    const std::string log = select(contact_directory, "6F10840E315041592E5359532E44444630319000") +
                            exchange("00B2010C00", object(0x70, entry)) + select(visa, control + "9000");
    CHECK_THAT(imported(log).toml, ContainsSubstring(key("label", "\"From Directory\"\n")) &&
                                       ContainsSubstring(key("priority", "2\n")));
    // What the application says itself counts more.
    CHECK_THAT(imported(log + one_card).toml, ContainsSubstring("\"From Directory\""));
    CHECK_THAT(imported(select(contact_directory, "6F10840E315041592E5359532E44444630319000") +
                        exchange("00B2010C00", object(0x70, entry)) + one_card)
                   .toml,
               ContainsSubstring(key("label", "\"Test\"\n")));
}

TEST_CASE("Import: the confirmation bit of the priority is told, and not its absence") {
    const auto image = [](std::string_view priority) {
        return imported(select(visa, fmt::format("6F0E8407{}A5038701{}9000", visa, priority))).toml;
    };
    CHECK_THAT(image("81"), ContainsSubstring(key("priority", "1  # the card also asked for confirmation")));
    CHECK_THAT(image("01"), ContainsSubstring(key("priority", "1\n")));
}

TEST_CASE("Import: an application that SELECT says is blocked is blocked in the image") {
    const ImportedImage image = imported(select(visa, control + "6283") + "00B2010C00\n70055F280201569000\n");
    CHECK_THAT(image.toml, ContainsSubstring(key("blocked", "true")) && ContainsSubstring("\"5F28\""));
    CHECK(loaded(image).applications.at(0).blocked);
    CHECK(error_of(select(visa, "6283")) == "log: no application was selected in it by name and answered");
}

TEST_CASE("Import: file control information that is no BER-TLV is told with its line") {
    const ImportedImage image = imported("\n" + select(visa, "6F4484079000"));
    const std::string sentence =
        "the answer to SELECT in line 2 is no BER-TLV: no label and no lists from it";
    CHECK_THAT(image.toml, ContainsSubstring("# Not understood: " + sentence));
    CHECK_THAT(notes_of(image), ContainsSubstring("not understood: " + sentence));
}

TEST_CASE("Import: an image says whether the account is one of the card's digits or a customary one") {
    CHECK_THAT(imported(one_card).toml, ContainsSubstring("of the card's own only the first six digits"));
    const ImportedImage image = imported(select(visa, control + "9000"));
    CHECK_THAT(image.toml,
               ContainsSubstring("# A test account; no account number is in the log: it is a customary "
                                 "one, and the card's is not known") &&
                   !ContainsSubstring("of the card's own"));
    CHECK_THAT(notes_of(image), ContainsSubstring("no account number is in the log"));
}

TEST_CASE("Import: two accounts without a reset between them are perhaps two cards, which is said") {
    const std::string other =
        log_of("A000000333010102", {record_of({object(0x5A, hex("6210948000000011"))})});
    const std::string doubt =
        "log: A0000000031010 and A000000333010102 have different account numbers: if these are two cards, "
        "cut the "
        "log between them";
    CHECK_THAT(notes_of(imported(one_card + other)), ContainsSubstring(doubt));
    CHECK_THAT(notes_of(imported(one_card)), !ContainsSubstring("different account"));
    // The directory names both.
    const Bytes entries = object(0x70, joined({object(0x61, object(0x4F, hex(visa))),
                                               object(0x61, object(0x4F, hex("A000000333010102")))}));
    CHECK_THAT(notes_of(imported(select(contact_directory, "6F10840E315041592E5359532E44444630319000") +
                                 exchange("00B2010C00", entries) + one_card + other)),
               !ContainsSubstring("different account"));
}

TEST_CASE("Import: a card in the field makes an image without contacts") {
    const std::string with_qualifiers = fmt::format("6F118407{}A5069F38039F66049000", visa);
    for (const std::string& log :
         {select(field_directory, "6F10840E325041592E5359532E44444630319000") + one_card,
          "ATR: 3B888001000000000000000009\n" + one_card,
          select(visa, with_qualifiers) + one_card.substr(one_card.find("80A8"))}) {
        INFO(log);
        const ImportedImage image = imported(log);
        CHECK_THAT(image.toml, ContainsSubstring(key("interfaces", "[\"contactless\"]")) &&
                                   ContainsSubstring(key("profile", "\"emv\"")) &&
                                   !ContainsSubstring("\natr  ") &&
                                   ContainsSubstring("# atr: PC/SC makes one"));
        CHECK_THAT(notes_of(image),
                   ContainsSubstring("over the field: the image is a card without contacts"));
        const CardImage made = loaded(image);
        CHECK(made.applications.empty());
        CHECK(made.contactless.size() == 1);
    }
    // Over contacts 9F66 may be asked for too.
    CHECK_THAT(imported(select(contact_directory, "6A82") + select(visa, with_qualifiers)).toml,
               !ContainsSubstring("interfaces"));
    CHECK_THAT(imported(select(field_directory, "6A82") + one_card).toml, !ContainsSubstring("interfaces"));
}

TEST_CASE("Import: a quick card keeps its profile, its records and what is in them") {
    const std::string track = "4761739001010119D30122010000012300000F";
    const Bytes options = object(
        0x77, joined({object(0x82, hex("2000")), object(0x94, hex("08010100")), object(0x57, hex(track)),
                      object(0x9F10, hex("06010A03A00000")), object(0x9F26, hex("1122334455667788"))}));
    const std::string log = select(visa,
                                   "6F0E8407A0000000031010A503500156"
                                   "9000") +
                            exchange("80A800000A8308000000000000000000", options) +
                            exchange("00B2010C00", record_of({object(0x5F28, hex("0840"))}));
    const ImportedImage image = imported("ATR: 3B888001000000000000000009\n" + log);
    CHECK_THAT(image.toml, ContainsSubstring(key("profile", "\"qvsdc\"")) &&
                               ContainsSubstring(".contactless.tags]\n\"5F28\"") &&
                               ContainsSubstring(".contactless.record]]"));
    CHECK(loaded(image).contactless.at(0).quick());
    // As an image of a card with contacts it answers as it did, but for the cryptogram.
    CHECK_THAT(imported("ATR: 3B600000\n" + log).toml, ContainsSubstring(key("response_format", "2")));
}

TEST_CASE("Import: a list in the control information of the log is no other than the image's own") {
    const auto image =
        imported(exchange("00A4040007" + visa + "00", hex("6F148407" + visa + "A509 8C039F0206 9F110101")) +
                 exchange("80A8000002830000", hex("80061C0008010100")) +
                 exchange("00B2010C00", hex("700A5A084761739001010119")));
    const auto control = emv::parse_tlv(loaded(image).applications.at(0).fci).value();
    emv::TlvMap objects;
    objects.absorb(control);
    CHECK_FALSE(objects.has(0x8C));
    CHECK(objects.has(0x9F11));
    CHECK_THAT(image.toml, ContainsSubstring("In the file control information, and left out: 8C"));
}
