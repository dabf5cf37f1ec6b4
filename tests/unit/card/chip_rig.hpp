#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "drivers/card/emulated/chip.hpp"
#include "tests/unit/card/fixtures.hpp"
#include "tests/unit/card/terminal_side.hpp"

namespace posbench::test {

inline Reply ask(card::Chip& chip, ByteView command) {
    const card::Answer answer = chip.process(command);
    return {answer.data, fmt::format("{:04X}", answer.sw)};
}

/// Of the application selected; 0 while none is.
inline std::uint16_t transaction_counter(const card::Chip& chip) {
    const card::Application* application = chip.application();
    return application ? chip.memory().applications.at(application->slot).atc : std::uint16_t{0};
}

/// A card in use.
struct ChipRig {
    explicit ChipRig(const std::string& name, std::string_view overrides = {})
        : image(load_card(name, overrides)), chip(image, runtime::Random(1)) {
        chip.reset(card::Interface::contact);
    }
    TerminalSide terminal() {
        return TerminalSide([this](ByteView command) { return ask(chip, command); });
    }
    /// The card put in anew, and a terminal that has read its first application.
    TerminalSide begin() {
        chip.reset(card::Interface::contact);
        TerminalSide side = terminal();
        side.start(aid());
        return side;
    }
    Reply send(std::string_view header, ByteView data = {}) { return ask(chip, apdu(header, data)); }
    const Bytes& aid() const { return image.applications.front().aid; }

    card::CardImage image;
    card::Chip chip;
};

/// A plaintext PIN block (EMV book 3 table 24), made from the specification's words.
inline Bytes pin_block(std::string_view pin) {
    std::string digits = "2" + fmt::format("{:X}", pin.size()) + std::string(pin);
    digits.resize(16, 'F');
    return hex(digits);
}

}  // namespace posbench::test
