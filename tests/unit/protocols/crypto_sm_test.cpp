#include <algorithm>

#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/crypto/sm.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

namespace {

Block32 block32(std::string_view text) {
    Block32 block{};
    std::ranges::copy(hex(text), block.begin());
    return block;
}

// The example of GM/T 0003.5 annex A: message "message digest", the identifier of GM/T 0009.
const Block32 private_number = block32("3945208F7B2144B13F36E38AC6D39F95 889393692860B51A42FB81EF4DF7C5B8");
const Block32 public_x = block32("09F9DF311E5421A150DD7D161E4BC5C6 72179FAD1833FC076BB08FF356F35020");
const Block32 public_y = block32("CCEA490CE26775A52DC6EA718CC1AA60 0AED05FBF35E084A6632F6072DA9AD13");
const Block32 nonce = block32("59276E27D506861A16680F3AD9C02DCC EF3CC1FA3CDBE4CE6D54B80DEAC1BC21");
const Bytes signature =
    hex("F5A03B0648D2C4630EEAC513E1BB81A1 5944DA3827D5B74143AC7EACEEE720B3"
        "B1B6AA29DF212FD8763182BC0D421CA1 BB9038FD1F7F42D4840B69C485BBC1AA");
const ByteView message = as_bytes("message digest");
constexpr std::string_view order = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123";

Sm2PrivateKey key() {
    return Sm2PrivateKey::from_number(private_number).value();
}

}  // namespace

TEST_CASE("SM3: the examples of GB/T 32905") {
    CHECK(to_hex(sm3(as_bytes("abc"))) == "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0");
    std::string text;
    for (int i = 0; i < 16; ++i) text += "abcd";
    CHECK(to_hex(sm3(as_bytes(text))) == "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732");
}

TEST_CASE("SM4: the example of GB/T 32907, both ways") {
    const Bytes data = hex("0123456789ABCDEFFEDCBA9876543210");
    const Sm4Cipher cipher(data);
    CHECK(to_hex(cipher.encrypt(data)) == "681EDF34D206965E86B3E94F536E4246");
    CHECK(cipher.decrypt(cipher.encrypt(data)) == data);
    Bytes two = data;
    two.insert(two.end(), data.begin(), data.end());
    CHECK(to_hex(cipher.encrypt(two)) == "681EDF34D206965E86B3E94F536E4246681EDF34D206965E86B3E94F536E4246");
    CHECK(cipher.encrypt(ByteView()).empty());
    CHECK_THROWS_WITH(cipher.decrypt(Bytes(15)), "SM4 needs whole blocks of 16 octets, not 15 octets");
    CHECK_THROWS_WITH(Sm4Cipher(Bytes(8)), "an SM4 key has 16 octets, this one 8");
}

TEST_CASE("SM4 MAC: last block of the known answer for CBC, and both paddings") {
    const Bytes key = hex("0123456789ABCDEFFEDCBA9876543210");
    // draft-ribose-cfrg-sm4 A.2.2.1, whose IV 000102...0F is here in the first block.
    const Bytes data = hex("AAABA8A9BFBEBDBCC4C5C6C7D1D0D3D2 EEEEEEEEFFFFFFFFAAAAAAAABBBBBBBB");
    CHECK(to_hex(sm4_mac(key, data, Padding::zero)) == "4CB7016951909226979B0D15DC6A8F6D");
    CHECK(sm4_mac(key, hex("0102"), Padding::zero) == sm4_mac(key, hex("010200"), Padding::zero));
    CHECK(sm4_mac(key, hex("0102"), Padding::method2) == sm4_mac(key, hex("010280"), Padding::zero));
    CHECK(sm4_mac(key, {}, Padding::zero) == sm4_mac(key, Bytes(16), Padding::zero));
    Bytes padded = data;
    padded.push_back(0x80);
    CHECK(sm4_mac(key, data, Padding::method2) == sm4_mac(key, padded, Padding::zero));
}

TEST_CASE("SM2: public key, ZA and signature of the example of GM/T 0003.5") {
    const auto private_key = key();
    CHECK(private_key.public_key().x() == public_x);
    CHECK(private_key.public_key().y() == public_y);
    CHECK(private_key.number() == private_number);
    CHECK(to_hex(private_key.public_key().identity_hash(sm2_default_identifier)) ==
          "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3");
    CHECK(private_key.sign_with_nonce(message, nonce).value() == signature);
    CHECK(Sm2PublicKey::from_coordinates(public_x, public_y).value().verify(message, signature));
}

TEST_CASE("SM2: what was signed is verified, and with another identifier or key it is not") {
    const auto private_key = Sm2PrivateKey::generate();
    const auto made = private_key.sign_with_nonce(message, nonce, "ALICE").value();
    CHECK(private_key.public_key().verify(message, made, "ALICE"));
    CHECK_FALSE(private_key.public_key().verify(message, made));
    CHECK_FALSE(key().public_key().verify(message, made, "ALICE"));
    CHECK(private_key.public_key().verify({}, private_key.sign_with_nonce({}, nonce, "").value(), ""));
    const std::string longest(8190, 'x');
    CHECK(private_key.public_key().verify(
        message, private_key.sign_with_nonce(message, nonce, longest).value(), longest));
    CHECK_THROWS_WITH(private_key.public_key().verify(message, made, longest + "x"),
                      "an SM2 identifier has at most 8190 octets");
    CHECK_THROWS_WITH(private_key.sign_with_nonce(message, nonce, longest + "x"),
                      "an SM2 identifier has at most 8190 octets");
}

TEST_CASE("SM2: no bit of message or signature can be flipped, and no other length is a signature") {
    const auto public_key = Sm2PublicKey::from_coordinates(public_x, public_y).value();
    Bytes changed = signature;
    for (std::size_t bit = 0; bit < 8 * changed.size(); ++bit) {
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        if (public_key.verify(message, changed)) FAIL_CHECK("bit " << bit << " of the signature");
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    Bytes text(message.begin(), message.end());
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
        text[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        if (public_key.verify(text, signature)) FAIL_CHECK("bit " << bit << " of the message");
        text[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    for (const std::size_t size : {0, 1, 63, 65, 72, 128})
        CHECK_FALSE(public_key.verify(message, Bytes(size)));
    CHECK_FALSE(public_key.verify(message, Bytes(64)));
    CHECK_FALSE(public_key.verify(message, Bytes(64, 0xFF)));
}

TEST_CASE("SM2: numbers out of range are refused") {
    const auto error = [](const Block32& number) { return Sm2PrivateKey::from_number(number).error().what; };
    CHECK(error({}) == "an SM2 private key is 1 to n - 2");
    CHECK(error(block32(order)) == "an SM2 private key is 1 to n - 2");
    Block32 last = block32(order);
    --last[31];
    CHECK(error(last) == "an SM2 private key is 1 to n - 2");  // 1 + d would have no inverse
    --last[31];
    CHECK(Sm2PrivateKey::from_number(last).has_value());

    Block32 off = public_y;
    off[31] ^= 1;
    CHECK(Sm2PublicKey::from_coordinates(public_x, off).error().what ==
          "the coordinates are no point of the SM2 curve");
    CHECK(Sm2PublicKey::from_coordinates({}, {}).has_error());
    Block32 large;
    large.fill(0xFF);
    CHECK(Sm2PublicKey::from_coordinates(large, large).has_error());
    CHECK(key().sign_with_nonce(message, {}).error().what == "this nonce gives no SM2 signature");
    CHECK(key().sign_with_nonce(message, block32(order)).error().what == "this nonce gives no SM2 signature");
}

// One key as `openssl genpkey -algorithm SM2` and `openssl pkey -pubout` of OpenSSL 3.0 write it.
namespace {

constexpr std::string_view pem_number = "DA020443B1217A1114DF69F9E4877771C269FBE86D67FEB1A9FBD7BB9B2496B6";
const std::string pem_private = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg2gIEQ7EhehEU32n5
5Id3ccJp++htZ/6xqfvXu5sklrahRANCAASlOY6yV6jHeJjhfaZVC7OIsmBdakBz
/1tDGvfjUkfRHHykzxkn4aDTaL28/i5SRCMjOildaQFwkl35cLSFZzxb
-----END PRIVATE KEY-----
)";
const std::string pem_public = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEpTmOsleox3iY4X2mVQuziLJgXWpA
c/9bQxr341JH0Rx8pM8ZJ+Gg02i9vP4uUkQjIzopXWkBcJJd+XC0hWc8Ww==
-----END PUBLIC KEY-----
)";

}  // namespace

TEST_CASE("SM2 as PEM: what OpenSSL's own tools wrote is read, and written alike") {
    const auto own = Sm2PrivateKey::from_pem(pem_private).value();
    CHECK(to_hex(own.number()) == pem_number);
    CHECK(own.to_pem() == pem_private);
    CHECK(own.public_key().to_pem() == pem_public);
    CHECK(Sm2PublicKey::from_pem(pem_public).value().x() == own.public_key().x());
    CHECK(Sm2PublicKey::from_pem(pem_public).value().y() == own.public_key().y());
    CHECK(std::holds_alternative<Sm2PrivateKey>(private_key_from_pem(pem_private).value()));
    CHECK(std::holds_alternative<Sm2PublicKey>(public_key_from_pem(pem_public).value()));
    CHECK(describe(private_key_from_pem(pem_private).value()) == "SM2");
}

TEST_CASE("SM2 as PEM: keys of other kinds are refused, and each kind by its own name") {
    const auto rsa = RsaPrivateKey::generate(512, 3);
    CHECK(Sm2PrivateKey::from_pem(rsa.to_pem()).error().what ==
          "the key in PEM is of another algorithm than SM2");
    // Of `openssl ecparam -name prime256v1 -genkey`.
    const std::string p256 = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECu6KbRCA3jtQNRTEwZ1b+un51o0g
TPmrFCIcgQaJ8a6EzjeMi+gKwiZeopg0DrMdVAUxbubRypYLUO8JOLwe5A==
-----END PUBLIC KEY-----
)";
    CHECK(public_key_from_pem(p256).error().what == "the key in PEM is of the curve prime256v1, not SM2");
    CHECK(RsaPrivateKey::from_pem(pem_private).error().what ==
          "the key in PEM is of another algorithm than RSA");
    CHECK(std::holds_alternative<RsaPrivateKey>(private_key_from_pem(rsa.to_pem()).value()));
    CHECK(describe(private_key_from_pem(rsa.to_pem()).value()) == "RSA, 512 bits");
    CHECK(Sm2PublicKey::from_pem(pem_private).error().what ==
          "the PEM text holds a private key, not PUBLIC KEY");
    CHECK(private_key_from_pem("x").error().what == "a key in PEM begins with '-----BEGIN '");
}

TEST_CASE("SM2: the nonce of key and message is another for every message, and the same for the same") {
    const auto own = key();
    const Bytes first = own.sign(message), again = own.sign(message), other = own.sign(as_bytes("another"));
    CHECK(first == again);
    CHECK_FALSE(std::equal(first.begin(), first.begin() + 32, other.begin()));
    CHECK(own.public_key().verify(message, first));
    CHECK(own.public_key().verify(as_bytes("another"), other));
    CHECK(own.public_key().verify(message, own.sign(message, "ALICE"), "ALICE"));
}
