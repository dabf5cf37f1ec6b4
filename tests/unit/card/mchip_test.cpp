// A card of Mastercard's: M/Chip's cryptograms and what it tells its issuer, made here from the words of the
// specification and not by the code under test.

#include <fmt/format.h>

#include "drivers/protocols/emv/enciphered_pin.hpp"
#include "drivers/protocols/emv/secure_messaging.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using Catch::Matchers::ContainsSubstring;
using posbench::test::ChipRig;
using posbench::test::TerminalSide;

namespace {

constexpr std::string_view issuer_key = "9E15204313F7318ACB79B90BD986AD29";

crypto::Block16 master() {
    return crypto::card_master_key(hex(issuer_key), "5413330089020011", "03").value();
}

/// Both halves: F0 and 0F in the third octet of the diversification value (book 2 annex A1.3.1).
Bytes session_key(std::string_view value) {
    Bytes halves = hex(std::string(value) + std::string(value));
    halves[2] = 0xF0;
    halves[10] = 0x0F;
    return crypto::DesCipher(master()).encrypt(halves);
}

/// The cryptogram that the issuer expects of the data that the terminal has.
std::string expected_cryptogram(const emv::TlvMap& data, bool own_session_key, bool counters) {
    Bytes octets;
    for (const emv::Tag tag :
         {0x9F02u, 0x9F03u, 0x9F1Au, 0x95u, 0x5F2Au, 0x9Au, 0x9Cu, 0x9F37u, 0x82u, 0x9F36u})
        append(octets, data.get(tag));
    const ByteView issuer_data = data.get(0x9F10);
    append(octets, issuer_data.subspan(2, 6));
    if (counters) append(octets, issuer_data.subspan(10));
    const std::string atc = to_hex(data.get(0x9F36));
    const auto key =
        session_key(own_session_key ? atc + "0000" + to_hex(data.get(0x9F37)) : atc + "000000000000");
    return to_hex(crypto::mac_algorithm3(key, octets, crypto::Padding::method2));
}

/// 91 over the ARQC in `data`: ARPC of method 1 by that key, then the code.
Bytes issuer_answer(const emv::TlvMap& data, bool own_session_key, std::string_view code) {
    Bytes block(data.get(0x9F26).begin(), data.get(0x9F26).end());
    const Bytes octets = hex(code);
    block[0] ^= octets[0];
    block[1] ^= octets[1];
    const crypto::Block16 card_key = master();
    const Bytes key = own_session_key ? Bytes(card_key.begin(), card_key.end())
                                      : session_key(to_hex(data.get(0x9F36)) + "000000000000");
    Bytes answer = crypto::DesCipher(key).encrypt(block);
    append(answer, octets);
    return answer;
}

TerminalSide begin(ChipRig& rig) {
    TerminalSide side = rig.begin();
    side.data.set(0x9F35, hex("22"));
    side.data.set(0x9F34, hex("1F0302"));
    return side;
}

std::string issuer_data(const TerminalSide& side) {
    return to_hex(side.data.get(0x9F10));
}

/// First and second cryptogram, with the issuer's code between them; types by 9F27.
std::string online(ChipRig& rig, std::string_view code) {
    TerminalSide side = begin(rig);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    std::string types = to_hex(side.data.get(0x9F27));
    side.data.set(0x91, issuer_answer(side.data, false, code));
    REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
    return types + to_hex(side.data.get(0x9F27)) + " " + issuer_data(side).substr(4, 12);
}

/// The card approves without its issuer.
void offline(ChipRig& rig, std::string_view minor, std::string_view currency = "0840") {
    TerminalSide side = begin(rig);
    side.data.set(0x9F02, hex(minor));
    side.data.set(0x5F2A, hex(currency));
    REQUIRE(side.generate_ac("40", 0x8C).sw == "9000");
    REQUIRE(to_hex(side.data.get(0x9F27)) == "40");
}

std::string refusal(std::string_view overrides, const std::string& image = "mastercard-credit") {
    try {
        test::load_card(image, overrides);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("M/Chip: both cryptograms of every version, and the issuer's answer in CDOL2") {
    for (const std::string number : {"10", "11", "14", "15"}) {
        INFO(number);
        const bool own_session_key = number[1] < '4', counters = number[1] == '1' || number[1] == '5';
        ChipRig rig("mastercard-credit",
                    fmt::format("[application.credit]\ncryptogram_version = 'MC-{}'\nkey_index = 7", number));
        TerminalSide side = begin(rig);
        REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
        CHECK(to_hex(side.data.get(0x9F27)) == "80");
        // No offline PIN, three tries, a terminal in another country.
        CHECK(issuer_data(side) == "07" + number + "A00003240000" + "0000" + "00000000000000FF");
        CHECK(to_hex(side.data.get(0x9F26)) == expected_cryptogram(side.data, own_session_key, counters));
        side.data.set(0x91, issuer_answer(side.data, own_session_key, "0010"));
        REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
        CHECK(to_hex(side.data.get(0x9F27)) == "40");
        CHECK(issuer_data(side) == "07" + number + "601003240000" + "0000" + "00000000000000FF");
        CHECK(to_hex(side.data.get(0x9F26)) == expected_cryptogram(side.data, own_session_key, counters));
    }
}

TEST_CASE("M/Chip: the issuer's code decides, and sets PIN tries and the next way") {
    ChipRig rig("mastercard-credit");
    CHECK(online(rig, "0010") == "8040 601003240000");
    CHECK(online(rig, "0000") == "8000 201003240000");
    CHECK(online(rig, "9900") == "8000 201003240000");  // reserved bits say nothing
    CHECK(online(rig, "021C") == "8040 601003240000");  // two tries; ask again
    CHECK(rig.chip.memory().pin_tries_left == 2);
    TerminalSide side = begin(rig);
    REQUIRE(side.generate_ac("40", 0x8C).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "80");
    CHECK(issuer_data(side).substr(4, 12) == "A00002240800");
}

TEST_CASE("M/Chip: an issuer's answer that is wrong declines, and the next cryptogram tells it") {
    ChipRig rig("mastercard-credit");
    TerminalSide side = begin(rig);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    Bytes wrong = issuer_answer(side.data, false, "0010");
    wrong[9] ^= 0x02;
    side.data.set(0x91, wrong);
    REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "00");
    CHECK(issuer_data(side).substr(4, 12) == "201003240400");
    side = begin(rig);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    CHECK(issuer_data(side).substr(4, 12) == "A00003240400");
    // The ARPC of version 10 is not under its session key.
    ChipRig older("mastercard-credit", "application.credit.cryptogram_version = 'MC-10'");
    side = begin(older);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    side.data.set(0x91, issuer_answer(side.data, false, "0010"));
    REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "00");
}

TEST_CASE("M/Chip: offline PIN right, wrong, without tries, and what the terminal takes it for") {
    ChipRig rig("mastercard-credit", "application.credit.issuer_country = '0156'");  // the terminal's too
    const auto told = [&](std::string_view cvm_results, std::initializer_list<std::string_view> pins) {
        TerminalSide side = begin(rig);
        side.data.set(0x9F34, hex(cvm_results));
        for (const std::string_view pin : pins) side.send("00200080", test::pin_block(pin));
        REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
        return issuer_data(side).substr(4, 12);
    };
    // No transaction is completed: every one after the first tells that too (octet 4, bit 8).
    CHECK(told("010302", {"123456"}) == "A50003020000");
    CHECK(told("010301", {"000000"}) == "A40002920000");
    CHECK(told("010302", {"000000"}) == "A40001930000");  // "successful", says the terminal
    CHECK(told("010301", {"000000", "000000"}) == "A400009A0000");
    CHECK(told("010301", {}) == "A00000AA0000");
    for (const char* offline : {"010302", "030302", "040302", "050302", "440302"})
        CHECK(told(offline, {}) == "A00000AB0000");
    for (const char* other : {"420302", "1E0302", "1F0302", "010300", "000302", "3F0302"})
        CHECK(told(other, {}) == "A00000AA0000");
}

TEST_CASE("M/Chip: an enciphered PIN is told as one") {
    ChipRig rig("mastercard-credit");
    TerminalSide side = begin(rig);
    const auto& key = *rig.image.applications.front().authentication.pin_key;
    crypto::Block8 challenge{};
    std::ranges::copy(side.send("00840000").data, challenge.begin());
    const Bytes block =
        emv::encipher_pin(key.public_key(), "123456", challenge, Bytes(key.size() - 17, 0x5A)).value();
    REQUIRE(side.send("00200088", block).sw == "9000");
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    CHECK(issuer_data(side).substr(4, 12) == "A70003040000");
}

TEST_CASE("M/Chip: DDA and CDA are told apart; the number of the signature, or the code, comes back") {
    ChipRig rig("mastercard-credit", "application.credit.authentication.methods = ['DDA', 'CDA']");
    TerminalSide side = begin(rig);
    side.data.set(0x9F45, hex("DAC0"));
    side.data.set(0x9F4C, hex("1234567890ABCDEF"));
    REQUIRE(side.send("00880000", side.dol(0x9F49)).sw == "9000");
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    CHECK(issuer_data(side).substr(4, 16) == "A080032400001234");

    side = begin(rig);
    side.data.set(0x9F45, hex("DAC0"));
    REQUIRE(side.generate_ac("90", 0x8C).sw == "9000");
    CHECK(issuer_data(side).substr(4, 16) == "A04003A40000DAC0");
    side.data.set(0x91, Bytes(10));
    side.data.set(0x8A, as_bytes("Y3"));
    REQUIRE(side.generate_ac("50", 0x8D).sw == "9000");
    CHECK(issuer_data(side).substr(4, 12) == "606003640000");  // both signed, unable to go online
}

TEST_CASE("M/Chip: counters of what was approved offline, and limits each by its bit") {
    ChipRig rig("mastercard-credit",
                "application.credit.risk = { lower_consecutive_limit = 3, upper_consecutive_limit = 4, "
                "amount_limit = 5000, upper_amount_limit = 6000 }");
    const auto counters = [&] {
        TerminalSide side = begin(rig);
        side.data.set(0x5F2A, hex("0840"));
        REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
        side.data.set(0x91, issuer_answer(side.data, false, "0010"));
        const std::string told = issuer_data(side).substr(12, 4) + " " + issuer_data(side).substr(20);
        REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
        return told;
    };
    offline(rig, "000000001500");
    offline(rig, "000000002500");
    TerminalSide side = begin(rig);
    side.data.set(0x5F2A, hex("0978"));  // another currency: a transaction, and no amount
    REQUIRE(side.generate_ac("40", 0x8C).sw == "9000");
    CHECK(issuer_data(side).substr(20) == "00000000400003FF");
    CHECK(counters() == "A000 00000000400003FF");  // the fourth, 40.00 and 12.34
    CHECK(counters() == "E000 00000000400003FF");  // an approval that says nothing of counters
    side = begin(rig);
    side.data.set(0x5F2A, hex("0840"));
    side.data.set(0x9F02, hex("000000003000"));
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    CHECK(issuer_data(side).substr(12, 4) == "F000");
    side.data.set(0x91, issuer_answer(side.data, false, "0012"));  // counters to zero
    REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
    CHECK(issuer_data(side).substr(20) == "00000000000000FF");
    CHECK(counters() == "0000 00000000000000FF");
}

TEST_CASE("M/Chip: each script command has a MAC over the cryptogram counted up by one") {
    ChipRig rig("mastercard-credit", fmt::format("application.credit.issuer_mac_key = '{0}'\n"
                                                 "application.credit.mac_size = 8\n"
                                                 "application.credit.objects = {{ 'DF7F' = '00' }}",
                                                 issuer_key));
    TerminalSide side = begin(rig);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    emv::ScriptContext context{1, {}};
    std::ranges::copy(side.data.get(0x9F26), context.cryptogram.begin());
    const auto put = [&](std::uint8_t value) {
        const emv::MessagingKey key{crypto::common_session_key(master(), context.cryptogram)};
        const Bytes data{value};
        return test::ask(rig.chip, emv::secure_format2(key, {0x04, 0xDA, 0xDF, 0x7F}, data, context, 8)).sw;
    };
    CHECK(put(1) == "9000");
    CHECK(put(2) == "6988");  // the first command's again; it counts as well
    for (int i = 0; i < 2; ++i)
        for (std::size_t at = 8; at-- > 0 && ++context.cryptogram[at] == 0;) {
        }
    CHECK(put(3) == "9000");
    CHECK(to_hex(side.send("80CADF7F").data) == "DF7F0103");
    side.data.set(0x91, issuer_answer(side.data, false, "0010"));
    REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
    CHECK(issuer_data(side).substr(4, 12) == "601033240300");  // three commands, one of them failed
}

TEST_CASE("M/Chip in an image: the scheme's own version, and none where it cannot be") {
    CHECK(test::load_card("mastercard-credit").applications.front().issuer.version ==
          emv::CryptogramVersion::mchip_14);
    const auto added = [](std::string_view aid, std::string_view version) {
        return refusal(fmt::format("[application.other]\naid = '{}'\nlabel = 'X'\nissuer_key = '{}'\n{}", aid,
                                   issuer_key, version));
    };
    CHECK(added("A0000000043060", "") == "accepted");
    CHECK(added("D276000100", "cryptogram_version = 'MC-11'") == "accepted");
    CHECK_THAT(added("A0000000043060", "cryptogram_version = '10'"),
               ContainsSubstring("cryptogram_version: must be MC-10, MC-11, MC-14 or MC-15"));
    CHECK_THAT(added("A0000000031010", "cryptogram_version = 'MC-14'"),
               ContainsSubstring("cryptogram_version: is M/Chip's, and the AID is not Mastercard's"));
    CHECK_THAT(refusal("application.credit.contactless.profile = 'qvsdc'"),
               ContainsSubstring("cryptogram_version: no quick profile has one of M/Chip's"));
    CHECK_THAT(
        refusal(fmt::format("application.credit.issuer_encipherment_key = '{}'", issuer_key)),
        ContainsSubstring("issuer_encipherment_key: this card takes no enciphered scripts of M/Chip's"));
}
