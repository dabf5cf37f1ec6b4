#include <stdexcept>

#include "drivers/protocols/crypto/crypto.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

namespace {

Block8 block(std::string_view text) {
    const Bytes octets = hex(text);
    REQUIRE(octets.size() == 8);
    Block8 out{};
    std::copy(octets.begin(), octets.end(), out.begin());
    return out;
}

}  // namespace

TEST_CASE("single DES runs as triple DES of one key three times (FIPS 81 example)") {
    const Bytes key = hex("0123456789ABCDEF");
    const DesCipher cipher(key);
    CHECK(to_hex(cipher.encrypt(block("4E6F772069732074"))) == "3FA40E8A984D4815");  // "Now is t"
    CHECK(to_hex(cipher.decrypt(block("3FA40E8A984D4815"))) == "4E6F772069732074");
}

TEST_CASE("double and triple length keys are EDE, each block for itself, and decrypt undoes encrypt") {
    const Bytes data = hex("0000000000000000 1111111111111111 0000000000000000");
    for (const auto key :
         {"0123456789ABCDEFFEDCBA9876543210", "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"}) {
        const Bytes octets = hex(key);
        const DesCipher cipher(octets);
        const Bytes secret = cipher.encrypt(ByteView(data));
        CHECK(cipher.decrypt(ByteView(secret)) == data);
        CHECK(to_hex(secret).substr(0, 16) == to_hex(secret).substr(32, 16));

        // EDE by its definition, from three single ciphers.
        const ByteView all(octets);
        const DesCipher first(all.first(8));
        const DesCipher second(all.subspan(8, 8));
        const DesCipher third(octets.size() == 24 ? all.subspan(16) : all.first(8));
        const Block8 clear = block("1111111111111111");
        CHECK(third.encrypt(second.decrypt(first.encrypt(clear))) == cipher.encrypt(clear));
    }
}

TEST_CASE("a moved cipher keeps its key") {
    DesCipher cipher(hex("0123456789ABCDEF"));
    const DesCipher moved = std::move(cipher);
    CHECK(to_hex(moved.encrypt(block("4E6F772069732074"))) == "3FA40E8A984D4815");
}

TEST_CASE("keys and data of a wrong length are refused by length, without their octets") {
    CHECK_THROWS_WITH(DesCipher(hex("0123456789ABCD")), "a DES key has 8, 16 or 24 octets, this one 7");
    CHECK_THROWS_AS(DesCipher(ByteView{}), std::invalid_argument);
    const DesCipher cipher(hex("0123456789ABCDEF"));
    const Bytes odd(9);
    CHECK_THROWS_WITH(cipher.encrypt(ByteView(odd)), "ECB needs whole blocks of 8 octets, not 9 octets");
    CHECK(cipher.encrypt(ByteView{}).empty());
}

TEST_CASE("keys of a sign-in: field 62 under the terminal master key, with their check values") {
    const DesCipher tmk(hex("CA5D92598DCA48CE8A4C76361A9269E9"));
    const Bytes field62 =
        hex("6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8"
            "B651F9E9BACE9AE10000000000000000AB7153CA");
    const ByteView view(field62);

    const Bytes tpk = tmk.decrypt(view.first(16));
    CHECK(to_hex(tpk) == "807A23AD32B36D457AE91FDF927570EA");
    CHECK(to_hex(key_check_value(tpk)) == "8D0A74B8");
    CHECK(to_hex(key_check_value(tpk)) == to_hex(view.subspan(16, 4)));

    const Bytes tak = tmk.decrypt(view.subspan(20, 8));
    CHECK(to_hex(tak) == "5BB5C72CD00B7338");
    CHECK(to_hex(key_check_value(tak)) == "AB7153CA");
    CHECK(to_hex(key_check_value(tak)) == to_hex(view.subspan(36, 4)));
}

TEST_CASE("parity adjustment gives every octet an odd number of ones and changes only the lowest bit") {
    Bytes key(256);
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    adjust_parity(key);
    for (std::size_t i = 0; i < key.size(); ++i) {
        CHECK(__builtin_popcount(key[i]) % 2 == 1);
        CHECK(key[i] / 2 == static_cast<int>(i / 2));
    }
}
