#include "drivers/card/image_issuer.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

const emv::IssuerDecision approve{"00", {0, emv::csu::issuer_approves, 0, 0}, {}};

}  // namespace

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
            issuer_authentication(test::card_settings(name), rig.aid(), *dialogue.cryptogram(), approve);
        REQUIRE(approval.has_value());
        Bytes wrong = *approval;
        wrong.front() ^= 0x01;
        CHECK(terminal.send("00820000", *approval).sw == "9000");

        auto again = rig.begin();
        again.send("80AE8000", again.dol(0x8C));
        CHECK(again.send("00820000", wrong).sw == "6300");
    }
    CHECK(issuer_authentication(test::card_settings("visa-credit"), hex("A000000333010102"), {1, Bytes(8)},
                                approve)
              .error()
              .what == "the image has no application A000000333010102");
    CHECK(issuer_authentication(test::card_settings("visa-credit"), hex("A0000000031010"), {1, Bytes(4)},
                                approve)
              .error()
              .what == "a cryptogram has 8 octets");
}
