// What the terminal's kernel makes of answers to reset, and what T=0 leaves to it.

#include "drivers/protocols/emv/apdu.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

constexpr std::string_view bad_check = "3BE000008131FE45EC", of_t1 = "3BE000008131FE45EB";

const trace::Event& reset_step(const Rig& rig) {
    for (const trace::Event* event : rig.all(Kind::terminal_chip))
        if (event->text("step") == "reset") return *event;
    FAIL("no reset");
    throw std::logic_error("unreachable");
}

/// A card that says SELECT's answer with a warning before its data, as with T=0.
void warn_at_select(ScriptedReader& reader) {
    reader.mangle = [&reader, data = Bytes()](Bytes& octets) mutable {
        if (reader.commands.empty()) return;  // the answer to reset
        const Bytes& command = reader.commands.back();
        if (command[1] == 0xA4 && octets.size() > 2) {
            data = octets;
            octets = hex("6283");
        } else if (command[1] == 0xC0) {
            const auto size = static_cast<std::uint8_t>(data.size() - 2);
            octets = command.back() == size ? data : Bytes{0x6C, size};
        }
    };
}

}  // namespace

TEST_CASE("an answer to reset that is refused gets one warm reset, and the sale goes on (EMV book 1, 8.4)") {
    Rig rig;
    rig.reader.atr = bad_check;
    rig.chip_sale();
    CHECK(rig.reader.resets == "cold warm ");
    CHECK(reset_step(rig).text("outcome") == "done");
    CHECK(reset_step(rig).text("detail") ==
          "cold reset refused: octet 8 (TCK): is EC, must be EB; warm reset accepted");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");

    Rig good;
    good.chip_sale();
    CHECK(good.reader.resets == "cold ");
    CHECK(reset_step(good).find("detail") == nullptr);

    // TB1 counts at a cold reset alone (8.3.3.2).
    Rig voltage;
    voltage.reader.atr = voltage.reader.warm_atr =
        "3B652500"
        "2063CB6600";
    voltage.chip_sale();
    CHECK(voltage.reader.resets == "cold warm ");
    CHECK(voltage.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("a second answer to reset that is refused is a chip error, and the stripe may be used") {
    Rig rig;
    rig.reader.atr = "3B6000FF00";
    rig.reader.warm_atr = bad_check;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(rig.reader.resets == "cold warm ");
    CHECK(rig.reader.commands.empty());
    CHECK(reset_step(rig).text("outcome") == "chip_error");
    CHECK(reset_step(rig).text("detail") ==
          "cold reset refused: octet 4: 1 more than the answer announces; "
          "warm reset refused: octet 8 (TCK): is EC, must be EB");
    rig.reader.remove();
    REQUIRE(rig.until_prompt("insert_again"));
    rig.reader.swipe(chip_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("entry") == "fallback");
    CHECK(rig.reader.resets == "cold warm ");
}

TEST_CASE("a card that is mute at a reset gets no other (EMV book 1, 8.4)") {
    Rig rig;
    rig.reader.mute = true;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(rig.reader.resets == "cold ");
    CHECK(reset_step(rig).text("detail") == "mute");
}

TEST_CASE("T=0: data that wait behind a warning are fetched (EMV book 1 annex A7)") {
    Rig rig;
    warn_at_select(rig.reader);
    rig.chip_sale();
    CHECK(rig.reader.count("00C0000000") > 0);
    CHECK(rig.reader.count("00C00000") == 2 * rig.reader.count("00C0000000"));  // and with the right length
    // The warning stays the answer's: a blocked application is none to choose.
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_aid");

    Rig t1;
    t1.reader.atr = of_t1;
    warn_at_select(t1.reader);
    t1.chip_sale();
    CHECK(t1.reader.count("00C0") == 0);
    CHECK(t1.last(Kind::terminal_outcome).text("reason") == "no_aid");
}

TEST_CASE("T=0: nothing waits behind the warning of a command that asks for no data") {
    Rig rig;
    rig.host.icc = "910A11223344556677883030";
    rig.reader.external_authenticate_sw = 0x6300;
    rig.chip_sale();
    CHECK(rig.reader.count("0082") == 1);
    CHECK(rig.reader.count("00C0") == 0);
}

TEST_CASE("commands have an Le where data are expected, and an Lc only with data") {
    CHECK(to_hex(emv::make_apdu({0x00, 0xA4, 0x04, 0x00}, hex("A000"))) == "00A4040002A00000");
    CHECK(to_hex(emv::make_apdu({0x00, 0x82, 0x00, 0x00}, hex("A000"), emv::Le::none)) == "0082000002A000");
    CHECK(to_hex(emv::make_apdu({0x00, 0x88, 0x00, 0x00}, {})) == "0088000000");
    CHECK(to_hex(emv::make_apdu({0x80, 0x1E, 0x00, 0x00}, {}, emv::Le::none)) == "801E0000");
}
