#include "drivers/card/emulated/image.hpp"

#include <fmt/format.h>

#include "bench/config/value.hpp"
#include "drivers/protocols/crypto/rsa.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

constexpr std::string_view good = R"(pin = "123456"
[account]
pan          = "6210948000000011"
expiry       = "3012"
holder       = "TEST/CARD"
service_code = "220"
[application.credit]
aid        = "A000000333010102"
label      = "UnionPay Credit"
issuer_key = "9E15204313F7318ACB79B90BD986AD29"
)";

/// The message about an image made of `good` with `from` replaced by `to`.
std::string refusal(std::string_view from, std::string_view to) {
    std::string text(good);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    try {
        read_card_image(config::load_text(text, "card.toml"));
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

std::string with(std::string_view more) {
    return refusal("0BD986AD29\"\n", "0BD986AD29\"\n" + std::string(more) + "\n");
}

}  // namespace

TEST_CASE("Card images: every fixture is read, and its PAN passes the Luhn check") {
    const auto names = test::card_names();
    CHECK(names.size() >= 12);
    for (const std::string& name : names) {
        INFO(name);
        const CardImage image = test::load_card(name);
        CHECK(image.name == name);
        const auto track2 = magstripe::parse_track2(image.stripe.tracks[1]);
        REQUIRE(track2.has_value());
        CHECK(magstripe::luhn_valid(track2->pan));
        CHECK(magstripe::encode_bits(1, image.stripe.tracks[0]).has_value());
        CHECK(image.chip == !image.applications.empty());
    }
    CHECK(test::load_card("unionpay-credit-expired").stripe.tracks[1] ==
          ";6210948000000011=25122200000000000?");
    CHECK_FALSE(test::load_card("unionpay-stripe-only").chip);
}

TEST_CASE("Card images: the test host has the account of every card") {
    const config::Value host = config::load_file(test::fixtures_folder() / "hosts" / "unionpay.toml");
    std::vector<std::string> known;
    for (const auto& account : host.get<config::Table>()->find("account")->get<config::Table>()->entries())
        known.push_back(*account.value.get<config::Table>()->find("pan")->get<std::string>());
    const auto is_known = [&known](const std::string& pan) {
        return std::ranges::find(known, pan) != known.end();
    };
    for (const std::string& name : test::card_names()) {
        INFO(name);
        config::Value settings = test::card_settings(name);
        CHECK(is_known(*config::at_path(settings, "account.pan").get<std::string>()));
        const config::Value* applications = settings.get<config::Table>()->find("application");
        if (!applications) continue;
        for (const auto& application : applications->get<config::Table>()->entries())
            if (const config::Value* pan = application.value.get<config::Table>()->find("pan"))
                CHECK(is_known(*pan->get<std::string>()));
    }
}

TEST_CASE("Card images: a fault is refused with file, line, column and rule") {
    CHECK(refusal("", "") == "accepted");
    CHECK(refusal("label ", "lable ") ==
          "card.toml:9:1: unknown key 'lable' in [application.credit] (did you mean 'label'?)");
    CHECK(refusal("\"3012\"", "\"3013\"") == "card.toml:4:16: expiry: names a month that does not exist");
    CHECK(refusal("\"3012\"", "\"300230\"") == "card.toml:4:16: expiry: names a day that does not exist");
    CHECK(refusal("\"220\"", "\"22\"") == "card.toml:6:16: service_code: must be 3 digits");
    CHECK(
        refusal("TEST/CARD", "test") ==
        "card.toml:5:16: holder: must be 2 to 26 characters of track 1: capital letters, digits, '/', blank");
    CHECK(refusal("\"A000000333010102\"", "\"A0000003\"") ==
          "card.toml:8:14: aid: must be 5 to 16 octets, not 4");
    CHECK(refusal("pin = \"123456\"", "pin = \"12\"") ==
          "card.toml:1:7: pin: must be 4 to 12 digits, or empty for a card without a PIN");
    CHECK(refusal("pan ", "pam ") == "card.toml:3:1: unknown key 'pam' in [account] (did you mean 'pan'?)");
    CHECK(with("cdol1 = '9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01'") ==
          "card.toml:11:9: cdol1: must ask for tag 9F37 (Unpredictable Number) with 4 octets: the cryptogram "
          "is "
          "made over it");
    CHECK(with("pdol = '9F1A'") ==
          "card.toml:11:8: pdol: tag 9F1A at octet 0: no length in the data object list");
    CHECK(with("tags = { 'Cardholder Nome' = '41' }") ==
          "card.toml:11:30: Cardholder Nome: 'Cardholder Nome' is neither a tag in hexadecimal nor a name of "
          "the "
          "dictionary (did you mean 'Cardholder Name'?)");
    CHECK(with("record = [{ sfi = 1, number = 1, holds = ['9F4D'] }]") ==
          "card.toml:11:42: holds: tag 9F4D has no value; give it one under 'tags'");
    CHECK(with("record = [{ sfi = 1, number = 1 }]").find("a record has either 'holds' or 'raw'") !=
          std::string::npos);
    CHECK(with("[stripe.faults]\nparity_at = 90") ==
          "card.toml:12:13: parity_at: is beyond the 48 characters of track 1");
    CHECK(with("[stripe.faults]\njitter = 0.5").starts_with("card.toml:12:10: jitter"));
    CHECK(with("[stripe.faults]\ndropout = { from_mm = 3 }").starts_with("card.toml:12:11: "));
    CHECK(with("[stripe.faults]\nstop_and_go = 6").starts_with("card.toml:12:15: stop_and_go"));
    CHECK(with("[stripe.faults]\nspurius = 0.1").find("did you mean 'spurious'") != std::string::npos);
    CHECK(with("[stripe]\ntrack2 = '1234'") ==
          "card.toml:12:10: track2: must begin with ';' and end with '?'");
}

TEST_CASE("Card images: a message never repeats a PAN, a track, a PIN or a key") {
    CHECK(refusal("6210948000000011", "62109480000000AA").find("621094") == std::string::npos);
    CHECK(refusal("0BD986AD29", "0BD986AD2").find("9E15") == std::string::npos);
    CHECK(refusal("\"123456\"", "\"1234567890123\"").find("1234567890123") == std::string::npos);
    CHECK(with("[stripe]\ntrack2 = ';6210948000000011=A?'").find("621094") == std::string::npos);
}

TEST_CASE("Card images: tags are laid over, taken off, and laid out in records") {
    const CardImage image = test::load_card("unionpay-credit", R"(
        application.credit.as_is = ["5A", "8C", "8D"]
        [application.credit.tags]
        "Application Expiration Date" = "251231"
        "5F20" = ""
        "9F4D" = "0B0A"
        [[application.credit.record]]
        sfi = 3
        number = 1
        holds = ["5F24", "Cardholder Name", "9F4D"]
        [[application.credit.record]]
        sfi = 3
        number = 2
        raw = "70 7F 01"
    )");
    const Application& application = image.applications.at(0);
    REQUIRE(application.records.size() == 2);
    CHECK(to_hex(application.records[0].octets) == "700B5F24032512319F4D020B0A");
    CHECK(to_hex(application.records[1].octets) == "707F01");
    CHECK(to_hex(application.afl) == "18010200");
}

TEST_CASE("Card images: files of payment system and issuer, SFI 11 to 30, hold any octets") {
    const CardImage image = test::load_card("unionpay-credit", R"(
        [[application.credit.record]]
        sfi = 1
        number = 1
        holds = ["5A", "5F24", "8C", "8D"]
        [[application.credit.record]]
        sfi = 30
        number = 1
        raw = "DEADBEEF"
    )");
    CHECK(to_hex(image.applications.at(0).records.at(1).octets) == "DEADBEEF");
    CHECK(to_hex(image.applications.at(0).afl) == "08010100F0010100");
    // Behind the customary records, and named by the locator only where they are to be.
    CHECK(test::load_card("unionpay-credit").applications.at(0).afl == hex("0801010010010200"));
    const CardImage log = test::load_card("unionpay-credit", R"(
        [[application.credit.record]]
        sfi = 11
        number = 1
        in_locator = false
        raw = "260531"
        [[application.credit.record]]
        sfi = 12
        number = 1
        raw = "00"
    )");
    CHECK(to_hex(log.applications.at(0).afl) == "080101001001020060010100");
    CHECK(log.applications.at(0).records.size() == 5);
    CHECK(with("record = [{ sfi = 11, number = 1, raw = '00', in_locator = false, authenticated = true }]")
              .find("authenticated: only records of the file locator") != std::string::npos);
    CHECK(with("record = [{ sfi = 31, number = 1, raw = '00' }]").find("sfi") != std::string::npos);
}

TEST_CASE("Card images: an application may have an account of its own") {
    const CardImage image = test::load_card("unionpay-credit", "application.credit.pan = '6210948000000052'");
    const auto parsed = emv::parse_tlv(image.applications[0].records[1].octets).value();
    CHECK(to_hex(parsed[0].children[0].value) == "6210948000000052");
    CHECK(image.stripe.tracks[1].starts_with(";6210948000000011"));
}

TEST_CASE("Card images: keys and methods of offline data authentication that do not fit are refused") {
    using Catch::Matchers::ContainsSubstring;
    const auto load = [](std::string_view authentication) {
        test::load_card("unionpay-credit-cda",
                        "application.credit.authentication." + std::string(authentication));
    };
    CHECK_THROWS_WITH(load("methods = ['SDA', 'XDA']"),
                      ContainsSubstring("override.toml:1:") && ContainsSubstring("'XDA' is none of"));
    CHECK_THROWS_WITH(load("wrong = ['static_dat']"), ContainsSubstring("did you mean 'static_data'"));
    CHECK_THROWS_WITH(load("authority = 'no key'"), ContainsSubstring("authority: "));
    CHECK_THROWS_WITH(
        load("authority = '@test-pki.card'"),
        ContainsSubstring(
            "issuer: is RSA, 1152 bits: longer than the key that certifies it (RSA, 1024 bits)"));
    CHECK_THROWS_WITH(load("expiry = '3013'"), ContainsSubstring("expiry: must be a month YYMM"));
    CHECK_THROWS_WITH(load("authority_index = ''"), ContainsSubstring("authority_index"));
    CHECK_THROWS_WITH(
        test::load_card("unionpay-credit", "application.credit.authentication.methods = ['DDA']"),
        ContainsSubstring("lacks 'authority'"));
}

TEST_CASE("Card images: no answer is longer than the 256 octets of a short one") {
    const auto fci_with = [](std::size_t octets) {
        return with("fci = { 'DF7E' = '" + std::string(2 * octets, '4') + "' }");
    };
    CHECK(fci_with(216) == "accepted");
    CHECK(fci_with(217) ==
          "card.toml:11:7: fci: makes an answer to SELECT of 257 octets, at most 256 fit into one");

    // Each record an entry of the locator: neighbours are of different files.
    const auto records = [](int count) {
        std::string text = "record = [";
        for (int i = 0; i < count; ++i)
            text += fmt::format("{{ sfi = {}, number = {}, raw = '7000' }}, ", 1 + i % 30, 1 + i / 30);
        return with(text + "]\nas_is = ['5A', '5F24', '8C', '8D']");
    };
    CHECK(records(62) == "accepted");
    CHECK(records(63) ==
          "card.toml:11:10: record: makes an answer to GET PROCESSING OPTIONS of 257 octets, at most 256 fit "
          "into one");

    const auto key_of = [](std::size_t bits, std::string_view methods) {
        const std::string pem = crypto::RsaPrivateKey::generate(bits, 3).to_pem();
        return with(
            fmt::format("[application.credit.authentication]\nmethods = [{0}]\nauthority_index = '80'\n"
                        "authority = \"\"\"\n{1}\"\"\"\nissuer = \"\"\"\n{1}\"\"\"\ncard = \"\"\"\n{1}\"\"\"",
                        methods, pem));
    };
    CHECK(key_of(1832, "'CDA'") == "accepted");
    CHECK(key_of(1840, "'DDA'") == "accepted");
    CHECK_THAT(key_of(1840, "'CDA'"),
               Catch::Matchers::StartsWith("card.toml:11:") &&
                   Catch::Matchers::EndsWith("authentication: makes an answer to GENERATE AC with CDA of 257 "
                                             "octets, at most 256 fit into one"));
}

TEST_CASE("Card images: over the field the directory names no more applications than one answer holds") {
    const auto applications = [](int count) {
        std::string text = "contactless = { profile = 'qpboc' }\n";
        for (int i = 1; i < count; ++i)
            text += fmt::format(
                "[application.more{0}]\naid = 'A00000033301020{0}'\nlabel = 'UnionPay Credit'\n"
                "issuer_key = '9E15204313F7318ACB79B90BD986AD29'\ncontactless = {{ profile = 'qpboc' }}\n",
                i == 2 ? 9 : i);
        return text;
    };
    CHECK(with(applications(6)) == "accepted");
    CHECK_THAT(with(applications(7)),
               Catch::Matchers::StartsWith("card.toml:") &&
                   Catch::Matchers::EndsWith("application: makes an answer to SELECT 2PAY.SYS.DDF01 of 280 "
                                             "octets, at most 256 fit into one"));
    std::string text = "directory = false\n" + std::string(good) + applications(7);
    CHECK_NOTHROW(read_card_image(config::load_text(text, "card.toml")));
}

TEST_CASE("Card images: keys of scripts and derivations that do not fit are refused") {
    CHECK_THAT(with("issuer_encipherment_key = \"9E15204313F7318ACB79B90BD986AD29\""),
               Catch::Matchers::ContainsSubstring("needs 'issuer_mac_key'"));
    CHECK_THAT(with("issuer_mac_key = \"9E15\""),
               Catch::Matchers::ContainsSubstring("issuer_mac_key: must be 16 octets, not 2"));
    CHECK_THAT(with("key_derivation = \"C\""), Catch::Matchers::ContainsSubstring("key_derivation"));
    const std::string mac_key = "issuer_mac_key = \"9E15204313F7318ACB79B90BD986AD29\"\n";
    CHECK_THAT(with(mac_key + "cryptogram_version = \"01-SM4\"\nmessaging_format = 1"),
               Catch::Matchers::ContainsSubstring("messaging_format: must be 2 with SM4"));
    CHECK_THAT(with(mac_key + "mac_size = 3"),
               Catch::Matchers::ContainsSubstring("mac_size must be between 4 and 8"));
    CHECK(with(mac_key + "mac_size = 8\nmessaging_format = 1") == "accepted");
    for (const char* key : {"mac_size = 8", "messaging_format = 1"})
        CHECK_THAT(with(key), Catch::Matchers::ContainsSubstring(
                                  "needs 'issuer_mac_key': without it the card takes no script"));
    CHECK_THAT(with("fci = { \"9F1Z\" = \"00\" }"),
               Catch::Matchers::ContainsSubstring("card.toml:11:18: 9F1Z"));
}

TEST_CASE("Card images: times are bounded, so that no command outlasts the clock") {
    CHECK(with("[timing]\nreset = '1h'\ncommand = '1h'\nper_octet = '1s'\n"
               "contactless = { activation = '1h', command = '1h', per_octet = '1s' }") == "accepted");
    CHECK(with("[timing]\nreset = '61min'") == "card.toml:12:9: reset: must be at most 1h");
    CHECK(with("[timing]\ncommand = '10000h'") == "card.toml:12:11: command: must be at most 1h");
    CHECK(with("[timing]\nper_octet = '1001ms'") == "card.toml:12:13: per_octet: must be at most 1s");
    CHECK(with("[timing.contactless]\nactivation = '2h'") ==
          "card.toml:12:14: activation: must be at most 1h");
    CHECK(with("[timing.contactless]\ncommand = '2h'") == "card.toml:12:11: command: must be at most 1h");
    CHECK(with("[timing.contactless]\nper_octet = '2s'") == "card.toml:12:13: per_octet: must be at most 1s");
}

TEST_CASE("Card images: the keys told for an unknown one are those that can be written there, each once") {
    const auto said = [](std::string_view overrides) -> std::string {
        try {
            test::load_card("unionpay-credit", overrides);
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return {};
    };
    const auto count = [](const std::string& text, std::string_view key) {
        std::size_t found = 0;
        const std::string all = text.substr(std::min(text.find("it may have"), text.size())) + ",";
        for (std::size_t at = all.find(' '); at != std::string::npos; at = all.find(' ', at + 1))
            if (all.compare(at + 1, key.size() + 1, std::string(key) + ",") == 0) ++found;
        return found;
    };
    const std::string top = said("qqqqqq = 1");
    for (const char* key : {"extends", "remove", "account", "pin"}) CHECK(count(top, key) == 1);
    CHECK(count(top, "image") == 0);
    const std::string application = said("application.credit.qqqqqq = 1");
    for (const char* key : {"issuer_country", "currency", "aid", "blocked", "risk", "contactless"})
        CHECK(count(application, key) == 1);
    const std::string contactless = said("application.credit.contactless.qqqqqq = 1");
    for (const char* key : {"issuer_country", "currency", "profile"}) CHECK(count(contactless, key) == 1);
    for (const char* key : {"aid", "blocked", "risk"}) CHECK(count(contactless, key) == 0);
}
