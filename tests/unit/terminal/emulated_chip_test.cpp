#include <algorithm>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

bool has(const trace::Event& event, std::string_view field, std::string_view name) {
    const auto* value = event.find(field);
    const auto* list = value ? std::get_if<std::vector<std::string>>(value) : nullptr;
    return list && std::ranges::find(*list, name) != list->end();
}

/// The TVR that the card was given in its first GENERATE AC, by CDOL1 of the scripted chip.
Bytes tvr_given(const ScriptedReader& reader) {
    for (const Bytes& command : reader.commands)
        if (command[1] == 0xAE) return Bytes(command.begin() + 5 + 14, command.begin() + 5 + 19);
    return {};
}

const trace::Event& step(const Rig& rig, std::string_view name) {
    for (const trace::Event* event : rig.all(Kind::terminal_chip))
        if (event->text("step") == name) return *event;
    FAIL("no step " << name);
    throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("a chip sale goes through all steps of EMV and asks the card twice") {
    Rig rig;
    rig.host.icc = "910A11223344556677883030";
    rig.chip_sale();
    std::vector<std::string> steps;
    for (const trace::Event* event : rig.all(Kind::terminal_chip)) {
        steps.emplace_back(event->text("step"));
        CHECK(event->text("outcome") == "done");
    }
    CHECK(steps == std::vector<std::string>{"reset", "selection", "initiation", "read_data", "authentication",
                                            "restrictions", "cvm", "risk", "action_analysis", "first_ac",
                                            "issuer_authentication", "second_ac"});
    CHECK(rig.reader.count("80AE80") == 1);
    CHECK(rig.reader.count("0082") == 1);
    CHECK(rig.reader.count("80AE40") == 1);
    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    CHECK(outcome.text("outcome") == "approved");
    CHECK(outcome.text("entry") == "chip");
    CHECK(rig.book() == 1234);
    CHECK(rig.host.book() == 1234);
}

TEST_CASE("an application label that looks like a PAN is masked in the trace") {
    Rig rig;
    rig.reader.mangle = [](Bytes& answer) {
        if (answer.at(0) == 0x6F)  // a label of "6210948000000011"
            answer = hex("6F218408A000000333010102A5155010363231303934383030303030303031318701019000");
    };
    rig.chip_sale();
    CHECK(step(rig, "selection").text("detail") == "621094******0011");
}

TEST_CASE("field 55 and the fields with it say what the chip and the terminal said") {
    Rig rig;
    rig.chip_sale();
    const iso8583::Message& request = rig.host.last("0200");
    CHECK(request.get(2) == "6210948000000011");
    CHECK(request.get(14) == "3012");
    CHECK(request.get(22) == "052");
    CHECK(request.get(23) == "001");
    CHECK(request.get(35) == "6210948000000011D30122010000012345");
    emv::TlvMap icc;
    icc.absorb(emv::parse_tlv(request.bytes(55)).value());
    CHECK(to_hex(icc.get(0x9F26)) == "0102030405060708");
    CHECK(to_hex(icc.get(0x9F36)) == "0001");
    CHECK(to_hex(icc.get(0x9F02)) == "000000001234");
    CHECK(to_hex(icc.get(0x9A)) == "260615");
    CHECK(to_hex(icc.get(0x84)) == "A000000333010102");
    CHECK(to_hex(icc.get(0x9F34)) == "1F0002");
    CHECK(icc.get(0x9F37).size() == 4);
    // ODA not performed, floor limit exceeded (it is zero).
    CHECK(to_hex(icc.get(0x95)) == "8000008000");
    CHECK(icc.get(0x95).size() == 5);
    CHECK(Bytes(icc.get(0x95).begin(), icc.get(0x95).end()) == tvr_given(rig.reader));
}

TEST_CASE("an expired chip sets the TVR; the host decides unless the issuer denies it offline") {
    {
        Rig rig;
        rig.reader.expiry = "260614";
        rig.chip_sale();
        CHECK(has(step(rig, "restrictions"), "tvr", "expired application"));
        CHECK(tvr_given(rig.reader)[1] == 0x40);
        CHECK(rig.host.count("0200") == 1);
    }
    {
        Rig rig;
        rig.reader.expiry = "260614";
        rig.reader.iac_denial = "0040000000";
        rig.chip_sale();
        CHECK(rig.reader.count("80AE00") == 1);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "declined");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "expired_card");
        CHECK(has(rig.last(Kind::terminal_outcome), "tvr", "expired application"));
        CHECK(rig.host.count("0200") == 0);
    }
    Rig today;
    today.reader.expiry = "260615";
    today.chip_sale();
    CHECK(tvr_given(today.reader)[1] == 0x00);
}

TEST_CASE("a card that declines at first is not sent to the host") {
    Rig rig;
    rig.reader.first_cid = 0x00;
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "declined");
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "offline_decline");
    CHECK(rig.host.count("0200") == 0);
    CHECK_FALSE(rig.reversal_pending());
}

TEST_CASE("a card that says why it declines: service not allowed is 'not accepted' (EMV book 4, table 3)") {
    Rig rig;
    rig.reader.first_cid = 0x01;
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "offline_decline");
    CHECK(rig.shown("不接受此卡"));
}

TEST_CASE("host approved, card declined in the second cryptogram: declined, and reversed with reason 06") {
    Rig rig;
    rig.reader.second_cid = 0x00;
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "declined");
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_declined");
    CHECK_FALSE(rig.shown("交易成功"));
    CHECK(rig.reversal_pending());
    rig.application->choose(terminal::Function::sign_in);
    rig.until_idle();
    CHECK(rig.host.last("0400").get(39) == "06");
    CHECK(rig.host.book() == 0);
    CHECK(rig.book() == 0);

    Rig careless("defects = ['ignores-second-ac']");
    careless.reader.second_cid = 0x00;
    careless.chip_sale();
    CHECK(careless.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("a rejected issuer authentication is in the TVR that the card decides on") {
    Rig rig;
    rig.host.icc = "910A11223344556677883030";
    rig.reader.external_authenticate_sw = 0x6300;
    rig.chip_sale();
    CHECK(has(step(rig, "issuer_authentication"), "tvr", "issuer authentication failed"));
}

TEST_CASE("issuer scripts run before and after the second cryptogram; a failing one sets its TVR bit") {
    Rig rig;
    rig.host.icc =
        "7110"
        "9F180400000001"
        "86078424000002AABB"
        "720A"
        "9F180400000002"
        "8601FF";
    rig.chip_sale();
    CHECK(rig.reader.count("8424") == 1);
    CHECK(has(step(rig, "scripts"), "tvr", "script failed before final GENERATE AC"));
}

TEST_CASE("a card taken out before the first cryptogram ends the sale with nothing sent") {
    for (int command = 1; command <= 5; ++command) {
        Rig rig;
        rig.reader.leaves_at = command;
        rig.chip_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_removed");
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.host.count("0200") == 0);
        CHECK_FALSE(rig.reversal_pending());
    }
}

TEST_CASE("a card taken out after the host's approval: no approval without the second cryptogram, reversal") {
    Rig rig;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
    rig.reader.remove();
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_removed");
    CHECK(rig.host.book() == 1234);
    CHECK(rig.reversal_pending());
    rig.application->choose(terminal::Function::sign_in);
    rig.until_idle();
    CHECK(rig.host.book() == 0);
}

TEST_CASE("a mute chip is asked for again; a second good insertion is one clean sale") {
    Rig rig;
    rig.reader.mute = true;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    rig.reader.remove();
    REQUIRE(rig.until_prompt("insert_again"));
    CHECK(rig.shown("插卡故障"));
    rig.reader.mute = false;
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    rig.reader.remove();
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    CHECK(rig.host.count("0200") == 1);
}

TEST_CASE("after a true chip failure the stripe of a chip card is accepted and flagged as fallback") {
    Rig rig;
    rig.reader.mute = true;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    rig.reader.remove();
    REQUIRE(rig.until_prompt("insert_again"));
    rig.reader.swipe(chip_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    const iso8583::Message& request = rig.host.last("0200");
    CHECK(request.get(22) == "022");
    CHECK(iso8583::parse_field60(request.get(60)).value().ic_condition == "2");
    CHECK_FALSE(request.has(55));
    CHECK(rig.last(Kind::terminal_outcome).text("entry") == "fallback");
}

TEST_CASE("no common application is told as such and is no reason for fallback") {
    Rig rig;
    rig.reader.aid = "A0000009990101";
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_aid");
    CHECK(rig.shown("无此AID"));
}

TEST_CASE("a CVM list that wants an online PIN gets one; bypass falls to the next rule") {
    constexpr std::string_view online_pin_then_signature = "000000000000000042001E00";
    {
        Rig rig;
        rig.reader.cvm_list = online_pin_then_signature;
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until_prompt("pin"));
        rig.press("1 2 3 4 confirm");
        rig.until_idle();
        CHECK(rig.host.last("0200").get(22) == "051");
        CHECK(rig.host.last("0200").has(52));
        CHECK(tvr_given(rig.reader)[2] == 0x04);
    }
    {
        Rig rig;
        rig.reader.cvm_list = online_pin_then_signature;
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(rig.host.last("0200").get(22) == "052");
        CHECK(tvr_given(rig.reader)[2] == 0x08);  // PIN not entered, but a signature instead
    }
    Rig rig;
    rig.reader.cvm_list = "00000000000000001700";  // a method nobody has defined, no next rule
    rig.chip_sale();
    CHECK(tvr_given(rig.reader)[2] == 0xC0);
}

TEST_CASE("when the host is not reached the card is told Z3 and the sale fails") {
    Rig rig;
    rig.until_idle();
    rig.host.way = ScriptedHost::Way::refused;
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "refused");
    REQUIRE(rig.reader.count("80AE00") == 1);
    const Bytes& second = *std::ranges::find_if(
        rig.reader.commands, [](const Bytes& command) { return command[1] == 0xAE && command[2] == 0x00; });
    CHECK(as_text(ByteView(second).subspan(5, 2)) == "Z3");
}

TEST_CASE("a record cannot replace the terminal's own data") {
    Rig rig;
    rig.reader.mangle = [](Bytes& answer) {
        // 9F02 (the amount) in the card's record, just before the status word.
        if (answer.size() < 4 || answer[0] != 0x70) return;
        const Bytes forged = hex("9F0206000000000001");
        answer.insert(answer.end() - 2, forged.begin(), forged.end());
        const std::size_t length = answer.size() - 2 - (answer[1] == 0x81 ? 3 : 2);
        answer[answer[1] == 0x81 ? 2 : 1] = static_cast<std::uint8_t>(length);
    };
    rig.chip_sale();
    emv::TlvMap icc;
    icc.absorb(emv::parse_tlv(rig.host.last("0200").bytes(55)).value());
    CHECK(to_hex(icc.get(0x9F02)) == "000000001234");
}

TEST_CASE("the card is told the type of the transaction (9C), in PDOL, CDOL1 and field 55") {
    using terminal::Function;
    struct Case {
        Function function;
        std::initializer_list<std::pair<std::string_view, std::string_view>> answers;
        std::string_view mti, type;
        bool decided_by_chip;
    };
    const Case cases[]{
        {Function::sale, {{"amount", "1234"}}, "0200", "00", true},
        {Function::inquiry, {}, "0200", "31", true},
        {Function::pre_authorisation, {{"amount", "1234"}}, "0100", "03", true},
        {Function::pre_authorisation_void,
         {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "1234"}},
         "0100",
         "20",
         false},
        {Function::refund,
         {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "1234"}},
         "0220",
         "20",
         false},
        {Function::completion,
         {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "1234"}},
         "0200",
         "00",
         false},
    };
    for (const Case& each : cases) {
        INFO(to_string(each.function));
        Rig rig;
        rig.host.icc = "910A11223344556677883030";
        rig.reader.pdol = "9C01";
        rig.start(each.function, each.answers);
        REQUIRE(rig.until_prompt("card"));
        rig.reader.insert();
        REQUIRE(rig.until(Kind::terminal_chip,
                          [](const auto& event) { return event.text("step") == "read_data"; }));
        const auto asked = std::ranges::find_if(rig.reader.commands,
                                                [](const Bytes& command) { return command[1] == 0xA8; });
        REQUIRE(asked != rig.reader.commands.end());
        CHECK(to_hex(ByteView(*asked).subspan(5, 3)) == "8301" + std::string(each.type));
        if (!each.decided_by_chip) continue;
        REQUIRE(rig.until(Kind::terminal_outcome, [](const auto&) { return true; }));
        const auto generated = std::ranges::find_if(rig.reader.commands,
                                                    [](const Bytes& command) { return command[1] == 0xAE; });
        REQUIRE(generated != rig.reader.commands.end());
        CHECK(to_hex(ByteView(*generated).subspan(5 + 24, 1)) == each.type);
        emv::TlvMap sent;
        sent.absorb(*emv::parse_tlv(rig.host.last(each.mti).bytes(55)));
        CHECK(to_hex(sent.get(0x9C)) == each.type);
    }
}

TEST_CASE(
    "the cardholder is addressed in the card's language, the operator in the terminal's (book 4, 11.1)") {
    const auto texts = [](std::string_view own, bool cancelled) {
        Rig rig("language = '" + std::string(own) + "'");
        rig.host.icc = "910A11223344556677883030";
        rig.reader.cvm_list = "00000000000000000203";  // online PIN
        rig.reader.mangle = [](Bytes& answer) {
            // languages "deen", in front of the label (FCI: 6F.. 84.. A5..)
            constexpr std::array<std::uint8_t, 2> label{0x50, 0x08};
            const auto at = std::search(answer.begin(), answer.end(), label.begin(), label.end());
            if (answer.empty() || answer[0] != 0x6F || at == answer.end()) return;
            const Bytes languages = hex("5F2D046465656E");
            answer[1] = static_cast<std::uint8_t>(answer[1] + languages.size());
            *(at - 1) = static_cast<std::uint8_t>(*(at - 1) + languages.size());
            answer.insert(at, languages.begin(), languages.end());
        };
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until_prompt("pin"));
        if (cancelled)
            rig.press("cancel");
        else
            rig.press("1 2 confirm clear 1 2 3 4 confirm");
        rig.run_for(5s);
        rig.reader.remove();
        rig.until_idle();
        std::string all;
        for (const trace::Event* event : rig.all(Kind::terminal_display))
            all += std::string(event->text("text")) + "|";
        return all;
    };
    const std::string whole = texts("zh", false);
    for (const std::string_view english :
         {"ENTER PIN\n", "|PIN TOO SHORT|", "|CONNECTED\nPROCESSING|", "|approved|", "|REMOVE CARD|"}) {
        INFO(english << " in " << whole);
        CHECK(whole.find(english) != std::string::npos);
    }
    for (const std::string_view chinese : {"|请输入金额", "|正在连接中|", "|正在打印|", "|欢迎使用银联卡"}) {
        INFO(chinese << " in " << whole);
        CHECK(whole.find(chinese) != std::string::npos);
    }
    CHECK(whole.find("REMOVE CARD|欢迎使用银联卡") != std::string::npos);
    CHECK(texts("en", false).find("CONNECTING|") != std::string::npos);
    CHECK(texts("zh", true).find("|交易取消|") != std::string::npos);  // what the operator is told
}

TEST_CASE("a card without a language, or with none that the terminal has, leaves its own") {
    Rig rig;
    rig.host.icc = "910A11223344556677883030";
    rig.chip_sale();
    CHECK(rig.shown("交易成功"));
    CHECK(rig.shown("请取走卡片"));
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("text") == "交易成功");
}
