// The quick profiles over the field, from the terminal's side.

#include <fmt/format.h>

#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/kernel_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;
using card::Card;

namespace {

/// A terminal of this type that takes debit, credit and Visa over the field.
std::string profile_of(std::string_view type, std::string_view first = "") {
    std::string text = fmt::format("{}\nterminal_type = '{}'\n", first, type);
    for (const std::string_view aid : {"A000000333010101", "A000000333010102", "A0000000031010"})
        text += fmt::format(
            "[[application]]\naid = '{}'\n"
            "contactless = {{ transaction_limit = '1000.00', floor_limit = '200.00', cvm_limit = '300.00' "
            "}}\n",
            aid);
    return text;
}

/// Where the second octet of the tag 9F6C stands in the answer to GET PROCESSING OPTIONS. What the trace
/// masks comes behind it.
std::size_t second_octet_of_qualifiers(const FieldKernelRig& rig) {
    for (const trace::Event* event : rig.all(trace::Kind::card_apdu)) {
        if (event->text("command") != "GET PROCESSING OPTIONS") continue;
        const std::string_view response = event->text("response");
        const std::size_t at = response.find("9F6C");
        REQUIRE(at != std::string_view::npos);
        return at / 2 + 1;
    }
    return 0;
}

bool says(const Tap& tap, Text text) {
    return tap.why.text == text;
}

}  // namespace

TEST_CASE("contactless: electronic cash is approved offline when its signature is right") {
    FieldKernelRig rig("unionpay-ecash", {}, profile_of("22"));
    REQUIRE(rig.begin());
    const Tap tap = rig.tap();
    CHECK(tap.end == Tap::End::decided);
    CHECK(rig.kernel().decision() == Decision::approved);
    CHECK(rig.detail("authentication") == "fDDA: authentic");
    CHECK(rig.object(0x9F27) == "40");
    CHECK(rig.object(0x8A) == "5931");
    CHECK(rig.object(0x9F34) == "1F0002");
    CHECK(rig.object(0x95) == "0000000000");
    CHECK(rig.kernel().identity().pan == "6210948000000060");
    CHECK(rig.kernel().identity().expiry == "3012");
    CHECK(rig.kernel().identity().track2 == "6210948000000060D30122200000000000");
    CHECK(reason(rig.verify_cardholder()).empty());
    CHECK(rig.count_commands("GENERATE AC") == 0);
}

TEST_CASE(
    "contactless: the host is asked by an online-only terminal, above the floor limit, and by the card") {
    FieldKernelRig online_only("unionpay-ecash", {}, profile_of("21"));
    online_only.begin();
    CHECK(online_only.tap().end == Tap::End::decided);
    CHECK(online_only.kernel().decision() == Decision::online);
    CHECK(online_only.object(0x9F27) == "80");
    CHECK(online_only.object(0x8A).empty());
    CHECK(online_only.count_commands("READ RECORD") == 0);

    constexpr std::string_view rich =
        "application.debit.contactless.low_value = { balance = 90000, balance_limit = 100000, "
        "transaction_limit = 100000 }";
    FieldKernelRig at("unionpay-ecash", rich, profile_of("22"));
    at.begin(20000);
    at.tap();
    CHECK(at.kernel().decision() == Decision::approved);
    at.begin(20001);
    at.tap();
    CHECK(at.kernel().decision() == Decision::online);

    FieldKernelRig careless("unionpay-ecash", rich,
                            profile_of("22", "defects = ['approves-above-floor-limit']"));
    careless.begin(20001);
    careless.tap();
    CHECK(careless.kernel().decision() == Decision::approved);

    FieldKernelRig credit("unionpay-credit", {}, profile_of("22"));
    credit.begin();
    CHECK(credit.tap().end == Tap::End::decided);
    CHECK(credit.kernel().decision() == Decision::online);
    CHECK(credit.kernel().identity().psn == "01");

    FieldKernelRig alone("unionpay-credit", {}, profile_of("23"));
    alone.begin();
    CHECK(alone.tap().why.reason == "offline_decline");
    CHECK(alone.kernel().decision() == Decision::declined);
}

TEST_CASE("contactless: from the CVM limit on a verification is due, and the card names it") {
    FieldKernelRig small("unionpay-credit", {}, profile_of("22"));
    small.begin(29999);
    small.tap();
    CHECK_FALSE(small.kernel().wants_signature());
    CHECK(small.object(0x9F34) == "1F0002");
    small.begin(30000);
    small.tap();
    CHECK(small.kernel().wants_signature());
    CHECK(small.object(0x9F34) == "1E0000");

    FieldKernelRig pin("unionpay-debit", {}, profile_of("22"));
    pin.pins = {"123456"};
    pin.begin(30000);
    CHECK(pin.tap().end == Tap::End::decided);
    CHECK(pin.prompts("pin") == 0);  // the card may leave first
    CHECK(reason(pin.verify_cardholder()).empty());
    CHECK(pin.kernel().pin().digits == "123456");
    CHECK(pin.object(0x9F34) == "020000");

    for (const std::string key : {"", "cancel"}) {
        FieldKernelRig refused("unionpay-debit", {}, profile_of("22"));
        refused.pins = {key};
        refused.begin(30000);
        refused.tap();
        CHECK(reason(refused.verify_cardholder()) == "cancelled");
    }

    // No method in common: the card refuses with 6985, and nothing else is on it.
    FieldKernelRig none("unionpay-debit", {}, profile_of("22", "capabilities = 'E02800'"));
    none.begin(30000);
    CHECK(none.tap().end == Tap::End::use_contacts);
}

TEST_CASE("contactless: where the card leaves out 9F6C: signature, else the PIN for the host, else no") {
    struct Case {
        std::string capabilities, results;
    };
    for (const Case& check : {Case{"E068C8", "1E0000"}, Case{"E048C8", "020000"}}) {
        INFO(check.capabilities);
        const std::string terminal = profile_of("22", "capabilities = '" + check.capabilities + "'");
        FieldKernelRig whole("unionpay-debit", {}, terminal);
        whole.begin(30000);
        whole.tap();
        CHECK(whole.object(0x9F34) == "020000");  // the card's own choice
        FieldKernelRig without(
            "unionpay-debit",
            fmt::format("fault = [{{ on = 'GET PROCESSING OPTIONS', do = 'corrupt', at = {}, "
                        "xor = '10', every = true }}]",
                        second_octet_of_qualifiers(whole)),
            terminal);
        without.pins = {"123456"};
        without.begin(30000);
        CHECK(without.tap().end == Tap::End::decided);
        CHECK(without.kernel().decision() == Decision::online);
        CHECK(without.object(0x9F34) == check.results);
        CHECK(without.kernel().wants_signature() == (check.results == "1E0000"));
        CHECK(reason(without.verify_cardholder()).empty());
        CHECK(without.prompts("pin") == (check.results == "020000" ? 1 : 0));

        // Below the limit nobody is verified.
        without.begin(29999);
        without.tap();
        CHECK(without.object(0x9F34) == "1F0002");
    }
}

TEST_CASE("contactless: from the tap to the end the cardholder is addressed in the card's language") {
    FieldKernelRig rig("unionpay-debit", "application.debit.languages = 'en'", profile_of("22"));
    rig.pins = {"123456"};
    rig.begin(30000);
    CHECK(rig.panel.language(Text::tap_again) == Language::zh);
    rig.tap();
    CHECK(rig.panel.language(Text::tap_again) == Language::en);
    CHECK(rig.panel.language(Text::card_read) == Language::en);
    CHECK(rig.panel.language(Text::reading_in_field) == Language::en);
    CHECK(rig.panel.language() == Language::zh);
    CHECK(reason(rig.verify_cardholder()).empty());
    CHECK(rig.shown("ENTER PIN"));
    rig.begin();
    CHECK(rig.panel.cardholder_language() == Language::zh);

    FieldKernelRig other("unionpay-debit", "application.debit.languages = 'fr'", profile_of("22"));
    other.begin();
    other.tap();
    CHECK(other.panel.cardholder_language() == Language::zh);
}

TEST_CASE("contactless: from the transaction limit on the card is to be inserted") {
    FieldKernelRig rig("unionpay-credit", {}, profile_of("22"));
    CHECK(rig.begin(99999));
    CHECK_FALSE(rig.begin(100000));
    FieldKernelRig without("unionpay-credit", {}, "[[application]]\naid = 'A000000333010102'\n");
    CHECK_FALSE(without.begin(1));

    // A limit of one application is none of another's.
    FieldKernelRig two("multi-application", {},
                       "[[application]]\naid = 'A000000333010101'\n"
                       "contactless = { transaction_limit = '5.00', cvm_limit = '5.00' }\n"
                       "[[application]]\naid = 'A000000333010102'\n"
                       "contactless = { transaction_limit = '50.00', cvm_limit = '50.00' }\n");
    CHECK(two.begin(1000));
    CHECK(two.tap().end == Tap::End::use_contacts);  // its credit application is not over the field
}

TEST_CASE("contactless: two cards, no card, a card that leaves: present again") {
    FieldKernelRig two("unionpay-credit", {}, profile_of("22"));
    two.begin();
    const Tap collision = two.tap(Card::Field::two_cards);
    CHECK(collision.end == Tap::End::present_again);
    CHECK(says(collision, Text::one_card_only));
    CHECK(two.tap().end == Tap::End::decided);

    for (const std::string_view command : {"activation", "SELECT", "GET PROCESSING OPTIONS", "READ RECORD"}) {
        INFO(command);
        const std::string effect = command == "activation" ? "do = 'mute'" : "do = 'remove'";
        FieldKernelRig rig("unionpay-ecash", fmt::format("fault = [{{ on = '{}', {} }}]", command, effect),
                           profile_of("22"));
        rig.begin();
        const Tap lost = rig.tap();
        CHECK(lost.end == Tap::End::present_again);
        CHECK(says(lost, Text::tap_again));
        const std::string counter = rig.object(0x9F36);
        CHECK(rig.tap().end == Tap::End::decided);
        CHECK(rig.kernel().decision() == Decision::approved);
        // One purchase: the card gives the answer of then once more.
        CHECK(rig.object(0x9F36) == "0001");
        CHECK((counter.empty() || counter == "0001"));
    }
}

TEST_CASE("contactless: a signature that is wrong leads where the card says, and never to an approval") {
    constexpr std::string_view wrong =
        "[application.debit.contactless]\nauthentication.wrong = ['dynamic_signature']\n";
    struct Case {
        std::string qualifiers;
        Tap::End end;
        Decision decision;
    };
    for (const Case& check :
         {Case{"['online_if_authentication_fails']", Tap::End::decided, Decision::online},
          Case{"['switch_if_authentication_fails']", Tap::End::use_contacts, Decision::none},
          Case{"[]", Tap::End::decided, Decision::declined}}) {
        INFO(check.qualifiers);
        const std::string card = std::string(wrong) + "qualifiers = " + check.qualifiers;
        FieldKernelRig rig("unionpay-ecash", card, profile_of("22"));
        rig.begin();
        CHECK(rig.tap().end == check.end);
        CHECK(rig.kernel().decision() == check.decision);

        FieldKernelRig careless("unionpay-ecash", card,
                                profile_of("22", "defects = ['accepts-bad-signature']"));
        careless.begin();
        careless.tap();
        CHECK(careless.kernel().decision() == Decision::approved);
    }
    // Without a host there is only no.
    FieldKernelRig offline("unionpay-ecash", wrong, profile_of("23"));
    offline.begin();
    offline.tap();
    CHECK(offline.kernel().decision() == Decision::declined);
}

TEST_CASE("contactless: an expired card and one of the exception file are not approved") {
    constexpr std::string_view over =
        "account.expiry = '2605'\napplication.debit.authentication.expiry = '3012'\n"
        "application.debit.contactless.qualifiers = ";
    FieldKernelRig expired("unionpay-ecash", std::string(over) + "[]", profile_of("22"));
    expired.begin();
    expired.tap();
    CHECK(expired.detail("authentication") == "fDDA: authentic");
    CHECK(expired.kernel().decision() == Decision::declined);
    FieldKernelRig online("unionpay-ecash", std::string(over) + "['online_if_expired']", profile_of("22"));
    online.begin();
    online.tap();
    CHECK(online.kernel().decision() == Decision::online);

    FieldKernelRig listed("unionpay-ecash", {}, profile_of("22", "exception_file = ['6210948000000060']"));
    listed.begin();
    listed.tap();
    CHECK(listed.kernel().decision() == Decision::declined);
}

TEST_CASE("contactless: Visa's quick profile, and cards of other kernels that are to be inserted") {
    FieldKernelRig visa("visa-credit", {}, profile_of("22"));
    visa.begin();
    CHECK(visa.tap().end == Tap::End::decided);
    CHECK(visa.kernel().decision() == Decision::online);
    for (const std::string image : {"mastercard-credit", "amex-credit"}) {
        INFO(image);
        FieldKernelRig rig(image, {}, profile_of("22"));
        rig.begin();
        const Tap tap = rig.tap();
        CHECK(tap.end == Tap::End::use_contacts);
        CHECK(tap.why.reason == "no_aid");
        CHECK(says(tap, Text::insert_card));
    }
    FieldKernelRig other("unionpay-ecash",
                         "fault = [{ on = 'GET PROCESSING OPTIONS', do = 'status', sw = '6984' }]",
                         profile_of("22"));
    other.begin();
    CHECK(other.tap().end == Tap::End::use_contacts);
}

TEST_CASE(
    "contactless: whatever an answer is cut to or laid over with, the tap ends, and without an approval") {
    for (const std::string_view command : {"SELECT", "GET PROCESSING OPTIONS", "READ RECORD"})
        for (int nth = 1; nth <= 2; ++nth)
            for (int length = 0; length < 60; length += 3) {
                INFO(command << " " << nth << ", " << length);
                FieldKernelRig rig(
                    "unionpay-ecash",
                    fmt::format("fault = [{{ on = '{}', nth = {}, do = 'truncate', length = {} }}]", command,
                                nth, length),
                    profile_of("22"));
                rig.begin();
                rig.tap();
                const bool acted = !rig.all(trace::Kind::card_fault).empty();
                CHECK((!acted || rig.kernel().decision() != Decision::approved));
            }
}
