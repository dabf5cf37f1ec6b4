#include "bench/cli/keys_file.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

KeysGenerateArguments small(std::size_t authority, std::size_t issuer, std::size_t card, std::size_t pin) {
    KeysGenerateArguments sizes;
    sizes.authority_bits = authority;
    sizes.issuer_bits = issuer;
    sizes.card_bits = card;
    sizes.pin_bits = pin;
    return sizes;
}

std::string refusal(const std::string& toml) {
    try {
        read_pki(config::load_text(toml, "k.toml"));
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "(none)";
}

std::string entry(const std::string& name, const std::string& pem) {
    return name + " = '''\n" + pem + "'''\n";
}

}  // namespace

TEST_CASE("a key file holds what was generated, and its keys belong together") {
    const PkiKeys made = generate_pki(small(640, 576, 512, 520));
    const PkiKeys read = read_pki(config::load_text(to_toml(made), "k.toml"));
    CHECK(crypto::to_pem(*read.authority) == crypto::to_pem(*made.authority));
    CHECK(crypto::describe(*read.authority) == "RSA, 640 bits");
    CHECK(crypto::describe(*read.issuer) == "RSA, 576 bits");
    CHECK(crypto::describe(*read.card) == "RSA, 512 bits");
    CHECK(crypto::describe(*read.pin) == "RSA, 520 bits");
    CHECK(crypto::to_pem(*read.authority_key()) == crypto::public_pem(*made.authority));
    std::vector<std::string> names;
    for (const auto& [name, key] : read.public_keys()) names.push_back(name);
    CHECK(names == std::vector<std::string>{"authority", "authority_public", "issuer", "card", "pin"});

    const PkiKeys without = generate_pki(small(512, 512, 512, 0));
    CHECK_FALSE(without.pin);
    CHECK_FALSE(read_pki(config::load_text(to_toml(without), "k.toml")).pin);
}

TEST_CASE("symmetric keys stand beside those of a PKI, or alone") {
    const KeyFile alone = read_key_file(config::load_text(
        "tmk = \"CA5D92598DCA48CE8A4C76361A9269E9\"\nlong = \"" + std::string(48, '1') + "\"\n", "k.toml"));
    REQUIRE(alone.symmetric.size() == 2);
    CHECK(alone.symmetric[0].name == "tmk");
    CHECK(alone.symmetric[0].octets.size() == 16);
    CHECK(alone.symmetric[1].octets.size() == 24);
    CHECK(alone.pki.public_keys().empty());
    const PkiKeys made = generate_pki(small(512, 512, 512, 0));
    const KeyFile both = read_key_file(
        config::load_text("tmk = \"CA5D92598DCA48CE8A4C76361A9269E9\"\n" + to_toml(made), "k.toml"));
    CHECK(both.symmetric.size() == 1);
    CHECK(both.pki.public_keys().size() == 4);
    CHECK_THROWS_WITH(read_key_file(config::load_text("tmk = \"CA5D\"\n", "k.toml")),
                      ContainsSubstring("tmk"));
    CHECK_THROWS_WITH(read_key_file(config::load_text("", "k.toml")), ContainsSubstring("holds no keys"));
}

TEST_CASE("an authority's key as TLV for loaders of UnionPay terminals") {
    const PkiKeys made = generate_pki(small(512, 512, 512, 0));
    const emv::AuthorityKeyName name{{0xA0, 0x00, 0x00, 0x03, 0x33}, 0x80};
    const auto tlv = authority_key_tlv(name, *made.authority_key(), "2802");
    REQUIRE(tlv.has_value());
    const auto authority = made.authority_key();
    const auto& key = std::get<crypto::RsaPublicKey>(*authority);
    CHECK(to_hex(*tlv) == "9F0605A0000003339F220180DF050420280229DF060101DF070101DF0240" +
                              to_hex(key.modulus()) + "DF0401" + to_hex(key.exponent()) + "DF0314" +
                              to_hex(emv::check_sum(name, key)));
    CHECK_THAT(authority_key_tlv(name, *made.authority_key(), "2813").error().what,
               ContainsSubstring("--expires YYMM"));
    KeysGenerateArguments sm2;
    sm2.sm2 = true;
    CHECK_THAT(authority_key_tlv(name, *generate_pki(sm2).authority_key(), "2802").error().what,
               ContainsSubstring("SM2"));
}

TEST_CASE("a key file of SM2 has no key for PINs, and no key of the other algorithm below it") {
    KeysGenerateArguments arguments;
    arguments.sm2 = true;
    const PkiKeys made = generate_pki(arguments);
    const PkiKeys read = read_pki(config::load_text(to_toml(made), "k.toml"));
    CHECK(crypto::to_pem(*read.card) == crypto::to_pem(*made.card));
    CHECK(crypto::to_pem(*read.authority_key()) == crypto::public_pem(*made.authority));
    for (const auto& [name, key] : read.public_keys()) CHECK(crypto::describe(key) == "SM2");
    CHECK(read.public_keys().size() == 4);
    CHECK_FALSE(read.pin);

    const std::string sm2 = crypto::to_pem(*made.issuer),
                      rsa = crypto::RsaPrivateKey::generate(512, 3).to_pem();
    CHECK_THAT(refusal(entry("issuer", sm2) + entry("card", rsa)),
               ContainsSubstring("card: is RSA, 512 bits, but the key that certifies it (issuer) SM2"));
    CHECK_THAT(refusal(entry("authority", rsa) + entry("issuer", sm2)),
               ContainsSubstring("issuer: is SM2, but the key that certifies it (authority) RSA, 512 bits"));
    CHECK_THAT(refusal(entry("pin", sm2)), ContainsSubstring("pin: is SM2, which enciphers no PINs"));
}

TEST_CASE("keys that cannot certify one another are not made") {
    CHECK(wrong_sizes({}).empty());
    CHECK(wrong_sizes(small(1976, 1976, 1976, 1976)).empty());
    CHECK(wrong_sizes(small(1024, 1024, 1024, 0)).empty());
    CHECK(wrong_sizes(small(1023, 512, 512, 0)) == "a key has a multiple of 8 bits, not 1023");
    CHECK(wrong_sizes(small(1024, 1032, 512, 0)) ==
          "an issuer's key of 1032 bits is longer than the authority's of 1024 that certifies it");
    CHECK(wrong_sizes(small(1024, 1000, 1008, 0)) ==
          "a card's key of 1008 bits is longer than the issuer's of 1000 that certifies it");
    CHECK(wrong_sizes(small(1024, 1000, 512, 1008)) ==
          "a card's key of 1008 bits is longer than the issuer's of 1000 that certifies it");
    CHECK_THAT(wrong_sizes(small(1984, 1984, 512, 0)), ContainsSubstring("do not go into a record"));
    CHECK_THROWS_AS(generate_pki(small(1024, 1032, 512, 0)), std::invalid_argument);
}

TEST_CASE("a key file whose entries are wrong is refused, and no key is repeated") {
    const std::string one = crypto::RsaPrivateKey::generate(512, 3).to_pem();
    const auto longer = crypto::RsaPrivateKey::generate(520, 3);
    CHECK(refusal(entry("issuer", one)) == "(none)");
    CHECK_THAT(refusal(""), ContainsSubstring("the key file holds no keys"));
    CHECK_THAT(refusal("tmk = 'AB'"), ContainsSubstring("unknown key 'tmk'"));
    CHECK_THAT(refusal("issuer = 'AB'"), ContainsSubstring("k.toml:1:10: issuer: a key in PEM begins with"));
    CHECK_THAT(refusal(entry("issuer", longer.public_key().to_pem())),
               ContainsSubstring("holds a public key"));
    CHECK_THAT(refusal(entry("authority_public", one)), ContainsSubstring("holds a private key"));
    CHECK_THAT(refusal(entry("authority", one) + entry("authority_public", longer.public_key().to_pem())),
               ContainsSubstring("authority_public: is not the public key of 'authority'"));
    CHECK_THAT(refusal(entry("authority", one) + entry("issuer", longer.to_pem())),
               ContainsSubstring(
                   "issuer: is RSA, 520 bits, but the key that certifies it (authority) RSA, 512 bits"));
    CHECK_THAT(
        refusal(entry("issuer", one) + entry("card", longer.to_pem())),
        ContainsSubstring("card: is RSA, 520 bits, but the key that certifies it (issuer) RSA, 512 bits"));
    CHECK_THAT(
        refusal(entry("issuer", one) + entry("pin", longer.to_pem())),
        ContainsSubstring("pin: is RSA, 520 bits, but the key that certifies it (issuer) RSA, 512 bits"));
}
