#include "bench/runtime/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace posbench::runtime {
namespace {

bool between(char c, unsigned low, unsigned high) noexcept {
    const auto octet = static_cast<unsigned char>(c);
    return octet >= low && octet <= high;
}

bool is_printable(char32_t character) noexcept {
    if (character == '\n' || character == '\t') return true;
    return !is_control(character) && character != 0xFFFE && character != 0xFFFF;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (!between(text[1], low, high)) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (!between(text[i], 0x80, 0xBF)) return 0;
    return length;
}

char32_t utf8_character(std::string_view text) noexcept {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (length < 2) return first;
    char32_t character = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i)
        character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    return character;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::size_t octets = std::max<std::size_t>(length, 1);
        if (length > 0 && is_printable(utf8_character(text))) {
            out += text.substr(0, octets);
        } else {
            for (char c : text.substr(0, octets))
                out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
        }
        text.remove_prefix(octets);
    }
    return out;
}

}  // namespace posbench::runtime
