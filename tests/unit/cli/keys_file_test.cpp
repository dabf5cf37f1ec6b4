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
    CHECK(read.authority->components().private_exponent == made.authority->components().private_exponent);
    CHECK(read.authority->size() == 80);
    CHECK(read.issuer->size() == 72);
    CHECK(read.card->size() == 64);
    CHECK(read.pin->size() == 65);
    CHECK(read.authority_key()->to_pem() == made.authority->public_key().to_pem());
    std::vector<std::string> names;
    for (const auto& [name, key] : read.public_keys()) names.push_back(name);
    CHECK(names == std::vector<std::string>{"authority", "authority_public", "issuer", "card", "pin"});

    const PkiKeys without = generate_pki(small(512, 512, 512, 0));
    CHECK_FALSE(without.pin);
    CHECK_FALSE(read_pki(config::load_text(to_toml(without), "k.toml")).pin);
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
               ContainsSubstring("issuer: 520 bits, but the key that certifies it (authority) has 512"));
    CHECK_THAT(refusal(entry("issuer", one) + entry("card", longer.to_pem())),
               ContainsSubstring("card: 520 bits, but the key that certifies it (issuer) has 512"));
    CHECK_THAT(refusal(entry("issuer", one) + entry("pin", longer.to_pem())),
               ContainsSubstring("pin: 520 bits, but the key that certifies it (issuer) has 512"));
}
