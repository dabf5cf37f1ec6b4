#include "drivers/card/image_issuer.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;

TEST_CASE("the image's issuer approves what its card asked, and the card knows it") {
    for (const std::string name :
         {"unionpay-credit", "unionpay-credit-sm4", "visa-credit", "visa-credit-cvn18", "jcb-credit"}) {
        INFO(name);
        test::ChipRig rig(name);
        auto terminal = rig.begin();
        Dialogue dialogue(emv::Secrets::masked);
        const Bytes data = terminal.dol(0x8C);
        const auto reply = terminal.send("80AE8000", data);
        Bytes answer = reply.data;
        for (const std::uint8_t octet : hex(reply.sw)) answer.push_back(octet);
        dialogue.hear(test::apdu("80AE8000", data), answer);
        REQUIRE(dialogue.asks_issuer());
        const auto approval =
            issuer_approval(test::card_settings(name), Interface::contact, rig.aid(), *dialogue.cryptogram());
        REQUIRE(approval.has_value());
        Bytes wrong = *approval;
        wrong.front() ^= 0x01;
        CHECK(terminal.send("00820000", *approval).sw == "9000");

        auto again = rig.begin();
        again.send("80AE8000", again.dol(0x8C));
        CHECK(again.send("00820000", wrong).sw == "6300");
    }
    for (const std::string algorithms : {"00", "01"}) {  // the same of a card with both
        INFO("DF69 " << algorithms);
        test::ChipRig rig("unionpay-credit-dual");
        auto terminal = rig.terminal();
        terminal.data.set(0xDF69, hex(algorithms));
        terminal.start(rig.aid());
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        const ByteView counter = terminal.data.get(0x9F36), arqc = terminal.data.get(0x9F26),
                       issuer_data = terminal.data.get(0x9F10);
        const Dialogue::Cryptogram asked{counter[1], Bytes(arqc.begin(), arqc.end()),
                                         Bytes(issuer_data.begin(), issuer_data.end())};
        const auto approval = issuer_approval(test::card_settings("unionpay-credit-dual"), Interface::contact,
                                              rig.aid(), asked);
        CHECK(terminal.send("00820000", approval.value()).sw == "9000");
    }
    CHECK(issuer_approval(test::card_settings("visa-credit"), Interface::contact, hex("A000000333010102"),
                          {1, Bytes(8)})
              .error()
              .what == "the image has no application A000000333010102 over contacts");
    CHECK(issuer_approval(test::card_settings("visa-credit"), Interface::contact, hex("A0000000031010"),
                          {1, Bytes(4)})
              .error()
              .what == "a cryptogram has 8 octets");
}

TEST_CASE("the image's issuer answers with the key of the interface that asked") {
    const auto settings = test::card_settings(
        "jcb-credit",
        fmt::format("application.credit.contactless.issuer_key = '{}'", "2315208C9110AD402315208C9110AD40"));
    for (const auto interface : {Interface::contact, Interface::contactless}) {
        const CardImage image = read_card_image(settings);
        Chip chip(image, runtime::Random(1));
        chip.reset(interface);
        test::TerminalSide terminal([&](ByteView command) { return test::ask(chip, command); });
        const Bytes& aid = image.applications.front().aid;
        terminal.start(aid);
        REQUIRE(terminal.generate_ac("80", 0x8C).sw == "9000");
        const Dialogue::Cryptogram asked{chip.transaction_counter(), *terminal.data.find(0x9F26)};
        const auto approval = issuer_approval(settings, interface, aid, asked);
        REQUIRE(approval.has_value());
        CHECK(terminal.send("00820000", *approval).sw == "9000");
    }
    CHECK(issuer_approval(test::card_settings("visa-credit"), Interface::contactless, hex("A0000000031011"),
                          {1, Bytes(8)})
              .error()
              .what == "the image has no application A0000000031011 over the field");
}
