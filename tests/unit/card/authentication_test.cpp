// Offline data authentication: what the card signs, verified by the terminal's side of the codec, which
// shares no code with the card's.

#include <algorithm>
#include <chrono>
#include <map>

#include "drivers/protocols/emv/enciphered_pin.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/certified_keys.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using posbench::test::authority_key;
using posbench::test::certified;
using posbench::test::ChipRig;
using posbench::test::pin_block;
using posbench::test::Reply;
using posbench::test::TerminalSide;

namespace {

constexpr std::string_view pan = "6210948000000011";
constexpr auto today = 2026y / 6 / 15;

/// What a terminal learns step by step; empty texts are good ones.
struct Verdict {
    std::string issuer, static_signature, card;
    std::optional<emv::IssuerKey> issuer_key;
    std::optional<emv::IccKey> card_key;
};

Verdict judge(const TerminalSide& terminal) {
    Verdict verdict;
    const auto& data = terminal.data;
    auto issuer = emv::recover_issuer_key(emv::OfflineAuthentication::dynamic_data, authority_key(),
                                          certified(data, 0x90, 0x92, 0x9F32), pan, today);
    if (!issuer) {
        verdict.issuer = issuer.error().what;
        return verdict;
    }
    verdict.issuer_key = *std::move(issuer);
    const auto signed_octets =
        emv::static_data_to_be_authenticated(terminal.authenticated, data.get(0x9F4A), data.get(0x82));
    REQUIRE(signed_octets.has_value());
    if (data.has(0x93)) {
        const auto code = emv::verify_static_data(verdict.issuer_key->key, data.get(0x93), *signed_octets);
        if (!code) verdict.static_signature = code.error().what;
    }
    if (data.has(0x9F46)) {
        auto card = emv::recover_icc_key(verdict.issuer_key->key, certified(data, 0x9F46, 0x9F48, 0x9F47),
                                         pan, today, *signed_octets);
        if (card)
            verdict.card_key = *std::move(card);
        else
            verdict.card = card.error().what;
    }
    return verdict;
}

/// INTERNAL AUTHENTICATE, and what the terminal thinks of it.
std::string dynamic_verdict(TerminalSide& terminal, const Verdict& verdict) {
    const Bytes challenge = hex("01020304");
    terminal.data.set(0x9F37, challenge);
    const Reply reply = terminal.send("00880000", terminal.dol(0x9F49));
    REQUIRE(reply.sw == "9000");
    const auto answer = emv::parse_tlv(reply.data).value();
    REQUIRE(answer.front().tag == 0x80);
    const auto number = emv::verify_dynamic_data(verdict.card_key->key, answer.front().value, challenge);
    return number ? std::string() : number.error().what;
}

/// The combined signature of the last answer over everything sent so far.
Result<emv::CombinedAnswer, emv::Rejection> combined_verdict(const TerminalSide& terminal, const Reply& reply,
                                                             const Verdict& verdict) {
    const auto answer = emv::parse_tlv(reply.data).value();
    REQUIRE(answer.front().tag == 0x77);
    Bytes hashed = terminal.sent;
    for (const emv::Tlv& object : answer.front().children)
        if (object.tag != 0x9F4B) emv::append_tlv(hashed, object.tag, object.value);
    std::array<std::uint8_t, 4> number{};
    std::ranges::copy(terminal.data.get(0x9F37), number.begin());
    return emv::verify_combined_data(verdict.card_key->key, terminal.data.get(0x9F4B),
                                     terminal.data.get(0x9F27)[0], number, hashed);
}

}  // namespace

TEST_CASE("SDA: issuer certificate and static signature hold, and the card signs nothing itself") {
    ChipRig rig("unionpay-credit-sda");
    auto terminal = rig.begin();
    CHECK(to_hex(terminal.data.get(0x82)) == "5C00");
    CHECK(terminal.authenticated.size() == 2);
    const Verdict verdict = judge(terminal);
    CHECK(verdict.issuer == "");
    CHECK(verdict.static_signature == "");
    CHECK(terminal.data.has(0x93));
    CHECK_FALSE(terminal.data.has(0x9F46));
    CHECK(terminal.send("00880000", hex("01020304")).sw == "6985");
    CHECK(terminal.send("80AE9000", Bytes(29, 0)).sw == "6A86");
}

TEST_CASE("DDA: certificates hold, and INTERNAL AUTHENTICATE signs the terminal's number") {
    ChipRig rig("unionpay-credit-dda");
    auto terminal = rig.begin();
    const Verdict verdict = judge(terminal);
    CHECK(verdict.issuer == "");
    CHECK(verdict.static_signature == "");
    CHECK(verdict.card == "");
    CHECK(dynamic_verdict(terminal, verdict) == "");
    CHECK(terminal.send("00880000", hex("010203")).sw == "6700");
    CHECK(terminal.send("00880100", hex("01020304")).sw == "6A86");

    terminal.generate_ac("80", 0x8C);
    CHECK((terminal.data.get(0x9F10)[6] & 0x02) != 0);  // CVR: DDA performed
    CHECK(terminal.send("00880000", hex("01020304")).sw == "6985");
}

TEST_CASE("CDA: ARQC and TC come inside signatures over everything that was sent") {
    ChipRig rig("unionpay-credit-cda");
    auto terminal = rig.begin();
    const Verdict verdict = judge(terminal);
    REQUIRE(verdict.card_key.has_value());
    const Reply first = terminal.generate_ac("90", 0x8C);
    CHECK_FALSE(terminal.data.has(0x9F26));
    const auto arqc = combined_verdict(terminal, first, verdict);
    REQUIRE(arqc.has_value());
    CHECK(to_hex(terminal.data.get(0x9F27)) == "80");

    // The cryptogram inside is the one that the issuer expects.
    emv::TlvMap issuer_side = terminal.data;
    issuer_side.set(0x9F26, arqc->cryptogram);
    const auto master = crypto::card_master_key(hex("9E15204313F7318ACB79B90BD986AD29"), pan, "01").value();
    CHECK(emv::make_cryptogram(
              emv::CryptogramVersion::unionpay_01, master,
              emv::cryptogram_input(issuer_side, emv::CryptogramVersion::unionpay_01).value()) ==
          arqc->cryptogram);
    const Bytes approval = emv::issuer_authentication_data(emv::CryptogramVersion::unionpay_01, master, 1,
                                                           arqc->cryptogram, {"00", {}, {}});
    CHECK(terminal.send("00820000", approval).sw == "9000");

    const Reply second = terminal.generate_ac("50", 0x8D);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "40");
    CHECK(combined_verdict(terminal, second, verdict).has_value());
    terminal.sent[0] ^= 1;
    CHECK_FALSE(combined_verdict(terminal, second, verdict).has_value());
}

TEST_CASE("CDA: an AAC is never signed") {
    ChipRig rig("unionpay-credit-cda", "application.credit.blocked = true");
    auto terminal = rig.terminal();
    CHECK(terminal.send("00A40400", rig.aid()).sw == "6283");
    terminal.data.set(0x9F38, hex("9F1A025F2A029C01"));
    terminal.initiate();
    terminal.read_records();
    const Reply reply = terminal.generate_ac("90", 0x8C);
    CHECK(reply.data[0] == 0x80);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "00");
    CHECK((terminal.data.get(0x9F10)[6] & 0x02) == 0);  // CVR: nothing was signed
}

TEST_CASE("Cards that are wrong in one way fail at that step and at no earlier one") {
    const auto verdict_of = [](const char* image) {
        ChipRig rig(image);
        return judge(rig.begin());
    };
    CHECK_THAT(verdict_of("unionpay-bad-issuer-certificate").issuer, ContainsSubstring("clause 6.3"));
    CHECK_THAT(verdict_of("unionpay-bad-static-signature").static_signature, ContainsSubstring("clause 5.4"));
    const Verdict altered = verdict_of("unionpay-altered-data");
    CHECK(altered.issuer == "");
    CHECK_THAT(altered.static_signature, ContainsSubstring("hash"));
    CHECK_THAT(altered.card, ContainsSubstring("hash"));

    ChipRig wrong("unionpay-bad-dynamic-signature");
    auto terminal = wrong.begin();
    const Verdict dynamic = judge(terminal);
    CHECK(dynamic.card == "");
    CHECK_THAT(dynamic_verdict(terminal, dynamic), ContainsSubstring("clause 6.5.2"));

    ChipRig card("unionpay-credit-dda", "application.credit.authentication.wrong = ['card_certificate']");
    CHECK_THAT(judge(card.begin()).card, ContainsSubstring("clause 6.4"));
    ChipRig expired("unionpay-credit-dda", "application.credit.authentication.expiry = '2001'");
    CHECK_THAT(judge(expired.begin()).issuer, ContainsSubstring("expired"));
}

TEST_CASE("Records that cannot be signed are refused with their place") {
    CHECK_THROWS_WITH(test::load_card("unionpay-credit-sda", R"(
        [[application.credit.record]]
        sfi = 1
        number = 1
        authenticated = true
        raw = "61035A0112")"),
                      ContainsSubstring("override.toml:6") && ContainsSubstring("one template 70"));
    CHECK_THROWS_WITH(test::load_card("unionpay-credit-sda", R"(
        application.credit.authentication.wrong = ["static_data"]
        [[application.credit.record]]
        sfi = 1
        number = 1
        holds = ["5A", "8C", "8D"])"),
                      ContainsSubstring("no record takes part"));
}

TEST_CASE("The card's own records may name which take part, and how") {
    ChipRig rig("unionpay-credit-cda", R"(
        [[application.credit.record]]
        sfi = 1
        number = 1
        authenticated = true
        holds = ["5A", "5F24", "8C", "8D", "9F4A"]
        [[application.credit.record]]
        sfi = 1
        number = 2
        holds = ["8F", "90", "92", "9F32"]
        [[application.credit.record]]
        sfi = 1
        number = 3
        authenticated = true
        holds = ["8E"]
        [[application.credit.record]]
        sfi = 1
        number = 4
        holds = ["9F46", "9F47", "9F48"]
    )");
    auto terminal = rig.begin();
    CHECK(to_hex(terminal.data.get(0x94)) ==
          "08010201"
          "08030401");
    CHECK(terminal.authenticated.size() == 2);
    CHECK(judge(terminal).card == "");
}

TEST_CASE("VERIFY with an enciphered PIN takes the card's challenge once (EMV book 2 clause 7.2)") {
    ChipRig rig("unionpay-credit-dda");
    auto terminal = rig.begin();
    const Verdict verdict = judge(terminal);
    const auto pin_key = emv::recover_icc_key(
        verdict.issuer_key->key, certified(terminal.data, 0x9F2D, 0x9F2F, 0x9F2E), pan, today, {});
    REQUIRE(pin_key.has_value());
    const auto challenge = [&terminal] {
        crypto::Block8 number{};
        std::ranges::copy(terminal.send("00840000").data, number.begin());
        return number;
    };
    const auto block = [&](std::string_view pin, const crypto::Block8& number) {
        return emv::encipher_pin(pin_key->key, pin, number, Bytes(emv::pin_padding_size(pin_key->key), 0x5A))
            .value();
    };
    const auto verify = [&terminal](const Bytes& data) { return terminal.send("00200088", data).sw; };

    CHECK(verify(block("123456", challenge())) == "9000");
    const auto number = challenge();
    CHECK(verify(block("999999", number)) == "63C2");
    CHECK(verify(block("123456", number)) == "6985");  // the challenge is used up
    challenge();
    terminal.send("80CA9F36");
    CHECK(verify(block("123456", number)) == "6985");  // another command came between
    CHECK(verify(Bytes(10, 0)) == "6700");
    challenge();
    CHECK(verify(block("123456", number)) == "63C1");  // of another challenge
    CHECK(verify(block("123456", challenge())) == "9000");
    CHECK(rig.chip.memory().pin_tries_left == 3);
    CHECK(terminal.send("00200080", pin_block("123456")).sw == "9000");
}
