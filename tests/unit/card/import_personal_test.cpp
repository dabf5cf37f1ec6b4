#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drivers/card/log/personal.hpp"
#include "drivers/card/log/test_account.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string visa = "A0000000031010", pan = "4761739001010119", other_pan = "4761739001010010";

Bytes joined(std::initializer_list<Bytes> objects) {
    Bytes out;
    for (const Bytes& one : objects) append(out, one);
    return out;
}

/// A quick card (EMV book C-3): GET PROCESSING OPTIONS has the track and the cryptogram.
std::string quick_card(std::string_view number, std::initializer_list<Bytes> objects,
                       std::string_view issuer_data = "06011203A00000") {
    const Bytes options =
        object(0x77, joined({object(0x82, hex("2000")), object(0x94, hex("08010100")),
                             object(0x57, hex(fmt::format("{}D30122010000012300000F", number))),
                             object(0x5F34, hex("07")), object(0x9F10, hex(issuer_data)),
                             object(0x9F26, hex("1122334455667788")), object(0x9F27, hex("80"))}));
    const Bytes control = object(
        0x6F, joined({object(0x84, hex(visa)), object(0xA5, joined({object(0x50, as_bytes("VISA")),
                                                                    object(0x9F38, hex("9F66049F3704"))}))}));
    return exchange("00A4040007" + visa + "00", control) +
           exchange("80A800000A8308000000000000000000", options) + exchange("00B2010C00", record_of(objects));
}

std::string all_of(const ImportedImage& image) {
    return image.toml + fmt::format("{}", fmt::join(image.notes, "\n"));
}

/// An image of a card with this account and holder, and an object of the issuer's.
std::string image_with(emv::Tag tag, ByteView value, std::string_view holder = "ZHANG/SANFENG") {
    return all_of(imported(log_of(
        visa, {record_of({object(0x5A, hex(pan)), object(0x5F20, as_bytes(holder)), object(tag, value)})})));
}

const std::string left_out = "left out, may be the holder's or the account's: ";

}  // namespace

TEST_CASE("Import: the account that a quick card tells with its processing options is heard") {
    const std::string log = quick_card(pan, {object(0x5F28, hex("0840")), object(0x9F12, as_bytes(pan)),
                                             object(0x5F50, as_bytes("https://x.example/c/" + pan))});
    const ImportedImage image = imported(log);
    CHECK_THAT(all_of(image), !ContainsSubstring(pan) && !ContainsSubstring(to_hex(as_bytes(pan))) &&
                                  ContainsSubstring("pan                = \"" + test_pan(pan)) &&
                                  ContainsSubstring("psn                = \"07\"") &&
                                  ContainsSubstring("expiry             = \"301231\"") &&
                                  ContainsSubstring("cryptogram_version = \"18\"\n") &&
                                  ContainsSubstring(left_out + "9F12, 5F50"));
    CHECK_THAT(error_of(log + quick_card(other_pan, {object(0x5F28, hex("0840"))})),
               StartsWith("log: 2 cards in it"));
}

TEST_CASE("Import: an account in GENERATE AC, GET DATA or a record read again is heard too") {
    const Bytes odd = object(0x5F50, as_bytes(pan));
    const Bytes packed = object(0x9F5B, hex("0" + pan + "F"));  // half an octet on
    const std::string read = log_of(visa, {record_of({object(0x5F28, hex("0840")), odd, packed})});
    const Bytes cryptogram = object(
        0x77, joined({object(0x9F27, hex("80")), object(0x9F36, hex("0001")), object(0x5A, hex(pan))}));
    for (const std::string& tells :
         {exchange("80AE800000", cryptogram), exchange("80CA5A0000", object(0x5A, hex(pan))),
          exchange("00B2010C00", record_of({object(0x5A, hex(pan))})),
          exchange("00B2020C00", record_of({object(0x5A, hex(pan))}), "6281"),
          exchange("80CA5A0000", object(0x5A, hex(pan)), "6300"),
          exchange("00B2010C00", hex("702A5A08" + pan + "9F"))}) {  // cut off: the number is whole
        INFO(tells);
        CHECK_THAT(all_of(imported(read + tells)), !ContainsSubstring(pan) &&
                                                       !ContainsSubstring(to_hex(as_bytes(pan))) &&
                                                       ContainsSubstring(left_out + "5F50, 9F5B"));
    }
}

TEST_CASE("Import: a PAN of which the log masks digits is looked for by the others") {
    const std::string whole = "6225880212345673";
    for (const std::string_view where : {"9F5B0A0", "9F5B0A1"}) {
        // Packed, half an octet on, in an object that is no text.
        const std::string record = "5A08622588******5673" + std::string(where) + whole + "000";
        std::string log = log_of(visa, {Bytes{0x70, 0x00}});
        const std::string empty = "\n70009000\n";
        log.replace(log.find(empty), empty.size(),
                    fmt::format("\n70{:02X}{}9000\n", record.size() / 2, record));
        const std::string image = all_of(imported(log));
        CHECK_THAT(image, !ContainsSubstring(whole) && ContainsSubstring(left_out + "9F5B") &&
                              ContainsSubstring("pan                = \"62258800000"));
    }
}

TEST_CASE("Import: twelve digits of a text in a row do not stay, whoever's account they are") {
    const auto unpacked = [](std::string_view digits) {
        Bytes out;
        for (const char c : digits) out.push_back(static_cast<std::uint8_t>(c - '0'));
        return out;
    };
    for (const std::string text :
         {"622588021234", "6225 8802 1234", "62-25-88-02-12-34", "no 6225.8802 - 1234!"})
        CHECK_THAT(image_with(0x5F50, as_bytes(text)),
                   ContainsSubstring(left_out + "5F50") && !ContainsSubstring(to_hex(as_bytes(text))));
    CHECK_THAT(image_with(0x9F12, unpacked("622588021234")), ContainsSubstring(left_out + "9F12"));
    for (const std::string text : {"62258802123", "6225880 and 21234", "Visa 2026"})
        CHECK_THAT(image_with(0x5F50, as_bytes(text)), ContainsSubstring(to_hex(as_bytes(text))));
    // A CVM list has small octets in a row, and is no text; but the card's own PAN is found in anything.
    CHECK_THAT(image_with(0x8E, hex("0000000000000000 0103 0203 0403")),
               ContainsSubstring("\"0000000000000000010302030403\""));
    CHECK_THAT(image_with(0x8E, unpacked(pan)), ContainsSubstring(left_out + "8E"));
}

TEST_CASE("Import: a holder's name is known again in any order, case and writing") {
    for (const std::string text :
         {"SANFENG ZHANG", "http://bank/zhang.sanfeng", "zhangsanfeng", "SanfengZhang", "Mr. Zhang, Sanfeng"})
        CHECK_THAT(image_with(0x5F50, as_bytes(text)),
                   ContainsSubstring(left_out + "5F50") && !ContainsSubstring(to_hex(as_bytes(text))));
    CHECK_THAT(image_with(0x5F50, as_bytes("张三丰卡"), "张三丰"), ContainsSubstring(left_out + "5F50"));
    for (const std::string text : {"ZHANG", "Zhangjiakou Sanfen"})
        CHECK_THAT(image_with(0x5F50, as_bytes(text)), ContainsSubstring(to_hex(as_bytes(text))));
    // That of test cards is in the image anyway; fewer than four letters say nothing.
    CHECK_THAT(image_with(0x5F50, as_bytes("test card"), "CARD/TEST"), !ContainsSubstring(left_out));
    CHECK_THAT(image_with(0x5F50, as_bytes("LI"), "LI"), !ContainsSubstring(left_out));
}

TEST_CASE("Import: a label that tells the account or the holder is not shown") {
    for (const std::string label : {"6225880212345673", "ZHANG SANFENG"}) {
        std::string log =
            log_of(visa, {record_of({object(0x5A, hex(pan)), object(0x5F20, as_bytes("ZHANG/SANFENG"))})});
        const Bytes selected =
            object(0x6F, joined({object(0x84, hex(visa)), object(0xA5, object(0x50, as_bytes(label)))}));
        log.replace(0, log.find("80A8"), exchange("00A4040007" + visa + "00", selected));
        const std::string image = all_of(imported(log));
        CHECK_THAT(image, ContainsSubstring("\"IMPORTED\"") && !ContainsSubstring(label) &&
                              !ContainsSubstring("zhang"));
    }
}

TEST_CASE("Import: what nobody took out makes no image") {
    const std::string log = log_of(visa, {record_of({object(0x5A, hex(pan))})});
    // A command that was refused is told with the name that it selects.
    CHECK(
        error_of(log + exchange("00A4040008" + pan, {}, "6A82")) ==
        "log: its account number or holder would stand in the image: none is made. Perhaps a command or the "
        "directory has it: leave that out");
    // The name of the log is not shown then.
    CHECK_THAT(imported(log, pan + ".log").toml, ContainsSubstring("from a card log."));
    CHECK_THAT(imported(log, "20261123-101500.log").toml, ContainsSubstring("from 20261123-101500.log."));
}

TEST_CASE("Import: an image is searched for account and name in hexadecimal too") {
    LoggedCard card;
    card.applications.emplace_back().answers.push_back(
        {joined({object(0x5A, hex(pan)), object(0x5F20, as_bytes("ZHANG/SANFENG"))}), {}, 0});
    const Personal personal(card);
    const auto toml = [](std::string_view value) {
        return fmt::format("\"9F12\" = \"{}\"  # a name\n", value);
    };
    for (const std::string& value :
         {pan, "0" + pan + "F", to_hex(as_bytes(pan)), to_hex(as_bytes("4761 7390 0101 0119")),
          std::string("04070601070309000001000100010109"), to_hex(as_bytes("Sanfeng Zhang")),
          std::string("zhang.sanfeng")})
        CHECK(personal.is_left_in(toml(value)));
    CHECK_FALSE(personal.is_left_in(toml(test_pan(pan)) + toml("SANFENG") + "# zhang of sanfeng\n"));
    // A row of hexadecimal in a comment, whole and half an octet on; a quotation mark hides nothing behind
    // it.
    for (const std::string& said : {to_hex(as_bytes(pan)), to_hex(as_bytes("Sanfeng Zhang")),
                                    std::string("04070601070309000001000100010109"), pan})
        for (const std::string& line : {"#   SELECT 00A40400 " + said + ": 6A82", "# listed: F" + said + "0",
                                        "# a 5\" card\n\"9F12\" = \"" + said + "\""})
            CHECK(personal.is_left_in(toml(test_pan(pan)) + line + "\n"));
    CHECK(personal.is_left_in("# 4761 7390-0101.0119\n"));
    CHECK(personal.is_left_in("# a 5\" card\nlabel = \"Sanfeng Zhang\"\n"));
    CHECK(personal.is_left_in("[application.zhang-sanfeng]\n"));
}

TEST_CASE("Import: account and holder in names that were refused or only listed do not get into comments") {
    const std::string holder = "ZHANG/SANFENG";
    const std::string card =
        log_of(visa, {record_of({object(0x5A, hex(pan)), object(0x5F20, as_bytes(holder))})});
    const auto unpacked = [] {
        Bytes out;
        for (const char c : pan) out.push_back(static_cast<std::uint8_t>(c - '0'));
        return out;
    }();
    const auto refused = [](ByteView name) {
        return exchange(fmt::format("00A40400{:02X}{}00", name.size(), to_hex(name)), {}, "6A82");
    };
    const auto listed = [](ByteView name) {
        const std::string directory = "315041592E5359532E4444463031";
        return exchange("00A404000E" + directory + "00", object(0x6F, object(0x84, hex(directory)))) +
               exchange("00B2010C00", object(0x70, object(0x61, object(0x4F, name))));
    };
    // What may be anybody's number is not shown, and costs no more than itself.
    for (const Bytes& name : {Bytes(as_bytes(pan).begin(), as_bytes(pan).end()), unpacked,
                              Bytes(as_bytes(other_pan).begin(), as_bytes(other_pan).end())}) {
        CHECK_THAT(
            imported(card + refused(name)).toml,
            ContainsSubstring("SELECT 00A40400 <16 octets>: 6A82") && !ContainsSubstring(to_hex(name)));
        CHECK_THAT(imported(listed(name) + card).toml,
                   ContainsSubstring("never selected: <16 octets>") && !ContainsSubstring(to_hex(name)));
    }
    for (const std::string_view name : {"ZHANG/SANFENG", "Sanfeng Zhang"}) {
        CHECK_THAT(error_of(card + refused(as_bytes(name))), ContainsSubstring("would stand in the image"));
        CHECK_THAT(error_of(listed(as_bytes(name)) + card), ContainsSubstring("would stand in the image"));
    }
    CHECK_THAT(imported(listed(hex("A0000003330101")) + card + refused(hex("A0000003330102"))).toml,
               ContainsSubstring("never selected: A0000003330101") &&
                   ContainsSubstring("SELECT 00A40400 A0000003330102: 6A82"));
}

TEST_CASE("Import: an account number of 8 to 11 digits is one") {
    for (const std::string_view number : {"62109481", "621094801", "6210948012", "62109480013"}) {
        INFO(number);
        const std::string packed = fmt::format("{}{}", number, number.size() % 2 == 1 ? "F" : "FF");
        for (const Bytes& teller :
             {object(0x5A, hex(packed)),
              object(0x57, hex(fmt::format("{}D3012201{}", number, number.size() % 2 == 1 ? "F" : "")))}) {
            const ImportedImage image = imported(log_of(
                visa, {record_of({teller, object(0x9F12, as_bytes(number)), object(0x9F5B, hex(packed)),
                                  object(0x5F50, as_bytes(fmt::format("no. {}", number)))})}));
            // An image takes no account number of fewer than 12 digits.
            CHECK_THAT(all_of(image), ContainsSubstring(left_out + "9F12, 9F5B, 5F50") &&
                                          ContainsSubstring("pan                = \"" + test_pan(number)) &&
                                          !ContainsSubstring(std::string(number)) &&
                                          !ContainsSubstring(to_hex(as_bytes(number))));
        }
        CHECK(test_pan(number).size() == 12);
    }
    CHECK(invented_pan("621094*0013") == test_pan("62109400000"));
    // Two of them are two cards.
    const std::string one = log_of(visa, {record_of({object(0x5A, hex("62109481"))})});
    CHECK_THAT(error_of(one + log_of(visa, {record_of({object(0x5A, hex("62109571"))})})),
               StartsWith("log: 2 cards in it"));
    // Zeros behind the issuer's number are no account.
    CHECK_THAT(imported(log_of(visa, {record_of({object(0x5A, hex("62109400"))})})).toml,
               ContainsSubstring("pan                = \"6210940000"));
}

TEST_CASE("Import: of a record that is no BER-TLV only what the dictionary knows and may be told stays") {
    // Laid out like small objects, as some cards' files are.
    const Bytes fixed = hex("01046225880202041234567301045A48414E020447205341 03034E4645FF");
    // 90 is a key's certificate, 9F26 of one transaction, 5A the account's; DF7F nobody knows.
    const Bytes objects = joined(
        {object(0x9F42, hex("0840")), object(0x90, hex("AABBCC")), object(0x9F26, hex("1122334455667788")),
         object(0x5F20, as_bytes("ZHANG/SANFENG")), object(0x9F12, as_bytes("Sanfeng Zhang"))});
    const Bytes broken = joined({object(0x70, objects), hex("9F08")});
    Bytes unknown = object(0x70, joined({object(0xDF7F, hex("0102")), object(0x9F42, hex("0840"))}));
    unknown.push_back(0x9F);
    const ImportedImage image =
        imported(log_of(visa, {record_of({object(0x5A, hex(pan)), object(0x5F20, as_bytes("ZHANG/SANFENG"))}),
                               fixed, broken, unknown}));
    Visit visit(image);
    visit.terminal.select(hex(visa));
    visit.terminal.initiate();
    CHECK(visit.terminal.send("00B2020C").data == Bytes(fixed.size(), 0x00));
    const auto zeros = [](std::size_t size) { return Bytes(size, 0x00); };
    const Bytes kept = joined(
        {object(0x70, joined({object(0x9F42, hex("0840")), object(0x90, zeros(3)), object(0x9F26, zeros(8)),
                              object(0x5F20, zeros(13)), object(0x9F12, zeros(13))})),
         hex("9F08")});
    CHECK(to_hex(visit.terminal.send("00B2030C").data) == to_hex(kept));
    Bytes nothing(unknown.size(), 0x00);
    nothing[0] = 0x70;
    nothing[1] = unknown[1];
    CHECK(to_hex(visit.terminal.send("00B2040C").data) == to_hex(nothing));
}

TEST_CASE("Import: masked values of a broken record are zeros, and its object's own digits too") {
    std::string log = log_of(visa, {record_of({object(0x5A, hex(pan))}), Bytes{0x70, 0x00}});
    const std::string empty = "\n70009000\n";
    REQUIRE(log.find(empty) != std::string::npos);
    log.replace(log.find(empty), empty.size(), "\n700A9F0802**969F420208409F9000\n");
    Visit visit(imported(log));
    visit.terminal.select(hex(visa));
    visit.terminal.initiate();
    CHECK(to_hex(visit.terminal.send("00B2020C").data) == "700A9F080200009F4202084000");
}

TEST_CASE("Import: what was made for one transaction is left out and named") {
    const Bytes record = record_of({object(0x5A, hex(pan)), object(0x9F26, hex("1122334455667788")),
                                    object(0x9F10, hex("06010A03A0B800")), object(0x9F45, hex("ABCD"))});
    const std::string image = all_of(imported(log_of(visa, {record})));
    CHECK_THAT(image, ContainsSubstring("left out, made for one transaction: 9F26, 9F10, 9F45") &&
                          !ContainsSubstring("1122334455667788") && !ContainsSubstring("ABCD"));
}
