// Any text as a log of card commands: refused in a sentence, or an image of each of its cards that loads. A
// card with a PAN and a name is planted before the text, in objects, a refused command and a directory that
// the text chooses: neither may be found in its image. A few characters are a line full of them too: no line
// may take more time than its length.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "drivers/card/log/apdu_log.hpp"
#include "drivers/card/log/card_sessions.hpp"
#include "drivers/card/log/image_skeleton.hpp"
#include "drivers/protocols/emv/tlv.hpp"

using namespace posbench;

namespace {

constexpr std::string_view pan = "4917610000321458", name = "QUIXOTE/DULCINEA", turned = "dulcinea.quixote";

void require(bool rule) {
    if (!rule) std::abort();
}

Bytes object(emv::Tag tag, ByteView value) {
    Bytes out;
    emv::append_tlv(out, tag, value);
    return out;
}

std::string exchange(std::string_view command, ByteView answer) {
    return fmt::format(">> {}\n<< {}9000\n", command, to_hex(answer));
}

Bytes unpacked() {
    Bytes octets;
    for (const char c : pan) octets.push_back(static_cast<std::uint8_t>(c - '0'));
    return octets;
}

/// The account or the holder, as `choice` says; 7 to 16 octets.
Bytes secret(std::size_t choice) {
    const auto text = [](std::string_view characters) { return Bytes(characters.begin(), characters.end()); };
    switch (choice % 6) {
        case 0:
            return hex(pan);
        case 1:
            return hex(fmt::format("0{}F", pan));
        case 2:
            return text(pan);
        case 3:
            return unpacked();
        case 4:
            return text(turned);
        default:
            return text("DulcineaQuixote");
    }
}

/// One more object in which it stands.
Bytes carrier(std::uint8_t choice) {
    constexpr std::array<emv::Tag, 8> tags{0x9F12, 0x5F50, 0x9F5B, 0x9F4D, 0x42, 0x9F7D, 0x50, 0x8E};
    return object(tags[choice % tags.size()], secret(choice / tags.size()));
}

/// As the name of an application that the card refuses, or that only its directory lists; or nowhere.
std::string named(std::uint8_t choice) {
    constexpr std::string_view directory = "315041592E5359532E4444463031";
    const Bytes told = secret(choice / 4);
    switch (choice % 4) {
        case 0:
            return fmt::format(">> 00A40400{:02X}{}00\n<< 6A82\n", told.size(), to_hex(told));
        case 1:
            return exchange(fmt::format("00A404000E{}00", directory),
                            object(0x6F, object(0x84, hex(directory)))) +
                   exchange("00B2010C00", object(0x70, object(0x61, object(0x4F, told))));
        default:
            return {};
    }
}

/// The account in processing options, in a cryptogram's answer or in a record, whole or behind a broken
/// object.
std::string planted(std::uint8_t where, std::uint8_t what, std::uint8_t name_of) {
    Bytes account = object(0x57, hex(fmt::format("{}D30122010000012300000F", pan)));
    append(account, object(0x5F20, as_bytes(name)));
    Bytes options = object(0x82, hex("1C00"));
    append(options, object(0x94, hex("08010200")));
    if (where % 4 == 0) append(options, account);
    Bytes record = object(0x5F28, hex("0840"));
    append(record, carrier(what));
    if (where % 4 == 1) append(record, account);
    Bytes last = object(0x70, where % 4 == 2 ? account : Bytes());
    if (where % 8 >= 4) last.push_back(0x9F);
    std::string log = named(name_of) + exchange("00A4040007A000000003101000", hex("6F098407A0000000031010")) +
                      exchange("80A8000002830000", object(0x77, options)) +
                      exchange("00B2010C00", object(0x70, record)) + exchange("00B2020C00", last);
    if (where % 4 == 3) log += exchange("80AE800000", object(0x77, account));
    return log + exchange("00B2630C00", {});  // nothing goes on behind it
}

/// In characters or in hexadecimal of characters, packed and unpacked, in capitals or not.
bool tells(std::string_view toml, std::string_view secret) {
    std::string large(secret), small(secret);
    std::ranges::transform(large, large.begin(), [](unsigned char c) { return std::toupper(c); });
    std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
    return std::ranges::any_of(std::array{std::string(secret), large, small}, [toml](const std::string& one) {
        return toml.find(one) != std::string_view::npos ||
               toml.find(to_hex(as_bytes(one))) != std::string_view::npos;
    });
}

void check_planted(std::string_view toml) {
    require(!tells(toml, pan) && toml.find(to_hex(unpacked())) == std::string_view::npos);
    for (const std::string_view part : {"QUIXOTE/DULCINEA", "dulcinea.quixote", "DulcineaQuixote"})
        require(!tells(toml, part));
}

void check_log(const card::ApduLog& log, std::size_t size) {
    constexpr std::size_t longest_command = 261, longest_answer = 256;
    require(!log.exchanges.empty());
    for (const card::LoggedExchange& exchange : log.exchanges) {
        require(exchange.command.size() >= 4 && exchange.command.size() <= longest_command);
        // Several answers are joined by GET RESPONSE.
        require(exchange.resets <= log.resets.size());
        require(exchange.data.size() <= longest_answer * log.exchanges.size() + size);
    }
}

/// @param planted the first card is the one with the planted account
void check_images(const std::string& text, bool planted) {
    const auto log = card::read_apdu_log(text, "log");
    if (!log) return require(log.error().what.starts_with("log:"));
    check_log(*log, text.size());
    const auto cards = card::cards_in(*log, "log");
    if (!cards) return require(cards.error().what.starts_with("log:"));
    require(!cards->empty());
    for (std::size_t i = 0; i < cards->size(); ++i) {
        // It is loaded before it is given out.
        const auto image = card::make_image_skeleton((*cards)[i].card, "log");
        if (!image)
            require(!image.error().what.empty());
        else if (planted && i == 0)
            check_planted(image->toml);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(as_text(ByteView(data, size)));
    check_images(text, false);
    if (size >= 2) check_images(planted(data[0], data[size - 1], data[size / 2]) + text, true);
    constexpr std::size_t line = 16'000, few = 12;
    if (size == 0 || size > few || text.find_first_of("\r\n") != std::string::npos) return 0;
    std::string full;
    while (full.size() < line) full += text;
    check_images(full, false);
    return 0;
}
