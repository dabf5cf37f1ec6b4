#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/card/image_import.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"
#include "tests/unit/card/terminal_side.hpp"

/// Logs of cards made up for tests of the import, and what the import makes of them.
namespace posbench::test {

using namespace posbench::card;

inline ImportedImage imported(std::string_view log, std::string_view name = "log", std::size_t card = 0) {
    auto image = import_image(log, name, card);
    if (!image) FAIL(image.error().what);
    return *std::move(image);
}

inline std::string error_of(std::string_view log, std::size_t card = 0) {
    const auto image = import_image(log, "log", card);
    return image ? "" : image.error().what;
}

inline CardImage loaded(const ImportedImage& image) {
    config::Value settings = config::load_text(image.toml, "image.toml");
    resolve_keys(settings);
    return read_card_image(settings);
}

/// A terminal and the card that came out of a log.
struct Visit {
    explicit Visit(const ImportedImage& image)
        : card(loaded(image)), chip(card, runtime::Random(1)), terminal([this](ByteView command) {
              const Answer answer = chip.process(command);
              return Reply{answer.data, fmt::format("{:04X}", answer.sw)};
          }) {
        chip.reset(Interface::contact);
    }
    CardImage card;
    Chip chip;
    TerminalSide terminal;
};

/// "COMMAND\nANSWER\n", octets alone.
inline std::string exchange(std::string_view command, ByteView answer, std::string_view sw = "9000") {
    return fmt::format("{}\n{}{}\n", command, to_hex(answer), sw);
}

inline Bytes object(emv::Tag tag, ByteView value) {
    Bytes out;
    emv::append_tlv(out, tag, value);
    return out;
}

/// A log of one application with these records in SFI 1, from number 1.
inline std::string log_of(std::string_view aid, const std::vector<Bytes>& records) {
    const auto length = [](ByteView octets) { return fmt::format("{:02X}", octets.size()); };
    const Bytes name = hex(aid);
    Bytes control = object(0x84, name);
    const Bytes proprietary = object(0xA5, object(0x50, as_bytes("Test")));
    control.insert(control.end(), proprietary.begin(), proprietary.end());
    std::string log = exchange(fmt::format("00A40400{}{}00", length(name), aid), object(0x6F, control));
    const Bytes options{0x1C, 0x00, 0x08, 0x01, static_cast<std::uint8_t>(records.size()), 0x00};
    log += exchange("80A8000002830000", object(0x80, options));
    for (std::size_t i = 0; i < records.size(); ++i)
        log += exchange(fmt::format("00B2{:02X}0C00", i + 1), records[i]);
    return log;
}

inline Bytes record_of(std::initializer_list<Bytes> objects) {
    Bytes inside;
    for (const Bytes& one : objects) inside.insert(inside.end(), one.begin(), one.end());
    return object(0x70, inside);
}

}  // namespace posbench::test
