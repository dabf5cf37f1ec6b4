#include "drivers/protocols/emv/enciphered_pin.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocols/emv_certificate_keys.hpp"

using namespace posbench;
using namespace posbench::emv;

namespace {

constexpr crypto::Block8 challenge{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};

/// A block as someone else might have enciphered it.
std::string refused(std::string_view head, std::size_t size = 72) {
    static const auto key = answers::pin_key();
    Bytes block = hex(head);
    block.resize(size);
    const auto enciphered = key.public_key().recover(block);
    return decipher_pin(key, enciphered.value(), challenge).error().what;
}

}  // namespace

TEST_CASE("Enciphered PIN: known answer") {
    const auto key = answers::pin_key();
    Bytes padding;
    for (std::uint8_t i = 1; i <= 55; ++i) padding.push_back(i);
    REQUIRE(pin_padding_size(key.public_key()) == 55);
    const Bytes enciphered = encipher_pin(key.public_key(), "1234", challenge, padding).value();
    CHECK(to_hex(enciphered) == answers::enciphered_pin);
    CHECK(decipher_pin(key, enciphered, challenge).value() == "1234");
    const Bytes longest = encipher_pin(key.public_key(), "123456789012", challenge, padding).value();
    CHECK(decipher_pin(key, longest, challenge).value() == "123456789012");
}

TEST_CASE("Enciphered PIN: an error names the check, and nothing of the block") {
    CHECK(refused("6F 241234FFFFFFFFFF 1122334455667788") == "EMV book 2 clause 7.2: the header is not 7F");
    CHECK(refused("7F 241234FFFFFFFFFF 1122334455667789") ==
          "EMV book 2 clause 7.2: the ICC unpredictable number differs");
    for (const auto pin_block : {"041234FFFFFFFFFF", "231234FFFFFFFFFF", "2D12345678901234",
                                 "241A34FFFFFFFFFF", "2412345FFFFFFFFF", "251234FFFFFFFFFF"})
        CHECK(refused("7F" + std::string(pin_block) + "1122334455667788") ==
              "EMV book 2 clause 7.2: not a format 2 PIN block");
    const auto key = answers::pin_key();
    CHECK(decipher_pin(key, Bytes(71), challenge).error().what ==
          "EMV book 2 clause 7.2: 71 octets for an RSA key whose modulus has 72");
    CHECK(decipher_pin(key, Bytes(72, 0xFF), challenge).error().what ==
          "EMV book 2 clause 7.2: the number is not smaller than the RSA modulus");
    CHECK(encipher_pin(key.public_key(), "123", challenge, Bytes(55)).error().what ==
          "a PIN has 4 to 12 digits");
    CHECK_THROWS_WITH(encipher_pin(key.public_key(), "1234", challenge, Bytes(54)),
                      "PIN padding of 54 octets instead of 55");
}

TEST_CASE("Enciphered PIN: no flipped bit gives a PIN") {
    const auto key = answers::pin_key();
    Bytes enciphered = hex(answers::enciphered_pin);
    for (std::size_t bit = 0; bit < 8 * enciphered.size(); ++bit) {
        enciphered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        CHECK(decipher_pin(key, enciphered, challenge).has_error());
        enciphered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
}
