// The quick profiles: what GET PROCESSING OPTIONS makes of what the reader says of itself.

#include <set>

#include "tests/unit/card/field_reader.hpp"

using namespace posbench;
using namespace posbench::card;
using posbench::test::apdu;
using posbench::test::cryptogram_of_issuer;
using posbench::test::FieldRig;
using posbench::test::quick;
using posbench::test::Reply;
using posbench::test::TerminalSide;

namespace {

constexpr std::string_view ecash_pan = "6210948000000060";

/// One tap on a fresh card, in short: "TC 2000 03900000" (type, 9F6C, results), or the status word.
struct Tap {
    std::string ttq = "36004080";
    std::int64_t amount = 100;
    std::string currency = "0156";
    std::string type = "00";
};

std::string outcome(FieldRig& rig, const Tap& tap) {
    rig.tap();
    TerminalSide side = rig.terminal();
    side.data.set(0x9F66, hex(tap.ttq));
    side.data.set(0x9F02, packed_amount(tap.amount));
    side.data.set(0x5F2A, hex(tap.currency));
    side.data.set(0x9C, hex(tap.type));
    side.data.set(0x9F37, hex(fmt::format("{:08X}", rig.taps)));
    const Reply reply = quick(rig, side);
    if (reply.sw != "9000") return reply.sw;
    const std::string information = to_hex(side.data.get(0x9F27));
    const std::string_view name = information == "40" ? "TC" : information == "80" ? "ARQC" : "AAC";
    return fmt::format("{} {} {}", name, to_hex(side.data.get(0x9F6C)),
                       to_hex(side.data.get(0x9F10).subspan(3, 4)));
}

std::string outcome(std::string_view overrides, const Tap& tap, const std::string& name = "unionpay-ecash") {
    FieldRig rig(name, overrides);
    return outcome(rig, tap);
}

constexpr std::string_view all_methods = R"(
    [application.debit.contactless]
    cvm = ["online_pin", "signature"]
    cvm_limit = 5000
)";

}  // namespace

TEST_CASE("Field: the directory names every application with its kernel, by priority") {
    FieldRig rig("unionpay-credit", R"(
        [application.credit]
        priority = 2
        [application.other]
        aid = "A0000000031010"
        label = "VISA CREDIT"
        issuer_key = "9E15204313F7318ACB79B90BD986AD29"
        contactless = { profile = "qvsdc", cryptogram_version = "10" }
        [application.third]
        aid = "A00000002501"
        label = "AMEX"
        priority = 3
        interfaces = ["contactless"]
        issuer_key = "9E15204313F7318ACB79B90BD986AD29"
        contactless = { profile = "emv", kernel = "04" }
        [application.fourth]
        aid = "A0000000041010"
        label = "MASTERCARD"
        issuer_key = "9E15204313F7318ACB79B90BD986AD29"
    )");
    const Reply reply = rig.send(apdu("00A40400", as_bytes("2PAY.SYS.DDF01")));
    REQUIRE(reply.sw == "9000");
    const auto list = emv::parse_tlv(reply.data).value();
    const auto& entries = list.at(0).children.at(1).children.at(0).children;
    std::vector<std::string> seen;
    for (const emv::Tlv& entry : entries) {
        emv::TlvMap objects;
        objects.absorb(entry.children);
        seen.push_back(fmt::format("{} {} {} {}", to_hex(objects.get(0x4F)), as_text(objects.get(0x50)),
                                   to_hex(objects.get(0x87)), to_hex(objects.get(0x9F2A))));
    }
    CHECK(seen == std::vector<std::string>{"A0000000031010 VISA CREDIT 01 03",
                                           "A000000333010102 UnionPay Credit 02 07",
                                           "A00000002501 AMEX 03 04"});
    CHECK(rig.send(apdu("00B2010C")).sw == "6A82");
    CHECK(rig.send(apdu("00A40400", hex("A0000000041010"))).sw == "6A82");
    rig.insert();
    CHECK(rig.send(apdu("00A40400", as_bytes("2PAY.SYS.DDF01"))).sw == "6A82");
    CHECK(rig.send(apdu("00A40400", hex("A0000000041010"))).sw == "9000");
    CHECK(rig.send(apdu("00A40400", hex("A00000002501"))).sw == "6A82");
}

TEST_CASE("qPBOC: electronic cash pays offline, signed, and comes off the balance") {
    FieldRig rig("unionpay-ecash");
    TerminalSide side = rig.terminal();
    side.select(rig.application().aid);
    CHECK(rig.object("9F79") == "000000010000");
    REQUIRE(test::initiate(side).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "40");
    CHECK(to_hex(side.data.get(0x9F36)) == "0001");
    CHECK(to_hex(side.data.get(0x9F10)) == "0701010390000001");
    CHECK(to_hex(side.data.get(0x9F26)) == cryptogram_of_issuer(side, ecash_pan, "01"));
    CHECK(to_hex(side.data.get(0x57)) == "6210948000000060D30122200000000000");
    CHECK(to_hex(side.data.get(0x5F34)) == "01");
    CHECK(to_hex(side.data.get(0x9F6C)) == "2000");
    CHECK(to_hex(side.data.get(0x9F5D)) == "000000008766");
    CHECK(side.data.has(0x9F4B));
    CHECK(test::verify_fdda(side, true) == "0001");
    CHECK(to_hex(side.data.get(0x9F69)).substr(0, 2) == "01");
    CHECK(to_hex(side.data.get(0x9F69)).substr(10) == "2000");
    CHECK(rig.object("9F79") == "000000008766");
    CHECK(side.generate_ac("40", 0x9F38).sw == "6985");
    CHECK(side.send("00200080", hex("26123456FFFFFFFF")).sw == "6985");

    // A reader that knows version 00 alone gets a signature over the unpredictable number.
    rig.tap();
    side = rig.terminal();
    side.data.set(0x9F66, hex("36004000"));
    side.data.set(0x9F37, hex("01020304"));
    REQUIRE(quick(rig, side).sw == "9000");
    CHECK(test::verify_fdda(side, false) == "0002");
    CHECK(to_hex(side.data.get(0x9F69)).substr(0, 2) == "00");
    CHECK(test::verify_fdda(side, true).find("hash") != std::string::npos);
}

TEST_CASE("Quick profiles: an amount that is no digits is refused and costs nothing") {
    FieldRig rig("unionpay-ecash");
    TerminalSide side = rig.terminal();
    side.data.set(0x9F02, hex("0000000000FF"));
    CHECK(quick(rig, side).sw == "6985");
    CHECK(rig.object("9F79") == "000000010000");
    CHECK(rig.object("9F36") == "0000");
}

TEST_CASE("qPBOC: what the reader says of itself decides between TC, ARQC, AAC and refusal") {
    struct Row {
        std::string ttq;
        std::int64_t amount;
        std::string expected;
    };
    // The balance is 100.00, a verification is required above 50.00.
    const std::vector<Row> rows{
        {"00000000", 100, "6985"},  // no qualifiers
        {"56004080", 100, "6985"},  // another kind of contactless, contact, online PIN, signature: not quick
        {"20000000", 100, "TC 2000 03900000"},
        {"28000000", 100, "TC 2000 03900000"},    // offline only
        {"20800000", 100, "ARQC 2000 03A00000"},  // online cryptogram required
        {"28800000", 100, "AAC 2000 03800000"},
        {"20400000", 100, "6985"},  // verification required, no method in common
        {"22400000", 100, "TC 6000 03900000"},
        {"24400000", 100, "ARQC A000 03A00000"},
        {"26400000", 100, "ARQC A000 03A00000"},  // PIN before signature
        {"2A400000", 100, "TC 6000 03900000"},    // offline only, signature
        {"2C400000", 100, "6985"},                // offline only: no online PIN
        {"2E400000", 100, "TC 6000 03900000"},
        {"26C00000", 100, "ARQC A000 03A00000"},
        {"22C00000", 100, "ARQC 6000 03A00000"},
        {"2AC00000", 100, "AAC 6000 03800000"},
        {"20000000", 5000, "TC 2000 03900000"},  // the limit itself
        {"20000000", 5001, "6985"},              // the card requires a verification
        {"22000000", 5001, "TC 6000 03900000"},
        {"24000000", 5001, "ARQC A000 03A00000"},
        {"2A000000", 10000, "TC 6000 03900000"},    // the whole balance
        {"22000000", 10000, "ARQC 6000 03A00000"},  // less than the threshold would be left
        {"22000000", 9001, "ARQC 6000 03A00000"},
        {"22000000", 9000, "TC 6000 03900000"},
        {"22000000", 10001, "ARQC 6000 03A02000"},  // more than the balance
        {"2A000000", 10001, "AAC 6000 03802000"},
        {"36004080", 10001, "ARQC A000 03A02000"},
    };
    for (const Row& row : rows) {
        INFO(row.ttq << " " << row.amount);
        CHECK(outcome(all_methods, {row.ttq, row.amount}) == row.expected);
    }
}

TEST_CASE("qPBOC: over all qualifiers that count, an approval is never given against them") {
    FieldRig rig("unionpay-ecash", all_methods);
    std::set<std::string> kinds;
    for (unsigned octet1 = 0; octet1 < 256; ++octet1)
        for (const unsigned octet2 : {0x00u, 0x40u, 0x80u, 0xC0u}) {
            const std::string ttq = fmt::format("{:02X}{:02X}0080", octet1, octet2);
            INFO(ttq);
            const std::string seen = outcome(rig, {ttq, 1});
            const std::string kind = seen.substr(0, seen.find(' '));
            kinds.insert(kind);
            const bool offline = (octet1 & 0x08) != 0, online = (octet2 & 0x80) != 0;
            const bool pin = seen.find(" A0") != std::string::npos,
                       sign = seen.find(" 60") != std::string::npos;
            CHECK((kind != "6985") == ((octet1 & 0x20) && (!(octet2 & 0x40) || pin || sign)));
            if (kind == "6985") continue;
            CHECK((pin || sign) == ((octet2 & 0x40) != 0));
            CHECK(pin == ((octet2 & 0x40) && (octet1 & 0x04) && !offline));
            CHECK((kind == "AAC") == (offline && online));
            CHECK((kind == "ARQC") == (!offline && (online || pin)));
        }
    CHECK(kinds == std::set<std::string>{"6985", "AAC", "ARQC", "TC"});
}

TEST_CASE("qPBOC: only purchases in the card's currency are approved offline") {
    CHECK(outcome("", {"20000000", 100, "0840"}) == "ARQC 2000 03A00000");
    CHECK(outcome("", {"28000000", 100, "0840"}) == "AAC 2000 03800000");
    CHECK(outcome("", {"20000000", 100, "0156", "20"}) == "ARQC 2000 03A00000");
    CHECK(outcome("", {"28000000", 100, "0156", "01"}) == "AAC 2000 03800000");
    const std::string_view abroad = R"(
        [application.debit.contactless]
        declines_abroad = true
    )";
    CHECK(outcome(abroad, {"20800000", 100, "0840"}) == "AAC 2000 03800000");
    CHECK(outcome(abroad, {"20800000", 100, "0156"}) == "ARQC 2000 03A00000");
    const std::string_view verified = R"(
        [application.debit.contactless]
        cvm = ["online_pin_abroad", "signature"]
        cvm_abroad = true
    )";
    CHECK(outcome(verified, {"20000000", 1, "0840"}) == "6985");
    CHECK(outcome(verified, {"26000000", 1, "0840"}) == "ARQC A000 03A00000");
    CHECK(outcome(verified, {"2A000000", 1, "0840"}) == "AAC 6000 03800000");
    CHECK(outcome(verified, {"26400000", 1, "0156"}) == "TC 6000 03900000");  // the PIN is for abroad alone
    // Without anything to approve from, the issuer is asked.
    CHECK(outcome("", {"20000000", 1}, "unionpay-debit") == "ARQC 0000 03A00000");
    CHECK(outcome("", {"28000000", 1}, "unionpay-debit") == "AAC 0000 03800000");
    CHECK(outcome("application.debit.online_required = true", {"20000000", 1}) == "ARQC 2000 03A00000");
    CHECK(outcome("application.debit.online_required = true", {"28000000", 1}) == "AAC 2000 03800000");
}

TEST_CASE("qPBOC: the limits of one transaction, of all since the issuer was asked, and of their number") {
    const std::string_view single = R"(
        [application.debit.contactless.low_value]
        transaction_limit = 200
    )";
    CHECK(outcome(single, {"20000000", 200}) == "TC 2000 03900000");
    CHECK(outcome(single, {"20000000", 201}) == "ARQC 2000 03A02000");
    CHECK(outcome(single, {"28000000", 201}) == "AAC 2000 03802000");

    FieldRig cumulative("unionpay-ecash", R"(
        [application.debit.risk]
        amount_limit = 500
        upper_amount_limit = 800
        [application.debit.contactless]
        cumulative = true
    )");
    CHECK(outcome(cumulative, {"20000000", 500}) == "TC 2000 03900000");
    CHECK(outcome(cumulative, {"20000000", 1}) == "ARQC 2000 03A02000");
    // A reader that has no host may go up to the second limit.
    CHECK(outcome(cumulative, {"28000000", 300}) == "TC 2000 03902000");
    CHECK(outcome(cumulative, {"28000000", 1}) == "AAC 2000 03802000");
    CHECK(cumulative.object("9F79") == "000000009200");

    FieldRig number("unionpay-ecash", "application.debit.risk.lower_consecutive_limit = 1");
    CHECK(outcome(number, {"20000000", 1}) == "TC 2000 03900000");
    CHECK(outcome(number, {"20000000", 2}) == "ARQC 2000 03A02000");
    CHECK(outcome("application.debit.risk.default_action = ['new_card_online']", {"20000000", 1}) ==
          "ARQC 2000 03A00000");
    CHECK(outcome("application.debit.risk.default_action = ['new_card_declined_offline', 'new_card_online']",
                  {"28000000", 1}) == "AAC 2000 03800000");
}

TEST_CASE("qPBOC: a declined or an online transaction names no records and costs nothing") {
    for (const std::string ttq : {"20800000", "28800000"}) {
        INFO(ttq);
        FieldRig rig("unionpay-ecash");
        TerminalSide side = rig.terminal();
        side.data.set(0x9F66, hex(ttq));
        REQUIRE(quick(rig, side).sw == "9000");
        CHECK_FALSE(side.data.has(0x94));
        CHECK_FALSE(side.data.has(0x9F4B));
        CHECK(to_hex(side.data.get(0x9F26)) == cryptogram_of_issuer(side, ecash_pan, "01"));
        CHECK(rig.object("9F79") == "000000010000");
        // A record has nothing of a signature that was not made.
        CHECK(side.send("00B2042C").sw == "9000");
        side.absorb(side.send("00B2042C"));
        CHECK_FALSE(side.data.has(0x9F69));
    }
}

TEST_CASE("qPBOC: a purchase whose records were not all read is not paid for twice") {
    FieldRig rig("unionpay-ecash");
    TerminalSide first = rig.terminal();
    const Reply lost = quick(rig, first);
    REQUIRE(first.send("00B20124").sw == "9000");
    rig.tap();  // and the last record is not read

    TerminalSide again = rig.terminal();
    const Reply same = quick(rig, again);
    CHECK(to_hex(same.data) == to_hex(lost.data));
    CHECK(rig.object("9F79") == "000000008766");
    CHECK(test::transaction_counter(rig.chip) == 1);
    CHECK(test::verify_fdda(again, true) == "0001");

    // The answer to the last record may be what got lost.
    rig.tap();
    TerminalSide third = rig.terminal();
    CHECK(to_hex(quick(rig, third).data) == to_hex(lost.data));
    CHECK(test::verify_fdda(third, true) == "0001");
    CHECK(rig.object("9F79") == "000000008766");  // a command after it: the reader has all

    rig.tap();
    TerminalSide fourth = rig.terminal();
    REQUIRE(quick(rig, fourth).sw == "9000");
    CHECK(to_hex(fourth.data.get(0x9F36)) == "0002");
    CHECK(rig.object("9F79") == "000000007532");

    // Another number or another amount is another purchase, and so is one that is to go online.
    for (const auto& [tag, value] : std::vector<std::pair<emv::Tag, std::string>>{
             {0x9F37, "00000001"}, {0x9F02, "000000000001"}, {0x9F66, "36804080"}}) {
        rig.tap();
        TerminalSide other = rig.terminal();
        other.data.set(tag, hex(value));
        REQUIRE(quick(rig, other).sw == "9000");
    }
    CHECK(test::transaction_counter(rig.chip) == 5);
    CHECK(rig.object("9F79") == "000000006297");
}

TEST_CASE("A blocked application refuses, a spoilt signature is seen, a long one goes into a record") {
    FieldRig blocked("unionpay-ecash", "application.debit.blocked = true");
    TerminalSide side = blocked.terminal();
    const Reply selected = side.send("00A40400", blocked.application().aid);
    CHECK(selected.sw == "6283");
    side.data.absorb(emv::parse_tlv(selected.data).value());
    CHECK(test::initiate(side).sw == "6985");

    FieldRig spoilt("unionpay-ecash", R"(application.debit.authentication.wrong = ["dynamic_signature"])");
    side = spoilt.terminal();
    REQUIRE(quick(spoilt, side).sw == "9000");
    CHECK(test::verify_fdda(side, true) != "0001");

    FieldRig large("unionpay-ecash", R"(
        application.debit.authentication.card = "@test-pki.issuer"
        application.debit.contactless.tags = { "9F7C" = "0102030405060708090A0B0C0D0E0F10" }
    )");
    side = large.terminal();
    const Reply reply = quick(large, side);
    REQUIRE(reply.sw == "9000");
    CHECK_FALSE(side.data.has(0x9F4B));
    CHECK(test::verify_fdda(side, true) == "0001");
    CHECK(side.data.get(0x9F4B).size() == 144);

    FieldRig silent("unionpay-ecash", R"(application.debit.contactless.tags = { "9F69" = "" })");
    side = silent.terminal();
    REQUIRE(quick(silent, side).sw == "9000");
    side.read_records();
    CHECK_FALSE(side.data.has(0x9F69));
}

TEST_CASE("Quick profiles: records are octets as they are, but for the data that were signed") {
    // Beside the customary layout, records of which each would be another after reading and writing it.
    const std::string records = R"(
        [[application.debit.contactless.record]]
        sfi = 4
        number = 1
        authenticated = true
        holds = ["5A", "5F24", "5F25", "5F28", "9F07", "9F42", "9F4A"]
        [[application.debit.contactless.record]]
        sfi = 5
        number = 1
        holds = ["8F", "9F32", "92"]
        [[application.debit.contactless.record]]
        sfi = 5
        number = 2
        holds = ["90"]
        [[application.debit.contactless.record]]
        sfi = 5
        number = 3
        holds = ["9F46"]
        [[application.debit.contactless.record]]
        sfi = 5
        number = 4
        holds = ["9F47", "9F48"]
        [[application.debit.contactless.record]]
        sfi = 5
        number = 5
        raw = "70810F 00 9F698107 00000000000000 9F0800"
        [[application.debit.contactless.record]]
        sfi = 6
        number = 1
        in_locator = false
        raw = "9F1F03313233"
        [[application.debit.contactless.record]]
        sfi = 6
        number = 2
        in_locator = false
        raw = "70810500009F0700"
        [[application.debit.contactless.record]]
        sfi = 11
        number = 1
        in_locator = false
        raw = "70059F4B020102"
    )";
    FieldRig rig("unionpay-ecash", records);
    TerminalSide side = rig.terminal();
    REQUIRE(quick(rig, side).sw == "9000");
    CHECK(to_hex(side.send("00B20134").data) == "9F1F03313233");
    CHECK(to_hex(side.send("00B20234").data) == "70810500009F0700");
    CHECK(to_hex(side.send("00B2015C").data) == "70059F4B020102");
    CHECK(test::verify_fdda(side, true) == "0001");
    const std::string of_signature = to_hex(side.send("00B2052C").data);
    CHECK(of_signature == "70810F009F698107" + to_hex(side.data.get(0x9F69)) + "9F0800");

    rig.tap();
    side = rig.terminal();
    side.data.set(0x5F2A, hex("0840"));  // online, and nothing is signed
    REQUIRE(quick(rig, side).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "80");
    CHECK(to_hex(side.send("00B20234").data) == "70810500009F0700");
    CHECK(to_hex(side.send("00B2052C").data) == "7004009F0800");

    FieldRig unsigned_card("unionpay-credit", R"(
        [[application.credit.contactless.record]]
        sfi = 1
        number = 1
        raw = "70059F4B020102"
    )");
    side = unsigned_card.terminal();
    REQUIRE(quick(unsigned_card, side).sw == "9000");
    CHECK(to_hex(side.send("00B2010C").data) == "70059F4B020102");
}

TEST_CASE("qVSDC: cryptogram version 17 over amount, number, counter and results") {
    FieldRig rig("visa-credit");
    TerminalSide side = rig.terminal();
    REQUIRE(quick(rig, side).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "80");
    CHECK(to_hex(side.data.get(0x9F10)) == "06011103A00000");
    CHECK(to_hex(side.data.get(0x9F6C)) == "2800");
    CHECK(to_hex(side.data.get(0x9F6E)) == "20700000");
    CHECK_FALSE(side.data.has(0x94));
    const auto master = crypto::card_master_key(hex(test::issuer_key), "4761739001010119", "01").value();
    const auto cryptogram =
        crypto::mac_algorithm3(master, hex("000000001234 52BF4585 0001 A0"), crypto::Padding::zero);
    CHECK(to_hex(side.data.get(0x9F26)) == to_hex(cryptogram));
    CHECK(outcome("", {"30400000"}, "visa-credit") == "6984");  // the reader has contacts
    CHECK(outcome("", {"20400000"}, "visa-credit") == "6985");  // there is no other interface
    CHECK(outcome("", {"30400000"}) == "6985");                 // PBOC sends nobody to the contacts
    CHECK(outcome("", {"24400000", 100, "0840"}, "visa-credit") == "ARQC A800 03A00000");

    for (const std::string version : {"01", "10", "18"}) {
        INFO(version);
        FieldRig other("visa-credit",
                       fmt::format("application.credit.contactless.cryptogram_version = '{}'", version));
        side = other.terminal();
        REQUIRE(quick(other, side).sw == "9000");
        CHECK(to_hex(side.data.get(0x9F26)) == cryptogram_of_issuer(side, "4761739001010119", "01"));
    }
}

TEST_CASE("qVSDC: an online transaction is signed for a reader that authenticates it") {
    FieldRig rig("visa-credit");
    TerminalSide side = rig.terminal();
    side.data.set(0x9F66, hex("27800000"));
    REQUIRE(quick(rig, side).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "80");
    CHECK(test::verify_fdda(side, true) == "0001");
}

TEST_CASE("qVSDC: the issuer's approval over contacts fills the funds up, nothing else does") {
    FieldRig rig("visa-credit", R"(
        [application.credit]
        currency = "0156"
        [application.credit.contactless.low_value]
        balance = 2000
        balance_limit = 2000
    )");
    CHECK(outcome(rig, {"20000000", 500}) == "TC 2800 03900000");
    CHECK(rig.object("9F79") == "000000001500");
    for (const bool authentic : {false, true}) {
        rig.insert();
        TerminalSide side = rig.terminal();
        side.start(rig.image.applications.front().aid);
        REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
        const auto master = crypto::card_master_key(hex(test::issuer_key), "4761739001010119", "01").value();
        crypto::Block8 arqc{};
        std::ranges::copy(side.data.get(0x9F26), arqc.begin());
        emv::IssuerDecision decision;
        decision.code = "00";
        Bytes issuer = emv::issuer_authentication_data(emv::CryptogramVersion::visa_10, master,
                                                       test::transaction_counter(rig.chip), arqc, decision);
        if (!authentic) issuer[0] ^= 0x01;
        CHECK(side.send("00820000", issuer).sw == (authentic ? "9000" : "6300"));
        REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
        CHECK(rig.object("9F79") == (authentic ? "000000002000" : "000000001500"));
    }
}
