#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

/// Damages octets as a broken chip or line would: flips, cuts, repeats, fills.
void damage(Bytes& octets, runtime::Random& random) {
    const auto at = [&] {
        return static_cast<std::size_t>(random.between(0, static_cast<int>(octets.size()) - 1));
    };
    if (octets.empty()) return;
    switch (random.between(0, 5)) {
        case 0:
            octets[at()] ^= static_cast<std::uint8_t>(1 << random.between(0, 7));
            break;
        case 1:
            octets.resize(at());
            break;
        case 2:
            octets.insert(octets.end(), octets.begin(), octets.end());
            break;
        case 3:
            octets[at()] = 0xFF;
            break;
        case 4:
            octets = Bytes(static_cast<std::size_t>(random.between(0, 300)));
            random.fill(octets);
            break;
        default:
            octets[at()] = static_cast<std::uint8_t>(random.between(0, 255));
    }
}

}  // namespace

TEST_CASE("whatever a card answers, a sale ends once, cleanly, and the books agree") {
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        INFO("seed " << seed);
        Rig rig("timings = { boot = '1ms' }\nconnect_pause = '0s'", seed);
        rig.host.icc =
            "910A11223344556677883030"
            "710A"
            "9F180400000001"
            "860100";
        runtime::Random random(seed);
        const auto which = random.between(1, 9);
        int answers = 0;
        rig.reader.mangle = [&](Bytes& answer) {
            if (++answers >= which) damage(answer, random);
        };
        rig.start_sale();
        rig.reader.insert();
        rig.clock.run_until([&] { return rig.application->idle(); });
        CHECK(rig.all(Kind::terminal_outcome).size() == 1);
        rig.reader.remove();
        rig.application->choose(terminal::Function::sign_in);
        rig.until_idle();
        CHECK(rig.host.book() == rig.book());
    }
}

TEST_CASE(
    "whatever a host answers, a sale ends once within its time-outs and nothing is taken for an approval") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        Rig rig("timings = { boot = '1ms' }", seed);
        rig.until_idle();
        runtime::Random random(seed);
        rig.host.raw = [&](const iso8583::Message&) -> std::optional<Bytes> {
            Bytes octets =
                hex("002F600000000660310031100302100000000000000000000000000000000000000000000000000000000000"
                    "0000000000");
            damage(octets, random);
            return octets;
        };
        rig.chip_sale();
        CHECK(rig.all(Kind::terminal_outcome).size() == 1);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.reversal_pending());
        CHECK(rig.clock.now() < runtime::TimePoint(3min));
    }
}

TEST_CASE("half a reply is never acted upon") {
    Rig rig;
    rig.until_idle();
    rig.host.raw = [](const iso8583::Message&) { return hex("00806000000006603100311003"); };
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_reply");
    CHECK(rig.reversal_pending());
}

TEST_CASE("a reply longer or shorter than any message is refused at once") {
    for (const std::string_view prefix : {"FFFF", "0000", "0005"}) {
        Rig rig;
        rig.until_idle();
        rig.host.raw = [&](const iso8583::Message&) { return hex(prefix); };
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "bad_reply");
    }
}

TEST_CASE("a partial approval with no amount, of nothing, or of more than was asked for is refused") {
    for (const std::string amount : {"", "000000000000", "000000001235"}) {
        Rig rig;
        rig.host.code = "10";
        rig.host.change = [&](iso8583::Message& reply) {
            if (reply.mti() != "0210") return;
            reply.clear(4);
            if (!amount.empty()) reply.set(4, amount);
        };
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "mismatch_amount");
        CHECK(rig.reversal_pending());
    }
}
