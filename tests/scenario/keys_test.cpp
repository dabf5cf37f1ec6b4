#include <filesystem>

#include "bench/config/value.hpp"
#include "drivers/protocols/crypto/rsa.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// `posbench keys` as a person runs it.

using namespace posbench;
using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<std::string> small_keys{"--authority-bits", "640", "--issuer-bits", "576",
                                          "--card-bits",      "512", "--pin-bits",    "none"};

ProgramResult generate(const std::filesystem::path& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"keys", "generate", "-o", file.string()};
    words.insert(words.end(), small_keys.begin(), small_keys.end());
    words.insert(words.end(), more.begin(), more.end());
    return run_posbench(words);
}

}  // namespace

TEST_CASE("keys generate writes a file for its owner alone, and does not replace one unasked") {
    using std::filesystem::perms;
    const TemporaryFolder folder;
    const auto file = folder.path() / "pki.toml";
    const auto first = generate(file);
    INFO(first.err);
    REQUIRE(first.exit_code == 0);
    CHECK(first.out.empty());
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
    const std::string written = read_file(file);

    const auto again = generate(file);
    CHECK(again.exit_code == 2);
    CHECK_THAT(again.err, ContainsSubstring("exists; --force replaces it"));
    CHECK(read_file(file) == written);
    std::filesystem::permissions(file, perms::others_read, std::filesystem::perm_options::add);
    CHECK(generate(file, {"--force"}).exit_code == 0);
    CHECK(read_file(file) != written);
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

    // A crash left what it had begun; it is in nobody's way.
    const std::string before = read_file(file);
    folder.write("pki.toml.new", "authority = ");
    CHECK(generate(file, {"--force"}).exit_code == 0);
    CHECK(read_file(file) != before);
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("keys generate without a file writes to standard output") {
    std::vector<std::string> words{"keys", "generate"};
    words.insert(words.end(), small_keys.begin(), small_keys.end());
    const auto made = run_posbench(words);
    REQUIRE(made.exit_code == 0);
    const auto file = config::load_text(made.out, "out");
    const auto* authority = file.get<config::Table>()->find("authority");
    REQUIRE(authority);
    CHECK(crypto::RsaPrivateKey::from_pem(*authority->get<std::string>()).value().size() == 80);
    CHECK(made.out.find("\npin = ") == std::string::npos);
}

TEST_CASE("keys generate refuses lengths that do not fit one another") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "pki.toml";
    const auto wrong = generate(file, {"--exponent", "5"});
    CHECK(wrong.exit_code == 2);
    const auto longer = run_posbench({"keys", "generate", "-o", file.string(), "--issuer-bits", "1416"});
    CHECK(longer.exit_code == 2);
    CHECK_THAT(longer.err, ContainsSubstring("longer than the authority's of 1408"));
    CHECK(run_posbench({"keys", "generate", "--pin-bits", "some"}).exit_code == 2);
    CHECK(run_posbench({"keys", "generate", "--force"}).exit_code == 2);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(generate(folder.path() / "no" / "folder.toml").exit_code == 2);
}

TEST_CASE("keys show and capk say what is in a file and never a private number") {
    const auto shown = run_posbench({"keys", "show", "test-pki", "--rid", "A000000333", "--index", "80"});
    REQUIRE(shown.exit_code == 0);
    for (const char* part : {"authority         RSA, 1408 bits  3 ", "issuer            RSA, 1152",
                             "card              RSA, 1024", "pin               RSA, 1024",
                             "check sum of the authority's key as A000000333 80: "})
        CHECK_THAT(shown.out, ContainsSubstring(part));
    const auto capk = run_posbench({"keys", "capk", "test-pki", "--rid", "a000000333", "--index", "80"});
    REQUIRE(capk.exit_code == 0);

    const auto file = config::load_file(std::string(POSBENCH_SOURCE_DIR) + "/fixtures/keys/test-pki.toml");
    const auto key = [&](const char* name) {
        return *file.get<config::Table>()->find(name)->get<std::string>();
    };
    const auto authority = crypto::RsaPublicKey::from_pem(key("authority_public")).value();
    CHECK_THAT(capk.out, ContainsSubstring("modulus        = \"" + to_hex(authority.modulus()) + "\""));
    for (const char* name : {"authority", "issuer", "card", "pin"}) {
        const auto numbers = crypto::RsaPrivateKey::from_pem(key(name)).value().components();
        for (const Bytes& secret : {numbers.private_exponent, numbers.prime1, numbers.prime2}) {
            const std::string text = to_hex(secret).substr(0, 16);
            CHECK((shown.out + capk.out).find(text) == std::string::npos);
        }
    }
}

TEST_CASE("keys show gives check values of symmetric keys, and capk an expiry") {
    const auto shown = run_posbench({"keys", "show", "unionpay-test"});
    INFO(shown.out << shown.err);
    CHECK(shown.exit_code == 0);
    // Both ciphers over zeros, computed with the openssl program.
    CHECK_THAT(shown.out, ContainsSubstring("imk_ac            16 octets       85057132      C21B05E1"));
    CHECK_THAT(shown.out, !ContainsSubstring("9E15204313F7318A"));
    const auto capk = run_posbench(
        {"keys", "capk", "test-pki", "--rid", "A000000333", "--index", "80", "--expires", "3012"});
    CHECK_THAT(capk.out, ContainsSubstring("expires        = \"3012\""));
}

TEST_CASE("keys show and capk refuse files that are none, and half a name") {
    const auto none = run_posbench({"keys", "capk", "unionpay-test", "--rid", "A000000333", "--index", "80"});
    CHECK(none.exit_code == 2);
    CHECK_THAT(none.err, ContainsSubstring("has neither 'authority_public' nor 'authority'"));
    CHECK(run_posbench({"keys", "capk", "test-pki", "--rid", "A000000333", "--index", "80", "--tlv"})
              .exit_code == 2);
    CHECK(run_posbench(
              {"keys", "capk", "test-pki", "--rid", "A000000333", "--index", "80", "--expires", "3013"})
              .exit_code == 2);
    CHECK(run_posbench({"keys", "show", "no-such-file"}).exit_code == 2);
    CHECK(run_posbench({"keys", "show", "test-pki", "--rid", "A000000333"}).exit_code == 2);
    CHECK(run_posbench({"keys", "capk", "test-pki"}).exit_code == 2);
    CHECK(run_posbench({"keys", "capk", "test-pki", "--rid", "A0000003", "--index", "80"}).exit_code == 2);
    CHECK(run_posbench({"keys"}).exit_code == 2);
    const TemporaryFolder folder;
    const auto cards = folder.write(
        "cards.toml", "card = '''\n" + crypto::RsaPrivateKey::generate(512, 3).to_pem() + "'''\n");
    const auto capk = run_posbench({"keys", "capk", cards.string(), "--rid", "A000000333", "--index", "80"});
    CHECK(capk.exit_code == 2);
    CHECK_THAT(capk.err, ContainsSubstring("has neither 'authority_public' nor 'authority'"));
}

TEST_CASE("a reference to a private key where none belongs is refused without repeating it") {
    const auto wrong = run_posbench(
        {"run", "--only", "card.chip-sale", "--no-report", "--set", "terminal.tid=\"@test-pki.authority\""});
    CHECK(wrong.exit_code == 2);
    CHECK_THAT(wrong.err, ContainsSubstring("tid"));
    CHECK_THAT(wrong.err, !ContainsSubstring("MII"));
}
