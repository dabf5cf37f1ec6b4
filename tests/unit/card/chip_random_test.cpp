#include <array>

#include "drivers/card/emulated/chip.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"
#include "tests/unit/card/terminal_side.hpp"

using namespace posbench;
using namespace posbench::card;
using State = Chip::State;

namespace {

/// Mostly commands of the flow, now and then with an octet changed, cut or replaced by chance.
Bytes random_command(runtime::Random& random, const Application& application) {
    if (random.chance(0.15)) {
        Bytes command(static_cast<std::size_t>(random.between(0, 40)));
        random.fill(command);
        return command;
    }
    Bytes options;
    emv::append_tlv(options, 0x83, Bytes(emv::dol_size(application.pdol), 0x11));
    const std::array<Bytes, 11> flow{
        test::apdu("00A40400", as_bytes("1PAY.SYS.DDF01")),
        test::apdu("00A40400", application.aid),
        test::apdu("80A80000", options),
        test::apdu("00B2010C"),
        test::apdu("00B20114"),
        test::apdu("80CA9F17"),
        test::apdu("00200080", hex("26123456FFFFFFFF")),
        test::apdu("00820000", Bytes(10, 0x22)),
        test::apdu("80AE8000", Bytes(emv::dol_size(application.cdol1), 0x33)),
        test::apdu("80AE4000", Bytes(emv::dol_size(application.cdol1), 0x33)),
        test::apdu("80AE4000", Bytes(emv::dol_size(application.cdol2), 0x33)),
    };
    Bytes command = flow[static_cast<std::size_t>(random.between(0, 10))];
    if (random.chance(0.1))
        command[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(command.size()) - 1))] =
            static_cast<std::uint8_t>(random.next());
    if (random.chance(0.05)) command.resize(static_cast<std::size_t>(random.between(0, 8)));
    return command;
}

/// What EMV allows (book 3 clause 9.3, book 1 clause 11): only these commands move the card.
bool allowed(State from, State to, const Bytes& command, const Answer& answer) {
    if (from == to) return true;
    if (answer.sw != sw::ok) return false;
    switch (command[1]) {
        case 0xA4:
            return to == State::directory || to == State::selected;
        case 0xA8:
            return from == State::selected && to == State::initiated;
        case 0xAE:
            return (from == State::initiated && (to == State::online || to == State::finished)) ||
                   (from == State::online && to == State::finished);
        default:
            return false;
    }
}

}  // namespace

TEST_CASE("Random commands never crash the chip nor bring it where the specification forbids") {
    for (const std::string name : {"unionpay-credit", "mastercard-credit"}) {
        const CardImage image = test::load_card(name);
        Chip chip(image, runtime::Random(3));
        chip.reset();
        runtime::Random random(31);
        std::array<int, 6> visited{};
        for (int i = 0; i < 50'000; ++i) {
            if (random.chance(0.005)) chip.reset();
            const Bytes command = random_command(random, image.applications.front());
            const State before = chip.state();
            const int tries = chip.pin_tries_left();
            const auto counter = chip.transaction_counter();
            const Answer answer = chip.process(command);
            ++visited[static_cast<std::size_t>(chip.state())];

            if (!allowed(before, chip.state(), command, answer))
                FAIL("forbidden transition by " << to_hex(command));
            if (answer.sw != sw::ok && !answer.data.empty()) FAIL("data with an error: " << to_hex(command));
            if (answer.data.size() > 256) FAIL("answer too long: " << to_hex(command));
            if (chip.pin_tries_left() < 0 || chip.pin_tries_left() > image.pin_tries) FAIL("PIN tries");
            if (chip.pin_tries_left() != tries && command.at(1) != 0x20) FAIL("PIN tries without VERIFY");
            if (chip.transaction_counter() < counter) FAIL("transaction counter went back");
            if (answer.cryptogram.has_value() != (answer.sw == sw::ok && command.at(1) == 0xAE))
                FAIL("cryptogram without GENERATE AC");
        }
        for (const int times : visited) CHECK(times > 100);
    }
}
