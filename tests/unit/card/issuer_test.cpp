// What an issuer does to a card: authentication by both methods, scripts, and what the card remembers.

#include <algorithm>
#include <array>

#include "tests/support/catch.hpp"
#include "tests/unit/card/issuer_side.hpp"

using namespace posbench;
using namespace posbench::card;
using posbench::test::ChipRig;
using posbench::test::IssuerSide;
using posbench::test::Reply;
using posbench::test::TerminalSide;

namespace {

using Version = emv::CryptogramVersion;

/// One transaction that the issuer approved, before the second GENERATE AC.
struct Online {
    explicit Online(ChipRig& rig, Version version = Version::unionpay_01)
        : terminal(rig.begin()), rig_(rig), version_(version) {
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        REQUIRE(to_hex(terminal.data.get(0x9F27)) == "80");
        after_arqc_ = terminal.data;
    }
    IssuerSide issuer() const { return {version_, after_arqc_}; }
    void approve() { REQUIRE(terminal.send("00820000", issuer().approval({"00", {}, {}})).sw == "9000"); }
    std::string send(const Bytes& command) { return test::ask(rig_.chip, command).sw; }
    std::string script(std::string_view header, ByteView data = {}) {
        return send(issuer().script(header, data));
    }
    Reply finish() {
        terminal.data.set(0x8A, as_bytes("00"));
        return terminal.generate_ac("40", 0x8D);
    }
    Bytes cvr() const {
        return {terminal.data.get(0x9F10).begin() + 3, terminal.data.get(0x9F10).begin() + 7};
    }

    TerminalSide terminal;

  private:
    ChipRig& rig_;
    Version version_;
    emv::TlvMap after_arqc_;  ///< what the issuer got
};

}  // namespace

TEST_CASE("ARPC method 2: the card status update decides and is obeyed (EMV book 2 clause 8.2.2)") {
    const auto second_type = [](std::array<std::uint8_t, 4> csu, ChipRig& rig) {
        auto terminal = rig.begin();
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        const IssuerSide issuer(Version::visa_18, terminal.data);
        CHECK(terminal.send("00820000", issuer.approval({"", csu, hex("AABB")})).sw == "9000");
        REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
        return to_hex(terminal.data.get(0x9F27));
    };
    ChipRig approved("visa-credit-cvn18");
    CHECK(second_type({0, 0x80, 0, 0}, approved) == "40");
    ChipRig declined("visa-credit-cvn18");
    CHECK(second_type({0, 0x00, 0, 0}, declined) == "00");
    ChipRig card("visa-credit-cvn18");
    second_type({0, 0xC0, 0, 0}, card);
    CHECK(card.chip.memory().blocked);
    CHECK(card.send("00A40400", card.aid()).sw == "6A81");
    ChipRig application("visa-credit-cvn18");
    second_type({0, 0xA0, 0, 0}, application);
    CHECK(application.send("00A40400", application.aid()).sw == "6283");
    ChipRig tries("visa-credit-cvn18");
    second_type({0x01, 0x90, 0, 0}, tries);
    CHECK(tries.chip.memory().pin_tries_left == 1);
}

TEST_CASE("ARPC method 2: the card status update alone moves the offline counters (EMV book 3 annex C10)") {
    const auto amount_after = [](std::uint8_t counters) {
        ChipRig rig("visa-credit-cvn18", "application.credit.risk.upper_amount_limit = 100000");
        auto offline = rig.begin();
        offline.data.set(0x5F2A, hex("0840"));
        REQUIRE(offline.generate_ac("40", 0x8C).sw == "9000");
        REQUIRE(rig.chip.memory().applications.front().offline_amount == 1234);
        auto terminal = rig.begin();
        terminal.data.set(0x5F2A, hex("0840"));
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        const IssuerSide issuer(Version::visa_18, terminal.data);
        const auto octet = static_cast<std::uint8_t>(0x80 | counters);
        REQUIRE(terminal.send("00820000", issuer.approval({"", {0, octet, 0, 0}, {}})).sw == "9000");
        REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
        const ApplicationMemory& memory = rig.chip.memory().applications.front();
        CHECK((memory.last_online_atc == 2) == (counters == 2));
        return memory.offline_amount;
    };
    ChipRig counting(
        "visa-credit-cvn18",
        "application.credit.risk = { lower_consecutive_limit = 5, upper_consecutive_limit = 6 }");
    auto online = counting.begin();
    online.data.set(0x5F2A, hex("0840"));
    REQUIRE(online.generate_ac("80", 0x8C).sw == "9000");
    const IssuerSide issuer(Version::visa_18, online.data);
    REQUIRE(online.send("00820000", issuer.approval({"", {0, 0x81, 0, 0}, {}})).sw == "9000");
    REQUIRE(online.generate_ac("40", 0x8D).sw == "9000");
    auto next = counting.begin();  // one beyond the upper limit
    REQUIRE(next.generate_ac("40", 0x8C).sw == "9000");
    CHECK(to_hex(next.data.get(0x9F27)) == "80");
    next.data.set(0x8A, as_bytes("Y3"));
    REQUIRE(next.generate_ac("40", 0x8D).sw == "9000");
    CHECK(to_hex(next.data.get(0x9F27)) == "00");

    CHECK(amount_after(0) == 1234);
    CHECK(amount_after(1) == 100'000);
    CHECK(amount_after(2) == 0);
    CHECK(amount_after(3) == 2468);
}

TEST_CASE("Issuer authentication with CDOL2 in the place of EXTERNAL AUTHENTICATE (EMV book 3 clause 10.9)") {
    // The list asks for more octets than the issuer gave: the terminal fills up with zeros.
    const auto second_type = [](const std::string& image, std::size_t application, Version version,
                                std::string_view overrides, bool given, bool right) {
        ChipRig rig(image, overrides);
        auto terminal = rig.terminal();
        terminal.start(rig.image.applications.at(application).aid);
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        Bytes approval = IssuerSide(version, terminal.data).approval({"00", {0, 0x80, 0, 0}, {}});
        if (!right) approval[0] ^= 1;
        if (given) terminal.data.set(0x91, approval);
        REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
        return to_hex(terminal.data.get(0x9F27));
    };
    const auto method2 = [&](bool given, bool right) {
        return second_type("multi-application", 2, Version::visa_18, "", given, right);
    };
    CHECK(method2(true, true) == "40");
    CHECK(method2(true, false) == "00");

    constexpr std::string_view by_cdol2 = R"(
        application.credit.aip = "1800"
        application.credit.cdol2 = "8A02 9110 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704"
        application.credit.risk.issuer_authentication_mandatory = true)";
    const auto method1 = [&](bool given, bool right) {
        return second_type("unionpay-credit", 0, Version::unionpay_01, by_cdol2, given, right);
    };
    CHECK(method1(true, true) == "40");
    CHECK(method1(true, false) == "00");
    CHECK(method1(false, true) == "00");
}

TEST_CASE("Scripts: blocked application, and the way back (EMV book 3 clauses 6.5.1 and 6.5.2)") {
    ChipRig rig("unionpay-issuer-scripts");
    Online online(rig);
    CHECK(online.script("841E0000") == "6985");  // before the issuer has proved itself
    online.approve();
    CHECK(online.script("841E0000") == "9000");
    CHECK(rig.chip.memory().applications.front().blocked);
    online.finish();
    CHECK(to_hex(online.terminal.data.get(0x9F27)) == "00");

    rig.chip.reset(Interface::contact);
    auto terminal = rig.terminal();
    CHECK(terminal.send("00A40400", rig.aid()).sw == "6283");
    terminal.data.set(0x9F38, hex("9F1A025F2A029C01"));
    terminal.initiate();
    terminal.read_records();
    terminal.generate_ac("80", 0x8C);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "00");
    const IssuerSide issuer(Version::unionpay_01, terminal.data);
    const auto send = [&rig](const Bytes& command) { return test::ask(rig.chip, command).sw; };
    CHECK(send(issuer.script("84240000", {})) == "6985");
    CHECK(send(issuer.script("84180000", {})) == "9000");
    CHECK(rig.send("00A40400", rig.aid()).sw == "9000");
}

TEST_CASE("Scripts: a blocked card selects nothing any more") {
    ChipRig rig("unionpay-issuer-scripts");
    Online online(rig);
    online.approve();
    CHECK(online.script("84160000") == "9000");
    online.finish();
    rig.chip.reset(Interface::contact);
    CHECK(rig.send("00A40400", as_bytes("1PAY.SYS.DDF01")).sw == "6A81");
    CHECK(rig.send("00A40400", rig.aid()).sw == "6A81");
}

TEST_CASE("Scripts: a card blocked before the second cryptogram declines (EMV book 3 clause 6.5.3)") {
    ChipRig rig("unionpay-issuer-scripts");
    Online online(rig);
    online.approve();
    CHECK(online.script("84160000") == "9000");
    CHECK(online.script("84180000") == "6985");  // for good
    CHECK(online.finish().sw == "9000");
    CHECK(to_hex(online.terminal.data.get(0x9F27)) == "00");
    CHECK(rig.chip.memory().blocked);
}

TEST_CASE("Scripts: the PIN is changed and its tries come back (VIS 1.4, PIN CHANGE/UNBLOCK)") {
    ChipRig rig("unionpay-issuer-scripts");
    Online online(rig);
    online.approve();
    CHECK(online.script("84240002", online.issuer().new_pin("4321")) == "9000");
    CHECK(rig.chip.memory().pin == "4321");
    CHECK(online.script("84240001", online.issuer().new_pin("998877", "4321")) == "9000");
    CHECK(rig.chip.memory().pin == "998877");
    CHECK(online.script("84240001", online.issuer().new_pin("1111", "4321")) == "6A80");
    CHECK(online.script("84240003", online.issuer().new_pin("1111")) == "6A86");
    online.finish();

    auto terminal = rig.begin();
    for (int i = 0; i < 3; ++i) terminal.send("00200080", test::pin_block("000000"));
    CHECK(rig.chip.memory().pin_tries_left == 0);
    Online later(rig);
    later.approve();
    CHECK(later.script("84240000") == "9000");
    CHECK(rig.chip.memory().pin_tries_left == 3);
}

TEST_CASE("Scripts: PUT DATA and UPDATE RECORD change what stands in the card") {
    ChipRig rig("unionpay-issuer-scripts");
    Online online(rig);
    online.approve();
    CHECK(to_hex(online.terminal.send("80CA9F58").data) == "9F580102");
    CHECK(online.script("04DA9F58", hex("09")) == "9000");
    CHECK(to_hex(online.terminal.send("80CA9F58").data) == "9F580109");
    CHECK(online.script("04DA9F58", hex("0909")) == "6700");
    CHECK(online.script("04DA9F36", hex("0000")) == "6A88");
    const Bytes record = hex("70045F200141");
    CHECK(online.script("04DC010C", record) == "9000");
    CHECK(online.script("04DC090C", record) == "6A83");
    CHECK(online.script("04DC015C", record) == "6A82");
    CHECK(online.script("04DC010A", record) == "6A86");
    CHECK(online.script("04DC000C", record) == "6A86");
    CHECK(online.script("04DC010C") == "6700");
    online.finish();
    CHECK(to_hex(rig.begin().send("00B2010C").data) == "70045F200141");
}

TEST_CASE("Scripts: a wrong MAC changes nothing, is counted and told with the next cryptograms") {
    ChipRig rig("unionpay-issuer-scripts");
    Online online(rig);
    online.approve();
    Bytes wrong = online.issuer().script("841E0000", {});
    wrong.back() ^= 1;
    CHECK(online.send(wrong) == "6988");
    CHECK_FALSE(rig.chip.memory().applications.front().blocked);
    CHECK(online.send(hex("80 1E 00 00")) == "6E00");  // without secure messaging
    CHECK(online.send(hex("8C 1E 00 00 06 8E 04 00 00 00 00")) == "6988");
    online.finish();
    // What comes after the final cryptogram (template 72) is remembered too.
    CHECK(online.script("84180000") == "9000");

    auto terminal = rig.begin();
    terminal.generate_ac("40", 0x8C);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "80");  // default action: script failed, go online
    const ByteView cvr = terminal.data.get(0x9F10).subspan(3, 4);
    CHECK((cvr[3] & 0x08) != 0);
    CHECK(cvr[3] >> 4 == 3);  // those with secure messaging

    Online later(rig);  // the issuer hears of it, and that is that
    later.approve();
    later.finish();
    auto last = rig.begin();
    last.generate_ac("40", 0x8C);
    CHECK(last.data.get(0x9F10)[6] == 0);
}

TEST_CASE("Scripts: format 1, its MACs chained from the cryptogram on (EMV book 2 clause 9.2)") {
    ChipRig rig("unionpay-issuer-scripts", "application.credit.messaging_format = 1");
    Online online(rig);
    online.approve();
    const emv::MessagingKey key = online.issuer().session(test::mac_master_key);
    crypto::Block8 chaining{};
    std::ranges::copy(online.terminal.data.get(0x9F26), chaining.begin());
    const Bytes first = emv::secure_format1(key, {0x0C, 0xDA, 0x9F, 0x58}, {hex("07"), false}, chaining, 8);
    CHECK(online.send(first) == "9000");
    CHECK(to_hex(online.terminal.send("80CA9F58").data) == "9F580107");
    CHECK(online.send(first) == "6988");  // a replay: the chain has gone on
    std::copy_n(first.end() - 8, 8, chaining.begin());
    CHECK(online.send(emv::secure_format1(key, {0x0C, 0xDA, 0x9F, 0x58}, {hex("08"), false}, chaining, 8)) ==
          "9000");
    CHECK(online.send(online.issuer().script("841E0000", {})) == "6988");  // format 2
}

TEST_CASE(
    "Scripts with SM4: new PIN, limit and block; the issuer's triple DES opens nothing (PBOC 3.0 part 17)") {
    ChipRig rig("unionpay-issuer-scripts-sm4");
    Online online(rig, Version::unionpay_01_sm4);
    online.approve();
    CHECK(online.script("84240002", online.issuer().new_pin("4321")) == "9000");
    CHECK(rig.chip.memory().pin == "4321");
    CHECK(online.script("84240001", online.issuer().new_pin("998877", "4321")) == "9000");
    CHECK(rig.chip.memory().pin == "998877");
    CHECK(online.script("04DA9F58", hex("07")) == "9000");
    CHECK(to_hex(online.terminal.send("80CA9F58").data) == "9F580107");
    const IssuerSide triple_des(Version::unionpay_01, online.terminal.data);
    CHECK(online.send(triple_des.script("841E0000", {})) == "6988");
    CHECK(online.script("84240002", triple_des.new_pin("1111")) == "6988");
    CHECK(rig.chip.memory().pin == "998877");
    CHECK(online.script("841E0000") == "9000");
    CHECK(rig.chip.memory().applications.front().blocked);
    online.finish();
    CHECK(to_hex(online.terminal.data.get(0x9F27)) == "00");
}

TEST_CASE("A card without keys for scripts does not know them") {
    ChipRig rig("unionpay-credit");
    Online online(rig);
    online.approve();
    CHECK(online.script("841E0000") == "6D00");
}

TEST_CASE("PUT DATA loads electronic cash, which the field pays with; octets that are no digits do no harm") {
    ChipRig rig("unionpay-ecash",
                fmt::format("application.debit.issuer_mac_key = '{}'", test::mac_master_key));
    for (const std::string balance : {"000000050000", "FFFFFFFFFFFF"}) {
        INFO(balance);
        Online online(rig);
        online.approve();
        CHECK(online.script("04DA9F79", hex("0000050000")) == "6700");
        CHECK(online.script("04DA9F79", hex(balance)) == "9000");
        REQUIRE(online.finish().sw == "9000");

        rig.chip.reset(Interface::contactless);
        TerminalSide field = rig.terminal();
        field.data.set(0x9F66, hex("28000080"));
        field.data.set(0x9F37, hex(balance.substr(4)));
        field.select(rig.aid());
        CHECK(to_hex(field.send("80CA9F79").data) == "9F7906" + balance);
        field.initiate();
        CHECK(to_hex(field.data.get(0x9F27)) == "40");
        if (balance == "000000050000") CHECK(to_hex(field.send("80CA9F79").data) == "9F7906000000048766");
    }
}
