#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

emv::TlvMap field55(const iso8583::Message& message) {
    emv::TlvMap objects;
    objects.absorb(emv::parse_tlv(message.bytes(55)).value());
    return objects;
}

/// How a sale with a chip of these files ended: approved, or the reason.
std::string outcome_with_afl(std::string_view afl, std::string_view proprietary_record = "DEADBEEF") {
    Rig rig;
    rig.reader.afl = afl;
    rig.reader.proprietary_record = proprietary_record;
    rig.chip_sale();
    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    return std::string(outcome.text(outcome.text("outcome") == "approved" ? "outcome" : "reason"));
}

/// Replaces the answer to GET PROCESSING OPTIONS.
std::string outcome_with_profile(std::string_view answer) {
    Rig rig;
    rig.reader.mangle = [answer](Bytes& octets) {
        if (octets.size() > 4 && octets[0] == 0x77) octets = hex(std::string(answer) + "9000");
    };
    rig.chip_sale();
    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    return std::string(outcome.text(outcome.text("outcome") == "approved" ? "outcome" : "reason"));
}

/// One data object of the record has another value, or is there too.
std::string outcome_with_object(emv::Tag tag, std::string_view value) {
    Rig rig;
    rig.reader.mangle = [=](Bytes& octets) {
        if (octets.size() < 4 || octets[0] != 0x70) return;
        emv::TlvMap objects;
        objects.absorb(emv::parse_tlv(ByteView(octets).first(octets.size() - 2)).value().front().children);
        objects.set(tag, hex(value));
        Bytes body;
        for (const auto& entry : objects.entries()) emv::append_tlv(body, entry.tag, entry.value);
        octets.clear();
        emv::append_tlv(octets, 0x70, body);
        append(octets, hex("9000"));
    };
    rig.chip_sale();
    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    return std::string(outcome.text(outcome.text("outcome") == "approved" ? "outcome" : "reason"));
}

bool says(const trace::Event& event, std::string_view name) {
    const auto* value = event.find("tvr");
    const auto* list = value ? std::get_if<std::vector<std::string>>(value) : nullptr;
    return list && std::ranges::find(*list, name) != list->end();
}

const trace::Event& step(const Rig& rig, std::string_view name) {
    for (const trace::Event* event : rig.all(Kind::terminal_chip))
        if (event->text("step") == name) return *event;
    throw std::logic_error("no step " + std::string(name));
}

}  // namespace

TEST_CASE("records of SFI 11 to 30 are read as the AFL asks and nothing in them is used (EMV book 3, 10.2)") {
    for (const unsigned file : {11u, 20u, 21u, 30u}) {
        INFO("SFI " << file);
        const std::string entry = fmt::format("{:02X}010201", file << 3);
        CHECK(outcome_with_afl("08010100" + entry) == "approved");
        // A template with a second PAN would end a transaction if it stood in SFI 1 to 10.
        CHECK(outcome_with_afl("08010100" + entry, "700A5A086210948000000029") == "approved");
        CHECK(outcome_with_afl("08010100" + entry, "") == "approved");
    }
    Rig rig;
    rig.reader.afl = "08010100F0010302";
    rig.reader.proprietary_record = "700A5A086210948000000029";
    rig.chip_sale();
    CHECK(rig.reader.count("00B2") == 4);
    CHECK(rig.reader.count("00B203F4") == 1);
    CHECK(rig.host.last("0200").get(2) == "6210948000000011");
}

TEST_CASE("numbers and dates that are none end the transaction (EMV book 3 clauses 4.3 and 7.5)") {
    CHECK(outcome_with_object(0x5A, "6210948000000011FFFF") == "approved");
    CHECK(outcome_with_object(0x5A, "6210948000000011F123") == "chip_error");
    CHECK(outcome_with_object(0x5A, "62109480000000B1") == "chip_error");
    CHECK(outcome_with_object(0x57, "6210948000000011D3012201FFFF") == "approved");
    CHECK(outcome_with_object(0x57, "6210948000000011D3012201F012") == "chip_error");
    CHECK(outcome_with_object(0x5F25, "200101") == "approved");
    CHECK(outcome_with_object(0x5F25, "201301") == "chip_error");
    CHECK(outcome_with_object(0x5F25, "300230") == "chip_error");
    CHECK(outcome_with_object(0x5F34, "0F") == "chip_error");
}

TEST_CASE("an AFL that names no file, or asks a record that is not there, ends the transaction") {
    CHECK(outcome_with_afl("0801010000010100") == "chip_error");  // SFI 0
    CHECK(outcome_with_afl("08010100F8010100") == "chip_error");  // SFI 31
    CHECK(outcome_with_afl("0801010059010100") == "chip_error");  // low bits set
    CHECK(outcome_with_afl("0801010058010102") == "chip_error");  // more authenticated than there are
    CHECK(outcome_with_afl("08010200") == "chip_error");
    CHECK(outcome_with_afl("08010100") == "approved");
}

TEST_CASE("application profiles in both formats, with lengths of one to three octets (EMV book 3, B2)") {
    for (const std::string_view length : {"0A", "810A", "82000A"})
        CHECK(outcome_with_profile("77" + std::string(length) + "82027C00940408010100") == "approved");
    for (const std::string_view length : {"06", "8106", "820006"})
        CHECK(outcome_with_profile("80" + std::string(length) + "7C0008010100") == "approved");
    CHECK(outcome_with_profile("77810C8281027C0094810408010100") == "approved");
    CHECK(outcome_with_profile("80058106"
                               "7C00080101") == "chip_error");
    CHECK(outcome_with_profile("80820700"
                               "7C0008010100") == "chip_error");

    // More than 127 octets: 33 entries in format 1.
    std::string afl = "08010100";
    for (int i = 0; i < 32; ++i) afl += fmt::format("{:02X}010100", 11 << 3);
    CHECK(outcome_with_profile("808186"
                               "7C00" +
                               afl) == "approved");
}

TEST_CASE("a PDOL of more than 127 octets is served in a template with a length of two octets") {
    Rig rig;
    rig.reader.pdol = "9F4EC8";  // 200 octets of an object that nobody has
    rig.chip_sale();
    CHECK(rig.reader.count("80A80000CB8381C8") == 1);
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("the methods of cardholder verification are those that 9F33 claims") {
    constexpr std::string_view pin_else_signature_else_none = "000000000000000042031E031F03";
    struct Case {
        std::string capabilities, results;
    };
    for (const Case& check : {Case{"E02800", "1E0300"}, Case{"E00800", "1F0302"}, Case{"E02000", "1E0300"}}) {
        INFO(check.capabilities);
        Rig rig("capabilities = '" + check.capabilities + "'");
        rig.reader.cvm_list = pin_else_signature_else_none;
        rig.chip_sale();
        const emv::TlvMap icc = field55(rig.host.last("0200"));
        CHECK(to_hex(icc.get(0x9F33)) == check.capabilities);
        CHECK(to_hex(icc.get(0x9F34)) == check.results);
        CHECK_FALSE(rig.host.last("0200").has(52));
    }
}

TEST_CASE("a rule that holds always but asks for what the terminal has not fails, and says so in the TVR") {
    Rig no_pin("capabilities = 'E02800'");
    no_pin.reader.cvm_list = "00000000000000000200";
    no_pin.chip_sale();
    CHECK(says(step(no_pin, "cvm"), "PIN pad absent or broken"));
    CHECK(says(step(no_pin, "cvm"), "cardholder verification failed"));
    CHECK(to_hex(field55(no_pin.host.last("0200")).get(0x9F34)) == "3F0001");  // book 4, table 2

    Rig no_signature("capabilities = 'E04800'");
    no_signature.reader.cvm_list = "00000000000000001E00";
    no_signature.chip_sale();
    CHECK(to_hex(field55(no_signature.host.last("0200")).get(0x9F34)) == "3F0001");
    CHECK_FALSE(says(step(no_signature, "cvm"), "PIN pad absent or broken"));

    Rig no_waiver("capabilities = 'E06000'");
    no_waiver.chip_sale();  // its list knows "no CVM" only
    CHECK(to_hex(field55(no_waiver.host.last("0200")).get(0x9F34)) == "3F0001");
}

TEST_CASE("fallback is allowed while the chip is read, and no longer") {
    // SELECT of the PSE, of three AIDs (the second is the card's) and of the candidate, initiation, record.
    int last_with_fallback = 0, first_without = 0;
    for (int command = 1; first_without == 0; ++command) {
        Rig rig;
        rig.reader.mute_at = command;
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until_prompt("remove_card"));
        const bool cryptogram = rig.reader.count("80AE") > 0;
        rig.reader.remove();
        rig.run_for(1s);
        const bool asked_again = rig.count(Kind::terminal_prompt, "what", "insert_again") == 1;
        INFO("mute at command " << command);
        CHECK(asked_again != cryptogram);
        if (asked_again) last_with_fallback = command;
        if (!asked_again) {
            first_without = command;
            CHECK(rig.last(Kind::terminal_outcome).text("reason") == "chip_error");
        }
    }
    CHECK(last_with_fallback + 1 == first_without);
    CHECK(first_without > 3);

    CHECK(outcome_with_profile("0000") == "chip_error");
    Rig rig;
    rig.reader.proprietary_record = "";
    rig.reader.mangle = [](Bytes& octets) {
        if (octets[0] == 0x70) octets = hex("71009000");  // a record that is none
    };
    rig.chip_sale();
    CHECK(rig.count(Kind::terminal_prompt, "what", "insert_again") == 0);
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "chip_error");
}

TEST_CASE("the merchant's copy is signed when the verification came to a signature, and after a stripe") {
    const auto signature_asked = [](Rig& rig) {
        for (const trace::Event* event : rig.all(Kind::terminal_printed))
            if (event->text("copy") == "merchant")
                return event->text("text").find("持卡人签名") != std::string_view::npos;
        throw std::logic_error("no receipt");
    };
    Rig none;
    none.chip_sale();
    CHECK_FALSE(signature_asked(none));

    Rig paper;
    paper.reader.cvm_list = "00000000000000001E00";
    paper.chip_sale();
    CHECK(signature_asked(paper));

    Rig stripe;
    stripe.stripe_sale();
    CHECK(signature_asked(stripe));
    for (const trace::Event* event : stripe.all(Kind::terminal_printed))
        if (event->text("copy") == "cardholder")
            CHECK(event->text("text").find("签名") == std::string_view::npos);
}

TEST_CASE("a signature that is due is still asked for on a receipt that is printed after a power cut") {
    for (const auto& [list, asked] :
         {std::pair("00000000000000001E00", true), {"00000000000000001F00", false}}) {
        Rig rig;
        rig.reader.cvm_list = list;
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until(Kind::terminal_outcome, [](const auto&) { return true; }));
        rig.power_off();
        rig.power_on();
        rig.until_idle();
        const trace::Event& merchant = *rig.all(Kind::terminal_printed).front();
        CHECK((merchant.text("text").find("持卡人签名") != std::string_view::npos) == asked);
    }
}
