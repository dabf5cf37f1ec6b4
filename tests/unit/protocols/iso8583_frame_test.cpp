#include <stdexcept>

#include "drivers/protocols/iso8583/frame.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;
using namespace posbench::iso8583;

namespace {

const Bytes header = hex("603100311003");
const Tpdu tpdu{{0x60, 0x00, 0x06, 0x00, 0x00}};

Frame frame_of(const Bytes& message) {
    return {tpdu, header, message};
}

const Bytes sign_in = hex("0800 0000000000000000");

std::string size_error(const Dialect& dialect, const char* length) {
    const auto size = frame_size(dialect, hex(length));
    return size ? "accepted: " + std::to_string(*size) : size.error().what;
}

}  // namespace

TEST_CASE("a frame is its length in two octets, TPDU, header and message") {
    const Bytes octets = encode_frame(tests::unionpay(), frame_of(sign_in));
    CHECK(to_hex(octets) ==
          "0015"
          "6000060000"
          "603100311003"
          "08000000000000000000");
    const Frame frame = decode_frame(tests::unionpay(), ByteView(octets).subspan(2)).value();
    CHECK(frame.tpdu == tpdu);
    CHECK(to_hex(frame.header) == to_hex(header));
    CHECK(to_hex(frame.message) == to_hex(sign_in));
}

TEST_CASE("the length is big-endian and counts what follows it") {
    const Bytes longest(2048 - 11);
    const Bytes octets = encode_frame(tests::unionpay(), frame_of(longest));
    CHECK(octets.size() == 2050);
    CHECK(octets[0] == 0x08);
    CHECK(octets[1] == 0x00);
    CHECK(size_error(tests::unionpay(), "0800") == "accepted: 2048");
    CHECK(size_error(tests::unionpay(), "0801") == "frame: 2049 octets, not between 21 and 2048");
    CHECK(size_error(tests::unionpay(), "0014") == "frame: 20 octets, not between 21 and 2048");
}

TEST_CASE("a length in digits, and one that counts itself") {
    Dialect dialect = tests::load_dialect("iso1987-ascii");
    dialect.framing = {Code::ascii, 4, true, false, 0, 2048};
    const Bytes message = hex("30383030 30303030303030303030303030303030");
    const Bytes octets = encode_frame(dialect, {{}, {}, message});
    CHECK(as_text(octets).substr(0, 8) == "00240800");
    CHECK(size_error(dialect, "30303234") == "accepted: 20");
    CHECK(size_error(dialect, "30303033") == "frame: 0 octets, not between 20 and 2048");
    CHECK(size_error(dialect, "3030324A") == "frame: the length 3030324A is no number");
    dialect.framing.length_code = Code::bcd;
    dialect.framing.length_octets = 2;
    CHECK(to_hex(ByteView(encode_frame(dialect, {{}, {}, message})).first(2)) == "0022");
    CHECK(decode_frame(dialect, message).value().message.size() == 20);
}

TEST_CASE("a reply swaps the addresses of the TPDU") {
    const Tpdu request{{0x60, 0x00, 0x06, 0x12, 0x34}};
    CHECK(to_hex(request.reply().octets) == "6012340006");
    CHECK(request.reply().reply() == request);
}

TEST_CASE("frames too short, too long or with another TPDU are refused") {
    const auto error = [](const Bytes& octets) {
        return decode_frame(tests::unionpay(), octets).error().what;
    };
    CHECK(error({}) == "frame: 0 octets, not between 21 and 2048");
    CHECK(error(Bytes(20, 0x60)) == "frame: 20 octets, not between 21 and 2048");
    CHECK(error(Bytes(2049, 0x60)) == "frame: 2049 octets, not between 21 and 2048");
    CHECK(error(Bytes(21, 0x61)) == "frame: TPDU identifier 61 instead of 60, at octet 0");
    CHECK(decode_frame(tests::unionpay(), Bytes(21, 0x60)).has_value());
    CHECK(decode_frame(tests::unionpay(), Bytes(2048, 0x60)).has_value());
}

TEST_CASE("a frame that no receiver would accept is not made") {
    const auto error = [](Frame frame) -> std::string {
        try {
            encode_frame(tests::unionpay(), frame);
        } catch (const std::invalid_argument& refused) {
            return refused.what();
        }
        return "made";
    };
    CHECK(error(frame_of(Bytes(9))) == "frame: 20 octets, not between 21 and 2048");
    CHECK(error(frame_of(Bytes(2038))) == "frame: 2049 octets, not between 21 and 2048");
    CHECK(error({Tpdu{{0x61, 0, 6, 0, 0}}, header, sign_in}) == "frame: TPDU identifier 61 instead of 60");
    CHECK(error({tpdu, ByteView(header).first(5), sign_in}) == "frame: a header of 5 octets instead of 6");
}
