// The profiles with a GENERATE AC, what both interfaces share, and the image's contactless tables.

#include "tests/unit/card/field_reader.hpp"

using namespace posbench;
using namespace posbench::card;
using posbench::test::apdu;
using posbench::test::FieldRig;
using posbench::test::Reply;
using posbench::test::script;
using posbench::test::TerminalSide;

namespace {

/// Up to GENERATE AC with CDA; the answer's objects are in `side`.
Reply mastercard(FieldRig& rig, TerminalSide& side) {
    side.start(rig.application().aid);
    return side.generate_ac("90", 0x8C);
}

/// The cryptogram that the signature brings, or why it was refused (EMV book 2 clause 6.6.2).
std::string verify_combined(TerminalSide& side, const Reply& answer) {
    const auto key = test::card_key(side);
    Bytes sent = side.dol(0x8C);
    const auto list = emv::parse_tlv(answer.data).value();
    for (const emv::Tlv& object : list.at(0).children)
        if (object.tag != 0x9F4B) emv::append_tlv(sent, object.tag, object.value);
    std::array<std::uint8_t, 4> number{};
    std::ranges::copy(side.data.get(0x9F37), number.begin());
    const auto combined =
        emv::verify_combined_data(key, side.data.get(0x9F4B), side.data.get(0x9F27)[0], number, sent);
    return combined ? to_hex(combined->cryptogram) : combined.error().what;
}

/// SELECT of an application that is blocked.
void select_blocked(FieldRig& rig, TerminalSide& side) {
    const Reply selected = side.send("00A40400", rig.application().aid);
    REQUIRE(selected.sw == "6283");
    side.data.absorb(emv::parse_tlv(selected.data).value());
}

std::string refusal(const std::string& name, std::string_view overrides) {
    try {
        test::load_card(name, overrides);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("Mastercard: one GENERATE AC with CDA ends the transaction") {
    FieldRig rig("mastercard-credit");
    TerminalSide side = rig.terminal();
    const Reply answer = mastercard(rig, side);
    REQUIRE(answer.sw == "9000");
    CHECK(to_hex(side.data.get(0x82)) == "1980");
    CHECK(to_hex(side.data.get(0x9F51)) == "9F3704");
    CHECK(to_hex(side.data.get(0x9F27)) == "80");
    const std::string cryptogram = verify_combined(side, answer);
    side.data.set(0x9F26, hex(cryptogram));
    CHECK(cryptogram == test::cryptogram_of_issuer(side, "5413330089020011", "03"));
    CHECK(side.generate_ac("40", 0x8D).sw == "6985");
    // An ARQC that is never completed over the field is no reason for the next one.
    CHECK_FALSE(rig.chip.memory().applications[0].online_not_completed);
}

TEST_CASE("Mastercard: RECOVER AC gives the lost answer again, and another transaction goes on") {
    FieldRig rig("mastercard-credit");
    TerminalSide lost = rig.terminal();
    const Reply torn = mastercard(rig, lost);
    REQUIRE(torn.sw == "9000");
    rig.tap();

    TerminalSide side = rig.terminal();
    side.start(rig.application().aid);
    CHECK(side.send("80D00000", hex("01020304")).sw == "6985");
    CHECK(side.send("80D00000", hex("010203")).sw == "6700");
    CHECK(side.send("80D00001", hex("52BF4585")).sw == "6A86");
    const Reply recovered = side.send("80D00000", hex("52BF4585"));
    CHECK(recovered.sw == "9000");
    CHECK(to_hex(recovered.data) == to_hex(torn.data));
    CHECK(side.generate_ac("90", 0x8C).sw == "6985");

    // It arrived, for a command followed; so it is forgotten, and the reader makes a new cryptogram.
    rig.tap();
    side = rig.terminal();
    side.start(rig.application().aid);
    CHECK(side.send("80D00000", hex("52BF4585")).sw == "6985");
    REQUIRE(side.generate_ac("90", 0x8C).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F36)) == "0003");
}

TEST_CASE("Mastercard: after RECOVER AC the issuer's keys are of the counter in that answer") {
    const std::string overrides =
        fmt::format("[application.credit]\naip = '1800'\ncontactless.aip = '1980'\nissuer_mac_key = '{}'\n",
                    test::issuer_key);
    FieldRig rig("mastercard-credit", overrides);
    TerminalSide side = rig.terminal();
    side.start(rig.application().aid);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    rig.tap();
    side = rig.terminal();
    side.start(rig.application().aid);
    side.absorb(side.send("80D00000", hex("52BF4585")));
    CHECK(to_hex(side.data.get(0x9F36)) == "0001");
    CHECK(rig.object("9F36") == "0002");
    CHECK(script(rig, side, "841E0000") == "9000");
}

TEST_CASE("Mastercard: a recovered answer may be lost again; a bounded number is kept") {
    for (const int kept : {0, 1, 2}) {
        INFO(kept);
        FieldRig rig("mastercard-credit",
                     fmt::format("application.credit.contactless.torn_records = {}", kept));
        for (const std::string number : {"00000001", "00000002", "00000003"}) {
            rig.tap();
            TerminalSide side = rig.terminal();
            side.data.set(0x9F37, hex(number));
            REQUIRE(mastercard(rig, side).sw == "9000");
        }
        for (int times = 0; times < 2; ++times)
            for (const int number : {1, 2, 3}) {
                rig.tap();
                TerminalSide side = rig.terminal();
                side.start(rig.application().aid);
                const Reply reply = side.send("80D00000", hex(fmt::format("{:08X}", number)));
                CHECK(reply.sw == (number > 3 - kept ? "9000" : "6985"));
            }
    }
}

TEST_CASE(
    "Mastercard: no answer is recovered after a transaction over contacts, nor by a blocked application") {
    FieldRig rig("mastercard-credit");
    TerminalSide side = rig.terminal();
    REQUIRE(mastercard(rig, side).sw == "9000");
    rig.insert();
    side = rig.terminal();
    side.start(rig.image.applications.front().aid);
    rig.tap();
    side = rig.terminal();
    side.start(rig.application().aid);
    CHECK(side.send("80D00000", hex("52BF4585")).sw == "6985");

    FieldRig blocked("mastercard-credit",
                     fmt::format("[application.credit]\nissuer_mac_key = '{}'\ncontactless.torn_records = 2",
                                 test::issuer_key));
    side = blocked.terminal();
    REQUIRE(mastercard(blocked, side).sw == "9000");
    blocked.tap();
    side = blocked.terminal();
    side.data.set(0x9F37, hex("00000002"));
    side.start(blocked.application().aid);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    REQUIRE(script(blocked, side, "841E0000") == "9000");
    blocked.tap();
    side = blocked.terminal();
    select_blocked(blocked, side);
    side.initiate();
    side.read_records();
    CHECK(side.send("80D00000", hex("52BF4585")).sw == "6985");
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    CHECK(to_hex(side.data.get(0x9F27)) == "00");
}

TEST_CASE("Mastercard: the DRDOL may ask for more than the number, and all of it must agree") {
    FieldRig rig("mastercard-credit", "application.credit.contactless.drdol = '9F3704 9F0206'");
    TerminalSide side = rig.terminal();
    REQUIRE(mastercard(rig, side).sw == "9000");
    rig.tap();
    side = rig.terminal();
    side.start(rig.application().aid);
    CHECK(side.send("80D00000", hex("52BF4585 000000001235")).sw == "6985");
    CHECK(side.send("80D00000", hex("52BF4585 000000001234")).sw == "9000");

    FieldRig other("unionpay-ecash");
    side = other.terminal();
    side.select(other.application().aid);
    CHECK(side.send("80D00000", hex("52BF4585")).sw == "6985");
    other.insert();
    side.start(other.application().aid);
    CHECK(side.send("80D00000", hex("52BF4585")).sw == "6D00");
}

TEST_CASE("The profile emv goes over the field as over contacts, issuer and all") {
    FieldRig rig("visa-credit", R"(
        [application.other]
        aid = "A00000002501"
        label = "AMEX"
        issuer_key = "9E15204313F7318ACB79B90BD986AD29"
        pdol = "9F1A02"
        contactless = { profile = "emv", kernel = "04", response_format = 2 }
    )");
    TerminalSide side = rig.terminal();
    side.start(hex("A00000002501"));
    CHECK(side.data.get(0x9F38).size() == 3);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    CHECK(rig.chip.state() == Chip::State::online);
    CHECK(to_hex(side.data.get(0x9F26)) == test::cryptogram_of_issuer(side, "4761739001010119", "01"));
    REQUIRE(side.generate_ac("40", 0x8D).sw == "9000");
    CHECK(rig.chip.state() == Chip::State::finished);
}

TEST_CASE("Contacts and field share counter, PIN tries, balance and block") {
    FieldRig rig("unionpay-ecash");
    TerminalSide field = rig.terminal();
    REQUIRE(test::quick(rig, field).sw == "9000");
    CHECK(to_hex(field.data.get(0x9F36)) == "0001");

    rig.insert();
    TerminalSide contact = rig.terminal();
    contact.start(rig.image.applications.front().aid);
    CHECK(rig.object("9F79") == "000000008766");
    CHECK(contact.send("00200080", hex("26999999FFFFFFFF")).sw == "63C2");
    REQUIRE(contact.generate_ac("00", 0x8C).sw == "9000");
    CHECK(to_hex(contact.data.get(0x9F36)) == "0002");

    rig.tap();
    field = rig.terminal();
    field.data.set(0x9F37, hex("00000001"));
    REQUIRE(test::quick(rig, field).sw == "9000");
    CHECK(to_hex(field.data.get(0x9F36)) == "0003");
    CHECK(rig.object("9F17") == "02");

    // An application beside it has a counter of its own.
    FieldRig two("unionpay-credit", R"(
        [application.other]
        aid = "A0000000031010"
        label = "VISA CREDIT"
        issuer_key = "9E15204313F7318ACB79B90BD986AD29"
        contactless = { profile = "qvsdc" }
    )");
    field = two.terminal();
    field.select(two.application().aid);
    REQUIRE(test::initiate(field).sw == "9000");
    field.select(hex("A0000000031010"));
    CHECK(two.object("9F36") == "0000");
}

TEST_CASE("A torn purchase is repeated only while nothing came between and the application is open") {
    const std::string with_scripts = fmt::format("application.debit.issuer_mac_key = '{}'", test::issuer_key);
    /// The same purchase once more: its counter, and what is left.
    const auto once_more = [](FieldRig& rig) {
        rig.tap();
        TerminalSide side = rig.terminal();
        REQUIRE(test::quick(rig, side).sw == "9000");
        return to_hex(side.data.get(0x9F36)) + " " + rig.object("9F79");
    };

    FieldRig contact("unionpay-ecash");
    TerminalSide side = contact.terminal();
    REQUIRE(test::quick(contact, side).sw == "9000");
    contact.insert();
    side = contact.terminal();
    side.start(contact.image.applications.front().aid);
    CHECK(once_more(contact) == "0003 000000007532");

    FieldRig refused("unionpay-ecash");
    side = refused.terminal();
    REQUIRE(test::quick(refused, side).sw == "9000");
    refused.tap();
    side = refused.terminal();
    side.data.set(0x9F66, hex("16004080"));
    CHECK(test::quick(refused, side).sw == "6985");
    CHECK(once_more(refused) == "0001 000000008766");

    FieldRig loaded("unionpay-ecash", with_scripts);
    side = loaded.terminal();
    REQUIRE(test::quick(loaded, side).sw == "9000");
    REQUIRE(script(loaded, side, "04DA9F79", hex("000000050000")) == "9000");
    side.read_records();  // nothing is left to be forgotten
    CHECK(once_more(loaded) == "0002 000000048766");

    FieldRig rewritten("unionpay-ecash", with_scripts);
    side = rewritten.terminal();
    REQUIRE(test::quick(rewritten, side).sw == "9000");
    REQUIRE(script(rewritten, side, "04DC0124", hex("70035F2000")) == "9000");
    CHECK(once_more(rewritten) == "0002 000000007532");

    FieldRig reopened("unionpay-ecash", with_scripts);
    side = reopened.terminal();
    REQUIRE(test::quick(reopened, side).sw == "9000");
    REQUIRE(script(reopened, side, "841E0000") == "9000");
    REQUIRE(script(reopened, side, "84180000") == "9000");
    CHECK(once_more(reopened) == "0002 000000007532");

    FieldRig blocked("unionpay-ecash", with_scripts);
    side = blocked.terminal();
    REQUIRE(test::quick(blocked, side).sw == "9000");
    REQUIRE(script(blocked, side, "841E0000") == "9000");
    blocked.tap();
    side = blocked.terminal();
    select_blocked(blocked, side);
    CHECK(test::initiate(side).sw == "6985");
    CHECK(blocked.object("9F79") == "000000008766");
}

TEST_CASE("A PIN that is blocked over contacts sends the field online when the issuer wants it") {
    FieldRig rig("unionpay-ecash", R"(
        pin_tries = 1
        application.debit.risk.default_action = ["pin_blocked_online"]
    )");
    rig.insert();
    TerminalSide contact = rig.terminal();
    contact.start(rig.image.applications.front().aid);
    REQUIRE(contact.send("00200080", hex("26999999FFFFFFFF")).sw == "63C0");
    rig.tap();
    TerminalSide field = rig.terminal();
    REQUIRE(test::quick(rig, field).sw == "9000");
    CHECK(to_hex(field.data.get(0x9F10)) == "07010103A0400001");
}

TEST_CASE("Contactless tables: what is wrong is refused with place and rule") {
    const auto in_credit = [](const std::string& text) {
        return refusal("unionpay-credit", "[application.credit.contactless]\n" + text);
    };
    CHECK(in_credit("") == "accepted");
    CHECK(in_credit("profile = 'qpbok'") ==
          "override.toml:2:11: profile must be one of qpboc, qvsdc, mastercard, emv, not 'qpbok' (did you "
          "mean 'qpboc'?)");
    CHECK(in_credit("kernal = '07'") ==
          "override.toml:2:1: unknown key 'kernal' in [application.credit] "
          "contactless (did you mean 'kernel'?)");
    CHECK(in_credit("torn_records = 1") ==
          "override.toml:2:16: torn_records: belongs to profile = \"mastercard\", not to 'qpboc'");
    CHECK(in_credit("aid = 'A000000333010101'") ==
          "override.toml:2:7: aid: belongs to the application, over both interfaces");
    CHECK(in_credit("risk = { amount_limit = 1 }").find("over both interfaces") != std::string::npos);
    CHECK(
        in_credit("objects = { '9F58' = '63' }") ==
        "override.toml:2:22: 9F58: belongs to the application, over both interfaces; write it under 'risk'");
    CHECK(in_credit("objects = { '9F4F' = '9A03' }") == "accepted");
    const std::string over_contacts = "[application.credit]\nobjects = { '9F4F' = '9A03' }\n";
    const auto both = [&](const std::string& value) {
        return refusal("unionpay-credit",
                       over_contacts + "contactless.objects = { '9F4F' = '" + value + "' }");
    };
    CHECK(both("9A03") == "accepted");
    for (const std::string other : {"9A039C01", ""})
        CHECK(
            both(other).ends_with("9F4F: is another over contacts: one memory for both; leave it out here"));
    CHECK(in_credit("pdol = '9F6604 9F0206'").find("must ask for tag 5F2A") != std::string::npos);
    CHECK(in_credit("pdol = '9F6604 9F0206 5F2A02 9C01 9F3704'").find("the cryptogram is made over it") !=
          std::string::npos);
    CHECK(in_credit("pdol = '9F6604 9F0206 5F2A02 9C01 9F3704'\ncryptogram_version = '17'") == "accepted");
    CHECK(
        in_credit("pdol = '9F6602 9F0206 5F2A02 9C01 9F3704'\ncryptogram_version = '17'")
            .starts_with("override.toml:2:8: pdol: must ask for tag 9F66 (Terminal Transaction Qualifiers"));
    CHECK(in_credit("cvm = ['pin']").starts_with("override.toml:2:8: cvm: 'pin' is none of online_pin, "));
    CHECK(in_credit("qualifiers = ['online_if_expird']").find("did you mean 'online_if_expired'") !=
          std::string::npos);
    CHECK(in_credit("low_value = { balance = 1 }").find("needs 'authentication' with DDA") !=
          std::string::npos);
    CHECK(refusal("unionpay-ecash", "application.debit.authentication.methods = ['SDA']")
              .find("needs 'authentication' with DDA") != std::string::npos);
    CHECK(in_credit("tags = { '9F7C' = '" + std::string(360, '0') + "' }").find("at most 256") !=
          std::string::npos);
    CHECK(refusal("unionpay-ecash", "application.debit.contactless.low_value.balance = 100001") ==
          "override.toml:1:51: balance: is more than the balance limit");
    CHECK(refusal("unionpay-ecash",
                  "[application.debit]\nauthentication.card = '@test-pki.issuer'\n"
                  "contactless.tags = { '9F7C' = "
                  "'00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF' }\n"
                  "contactless.record = [{ sfi = 4, number = 1, holds = ['5A', '9F69'] }]")
              .find("must hold 9F4B") != std::string::npos);
    CHECK(refusal("unionpay-credit",
                  "application.credit = { interfaces = ['contact'], contactless.cvm_limit = 1 }")
              .find("'interfaces'") != std::string::npos);
    CHECK(refusal("unionpay-quasi-credit", "application.quasi.interfaces = ['contactless']") != "accepted");
    CHECK(refusal("mastercard-credit", "application.credit.contactless.drdol = ''").find("must ask for") !=
          std::string::npos);
    CHECK(refusal("mastercard-credit", "application.credit.contactless.torn_records = 17") != "accepted");
}

TEST_CASE("Contactless tables: keys of the application are inherited one by one") {
    const CardImage image = test::load_card("unionpay-credit", R"(
        [application.credit]
        usage_control = "FE00"
        tags = { "9F4D" = "0B0A" }
        as_is = ["5F24", "8C", "8D"]
        [[application.credit.record]]
        sfi = 1
        number = 1
        holds = ["5A", "9F07", "9F4D"]
        [application.credit.contactless]
        expiry = "3112"
        tags = { "9F07" = "FF00" }
        [[application.credit.contactless.record]]
        sfi = 6
        number = 2
        holds = ["5F24", "9F07", "9F4D"]
    )");
    CHECK(to_hex(image.applications[0].records.at(0).octets) ==
          "70145A0862109480000000119F0702FE009F4D020B0A");
    CHECK(to_hex(image.contactless[0].records.at(0).octets) == "70105F24033112319F0702FF009F4D020B0A");
    CHECK(image.contactless[0].slot == image.applications[0].slot);
    CHECK(to_hex(image.contactless[0].aip) == "0000");
    CHECK(to_hex(image.applications[0].aip) == "1C00");
}
