#include <stdexcept>

#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::iso8583;

namespace {

Frame sign_in_frame() {
    Frame frame;
    frame.tpdu.octets = {0x60, 0x00, 0x06, 0x00, 0x00};
    frame.message = hex("0800 0000000000000000");
    return frame;
}

}  // namespace

TEST_CASE("a frame is its length in two octets, TPDU, header and message") {
    const Bytes octets = encode_frame(sign_in_frame());
    CHECK(to_hex(octets) ==
          "0015"
          "6000060000"
          "603100311003"
          "08000000000000000000");
    const Frame frame = decode_frame(ByteView(octets).subspan(2)).value();
    CHECK(frame.tpdu == sign_in_frame().tpdu);
    CHECK(frame.header == sign_in_frame().header);
    CHECK(frame.message == sign_in_frame().message);
}

TEST_CASE("the length is big-endian and counts what follows it") {
    Frame frame = sign_in_frame();
    frame.message.resize(frame_max - 11);
    const Bytes octets = encode_frame(frame);
    CHECK(octets.size() == frame_max + 2);
    CHECK(octets[0] == 0x08);
    CHECK(octets[1] == 0x00);
}

TEST_CASE("a reply swaps the addresses of the TPDU") {
    const Tpdu request{{0x60, 0x00, 0x06, 0x12, 0x34}};
    CHECK(to_hex(request.reply().octets) == "6012340006");
    CHECK(request.reply().reply() == request);
}

TEST_CASE("frames too short, too long or with another TPDU are refused") {
    const auto error = [](const Bytes& octets) { return decode_frame(octets).error().what; };
    CHECK(error({}) == "frame: 0 octets, at least 21 are needed");
    CHECK(error(Bytes(20, 0x60)) == "frame: 20 octets, at least 21 are needed");
    CHECK(error(Bytes(2049, 0x60)) == "frame: 2049 octets exceed 2048");
    CHECK(error(Bytes(21, 0x61)) == "frame: TPDU identifier 61 instead of 60, at octet 0");
    CHECK(decode_frame(Bytes(21, 0x60)).has_value());
    CHECK(decode_frame(Bytes(2048, 0x60)).has_value());
}

TEST_CASE("a frame that no receiver would accept is not made") {
    Frame frame = sign_in_frame();
    frame.message.resize(9);
    CHECK_THROWS_WITH(encode_frame(frame), "frame: 20 octets are not between 21 and 2048");
    frame.message.resize(2038);
    CHECK_THROWS_AS(encode_frame(frame), std::invalid_argument);
}
