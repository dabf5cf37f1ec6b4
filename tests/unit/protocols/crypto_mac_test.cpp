#include "drivers/protocols/crypto/crypto.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

namespace {

const Bytes mac_key = hex("55036372B17543ECB173730768B8D6C4");

Bytes repeat_octet(std::size_t count, std::uint8_t octet) {
    return Bytes(count, octet);
}

/// Algorithm 3 by its definition: CBC with the left half; the last state decrypted with the right half and
/// encrypted with the left.
std::string algorithm3_by_definition(ByteView key, ByteView padded) {
    const DesCipher left(key.first(8));
    const DesCipher right(key.subspan(8));
    Block8 state{};
    for (std::size_t at = 0; at < padded.size(); at += 8) {
        for (std::size_t i = 0; i < 8; ++i) state[i] ^= padded[at + i];
        state = left.encrypt(state);
    }
    return to_hex(left.encrypt(right.decrypt(state)));
}

}  // namespace

TEST_CASE("UnionPay MAC: the steps of the known answer") {
    const DesCipher key(mac_key);
    const std::string text = "1212B04E1227809C";  // R as hexadecimal characters
    Block8 state;
    std::copy_n(text.begin(), 8, state.begin());
    state = key.encrypt(state);
    CHECK(to_hex(state) == "8B29461A844BA5EC");
    for (std::size_t i = 0; i < 8; ++i) state[i] ^= static_cast<std::uint8_t>(text[8 + i]);
    CHECK(to_hex(state) == "BA1B742DBC7B9CAF");
    CHECK(to_hex(key.encrypt(state)) == "5FE058DB90680D33");
}

TEST_CASE("UnionPay MAC: field 64 for data of one block and for blocks that fold to it") {
    const DesCipher key(mac_key);
    CHECK(as_text(mac_unionpay(key, hex("1212B04E1227809C"))) == "5FE058DB");
    CHECK(as_text(mac_unionpay(key, hex("0200302004C03098 1012802E16E7B004 0000004000000000"))) ==
          "5FE058DB");
    CHECK(as_text(mac_unionpay(key, hex("1212B04E12278000 000000000000009C"))) == "5FE058DB");
}

TEST_CASE("UnionPay MAC: the last block is padded with zeros, and single DES keys serve too") {
    const DesCipher key(mac_key);
    CHECK(mac_unionpay(key, hex("1212B04E1227809C 0102")) == mac_unionpay(key, hex("1313B04E1227809C 0003")));
    CHECK(mac_unionpay(key, hex("AABB")) == mac_unionpay(key, hex("AABB000000000000")));

    // An 8-octet key and the same key twice are one function.
    const DesCipher single(hex("5BB5C72CD00B7338"));
    const DesCipher twice(hex("5BB5C72CD00B73385BB5C72CD00B7338"));
    CHECK(mac_unionpay(single, hex("1212B04E1227809C")) == mac_unionpay(twice, hex("1212B04E1227809C")));
}

TEST_CASE("UnionPay MAC: eight upper-case hexadecimal characters, different when a bit of the data is") {
    const DesCipher key(mac_key);
    Bytes data = hex("0200702404C030C09811 6210948000000011 000000 000000001234 000001");
    const Block8 mac = mac_unionpay(key, data);
    for (const std::uint8_t c : mac)
        CHECK(std::string_view("0123456789ABCDEF").find(static_cast<char>(c)) < 16);
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] ^= 1;
        CHECK(mac_unionpay(key, data) != mac);
        data[i] ^= 1;
    }
}

TEST_CASE("algorithm 1 with triple DES and padding 2: known answer") {
    CHECK(to_hex(mac_algorithm1(hex("0123456789ABCDEFFEDCBA9876543210"), hex("1234567890ABCDEF"),
                                Padding::method2)) == "925B1737EF681AD3");
}

TEST_CASE("algorithm 3 (X9.19) is what its definition says, at every length and with both paddings") {
    const Bytes key = hex("0123456789ABCDEFFEDCBA9876543210");
    for (std::size_t size = 0; size <= 24; ++size) {
        const Bytes data = repeat_octet(size, 0x5A);
        Bytes zeros = data;
        zeros.resize(size == 0 ? 8 : (size + 7) / 8 * 8);
        Bytes method2 = data;
        method2.push_back(0x80);
        method2.resize((method2.size() + 7) / 8 * 8);
        CHECK(to_hex(mac_algorithm3(key, data, Padding::zero)) == algorithm3_by_definition(key, zeros));
        CHECK(to_hex(mac_algorithm3(key, data, Padding::method2)) == algorithm3_by_definition(key, method2));
    }
}

TEST_CASE("algorithm 3 with equal halves is algorithm 1 with single DES") {
    const Bytes data = hex("1234567890ABCDEF 1122");
    CHECK(mac_algorithm3(hex("0123456789ABCDEF0123456789ABCDEF"), data, Padding::zero) ==
          mac_algorithm1(hex("0123456789ABCDEF"), data, Padding::zero));
}

TEST_CASE("algorithm 3 refuses a key of another length") {
    CHECK_THROWS_WITH(mac_algorithm3(hex("0123456789ABCDEF"), hex("00"), Padding::zero),
                      "a double-length key has 16 octets, this one 8");
}
