#include "drivers/card/emulated/chip.hpp"

#include <map>

#include <fmt/format.h>

#include "drivers/protocols/crypto/crypto.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using posbench::test::apdu;
using posbench::test::ask;
using posbench::test::ChipRig;
using posbench::test::pin_block;
using posbench::test::Reply;
using posbench::test::TerminalSide;
using State = Chip::State;

namespace {

constexpr std::string_view issuer_key = "9E15204313F7318ACB79B90BD986AD29";

/// The session key of PBOC 2.0, made from the specification's words and not from the code under test.
Bytes unionpay_session_key(const emv::TlvMap& data, std::string_view pan, std::string_view psn) {
    const auto master = crypto::card_master_key(hex(issuer_key), pan, psn).value();
    const Bytes counter = *data.find(0x9F36);
    Bytes derivation(16, 0);
    derivation[6] = counter[0];
    derivation[7] = counter[1];
    derivation[14] = static_cast<std::uint8_t>(~counter[0]);
    derivation[15] = static_cast<std::uint8_t>(~counter[1]);
    return crypto::DesCipher(master).encrypt(derivation);
}

Bytes cryptogram_octets(const emv::TlvMap& data, std::size_t cvr_at) {
    Bytes octets;
    for (const emv::Tag tag :
         {0x9F02u, 0x9F03u, 0x9F1Au, 0x95u, 0x5F2Au, 0x9Au, 0x9Cu, 0x9F37u, 0x82u, 0x9F36u}) {
        const ByteView value = data.get(tag);
        octets.insert(octets.end(), value.begin(), value.end());
    }
    const ByteView cvr = data.get(0x9F10).subspan(cvr_at, 4);
    octets.insert(octets.end(), cvr.begin(), cvr.end());
    return octets;
}

}  // namespace

TEST_CASE("Contact flow: directory, application, records, ARQC, issuer, TC") {
    ChipRig rig("unionpay-credit");
    auto terminal = rig.terminal();

    terminal.absorb(terminal.send("00A40400", as_bytes("1PAY.SYS.DDF01")));
    CHECK(terminal.data.get(0x88).size() == 1);
    terminal.absorb(terminal.send("00B2010C"));
    CHECK(to_hex(terminal.data.get(0x4F)) == "A000000333010102");
    CHECK(as_text(terminal.data.get(0x50)) == "UnionPay Credit");
    CHECK(terminal.send("00B2020C").sw == "6A83");

    terminal.start(*terminal.data.find(0x4F));
    CHECK(to_hex(terminal.data.get(0x82)) == "1C00");
    CHECK(to_hex(terminal.data.get(0x94)) == "0801010010010200");
    CHECK(to_hex(terminal.data.get(0x5A)) == "6210948000000011");
    CHECK(to_hex(terminal.data.get(0x57)) == "6210948000000011D30122200000000000");
    CHECK(to_hex(terminal.data.get(0x5F24)) == "301231");
    CHECK(to_hex(terminal.data.get(0x5F25)) == "200101");
    CHECK(to_hex(terminal.data.get(0x5F34)) == "01");
    for (const emv::Tag tag : {0x8Cu, 0x8Du, 0x8Eu, 0x9F07u, 0x9F0Du, 0x9F0Eu, 0x9F0Fu, 0x5F28u, 0x9F42u})
        CHECK(terminal.data.has(tag));

    REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
    CHECK(to_hex(terminal.data.get(0x9F27)) == "80");
    CHECK(to_hex(terminal.data.get(0x9F36)) == "0001");
    CHECK(to_hex(terminal.data.get(0x9F10)) == "07010103A0100001");
    const Bytes session = unionpay_session_key(terminal.data, "6210948000000011", "01");
    const auto arqc =
        crypto::mac_algorithm3(session, cryptogram_octets(terminal.data, 3), crypto::Padding::method2);
    CHECK(to_hex(terminal.data.get(0x9F26)) == to_hex(arqc));

    Bytes issuer = Bytes(arqc.begin(), arqc.end());
    issuer[0] ^= '0';
    issuer[1] ^= '0';
    issuer = crypto::DesCipher(session).encrypt(issuer);
    issuer.insert(issuer.end(), {'0', '0'});
    CHECK(terminal.send("00820000", issuer).sw == "9000");

    REQUIRE(terminal.generate_ac("40", 0x8D).sw == "9000");
    CHECK(to_hex(terminal.data.get(0x9F27)) == "40");
    CHECK(to_hex(terminal.data.get(0x9F10)) == "0701010360100001");
    const auto certificate =
        crypto::mac_algorithm3(session, cryptogram_octets(terminal.data, 3), crypto::Padding::method2);
    CHECK(to_hex(terminal.data.get(0x9F26)) == to_hex(certificate));
    CHECK(rig.chip.state() == State::finished);
    CHECK(to_hex(terminal.send("80CA9F13").data) == "9F13020001");
}

TEST_CASE("Contact flow: cryptogram version 10 in both answer formats") {
    for (const std::string format : {"1", "2"}) {
        ChipRig rig("visa-credit", "application.credit.response_format = " + format);
        auto terminal = rig.terminal();
        terminal.start(rig.aid());
        const Reply reply = terminal.generate_ac("80", 0x8C);
        CHECK(reply.data[0] == (format == "1" ? 0x80 : 0x77));
        CHECK(to_hex(terminal.data.get(0x9F10)) == "06010A03A01000");
        const std::string pan = to_hex(terminal.data.get(0x5A));
        const auto master =
            crypto::card_master_key(hex(issuer_key), pan, to_hex(terminal.data.get(0x5F34))).value();
        const auto arqc =
            crypto::mac_algorithm3(master, cryptogram_octets(terminal.data, 3), crypto::Padding::zero);
        CHECK(to_hex(terminal.data.get(0x9F26)) == to_hex(arqc));
    }
}

TEST_CASE("State machine: every command in every state") {
    // Columns: idle, directory, selected, initiated, online, finished.
    const std::map<std::string, std::array<std::string, 6>> expected{
        {"SELECT PSE", {"9000", "9000", "9000", "9000", "9000", "9000"}},
        {"SELECT AID", {"9000", "9000", "9000", "9000", "9000", "9000"}},
        {"READ RECORD", {"6985", "9000", "6985", "9000", "9000", "9000"}},
        {"GET PROCESSING OPTIONS", {"6985", "6985", "9000", "6985", "6985", "6985"}},
        {"GET DATA", {"6985", "6985", "9000", "9000", "9000", "9000"}},
        {"GET CHALLENGE", {"6985", "6985", "9000", "9000", "9000", "9000"}},
        {"VERIFY", {"6985", "6985", "6985", "9000", "6985", "6985"}},
        {"EXTERNAL AUTHENTICATE", {"6985", "6985", "6985", "6985", "6300", "6985"}},
        {"GENERATE AC", {"6985", "6985", "6985", "9000", "9000", "6985"}},
        {"unknown instruction", {"6D00", "6D00", "6D00", "6D00", "6D00", "6D00"}},
        {"unknown class", {"6E00", "6E00", "6E00", "6E00", "6E00", "6E00"}},
    };
    for (const auto& [command, words] : expected) {
        for (std::size_t state = 0; state < words.size(); ++state) {
            ChipRig rig("unionpay-credit", "application.credit.online_required = false");
            auto terminal = rig.terminal();
            if (state == 1) terminal.send("00A40400", as_bytes("1PAY.SYS.DDF01"));
            if (state >= 2) terminal.select(rig.aid());
            if (state >= 3) terminal.initiate();
            if (state >= 3) terminal.read_records();
            if (state == 4) terminal.generate_ac("80", 0x8C);
            if (state == 5) terminal.generate_ac("40", 0x8C);
            REQUIRE(static_cast<std::size_t>(rig.chip.state()) == state);

            terminal.data.set(0x9F38, hex("9F1A025F2A029C01"));
            Bytes options;
            emv::append_tlv(options, 0x83, terminal.dol(0x9F38));
            const Bytes cdol1(29, 0), cdol2(31, 0);
            const std::map<std::string, std::function<Reply()>> send{
                {"SELECT PSE", [&] { return terminal.send("00A40400", as_bytes("1PAY.SYS.DDF01")); }},
                {"SELECT AID", [&] { return terminal.send("00A40400", rig.aid()); }},
                {"READ RECORD", [&] { return terminal.send("00B2010C"); }},
                {"GET PROCESSING OPTIONS", [&] { return terminal.send("80A80000", options); }},
                {"GET DATA", [&] { return terminal.send("80CA9F36"); }},
                {"GET CHALLENGE", [&] { return terminal.send("00840000"); }},
                {"VERIFY", [&] { return terminal.send("00200080", pin_block("123456")); }},
                {"EXTERNAL AUTHENTICATE", [&] { return terminal.send("00820000", Bytes(10, 0)); }},
                {"GENERATE AC", [&] { return terminal.send("80AE4000", state == 4 ? cdol2 : cdol1); }},
                {"unknown instruction", [&] { return terminal.send("00E20000"); }},
                {"unknown class", [&] { return terminal.send("84A40400", rig.aid()); }},
            };
            INFO(command << " in state " << state);
            CHECK(send.at(command)().sw == words[state]);
        }
    }
}

TEST_CASE("Commands: parameters, lengths and data that do not fit") {
    ChipRig rig("unionpay-credit");
    CHECK(ask(rig.chip, hex("00A404")).sw == "6700");
    CHECK(ask(rig.chip, hex("00A4040005A000")).sw == "6700");
    CHECK(ask(rig.chip, hex("00A4040000A000")).sw == "6700");
    CHECK(rig.send("00A40000", rig.aid()).sw == "6A86");
    CHECK(rig.send("00A40400", hex("A0000003")).sw == "6700");
    CHECK(rig.send("80A40400", rig.aid()).sw == "6E00");
    CHECK(rig.send("00A40400", hex("A0000000031010")).sw == "6A82");

    CHECK(rig.send("00A40402", as_bytes("1PAY.SYS.DDF01")).sw == "9000");  // the first
    CHECK(rig.send("00A40402", as_bytes("1PAY.SYS.DDF01")).sw == "6A82");
    CHECK(rig.chip.state() == State::directory);
    CHECK(rig.send("00A40400", as_bytes("1PAY.SYS.DDF01")).sw == "9000");

    auto terminal = rig.terminal();
    terminal.select(rig.aid());
    CHECK(terminal.send("80A80000", hex("8306015601560000")).sw == "6A80");
    CHECK(terminal.send("80A80000", hex("83020156")).sw == "6A80");
    CHECK(terminal.send("80A80000", hex("8405015601560000")).sw == "6A80");
    CHECK(terminal.send("80A80100", hex("83050156015600")).sw == "6A86");
    CHECK(terminal.send("80A80000").sw == "6700");
    terminal.initiate();
    CHECK(terminal.send("00B2000C").sw == "6A86");
    CHECK(terminal.send("00B2010A").sw == "6A86");
    CHECK(terminal.send("00B2020C").sw == "6A83");
    CHECK(terminal.send("00B2015C").sw == "6A82");
    CHECK(terminal.send("00B2010C", hex("01")).sw == "6700");
    CHECK(terminal.send("80CA9F4F").sw == "6A88");
    CHECK(to_hex(terminal.send("80CA9F36").data) == "9F36020001");
    CHECK(to_hex(terminal.send("80CA9F17").data) == "9F170103");
    CHECK(terminal.send("00840000").data.size() == 8);
    CHECK(terminal.send("80AE4000", Bytes(28, 0)).sw == "6700");
    CHECK(terminal.send("80AEC000", Bytes(29, 0)).sw == "6A86");
    CHECK(terminal.send("80AE9000", Bytes(29, 0)).sw == "6A86");
    CHECK(terminal.send("00820000", Bytes(10, 0)).sw == "6985");
    terminal.read_records();
    terminal.generate_ac("80", 0x8C);
    CHECK(terminal.send("00820000", Bytes(9, 0)).sw == "6700");
    CHECK(terminal.send("80AE8000", Bytes(31, 0)).sw == "6985");
}

TEST_CASE("GET PROCESSING OPTIONS: the command template has a length of one to three octets (book 3, B2)") {
    const auto answered = [](std::string_view data) {
        ChipRig rig("unionpay-credit");
        auto terminal = rig.terminal();
        terminal.select(rig.aid());
        return terminal.send("80A80000", hex(data)).sw;
    };
    CHECK(answered("83050156015600") == "9000");
    CHECK(answered("8381050156015600") == "9000");
    CHECK(answered("838200050156015600") == "9000");
    for (const char* wrong : {"83", "8381", "838105015601", "838105015601560000", "0083050156015600",
                              "8383000005", "838000000000", "8305015601560083"})
        CHECK((answered(wrong) == "6A80" || answered(wrong) == "6700"));

    ChipRig long_pdol("unionpay-credit", "application.credit.pdol = '9F4EC8'");
    auto terminal = long_pdol.terminal();
    terminal.select(long_pdol.aid());
    terminal.data.set(0x9F4E, Bytes(200, 0x41));
    terminal.initiate();
    CHECK(long_pdol.chip.state() == State::initiated);
}

TEST_CASE("Selection: by the beginning of the identifier, and the next occurrence (EMV book 1 clause 12)") {
    const std::string second = R"(
        [application.debit]
        aid = "A000000333010101"
        label = "Second"
        priority = 2
        issuer_key = "9E15204313F7318ACB79B90BD986AD29")";
    ChipRig rig("unionpay-credit", second);
    const Bytes rid = hex("A000000333");
    auto terminal = rig.terminal();
    terminal.select(rid);
    CHECK(to_hex(terminal.data.get(0x84)) == "A000000333010102");
    terminal.absorb(terminal.send("00A40402", rid));
    CHECK(to_hex(terminal.data.get(0x84)) == "A000000333010101");
    CHECK(terminal.send("00A40402", rid).sw == "6A82");
    CHECK(rig.chip.state() == State::selected);
    CHECK(terminal.send("00A40400", hex("A00000033301010201")).sw == "6A82");

    ChipRig without("unionpay-credit", "directory = false");
    CHECK(without.send("00A40400", as_bytes("1PAY.SYS.DDF01")).sw == "6A82");
}

TEST_CASE("VERIFY: tries count down over transactions, 6983 and 6984 (EMV book 3 clause 6.5.12)") {
    ChipRig rig("unionpay-debit");
    auto terminal = rig.terminal();
    const auto verify = [&](const Bytes& block) { return terminal.send("00200080", block).sw; };
    terminal.start(rig.aid());
    CHECK(verify(pin_block("111111")) == "63C2");
    CHECK(verify(pin_block("123456")) == "9000");
    CHECK(rig.chip.memory().pin_tries_left == 3);
    CHECK(verify(pin_block("12345")) == "63C2");
    CHECK(verify(hex("2612345600FFFFFF")) == "63C1");
    CHECK(terminal.send("00200088", pin_block("123456")).sw == "6A86");
    CHECK(terminal.send("00200080", hex("26123456")).sw == "6700");

    rig.chip.reset(Interface::contact);
    terminal.start(rig.aid());
    CHECK(verify(pin_block("000000")) == "63C0");
    CHECK(verify(pin_block("123456")) == "6983");
    CHECK(to_hex(terminal.send("80CA9F17").data) == "9F170100");
    rig.chip.reset(Interface::contact);
    terminal.start(rig.aid());
    CHECK(verify(pin_block("123456")) == "6984");
    terminal.generate_ac("80", 0x8C);
    CHECK(to_hex(terminal.data.get(0x9F10)) == "07010103A0500001");

    ChipRig none("unionpay-debit", "pin = ''");
    auto other = none.terminal();
    other.start(none.aid());
    CHECK(other.send("00200080", pin_block("123456")).sw == "6A88");
    CHECK(other.send("80CA9F17").sw == "6A88");
}

TEST_CASE("VERIFY shows in the card verification results") {
    ChipRig rig("unionpay-debit");
    auto terminal = rig.terminal();
    terminal.start(rig.aid());
    terminal.send("00200080", pin_block("000000"));
    terminal.generate_ac("00", 0x8C);
    CHECK(to_hex(terminal.data.get(0x9F10)) == "0701010386100001");
    CHECK(to_hex(terminal.data.get(0x9F27)) == "00");
}

TEST_CASE("A wrong ARPC makes the second cryptogram an AAC, whatever the terminal asks") {
    ChipRig rig("unionpay-credit");
    auto terminal = rig.terminal();
    terminal.start(rig.aid());
    terminal.generate_ac("80", 0x8C);
    CHECK(terminal.send("00820000", Bytes(10, 0x30)).sw == "6300");
    CHECK(terminal.send("00820000", Bytes(10, 0x30)).sw == "6985");
    terminal.generate_ac("40", 0x8D);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "00");
    CHECK(to_hex(terminal.data.get(0x9F10)) == "0701010328100001");
    CHECK(to_hex(terminal.send("80CA9F13").data) == "9F13020000");
}

TEST_CASE("READ RECORD gives the transaction log, which the file locator does not name") {
    ChipRig rig("unionpay-quasi-credit");
    auto terminal = rig.terminal();
    terminal.select(rig.aid());
    CHECK(to_hex(terminal.data.get(0x9F4D)) == "0B0A");
    const Bytes format = terminal.send("80CA9F4F").data;
    const auto list = emv::parse_dol(ByteView(format).subspan(3)).value();
    for (const char* record : {"00B2015C", "00B2025C", "00B2035C"}) {
        const auto entry = terminal.send(record);
        CHECK(entry.sw == "9000");
        CHECK(entry.data.size() == emv::dol_size(list));
    }
    CHECK(terminal.send("00B2045C").sw == "6A83");
    CHECK(to_hex(rig.image.applications.at(0).afl) == "0801010010010200");
}

TEST_CASE("Card action analysis: an offline TC, or online when the card insists") {
    ChipRig offline("unionpay-credit", "application.credit.online_required = false");
    auto terminal = offline.terminal();
    terminal.start(offline.aid());
    terminal.generate_ac("40", 0x8C);
    CHECK(to_hex(terminal.data.get(0x9F27)) == "40");
    CHECK(to_hex(terminal.data.get(0x9F10)) == "0701010390100001");

    ChipRig online("unionpay-credit");  // always online, as its service code says
    auto insisting = online.terminal();
    insisting.start(online.aid());
    insisting.generate_ac("40", 0x8C);
    CHECK(to_hex(insisting.data.get(0x9F27)) == "80");
    CHECK(online.chip.state() == State::online);
}

TEST_CASE("A card without issuer authentication in its AIP refuses EXTERNAL AUTHENTICATE") {
    ChipRig rig("unionpay-credit", "application.credit.aip = '1800'");
    auto terminal = rig.terminal();
    terminal.start(rig.aid());
    terminal.generate_ac("80", 0x8C);
    CHECK(terminal.send("00820000", Bytes(10, 0x30)).sw == "6985");
}

TEST_CASE("The transaction counter counts transactions, not resets") {
    ChipRig rig("unionpay-credit");
    for (int i = 1; i <= 3; ++i) {
        rig.chip.reset(Interface::contact);
        auto terminal = rig.terminal();
        terminal.start(rig.aid());
        CHECK(test::transaction_counter(rig.chip) == i);
    }
}
