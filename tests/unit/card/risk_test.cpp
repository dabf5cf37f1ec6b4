// Card risk management: decisions and memory from one transaction to the next.

#include "drivers/card/emulated/risk.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using posbench::test::ChipRig;

namespace {

/// unionpay-credit as one that approves offline, with `more` laid over it.
ChipRig risk_card(const std::string& more = {}) {
    return ChipRig("unionpay-credit", "application.credit.online_required = false\n" + more);
}

/// A transaction of `minor` for which the terminal asks a TC; the type that the card gives, "TC>TC" when it
/// was asked again after a host that could not be reached.
std::string offline_sale(ChipRig& rig, std::string_view minor, std::string_view currency = "0156") {
    auto terminal = rig.begin();
    terminal.data.set(0x9F02, hex(minor));
    terminal.data.set(0x5F2A, hex(currency));
    REQUIRE(terminal.generate_ac("40", 0x8C).sw == "9000");
    const auto name = [](const Bytes& cid) {
        return std::string(cid[0] == 0x80 ? "ARQC" : cid[0] == 0x40 ? "TC" : "AAC");
    };
    std::string types = name(*terminal.data.find(0x9F27));
    if (types != "ARQC") return types;
    terminal.data.set(0x8A, as_bytes("Y3"));
    REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
    return types + ">" + name(*terminal.data.find(0x9F27));
}

void online_sale(ChipRig& rig) {
    auto terminal = rig.begin();
    REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
    const auto master =
        crypto::card_master_key(hex("9E15204313F7318ACB79B90BD986AD29"), "6210948000000011", "01").value();
    crypto::Block8 arqc{};
    std::copy_n(terminal.data.get(0x9F26).begin(), 8, arqc.begin());
    const std::uint16_t atc = test::transaction_counter(rig.chip);
    REQUIRE(terminal
                .send("00820000", emv::issuer_authentication_data(emv::CryptogramVersion::unionpay_01, master,
                                                                  atc, arqc, {"00", {}, {}}))
                .sw == "9000");
    REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
}

constexpr std::string_view small = "000000000100";

}  // namespace

TEST_CASE("Consecutive offline transactions: beyond the lower limit online, beyond the upper one declined") {
    ChipRig rig = risk_card(
        "application.credit.risk = { lower_consecutive_limit = 2, "
        "upper_consecutive_limit = 4 }");
    CHECK(offline_sale(rig, small) == "TC");
    CHECK(offline_sale(rig, small) == "TC");
    CHECK(offline_sale(rig, small) == "ARQC>TC");
    CHECK(offline_sale(rig, small) == "ARQC>TC");
    CHECK(offline_sale(rig, small) == "ARQC>AAC");
    online_sale(rig);
    CHECK(to_hex(rig.send("80CA9F13").data) == "9F13020006");
    CHECK(offline_sale(rig, small) == "TC");
}

TEST_CASE("Cumulative amount: counted in the card's currency alone, cleared when the issuer was there") {
    ChipRig rig = risk_card("application.credit.risk = { amount_limit = 1000, upper_amount_limit = 2000 }");
    CHECK(offline_sale(rig, "000000000600") == "TC");
    CHECK(offline_sale(rig, "000000005000", "0840") == "TC");
    CHECK(offline_sale(rig, "000000000400") == "TC");
    CHECK(offline_sale(rig, "000000000001") == "ARQC>TC");
    CHECK(offline_sale(rig, "000000001000") == "ARQC>AAC");
    CHECK(rig.chip.memory().applications.front().offline_amount == 1001);
    online_sale(rig);
    CHECK(rig.chip.memory().applications.front().offline_amount == 0);
}

TEST_CASE("An online transaction that was not completed makes the next one go online") {
    ChipRig rig = risk_card();
    auto cut = rig.begin();
    cut.generate_ac("80", 0x8C);
    CHECK(rig.chip.memory().applications.front().online_not_completed);
    auto next = rig.begin();
    next.generate_ac("40", 0x8C);
    CHECK(to_hex(next.data.get(0x9F27)) == "80");
    CHECK((next.data.get(0x9F10)[5] & 0x80) != 0);
    online_sale(rig);
    CHECK(offline_sale(rig, small) == "TC");
}

TEST_CASE("Default actions: a new card goes online, and is declined where nobody can be asked") {
    const auto fresh = [](std::string_view actions) {
        ChipRig rig = risk_card("application.credit.risk.default_action = [" + std::string(actions) + "]");
        const std::string first = offline_sale(rig, small);
        online_sale(rig);
        return first + " " + offline_sale(rig, small);
    };
    CHECK(fresh("") == "TC TC");
    CHECK(fresh("'new_card_online'") == "ARQC>TC TC");
    CHECK(fresh("'new_card_declined_offline'") == "TC TC");  // the terminal approved: nobody was asked for
    CHECK(fresh("'new_card_online', 'new_card_declined_offline'") == "ARQC>AAC TC");
}

TEST_CASE("Default actions: the tries for the PIN are used up in this transaction, or were before") {
    struct Seen {
        std::string in_it, after;
        bool operator==(const Seen&) const = default;
    };
    const auto sales = [](std::string_view actions) {
        ChipRig rig = risk_card("application.credit.risk.default_action = [" + std::string(actions) + "]");
        const auto blocked = [&rig](std::string seen) {
            return rig.chip.memory().applications.front().blocked ? seen + " blocked" : seen;
        };
        auto terminal = rig.begin();
        for (int i = 0; i < 3; ++i) terminal.send("00200080", test::pin_block("000000"));
        terminal.generate_ac("40", 0x8C);
        const std::string cid = to_hex(terminal.data.get(0x9F27));
        Seen seen;
        seen.in_it = blocked(cid == "80" ? "ARQC" : cid == "40" ? "TC" : "AAC");
        // A blocked application is selected with a warning, and only declines (EMV book 1 clause 11.3).
        const bool is_blocked = rig.chip.memory().applications.front().blocked;
        seen.after = is_blocked ? "" : blocked(offline_sale(rig, small));
        return seen;
    };
    CHECK(sales("") == Seen{"TC", "TC"});
    CHECK(sales("'pin_blocked_blocks_application'") == Seen{"AAC blocked", ""});
    CHECK(sales("'pin_blocked_online'") == Seen{"ARQC", "ARQC>TC"});
    CHECK(sales("'pin_blocked_online', 'pin_blocked_declined_offline'") == Seen{"ARQC", "ARQC>AAC"});
    CHECK(sales("'pin_blocked_declined'") == Seen{"TC", "AAC"});
    CHECK(sales("'pin_blocked_declined_and_blocked'") == Seen{"TC", "AAC blocked"});
    CHECK(sales("'script_failed_online'") == Seen{"TC", "TC"});
}

TEST_CASE("Default actions: the block that the PIN brings is in the CVR of that cryptogram (VIS 1.4)") {
    ChipRig rig = risk_card("application.credit.risk.default_action = ['pin_blocked_blocks_application']");
    auto terminal = rig.begin();
    for (int i = 0; i < 3; ++i) terminal.send("00200080", test::pin_block("000000"));
    terminal.generate_ac("40", 0x8C);
    const ByteView cvr = terminal.data.get(0x9F10).subspan(3);
    CHECK((cvr[1] & 0x30) == 0x00);  // AAC
    CHECK((cvr[2] & 0x02) == 0x02);
}

TEST_CASE("An issuer authentication that is mandatory and missing: declined, counted on and remembered") {
    const auto second_of = [](std::string_view risk) {
        ChipRig rig = risk_card("application.credit.risk = { issuer_authentication_mandatory = true" +
                                std::string(risk) + " }");
        auto terminal = rig.begin();
        terminal.generate_ac("80", 0x8C);
        terminal.generate_ac("40", 0x8D);
        std::string second = to_hex(terminal.data.get(0x9F27));
        CHECK((terminal.data.get(0x9F10)[5] & 0x04) != 0);
        CHECK(rig.chip.memory().applications.front().last_online_atc == 0);  // nobody was there
        auto next = rig.begin();
        next.generate_ac("80", 0x8C);
        CHECK((next.data.get(0x9F10)[5] & 0x08) != 0);
        return second;
    };
    CHECK(second_of("") == "00");
    CHECK(second_of(", default_action = ['new_card_online']") == "40");
    CHECK(second_of(", default_action = ['missing_issuer_authentication_declined']") == "00");
}

TEST_CASE("A wrong ARPC is remembered: the next cryptograms tell it, and a card may insist on its issuer") {
    ChipRig rig = risk_card(
        "application.credit.risk.default_action = "
        "['failed_issuer_authentication_online_next']");
    auto terminal = rig.begin();
    terminal.generate_ac("80", 0x8C);
    CHECK(terminal.send("00820000", Bytes(10, 0x30)).sw == "6300");
    terminal.generate_ac("40", 0x8D);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "40");  // this default action does not decline
    auto next = rig.begin();
    next.generate_ac("40", 0x8C);
    CHECK(to_hex(next.data.get(0x9F27)) == "80");
    CHECK((next.data.get(0x9F10)[5] & 0x08) != 0);
}

TEST_CASE("Offline declines for a failed SDA or DDA are told with the next cryptogram") {
    ChipRig rig = risk_card();
    auto terminal = rig.begin();
    terminal.data.set(0x95, hex("4800000000"));
    terminal.generate_ac("00", 0x8C);
    auto next = rig.begin();
    next.generate_ac("80", 0x8C);
    CHECK((next.data.get(0x9F10)[5] & 0x01) != 0);
    CHECK((next.data.get(0x9F10)[6] & 0x04) != 0);
}

TEST_CASE("A second cryptogram without the issuer (8A is Z1) leaves counters and is told with the next") {
    ChipRig rig = risk_card();
    auto terminal = rig.begin();
    REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
    terminal.data.set(0x95, hex("0400000000"));  // CDA failed
    terminal.data.set(0x8A, as_bytes("Z1"));
    REQUIRE(terminal.generate_ac("00", 0x8D).sw == "9000");
    const ApplicationMemory& memory = rig.chip.memory().applications.front();
    CHECK(memory.last_online_atc == 0);
    CHECK(memory.online_not_completed);
    CHECK(memory.dynamic_authentication_failed);
    auto next = rig.begin();
    next.generate_ac("80", 0x8C);
    CHECK((next.data.get(0x9F10)[6] & 0x04) != 0);
}

TEST_CASE("Risk settings: objects of the wrong size, and the card's own counters, are refused") {
    using Catch::Matchers::ContainsSubstring;
    CHECK_THROWS_WITH(test::load_card("unionpay-credit", "application.credit.objects = { 9F54 = '00' }"),
                      ContainsSubstring("9F54 must be 6 octets, not 1"));
    CHECK_THROWS_WITH(test::load_card("unionpay-credit", "application.credit.objects = { 9F36 = '0001' }"),
                      ContainsSubstring("9F36 is the card's own counter"));
    CHECK_THROWS_WITH(
        test::load_card("unionpay-credit", "application.credit.objects = { 9F5C = '0000000000FF' }"),
        ContainsSubstring("9F5C must be decimal digits, two an octet (format n)"));
}

TEST_CASE("Risk settings: the amounts of a quick profile are six octets of digits") {
    using Catch::Matchers::ContainsSubstring;
    for (const std::string tag : {"9F6B", "9F6D", "9F77", "9F78", "9F79"})
        for (const std::string table :
             {"application.debit.objects", "application.debit.contactless.objects"}) {
            INFO(table << " " << tag);
            const auto load = [&](const std::string& value) {
                return test::load_card("unionpay-ecash",
                                       fmt::format("{} = {{ {} = '{}' }}", table, tag, value));
            };
            CHECK_THROWS_WITH(load("12"), ContainsSubstring(tag + " must be 6 octets, not 1"));
            CHECK_THROWS_WITH(load("0000000009300000000000000000"),
                              ContainsSubstring(tag + " must be 6 octets, not 14"));
            CHECK_THROWS_WITH(load("00000000001F"), ContainsSubstring(tag + " must be decimal digits"));
            CHECK_NOTHROW(load("000000010000"));
        }
    // Mastercard's tags for other things.
    CHECK_NOTHROW(
        test::load_card("mastercard-credit", "application.credit.objects = { 9F6B = '54FF', 9F79 = '12' }"));
}

TEST_CASE("Amounts in octets: whatever they are, from 0 to the most of n12") {
    CHECK(packed_decimal(hex("000000001234")) == 1234);
    CHECK(packed_decimal(hex("999999999999")) == most_amount);
    CHECK(packed_decimal(hex("0000000009300000000000000000")) == most_amount);
    CHECK(packed_decimal(Bytes(255, 0xFF)) == most_amount);
    CHECK(packed_decimal({}) == 0);
    CHECK(is_packed_decimal(hex("000000009999")));
    CHECK_FALSE(is_packed_decimal(hex("00000000A000")));
    CHECK_FALSE(is_packed_decimal(hex("00000000000A")));
}

TEST_CASE("Risk settings: an unknown default action names the nearest") {
    using Catch::Matchers::ContainsSubstring;
    CHECK_THROWS_WITH(
        test::load_card("unionpay-credit", "application.credit.risk.default_action = ['new_card_onlin']"),
        ContainsSubstring("new_card_online"));
    CHECK_THROWS_WITH(
        test::load_card("unionpay-credit", "application.credit.risk.lower_consecutive_limit = 256"),
        ContainsSubstring("lower_consecutive_limit"));
}
