// What a listener who knows the card's public key says of its dynamic signatures.

#include "drivers/card/dialogue.hpp"
#include "drivers/card/image_keys.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A card, and someone who hears all that is said to it.
struct Heard {
    Heard(const std::string& name, Interface interface = Interface::contact, std::string_view overrides = {})
        : rig(name, overrides),
          keys(test::card_settings(name, overrides), interface),
          dialogue(emv::Secrets::masked,
                   [this](ByteView application) { return keys.card_keys(application); }),
          terminal([this](ByteView command) { return hear(command); }) {
        rig.chip.reset(interface);
        terminal.data.set(0x9F66, hex("36004080"));
    }
    test::Reply hear(ByteView command) {
        const Answer answer = rig.chip.process(command);
        Bytes octets = answer.data;
        octets.push_back(static_cast<std::uint8_t>(answer.sw >> 8));
        octets.push_back(static_cast<std::uint8_t>(answer.sw));
        for (const emv::Line& line : dialogue.hear(command, octets).response)
            if (line.name.starts_with("signature 9F4B: ")) said.push_back(line.name.substr(16));
        return {answer.data, to_hex(ByteView(octets).last(2))};
    }

    test::ChipRig rig;
    ImageKeys keys;
    Dialogue dialogue;
    test::TerminalSide terminal;
    std::vector<std::string> said;
};

const std::string right = "right by the card's public key";

}  // namespace

TEST_CASE("the cryptogram is taken out of a combined signature that is right, RSA and SM2") {
    for (const std::string name : {"unionpay-credit-cda", "unionpay-credit-sm2"}) {
        INFO(name);
        Heard card(name);
        card.terminal.start(card.rig.aid());
        REQUIRE(card.terminal.generate_ac("90", 0x8C).sw == "9000");
        CHECK(card.said == std::vector{right});
        CHECK(card.dialogue.asks_issuer());
        REQUIRE(card.dialogue.cryptogram());
        CHECK(card.dialogue.cryptogram()->counter == 1);
        CHECK(card.dialogue.cryptogram()->octets.size() == 8);
        const Bytes first = card.dialogue.cryptogram()->octets;
        REQUIRE(card.terminal.generate_ac("50", 0x8D).sw == "9000");
        CHECK(card.said == std::vector{right, right});
        CHECK_FALSE(card.dialogue.asks_issuer());
        CHECK(card.dialogue.first_cryptogram()->octets == first);
    }
}

TEST_CASE("both signatures of a transaction are over all lists that were answered") {
    Heard card("unionpay-credit-cda", Interface::contact,
               "[application.credit]\ncdol2 = \"8A0295059F3704\"\n");
    card.terminal.start(card.rig.aid());
    REQUIRE(card.terminal.generate_ac("50", 0x8C).sw == "9000");
    CHECK(card.said == std::vector{right});
}

TEST_CASE("a signature that is wrong is said to be, and brings no cryptogram") {
    Heard combined("unionpay-credit-cda", Interface::contact,
                   "[application.credit.authentication]\nwrong = [\"dynamic_signature\"]\n");
    combined.terminal.start(combined.rig.aid());
    REQUIRE(combined.terminal.generate_ac("90", 0x8C).sw == "9000");
    REQUIRE(combined.said.size() == 1);
    CHECK_THAT(combined.said.front(),
               ContainsSubstring("wrong by the card's public key: EMV book 2 clause 6.6.2"));
    CHECK(combined.dialogue.asks_issuer());
    CHECK_FALSE(combined.dialogue.cryptogram());

    Heard dynamic("unionpay-bad-dynamic-signature");
    dynamic.terminal.start(dynamic.rig.aid());
    dynamic.terminal.send("00880000", dynamic.terminal.data.get(0x9F37));
    REQUIRE(dynamic.said.size() == 1);
    CHECK_THAT(dynamic.said.front(), ContainsSubstring("wrong by the card's public key"));
}

TEST_CASE("INTERNAL AUTHENTICATE and fDDA of either version are checked") {
    Heard dynamic("unionpay-credit-dda");
    dynamic.terminal.start(dynamic.rig.aid());
    dynamic.terminal.send("00880000", dynamic.terminal.data.get(0x9F37));
    CHECK(dynamic.said == std::vector{right});

    for (const char* qualifiers : {"36004080", "36004000"}) {
        Heard quick("unionpay-ecash", Interface::contactless);
        quick.terminal.data.set(0x9F66, hex(qualifiers));
        quick.terminal.start(quick.rig.image.contactless.front().aid);
        CHECK(quick.said == std::vector{right});
    }
    Heard wrong("unionpay-ecash", Interface::contactless,
                "[application.debit.authentication]\nwrong = [\"dynamic_signature\"]\n");
    wrong.terminal.start(wrong.rig.image.contactless.front().aid);
    REQUIRE(wrong.said.size() == 1);
    CHECK_THAT(wrong.said.front(), ContainsSubstring("wrong by the card's public key"));
}

TEST_CASE("without the card's key nothing is said of signatures") {
    Heard card("unionpay-credit-dda");
    card.dialogue = Dialogue(emv::Secrets::masked);
    card.terminal.start(card.rig.aid());
    card.terminal.send("00880000", card.terminal.data.get(0x9F37));
    CHECK(card.said.empty());
}
