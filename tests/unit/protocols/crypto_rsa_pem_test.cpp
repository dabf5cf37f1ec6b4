#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "drivers/protocols/crypto/rsa.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

// One key of 512 bits with exponent 3 in every form in which OpenSSL 3.0 writes it (genrsa -traditional,
// pkcs8 -topk8 with and without -nocrypt, rsa -aes128, rsa -pubout), and a key of another kind (ecparam
// -genkey).
namespace {

constexpr std::string_view modulus =
    "C3274124FDE4FA12C1B83A2C53E12E8D5D00D758D6A20E69518F8465D299B0FD"
    "016DF8C9D2E125478F119B14E0C5AD2E3EB7C96B77405868B1E73E0BE327EB39";
const std::string pkcs1 = R"(-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAMMnQST95PoSwbg6LFPhLo1dANdY1qIOaVGPhGXSmbD9AW34ydLh
JUePEZsU4MWtLj63yWt3QFhosec+C+Mn6zkCAQMCQQCCGitt/pimtyvQJsg363Re
PgCPkI8WtEY2X62ZNxEgp4E8rizQ4rz1N1KYRL/CZH/Y2nl2HSnN4cZrvsQgruKr
AiEA6s3QzTv55L1noLfWF8oy4dV5e5qkBZjvRbuk9GYODbkCIQDUxSK5XZMlGlR0
/tepV+OMo/aXn6d8CqbCifrxTBOJgQIhAJyJNd4n++3TmmslOWUxd0E4+6e8bVkQ
n4PSbfhECV57AiEAjdjB0OkMw2bi+KnlG4/tCG1PD7/E/VxvLFv8oN1iW6sCIHJ7
PT20dh7Hcdb/YLoB8t6+A2NVYIF8XrN2ZsPHBUXs
-----END RSA PRIVATE KEY-----
)";
const std::string pkcs8 = R"(-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAwydBJP3k+hLBuDos
U+EujV0A11jWog5pUY+EZdKZsP0BbfjJ0uElR48RmxTgxa0uPrfJa3dAWGix5z4L
4yfrOQIBAwJBAIIaK23+mKa3K9AmyDfrdF4+AI+Qjxa0RjZfrZk3ESCngTyuLNDi
vPU3UphEv8Jkf9jaeXYdKc3hxmu+xCCu4qsCIQDqzdDNO/nkvWegt9YXyjLh1Xl7
mqQFmO9Fu6T0Zg4NuQIhANTFIrldkyUaVHT+16lX44yj9pefp3wKpsKJ+vFME4mB
AiEAnIk13if77dOaayU5ZTF3QTj7p7xtWRCfg9Jt+EQJXnsCIQCN2MHQ6QzDZuL4
qeUbj+0IbU8Pv8T9XG8sW/yg3WJbqwIgcns9PbR2Hsdx1v9gugHy3r4DY1VggXxe
s3Zmw8cFRew=
-----END PRIVATE KEY-----
)";
const std::string public_key = R"(-----BEGIN PUBLIC KEY-----
MFowDQYJKoZIhvcNAQEBBQADSQAwRgJBAMMnQST95PoSwbg6LFPhLo1dANdY1qIO
aVGPhGXSmbD9AW34ydLhJUePEZsU4MWtLj63yWt3QFhosec+C+Mn6zkCAQM=
-----END PUBLIC KEY-----
)";
const std::string enciphered_pkcs1 = R"(-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,8F47F71B81766A1E811AC930512AAC8C

abzv710bYM7iqD2nGq1em+ZIkCKHzs2Mu4Kx8uVAOE4EuOtcTfRCt2pDsIM+RDnN
ts7yb8JJoQ5SyXuUYQz90DbFx32Omvotnibh43lXkojRNOaoNdB1Wk22yPmMVXwm
7qQuUrPHJimKMfJXwZjZjWnI9t1P2wDlh3Q4OZ6ktYHcoqF9aMnrVu38UcqSr6n1
+S3BWDjgdJTPKM2+NIhJDL2Zpi9uct7tSw+O9UvUdvVZZxVSNyPKfzfXCKYLkWNg
GTo0Cu6DNUzExYGYkaCjBA+niiOU1HyL6q6BTc+3WI0JoIHv/3mXcwfdMS1yyeXy
Pvs6B+YVfPRpTZR+iqB+mAIjUlUV6y3eAnVdG2XJUE7L0W+xqhigPaHDO4HlhWH5
YPyGqQiF/j35OEQ+5m4twIslWRnaHdSDJunPBIrszwA=
-----END RSA PRIVATE KEY-----
)";
const std::string enciphered_pkcs8 = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIBvTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIooo6iXruWb4CAggA
MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBbqmc5SEkyqkPC61X1RWqrBIIB
YNmNucY12lNVn7p9pkCHM2eam/JSg6nYM31Kocu7eG6RhUV+WuBZp0WJ0vTa0707
gqX/EKVaww6haVcDS0z89Flw033oUc//BWdXptsyMxA8zT59lbW7BkGU89fIrsid
h5KDoT1e2H6tpCaXaPkH1dxkECliKSKEF28boorM6JkoAb/cHSUX8IFLrkCAQ4++
Xl4aIAjo3UkRlHloLOlhmpuXD17uUtWqd9Z6w2JgF/7/yQz587IHjB84FqrC9gHq
/y0EKGaciAZEHBUxjq7sapPMRAxeX0VFWEAnqXH/7E7xBcD1ojwy/+1cmNTES35C
PiEKTY5BGeMfIxuM97XTZAn9JOK8ykfbzuBVZZEg3w1BL0l6mbgps8kI7grTgxCl
aQYWKoOeP/CqbxM48TyowBDWFngkaMS5Xv3Sa7e/p0ZVr0Gzru06XX2TRODt9NQP
4r7Aib+y7QrwgLsjVEwSwtQ=
-----END ENCRYPTED PRIVATE KEY-----
)";
const std::string elliptic = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkjKmLkD5uC6glbnr
OPFh9oZAwXQqcSF2dhTBUbRYYuehRANCAASQUJUdC/1uSmgnVqNwwXIBNwRKKzzB
Yln+nEapNyt+3An5D1ZJB6ZwEPsyBpxMUDRaghL7iSWP1gi776zUp7qm
-----END PRIVATE KEY-----
)";
const std::string elliptic_public = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkFCVHQv9bkpoJ1ajcMFyATcESis8
wWJZ/pxGqTcrftwJ+Q9WSQemcBD7MgacTFA0WoIS+4klj9YIu++s1Ke6pg==
-----END PUBLIC KEY-----
)";

std::string private_error(const std::string& text) {
    return RsaPrivateKey::from_pem(text).error().what;
}
std::string public_error(const std::string& text) {
    return RsaPublicKey::from_pem(text).error().what;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("RSA as PEM: what OpenSSL's own tools wrote is read") {
    const auto from_pkcs1 = RsaPrivateKey::from_pem(pkcs1).value();
    const auto from_pkcs8 = RsaPrivateKey::from_pem(pkcs8).value();
    const auto open = RsaPublicKey::from_pem(public_key).value();
    CHECK(to_hex(from_pkcs1.public_key().modulus()) == modulus);
    CHECK(to_hex(from_pkcs8.public_key().modulus()) == modulus);
    CHECK(to_hex(open.modulus()) == modulus);
    CHECK(to_hex(open.exponent()) == "03");
    Bytes message(64, 0x55);
    CHECK(from_pkcs1.sign(message).value() == from_pkcs8.sign(message).value());
    CHECK(open.recover(from_pkcs1.sign(message).value()).value() == message);
}

TEST_CASE("RSA as PEM: what is written is what OpenSSL's own tools write") {
    const auto key = RsaPrivateKey::from_pem(pkcs1).value();
    CHECK(key.to_pem() == pkcs8);
    CHECK(key.public_key().to_pem() == public_key);
}

TEST_CASE("RSA as PEM: a text is read back for every kind of length") {
    for (const std::size_t bits : {520, 1024, 1408, 1984}) {
        const auto key = RsaPrivateKey::generate(bits, bits == 1024 ? 65537 : 3);
        const auto copy = RsaPrivateKey::from_pem(key.to_pem()).value();
        CHECK(copy.components().private_exponent == key.components().private_exponent);
        const auto open = RsaPublicKey::from_pem(key.public_key().to_pem()).value();
        CHECK(std::ranges::equal(open.modulus(), key.public_key().modulus()));
        CHECK(std::ranges::equal(open.exponent(), key.public_key().exponent()));
    }
}

TEST_CASE("RSA as PEM: blanks around the block do no harm, anything else does") {
    CHECK(RsaPrivateKey::from_pem("\n  \n" + pkcs8 + "\n\n\t").has_value());
    CHECK(private_error("") == "a key in PEM begins with '-----BEGIN '");
    CHECK(private_error(" \n") == "a key in PEM begins with '-----BEGIN '");
    CHECK(private_error("key\n" + pkcs8) == "a key in PEM begins with '-----BEGIN '");
    CHECK(private_error(pkcs8 + pkcs8) == "something stands behind the key in PEM");
    CHECK(private_error(pkcs8 + "x") == "something stands behind the key in PEM");
    CHECK(private_error(pkcs8 + std::string(20'000, ' ')) ==
          fmt::format("a key in PEM has at most 16384 characters, this text has {}", pkcs8.size() + 20'000));
}

TEST_CASE("RSA as PEM: keys that are not those asked for are refused") {
    CHECK(private_error(public_key) == "the PEM text holds a public key, not PRIVATE KEY or RSA PRIVATE KEY");
    CHECK(public_error(pkcs8) == "the PEM text holds a private key, not PUBLIC KEY");
    CHECK(public_error(pkcs1) == "the PEM text holds a private key, not PUBLIC KEY");
    CHECK(public_error("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") ==
          "the PEM text holds something else, not PUBLIC KEY");
    CHECK(private_error(elliptic) == "the key in PEM is of another algorithm than RSA");
    CHECK(public_error(elliptic_public) == "the key in PEM is of another algorithm than RSA");
}

TEST_CASE("RSA as PEM: an enciphered key is refused without asking anybody for its passphrase") {
    CHECK(private_error(enciphered_pkcs1) ==
          "the key in PEM is enciphered with a passphrase, or has headers");
    CHECK(private_error(enciphered_pkcs8) ==
          "the key in PEM is enciphered with a passphrase, or has headers");
}

TEST_CASE("RSA as PEM: a text that is not whole is refused, wherever it is cut") {
    for (const std::string& text : {pkcs1, pkcs8}) {
        const std::string_view whole = std::string_view(text).substr(0, text.size() - 1);
        for (std::size_t size = 0; size < whole.size(); ++size)
            CHECK_FALSE(RsaPrivateKey::from_pem(whole.substr(0, size)).has_value());
    }
    CHECK(private_error(replaced(pkcs8, "MIIBVAIB", "MIIBVA?B")) ==
          "the PEM text is not whole: a line between BEGIN and END, or the END, is wrong");
    CHECK(private_error("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") ==
          "what the PEM text holds is no DER of a PRIVATE KEY");
    CHECK(public_error("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n") ==
          "what the PEM text holds is no DER of a PUBLIC KEY");
}

TEST_CASE("RSA as PEM: the bounds of EMV hold, and the numbers must belong together") {
    CHECK(private_error(replaced(pkcs1, "MMnQST95", "MMnQST96")) ==
          "the primes of an RSA key do not give its modulus");
    const std::string of_2048_bits = R"(-----BEGIN PUBLIC KEY-----
MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAu2twEzBXnutpoiDSUhjE
JqDNIHbmVUq+V+3NeYgrlYFJpsosVk0QOEU24VmXHZDduIoxNQnsZebb8EHKlQiJ
e6ck7I+tqTwGaScjZMv1bKjuD+X3Ei618rfW+u1GQc3eeNQJj3uuoW3NWx5G9NzZ
IdZVjjZ+nGkXGaH6WJ57DkVdzKVJWYLHnvN0OOhZARcqHZUo+urXqtZHCoV+pfXz
PGe0xA5SC/pFqLdW3n/f9QLAnoc9LvDG0dCQir++9pjeSBKHUDdVEaLF47v7aAWG
cd6PJ8OFnTGDeWfAytCfiRjbeD1ifNALloapNsV4VB164jvhyty+tS1pqI0wIvIF
tQIBAw==
-----END PUBLIC KEY-----
)";
    CHECK(public_error(of_2048_bits) == "an RSA modulus has 64 to 248 octets, this one 256");
    const std::string of_exponent_17 = R"(-----BEGIN PUBLIC KEY-----
MFowDQYJKoZIhvcNAQEBBQADSQAwRgJBALU4Iu3Go55/fu1w/E1v4cK5uNir5WHH
8FO5xW9sPXp1/c0Z+wNUFcp+yP3A87gmojCLpJLVUyj9YOXey/h/ifsCARE=
-----END PUBLIC KEY-----
)";
    CHECK(public_error(of_exponent_17) == "an RSA exponent is 03 or 010001");
}

TEST_CASE("RSA as PEM: no error repeats anything of the text") {
    const std::size_t end = pkcs8.find("-----END");
    for (std::size_t at = 28; at < end; at += 7) {
        std::string text = pkcs8;
        text[at] = text[at] == 'A' ? 'B' : 'A';
        const auto key = RsaPrivateKey::from_pem(text);
        if (key) continue;  // CRT numbers, which are computed anew
        for (std::size_t from = 28; from + 8 < end; ++from)
            CHECK(key.error().what.find(pkcs8.substr(from, 8)) == std::string::npos);
    }
}
