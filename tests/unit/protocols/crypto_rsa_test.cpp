#include "bench/runtime/random.hpp"
#include "drivers/protocols/crypto/rsa.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

namespace {

std::string refused(ByteView modulus, ByteView exponent) {
    return RsaPublicKey::from_components(modulus, exponent).error().what;
}

/// A random number below the modulus.
Bytes message_for(const RsaPublicKey& key, runtime::Random& random) {
    Bytes message(key.size());
    random.fill(message);
    message[0] &= 0x7F;
    return message;
}

Bytes flipped(Bytes octets, std::size_t at, std::uint8_t bit = 1) {
    octets[at] ^= bit;
    return octets;
}

}  // namespace

TEST_CASE("SHA-1: the examples of FIPS 180-1") {
    CHECK(to_hex(sha1(as_bytes("abc"))) == "A9993E364706816ABA3E25717850C26C9CD0D89D");
    CHECK(to_hex(sha1(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
          "84983E441C3BD26EBAAE4AA1F95129E5E54670F1");
    CHECK(to_hex(sha1({})) == "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
}

TEST_CASE("RSA: what is signed is recovered, for keys of every kind of length") {
    runtime::Random random(1);
    // 520 and 1976 bits are no multiple of 16: the primes' lengths have a half octet.
    for (const std::size_t bits : {512, 520, 768, 1024, 1152, 1408, 1976, 1984})
        for (const std::uint32_t exponent : {3U, 65537U}) {
            if (exponent == 3 && bits > 1024 && bits != 1984) continue;
            INFO(bits << " bits, exponent " << exponent);
            const auto key = RsaPrivateKey::generate(bits, exponent);
            REQUIRE(key.size() == bits / 8);
            CHECK(to_hex(key.public_key().exponent()) == (exponent == 3 ? "03" : "010001"));
            const Bytes message = message_for(key.public_key(), random);
            const Bytes signature = key.sign(message).value();
            CHECK(signature != message);
            CHECK(key.public_key().recover(signature).value() == message);
            CHECK(key.public_key().recover(flipped(signature, bits / 16)).value() != message);
            // And the other way round: enciphered by the public key.
            CHECK(key.sign(key.public_key().recover(message).value()).value() == message);

            const auto copy = RsaPrivateKey::from_components(key.components()).value();
            CHECK(copy.sign(message).value() == signature);
        }
}

TEST_CASE("RSA: the function is a power of the number") {
    const Bytes modulus = RsaPrivateKey::generate(512, 3).components().modulus;
    const auto public_key = RsaPublicKey::from_components(modulus, hex("03")).value();
    Bytes number(64);
    number[63] = 0x05;
    CHECK(to_hex(public_key.recover(number).value()).substr(120) == "0000007D");
    number[63] = 0x02;
    const auto longer = RsaPublicKey::from_components(modulus, hex("010001")).value();
    CHECK(to_hex(longer.recover(number).value()) != to_hex(public_key.recover(number).value()));
}

TEST_CASE("RSA: moduli and exponents that EMV does not know are refused") {
    Bytes modulus(64, 0xFF);
    CHECK(RsaPublicKey::from_components(modulus, hex("03")).has_value());
    CHECK(RsaPublicKey::from_components(Bytes(248, 0xFF), hex("010001")).has_value());
    CHECK(refused({}, hex("03")) == "an RSA modulus has 64 to 248 octets, this one 0");
    CHECK(refused(Bytes(63, 0xFF), hex("03")) == "an RSA modulus has 64 to 248 octets, this one 63");
    CHECK(refused(Bytes(249, 0xFF), hex("03")) == "an RSA modulus has 64 to 248 octets, this one 249");
    CHECK(refused(flipped(modulus, 0, 0x80), hex("03")) ==
          "the leftmost bit of an RSA modulus is 1, here it is 0");
    CHECK(refused(flipped(modulus, 63), hex("03")) == "an RSA modulus is odd, this one is even");
    for (const auto exponent : {"", "01", "02", "00", "000003", "11", "010000", "01000001"})
        CHECK(refused(modulus, hex(exponent)) == "an RSA exponent is 03 or 010001");
}

TEST_CASE("RSA: numbers of another length, or not below the modulus, are refused") {
    const auto key = RsaPrivateKey::generate(512, 3);
    const auto& public_key = key.public_key();
    CHECK(public_key.recover({}).error().what == "0 octets for an RSA key whose modulus has 64");
    CHECK(key.sign(Bytes(65)).error().what == "65 octets for an RSA key whose modulus has 64");
    CHECK(public_key.recover(public_key.modulus()).error().what ==
          "the number is not smaller than the RSA modulus");
    CHECK(key.sign(Bytes(64, 0xFF)).error().what == "the number is not smaller than the RSA modulus");
}

TEST_CASE("RSA: components that do not belong together are refused") {
    const auto good = RsaPrivateKey::generate(512, 65537).components();
    const auto error = [](const RsaComponents& components) {
        return RsaPrivateKey::from_components(components).error().what;
    };
    auto bad = good;
    bad.prime1 = flipped(good.prime1, 3);
    CHECK(error(bad) == "the primes of an RSA key do not give its modulus");
    bad = good;
    bad.prime1 = hex("01");
    bad.prime2 = good.modulus;
    CHECK(error(bad) == "the primes of an RSA key do not give its modulus");
    bad = good;
    bad.prime1 = {};
    CHECK(error(bad) == "the primes of an RSA key do not give its modulus");
    bad = good;
    bad.private_exponent = flipped(good.private_exponent, 63, 2);
    CHECK(error(bad) == "the private exponent of an RSA key does not belong to its public exponent");
    bad = good;
    bad.exponent = hex("03");
    CHECK(error(bad) == "the private exponent of an RSA key does not belong to its public exponent");
    bad = good;
    bad.modulus = flipped(good.modulus, 63);
    CHECK(error(bad) == "an RSA modulus is odd, this one is even");
}

TEST_CASE("RSA: no key is made of another length or exponent") {
    CHECK_THROWS_WITH(RsaPrivateKey::generate(504, 3),
                      "an RSA key has 512 to 1984 bits in steps of 8, not 504");
    CHECK_THROWS_WITH(RsaPrivateKey::generate(1992, 3),
                      "an RSA key has 512 to 1984 bits in steps of 8, not 1992");
    CHECK_THROWS_WITH(RsaPrivateKey::generate(1025, 3),
                      "an RSA key has 512 to 1984 bits in steps of 8, not 1025");
    CHECK_THROWS_WITH(RsaPrivateKey::generate(1024, 17), "an RSA exponent is 3 or 65537, not 17");
}
