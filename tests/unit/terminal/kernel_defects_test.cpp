// Defects of the kernel, each off and on: without it the rule is kept, with it it is broken.

#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/kernel_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;

namespace {

std::string defect(std::string_view name) {
    return "defects = ['" + std::string(name) + "']";
}

/// The issuer's answer to the ARQC of the rig's card: 91, right or with an octet that is another.
Bytes issuer_answer(KernelRig& rig, bool right = true) {
    const auto master = crypto::card_master_key(hex("9E15204313F7318ACB79B90BD986AD29"),
                                                rig.kernel().identity().pan, rig.kernel().identity().psn)
                            .value();
    crypto::Block8 arqc{};
    std::ranges::copy(hex(rig.object(0x9F26)), arqc.begin());
    const Bytes counter = hex(rig.object(0x9F36));
    Bytes data =
        emv::issuer_authentication_data(emv::CryptogramVersion::unionpay_01, master,
                                        from_big_endian(counter[0], counter[1]), arqc, {"00", {}, {}});
    if (!right) data[0] ^= 0x01;
    Bytes out;
    emv::append_tlv(out, 0x91, data);
    return out;
}

HostDecision approval(Bytes icc) {
    return {true, "00", std::move(icc)};
}

/// Octets of the TVR after the transaction is over, from the last step.
bool last_tvr_has(const KernelRig& rig, std::string_view name) {
    const auto steps = rig.all(trace::Kind::terminal_chip);
    const auto* list = std::get_if<std::vector<std::string>>(steps.back()->find("tvr"));
    return list && std::ranges::find(*list, name) != list->end();
}

}  // namespace

TEST_CASE("issuer authentication: right, wrong, and passed over by a defect (K17)") {
    KernelRig right("unionpay-credit");
    REQUIRE(reason(right.run()).empty());
    CHECK(reason(right.complete(approval(issuer_answer(right)))).empty());
    CHECK(right.kernel().decision() == Decision::approved);
    CHECK(right.count_commands("EXTERNAL AUTHENTICATE") == 1);

    KernelRig wrong("unionpay-credit");
    REQUIRE(reason(wrong.run()).empty());
    CHECK(reason(wrong.complete(approval(issuer_answer(wrong, false)))) == "card_declined");
    CHECK(wrong.kernel().decision() == Decision::declined);
    CHECK(last_tvr_has(wrong, "issuer authentication failed"));

    KernelRig careless("unionpay-credit", {}, defect("ignores-issuer-authentication"));
    REQUIRE(reason(careless.run()).empty());
    careless.complete(approval(issuer_answer(careless, false)));
    CHECK(careless.count_commands("EXTERNAL AUTHENTICATE") == 0);
    CHECK_FALSE(last_tvr_has(careless, "issuer authentication failed"));
}

TEST_CASE("scripts: run in order, up to 128 octets with their tags, and passed over by a defect") {
    const auto script = [](std::size_t octets) {
        Bytes command = hex("8424000000");
        command.resize(octets, 0x00);
        command[4] = static_cast<std::uint8_t>(octets - 5);
        Bytes inner, out;
        emv::append_tlv(inner, 0x86, command);
        emv::append_tlv(out, 0x71, inner);
        return out;
    };
    // The only script, without identifier: a command of 124 octets is the longest (book 4, 6.3.9).
    for (const auto& [octets, run] : {std::pair<std::size_t, int>(124, 1), {125, 0}}) {
        INFO(octets);
        KernelRig rig("unionpay-issuer-scripts");
        REQUIRE(reason(rig.run()).empty());
        rig.complete(approval(script(octets)));
        CHECK(rig.count_commands("PIN CHANGE/UNBLOCK") == run);
    }
    KernelRig careless("unionpay-issuer-scripts", {}, defect("ignores-scripts"));
    REQUIRE(reason(careless.run()).empty());
    careless.complete(approval(script(20)));
    CHECK(careless.count_commands("PIN CHANGE/UNBLOCK") == 0);
}

TEST_CASE("offline data authentication: skipped without a word, or wrong and taken for right (K15)") {
    KernelRig good("unionpay-bad-static-signature");
    good.run();
    CHECK(good.tvr().substr(0, 2) == "42");
    KernelRig skips("unionpay-bad-static-signature", {}, defect("skips-offline-authentication"));
    skips.run();
    CHECK(skips.tvr().substr(0, 2) == "00");
    KernelRig accepts("unionpay-bad-static-signature", {}, defect("accepts-bad-signature"));
    accepts.run();
    CHECK(accepts.tvr().substr(0, 2) == "02");
    CHECK(accepts.detail("authentication") == "SDA: authentic");
}

TEST_CASE("an expired application is told in the TVR, or not (K01)") {
    KernelRig good("unionpay-credit-expired");
    good.run();
    CHECK((hex(good.tvr())[1] & 0x40) != 0);
    KernelRig silent("unionpay-credit-expired", {}, defect("tvr-bit-missing"));
    silent.run();
    CHECK((hex(silent.tvr())[1] & 0x40) == 0);
}

TEST_CASE("a record that cannot be read is a chip error, and of a defect the end of the terminal (K13)") {
    constexpr std::string_view cut = "fault = [{ on = 'READ RECORD', nth = 3, do = 'truncate', length = 9 }]";
    KernelRig good("unionpay-credit", cut);
    CHECK(reason(good.run()) == "chip_error");
    KernelRig crashes("unionpay-credit", cut, defect("crashes-on-truncated-tlv"));
    CHECK(reason(crashes.run()) == "hung");
    const auto states = crashes.all(trace::Kind::terminal_state);
    REQUIRE_FALSE(states.empty());
    CHECK(states.back()->text("state") == "crashed");
}

TEST_CASE("a mute card is a chip error with fallback, or waited for without end (K09)") {
    KernelRig good("unionpay-credit", "chip = false");
    const ChipStep end = good.run();
    CHECK(reason(end) == "chip_error");
    CHECK(end->fallback);
    KernelRig waits("unionpay-credit", "chip = false", defect("hangs-on-mute-card"));
    CHECK(reason(waits.run()) == "hung");
}

TEST_CASE("a card pulled before its second cryptogram approves nothing; a defect lets it pass (K12)") {
    for (const bool careless : {false, true}) {
        KernelRig rig("unionpay-credit", {}, careless ? defect("ignores-removal") : std::string());
        REQUIRE(reason(rig.run()).empty());
        rig.card->remove();
        CHECK(reason(rig.complete(approval({}))) == (careless ? "" : "card_removed"));
    }
}
