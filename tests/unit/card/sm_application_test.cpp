// A card with RSA and triple DES, and SM2, SM3 and SM4, that chooses by DF69 (PBOC 3.0 part 17).

#include "drivers/card/emulated/sm_application.hpp"

#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/issuer_side.hpp"

using namespace posbench;
using namespace posbench::card;
using Catch::Matchers::ContainsSubstring;
using posbench::test::ChipRig;
using posbench::test::IssuerSide;
using posbench::test::TerminalSide;

namespace {

using Version = emv::CryptogramVersion;

constexpr std::string_view dual = "unionpay-credit-dual";

/// A terminal whose DF69 is this, after the records.
TerminalSide begin(ChipRig& rig, std::string_view indicator) {
    rig.chip.reset(Interface::contact);
    TerminalSide terminal = rig.terminal();
    if (!indicator.empty()) terminal.data.set(emv::sm_support_indicator, hex(indicator));
    terminal.start(rig.aid());
    return terminal;
}

/// The version that the card's 9F10 names; the issuer finds the cryptogram right, and the card its answer.
Version authorised(TerminalSide& terminal) {
    REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
    const Version version =
        emv::issuer_data_version(terminal.data.get(0x9F10), emv::Scheme::unionpay).value();
    const auto key = test::card_master_key(version, test::master_key, terminal.data);
    const auto input = emv::cryptogram_input(terminal.data, version).value();
    CHECK(to_hex(terminal.data.get(0x9F26)) == to_hex(emv::make_cryptogram(version, key, input)));
    const IssuerSide issuer(version, terminal.data);
    CHECK(terminal.send("00820000", issuer.approval({"00", {}, {}})).sw == "9000");
    REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
    CHECK(to_hex(terminal.data.get(0x9F27)) == "40");
    return version;
}

std::string refusal(std::string_view overrides) {
    try {
        test::load_card(std::string(dual), overrides);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("A card with both algorithms: DF69 chooses certificates, signature and cryptogram") {
    ChipRig rig{std::string(dual)};
    constexpr std::size_t sm2_signature_size = 64;
    auto with_sm = begin(rig, "01");
    CHECK(to_hex(with_sm.data.get(0x8F)) == "90");
    CHECK(with_sm.data.get(0x90)[0] == 0x12);  // an SM2 certificate begins with its format
    CHECK_FALSE(with_sm.data.has(0x9F32));     // and there is no exponent
    const auto signature = with_sm.send("00880000", with_sm.data.get(0x9F37));
    CHECK(signature.sw == "9000");
    CHECK(signature.data.size() < 2 * sm2_signature_size);
    CHECK(authorised(with_sm) == Version::unionpay_01_sm4);

    for (const std::string_view indicator : {"00", "", "02", "FF"}) {
        INFO("DF69 " << indicator);
        auto without = begin(rig, indicator);
        CHECK(to_hex(without.data.get(0x8F)) == "80");
        CHECK(without.data.has(0x9F32));
        CHECK(without.send("00880000", without.data.get(0x9F37)).data.size() >= 2 * sm2_signature_size);
        CHECK(authorised(without) == Version::unionpay_01);
    }
    CHECK(test::transaction_counter(rig.chip) == 5);  // one counter for both
}

TEST_CASE("A card with both algorithms: a new SELECT chooses anew, and the PIN's tries are the same") {
    ChipRig rig(std::string(dual), "application.credit.sm.aip = '3900'");
    auto terminal = rig.terminal();
    for (const std::string indicator : {"01", "00", "01"}) {
        terminal.data.set(emv::sm_support_indicator, hex(indicator));
        terminal.start(rig.aid());
        CHECK((to_hex(terminal.data.get(0x82)) == "3900") == (indicator == "01"));
        terminal.send("00200080", test::pin_block("0000"));
    }
    CHECK(rig.chip.memory().pin_tries_left == 0);
}

TEST_CASE("A card with both algorithms: UPDATE RECORD changes the record of those in force") {
    ChipRig rig(std::string(dual),
                fmt::format("application.credit.issuer_mac_key = '{}'", test::mac_master_key));
    auto terminal = begin(rig, "01");
    REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
    const IssuerSide issuer(Version::unionpay_01_sm4, terminal.data);
    REQUIRE(terminal.send("00820000", issuer.approval({"00", {}, {}})).sw == "9000");
    const Record& first = rig.chip.application()->records.front();
    const Bytes update{0x04, 0xDC, first.number, static_cast<std::uint8_t>(first.sfi << 3 | 4)};
    REQUIRE(test::ask(rig.chip, issuer.script(to_hex(update), hex("7003 9F0B00"))).sw == "9000");

    const Bytes header{0x00, 0xB2, first.number, update[3]};
    const auto record = [&](std::string_view indicator) {
        rig.chip.reset(Interface::contact);
        auto again = rig.terminal();
        again.data.set(emv::sm_support_indicator, hex(indicator));
        again.select(rig.aid());
        again.initiate();
        return to_hex(again.send(to_hex(header)).data);
    };
    CHECK(record("01") == "70039F0B00");
    CHECK(record("00") != "70039F0B00");
}

TEST_CASE("A card with both algorithms: over the field it is what it was") {
    const CardImage image = test::load_card(std::string(dual));
    REQUIRE(image.contactless.size() == 1);
    CHECK_FALSE(image.contactless.front().with_sm);
    CHECK(image.contactless.front().issuer.version == Version::unionpay_01);
}

TEST_CASE("Card images: what only the application needs, an sm table need not take") {
    for (const std::string_view wrong_on_purpose :
         {"as_is = ['aip']\naip = '7D00'\nsm.aip = '3D00'",
          "as_is = ['pan']\npan = '6210948000000012'\nsm.pan = '6210948000000011'",
          "as_is = ['5F24']\ntags = { '5F24' = '2512' }\nsm.tags = { '5F24' = '251231' }"}) {
        INFO(wrong_on_purpose);
        CHECK(refusal("[application.credit]\n" + std::string(wrong_on_purpose)) == "accepted");
    }
    CHECK_THAT(refusal("application.credit.sm.as_is = ['aip']"),
               ContainsSubstring("as_is: 'aip': nothing is wrong there; leave it out"));
    CHECK_THAT(refusal("[application.credit]\nas_is = ['aip']\naip = '7D00'\nsm = { as_is = ['5F24'] }"),
               ContainsSubstring("aip: claims SDA"));
}

TEST_CASE("Card images: what an sm table cannot be is refused where it stands") {
    CHECK_THAT(refusal("application.credit.pdol = '9F1A02'"),
               ContainsSubstring("pdol: must ask for tag DF69"));
    CHECK_THAT(refusal("application.credit.pdol = '9F1A02 DF6902'"),
               ContainsSubstring("must ask for tag DF69"));
    for (const std::string key : {"pdol = 'DF6901'", "aid = 'A000000333010102'", "risk = {}", "objects = {}"})
        CHECK_THAT(refusal("application.credit.sm." + key),
                   ContainsSubstring("belongs to the application, with all algorithms"));
    CHECK_THAT(refusal("application.credit.interfaces = ['contactless']"),
               ContainsSubstring("sm: is for contacts"));
    CHECK_THAT(refusal("application.credit.sm.authentication.pin = '@test-pki.pin'"),
               ContainsSubstring("pin: is RSA, 1024 bits, but the key that certifies it SM2"));
    CHECK_THAT(refusal("application.credit.sm.cvm_lst = '00'"),
               ContainsSubstring("unknown key 'cvm_lst' in [application.credit] sm"));
    CHECK_THAT(refusal("application.credit.contactless.sm = {}"),
               ContainsSubstring("unknown key 'sm' in [application.credit] contactless"));
    CHECK(refusal("application.credit.sm.cryptogram_version = '01'") == "accepted");
}
