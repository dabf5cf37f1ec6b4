// Messages for people: what octets are, and what is shown of them.

#include <fmt/format.h>

#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/protocols/iso8583/print.hpp"
#include "drivers/protocols/iso8583/recognise.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;
using namespace posbench::iso8583;

namespace {

Message sale() {
    Message message("0200");
    message.set(2, "6210948000000011");
    message.set(4, "000000001234");
    message.set(35, "6210948000000011D28122010000000000000");
    message.set(42, "898100000000001");
    message.set(52, hex("041277CDDEEFF669"));
    message.set(53, "2600000000000000");  // passes the Luhn check
    message.set(55, hex("9F2608 0102030405060708 5A08 6210948000000011"));
    message.set(63, hex("36323130393438303030303030303131"));
    message.set(64, "5FE058DB");
    return message;
}

std::string value_of(const std::vector<PrintedField>& fields, int number) {
    for (const PrintedField& field : fields)
        if (field.number == number) return field.value;
    return "(none)";
}

std::string shown_masked(std::string_view mti, int field, const std::string& value) {
    Message message{std::string(mti)};
    message.set(field, value);
    const Bytes octets = encode(tests::unionpay(), message);
    const MessageView view = MessageView::parse(tests::unionpay(), octets).value();
    return value_of(print(tests::unionpay(), view, emv::Secrets::masked), field);
}

Bytes whole_frame(const Bytes& message) {
    return encode_frame(tests::unionpay(), {{}, hex("603100311003"), message});
}

std::string refused(ByteView octets) {
    const auto found = recognise(tests::unionpay(), octets);
    return found ? "recognised" : found.error().form + ": " + found.error().error.what;
}

}  // namespace

TEST_CASE("a message printed names its fields and hides what is secret") {
    const Bytes octets = encode(tests::unionpay(), sale());
    const MessageView view = MessageView::parse(tests::unionpay(), octets).value();
    const auto masked = print(tests::unionpay(), view, emv::Secrets::masked);
    REQUIRE(masked.size() == 9);
    CHECK(masked[0].name == "primary account number");
    CHECK(masked[0].value == "621094******0011");
    CHECK(value_of(masked, 4) == "000000001234");
    CHECK(value_of(masked, 35) == "<37 characters>");
    CHECK(value_of(masked, 52) == "<8 octets>");
    CHECK(value_of(masked, 63) == "363231303934************30303131 \"621094******0011\"");
    CHECK(value_of(masked, 53) == "2600000000000000");
    CHECK(value_of(masked, 64) == "3546453035384442 \"5FE058DB\"");
    REQUIRE(masked[6].objects.size() == 2);
    CHECK(masked[6].objects[0].name == "Application Cryptogram");
    CHECK(masked[6].objects[1].value == "621094******0011");

    const auto clear = print(tests::unionpay(), view, emv::Secrets::clear);
    CHECK(value_of(clear, 2) == "6210948000000011");
    CHECK(value_of(clear, 35) == "6210948000000011D28122010000000000000");
    CHECK(value_of(clear, 52) == "041277CDDEEFF669");
}

TEST_CASE("no PAN is whole in any field that is printed masked") {
    for (const char* name : {"unionpay-pos", "iso1987-ascii", "iso1993-ascii"}) {
        const Dialect dialect = tests::load_dialect(name);
        for (int number = first_field; number <= last_field; ++number) {
            const FieldFormat& format = dialect.field(number);
            const bool octets = format.content == Content::octets;
            const std::string pan =
                octets ? std::string(as_text(hex("6210948000000011"))) : "6210948000000011";
            if (format.content == Content::none || !format.varies() || format.size < pan.size()) continue;
            INFO(name << " field " << number);
            Message message("0200");
            message.set(number, pan);
            const Bytes encoded = encode(dialect, message);
            const MessageView view = MessageView::parse(dialect, encoded).value();
            for (const PrintedField& field : print(dialect, view, emv::Secrets::masked))
                CHECK(field.value.find("6210948000000011") == std::string::npos);
        }
    }
}

TEST_CASE("a PAN is found behind a length, before padding, and among octets that are no text") {
    // Stretches that begin earlier pass the check too: what any of them would hide is hidden.
    CHECK(shown_masked("0210", 48, "166210948000000011") == "166210********0011");
    CHECK(shown_masked("0210", 44, "PAN6210948000000011") == "PAN621094******0011");
    CHECK(shown_masked("0210", 63, std::string(as_text(hex("166210948000000011")))) == "166210********0011");
    CHECK(shown_masked("0210", 63, std::string(as_text(hex("3714496353984310")))) == "371449******4310");
    CHECK(shown_masked("0210", 63, "6210948000000011" + std::string("\xD6\xD0")) ==
          "363231303934************30303131D6D0");
}

TEST_CASE("a PAN of a domestic card, beginning with 9 or another digit, is found too") {
    for (const char* pan : {"9843596274457760", "8888880000000005", "1000000000000008"}) {
        INFO(pan);
        CHECK(shown_masked("0210", 63, pan + std::string(6, '0')).find(pan) == std::string::npos);
        CHECK(shown_masked("0210", 48, "16" + std::string(pan)).find(pan) == std::string::npos);
    }
}

TEST_CASE("a merchant's number is shown, though its digits be those of a PAN") {
    CHECK(shown_masked("0200", 42, "378282246310005") == "378282246310005");
    CHECK_THAT(shown_masked("0200", 63, "378282246310005"), Catch::Matchers::EndsWith("\"378282*****0005\""));
}

TEST_CASE("the PANs of a batch upload are masked where they stand, whatever their check digits") {
    const auto shown = [](std::string_view mti, const std::string& value) {
        return shown_masked(mti, 48, value);
    };
    const std::string one = "00987779" + std::string("00009843596274457761") + "000000053822";
    const std::string nineteen = "01000002" + std::string("06210948000000000123") + "000000000100";
    CHECK(shown("0320", "02" + one + nineteen) ==
          "02"
          "00987779"
          "0000984359******7761"
          "000000053822"
          "01000002"
          "0621094*********0123"
          "000000000100");
    CHECK(shown("0320", "01" + one.substr(0, 8) + std::string(20, '0') + one.substr(28)) ==
          "01" + one.substr(0, 8) + std::string(20, '0') + one.substr(28));
}

TEST_CASE("a payment code is shown as a PAN is, whatever its check digit; a code to show is no secret") {
    CHECK(shown_masked("0200", 59, "6220000000000000") == "622000******0000");
    CHECK(shown_masked("0200", 59, "622000000000000123456789") == "622000**************6789");
    CHECK(shown_masked("0210", 59, "https://pay.example/abcdefghijklmnopqrst") ==
          "https://pay.example/abcdefghijklmnopqrst");
    // What a request has of another form may hold one all the same: behind it a blank, another, tags before
    // it.
    for (const std::string value : {"6220000000000000 ", "6220000000000000,6220000000000018",
                                    "A3166220000000000000", "123456789012345"}) {
        INFO(value);
        CHECK(shown_masked("0200", 59, value) == "<" + std::to_string(value.size()) + " characters>");
        CHECK(shown_masked("0220", 59, value) == "<" + std::to_string(value.size()) + " characters>");
    }
    CHECK(shown_masked("0210", 59, "123456789012345") == "123456789012345");
}

TEST_CASE("message types in words") {
    CHECK(message_type_in_words("0200") == "financial request");
    CHECK(message_type_in_words("0410") == "reversal or chargeback request response");
    CHECK(message_type_in_words("1820") == "network management advice (1993)");
    CHECK(message_type_in_words("0401") == "reversal or chargeback request, repeat");
    CHECK(message_type_in_words("1240") == "financial notification (1993)");
    CHECK(message_type_in_words("2261") == "financial instruction, repeat (2003)");
    CHECK(message_type_in_words("0240").empty());  // not before 1993
    CHECK(message_type_in_words("1260").empty());  // not before 2003
    CHECK(message_type_in_words("9200").empty());  // private
    CHECK(message_type_in_words("0950").empty());
    CHECK(message_type_in_words("02X0").empty());
}

TEST_CASE("octets are recognised as frames with their lengths, a frame, or a message") {
    const Dialect& dialect = tests::unionpay();
    const Bytes message = encode(dialect, sale()), frame = whole_frame(message);
    Bytes two = frame;
    append(two, frame);
    const auto both = recognise(dialect, two).value();
    REQUIRE(both.size() == 2);
    CHECK(both[1].length == frame.size() - 2);
    CHECK(Message(both[1].message) == sale());
    CHECK(to_hex(both[0].frame->header) == "603100311003");

    const auto without_length = recognise(dialect, ByteView(frame).subspan(2)).value();
    REQUIRE(without_length.size() == 1);
    CHECK_FALSE(without_length[0].length);
    CHECK(without_length[0].frame);
    const auto alone = recognise(dialect, message).value();
    CHECK_FALSE(alone.at(0).frame);
    CHECK(Message(alone[0].message) == sale());
}

TEST_CASE("octets that are none of these are told for the form that went farthest") {
    const Bytes message = encode(tests::unionpay(), sale());
    Bytes damaged = message;
    damaged[50] = 0xEE;  // in field 42
    CHECK(refused(damaged) == "a message alone: field 42: octet EE is not printable ASCII, at octet 50");
    CHECK(refused(whole_frame(damaged)) ==
          "a message behind its length, TPDU and header: field 42: octet EE is not printable ASCII, at octet "
          "50");
    CHECK(refused(ByteView(whole_frame(damaged)).subspan(2)) ==
          "a message behind TPDU and header: field 42: octet EE is not printable ASCII, at octet 50");
    // Cut in the middle it is still the beginning of a frame.
    const Bytes whole = whole_frame(message);
    CHECK(refused(ByteView(whole).first(whole.size() - 7)) ==
          fmt::format(
              "a message behind its length, TPDU and header: frame: its length is {}, of which {} octets "
              "are there",
              whole.size() - 2, whole.size() - 9));
    Bytes cut = whole;
    append(cut, ByteView(whole).first(40));
    CHECK(refused(cut) ==
          fmt::format("a message behind its length, TPDU and header: frame: its length is {}, of "
                      "which 38 octets are there",
                      whole.size() - 2));
    Bytes more = whole_frame(message);
    append(more, hex("0000002C"));
    CHECK(refused(more) ==
          "a message behind its length, TPDU and header: frame: 0 octets, not between 21 and 2048");
    CHECK(refused({}) == "a message alone: message type needs 2 octets, 0 left, at octet 0");
}
