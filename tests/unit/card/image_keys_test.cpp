#include "drivers/card/image_keys.hpp"

#include <algorithm>

#include "drivers/card/dialogue.hpp"
#include "drivers/protocols/emv/enciphered_pin.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::string_view keys = R"(
[application.credit]
issuer_mac_key = "2315208C9110AD402315208C9110AD40"
issuer_encipherment_key = "DCEADF736EEF52BFDCEADF736EEF52BF"
)";

const emv::IssuerDecision approve{"00", {0, emv::csu::issuer_approves, 0, 0}, {}};

/// A card whose issuer approved a transaction, and what its image knows.
struct Approved {
    explicit Approved(const std::string& name, const std::string& more = {})
        : overrides(std::string(keys) + more),
          rig(name, overrides),
          image(test::card_settings(name, overrides), Interface::contact),
          terminal(rig.begin()) {
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        const ByteView counter = terminal.data.get(0x9F36), cryptogram = terminal.data.get(0x9F26);
        turn.first = {static_cast<std::uint16_t>(counter[0] << 8 | counter[1]),
                      Bytes(cryptogram.begin(), cryptogram.end()),
                      {}};
        REQUIRE(terminal.send("00820000", image.issuer_authentication(rig.aid(), turn.first, approve).value())
                    .sw == "9000");
    }
    std::string script(const ScriptCommand& command) {
        const auto secured = image.secure(rig.aid(), command, turn);
        REQUIRE(secured.has_value());
        turn.chaining = secured->mac;
        ++turn.before;
        return test::ask(rig.chip, secured->octets).sw;
    }

    std::string overrides;
    test::ChipRig rig;
    ImageKeys image;
    test::TerminalSide terminal;
    ScriptTurn turn;
};

std::string refusal(const ImageKeys& image, ByteView application, const ScriptCommand& command) {
    const auto secured = image.secure(application, command, {{1, Bytes(8), {}}, 0, {}});
    return secured ? "(none)" : secured.error().what;
}

}  // namespace

TEST_CASE("the image's issuer approves what its card asked, and the card knows it") {
    for (const std::string name :
         {"unionpay-credit", "unionpay-credit-sm4", "visa-credit", "visa-credit-cvn18", "jcb-credit"}) {
        INFO(name);
        test::ChipRig rig(name);
        const ImageKeys image(test::card_settings(name), Interface::contact);
        auto terminal = rig.begin();
        Dialogue dialogue(emv::Secrets::masked);
        const Bytes data = terminal.dol(0x8C);
        const auto reply = terminal.send("80AE8000", data);
        Bytes answer = reply.data;
        for (const std::uint8_t octet : hex(reply.sw)) answer.push_back(octet);
        dialogue.hear(test::apdu("80AE8000", data), answer);
        REQUIRE(dialogue.asks_issuer());
        const auto approval = image.issuer_authentication(rig.aid(), *dialogue.cryptogram(), approve);
        REQUIRE(approval.has_value());
        Bytes wrong = *approval;
        wrong.front() ^= 0x01;
        CHECK(terminal.send("00820000", *approval).sw == "9000");

        auto again = rig.begin();
        again.send("80AE8000", again.dol(0x8C));
        CHECK(again.send("00820000", wrong).sw == "6300");
    }
    const ImageKeys image(test::card_settings("visa-credit"), Interface::contact);
    CHECK(image.issuer_authentication(hex("A000000333010102"), {1, Bytes(8), {}}, approve).error().what ==
          "the image has no application A000000333010102 over contacts");
    CHECK(image.issuer_authentication(hex("A0000000031010"), {1, Bytes(4), {}}, approve).error().what ==
          "a cryptogram has 8 octets");
}

TEST_CASE("of a card with two algorithms the issuer answers, and signs scripts, by the one that 9F10 names") {
    const std::string name = "unionpay-credit-dual";
    const std::string more = "[application.credit]\nissuer_mac_key = '2315208C9110AD402315208C9110AD40'\n";
    const ImageKeys image(test::card_settings(name, more), Interface::contact);
    CHECK(image.card_keys(hex("A000000333010102")).size() == 2);
    for (const std::string algorithms : {"00", "01"}) {
        INFO("DF69 " << algorithms);
        test::ChipRig rig(name, more);
        auto terminal = rig.terminal();
        terminal.data.set(0xDF69, hex(algorithms));
        terminal.start(rig.aid());
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        const ByteView counter = terminal.data.get(0x9F36), arqc = terminal.data.get(0x9F26);
        const ScriptTurn turn{{counter[1], Bytes(arqc.begin(), arqc.end()), algorithms == "01"}, 0, {}};
        const auto approval = image.issuer_authentication(rig.aid(), turn.first, approve);
        CHECK(terminal.send("00820000", approval.value()).sw == "9000");
        const ScriptCommand block{emv::Instruction::application_block, 0, 0, {}, {}, {}};
        CHECK(test::ask(rig.chip, image.secure(rig.aid(), block, turn).value().octets).sw == "9000");
    }
}

TEST_CASE("scripts to an M/Chip card are tied to a cryptogram that counts up") {
    const std::string more = "[application.credit]\nissuer_mac_key = '2315208C9110AD402315208C9110AD40'\n";
    const ImageKeys image(test::card_settings("mastercard-credit", more), Interface::contact);
    test::ChipRig rig("mastercard-credit", more);
    auto terminal = rig.begin();
    REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
    const ByteView counter = terminal.data.get(0x9F36), arqc = terminal.data.get(0x9F26);
    ScriptTurn turn{{counter[1], Bytes(arqc.begin(), arqc.end()), {}}, 0, {}};
    const auto script = [&](emv::Instruction instruction) {
        const auto secured = image.secure(rig.aid(), {instruction, 0, 0, {}, {}, {}}, turn);
        ++turn.before;
        return test::ask(rig.chip, secured.value().octets).sw;
    };
    CHECK(script(emv::Instruction::application_block) == "9000");
    CHECK(script(emv::Instruction::application_unblock) == "9000");
}

TEST_CASE("the image's issuer makes script commands that its card obeys, in either format of messaging") {
    const auto [name, more] = GENERATE(table<std::string, std::string>({
        {"unionpay-credit", ""},
        {"unionpay-credit", "messaging_format = 1\n"},
        {"unionpay-credit", "mac_size = 8\n"},
        {"visa-credit", "messaging_format = 1\nmac_size = 6\n"},
        {"visa-credit", ""},
        {"visa-credit-cvn18", "messaging_format = 1\nmac_size = 8\n"},
        {"visa-credit-cvn18", ""},
    }));
    INFO(name << " " << more);
    Approved card(name, more);
    const std::string first_pin = card.rig.chip.memory().pin;
    CHECK(card.script({emv::Instruction::pin_change, 0, 2, {}, "47110", {}}) == "9000");
    CHECK(card.rig.chip.memory().pin == "47110");
    CHECK(card.script({emv::Instruction::pin_change, 0, 1, {}, first_pin, "47110"}) == "9000");
    CHECK(card.rig.chip.memory().pin == first_pin);
    CHECK(card.script({emv::Instruction::pin_change, 0, 0, {}, {}, {}}) == "9000");
    CHECK(card.script({emv::Instruction::update_record, 1, 0x0C, hex("70025000"), {}, {}}) == "9000");
    CHECK(to_hex(card.terminal.send("00B2010C").data) == "70025000");
    CHECK(card.script({emv::Instruction::put_data, 0x9F, 0x7A, hex("01"), {}, {}}) == "6A88");
    CHECK(card.script({emv::Instruction::application_block, 0, 0, {}, {}, {}}) == "9000");
    CHECK(card.script({emv::Instruction::application_unblock, 0, 0, {}, {}, {}}) == "9000");
    CHECK(card.script({emv::Instruction::card_block, 0, 0, {}, {}, {}}) == "9000");
    CHECK(card.rig.chip.memory().blocked);
}

TEST_CASE("what an image lacks for a script command is named") {
    const ImageKeys without(test::card_settings("visa-credit"), Interface::contact);
    const ScriptCommand block{emv::Instruction::application_block, 0, 0, {}, {}, {}};
    CHECK_THAT(refusal(without, hex("A0000000031010"), block), ContainsSubstring("no issuer_mac_key"));
    CHECK_THAT(refusal(without, {}, block), ContainsSubstring("select AID first"));
    CHECK_THAT(refusal(without, hex("A000000333010102"), block),
               ContainsSubstring("no application A000000333010102"));
    const ImageKeys mac(test::card_settings("visa-credit",
                                            "[application.credit]\n"
                                            "issuer_mac_key = \"2315208C9110AD402315208C9110AD40\"\n"),
                        Interface::contact);
    CHECK_THAT(refusal(mac, hex("A0000000031010"), {emv::Instruction::pin_change, 0, 2, {}, "4711", {}}),
               ContainsSubstring("no issuer_encipherment_key"));
    CHECK_THAT(
        refusal(mac, hex("A0000000031010"), {emv::Instruction::put_data, 0x9F, 0x58, Bytes(231), {}, {}}),
        ContainsSubstring("231"));
}

TEST_CASE("a PIN enciphered with the image's key for it is the one that the card deciphers") {
    test::ChipRig rig("unionpay-credit-dda");
    const ImageKeys image(test::card_settings("unionpay-credit-dda"), Interface::contact);
    auto terminal = rig.begin();
    const auto key = image.pin_key(rig.aid());
    REQUIRE(key.has_value());
    crypto::Block8 challenge{};
    std::ranges::copy(terminal.send("00840000").data, challenge.begin());
    const auto enciphered =
        emv::encipher_pin(*key, rig.image.pin, challenge, Bytes(emv::pin_padding_size(*key)));
    CHECK(terminal.send("00200088", enciphered.value()).sw == "9000");
    const ImageKeys without(test::card_settings("visa-credit"), Interface::contact);
    CHECK_THAT(without.pin_key(hex("A0000000031010")).error().what, ContainsSubstring("no key"));
}
