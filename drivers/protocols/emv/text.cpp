#include "drivers/protocols/emv/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <iconv.h>

#include "bench/runtime/utf8.hpp"

namespace posbench::emv {
namespace {

bool is_private(char32_t character) noexcept {
    return (character >= 0xE000 && character <= 0xF8FF) || character >= 0xF0000;
}

/// Whole UTF-8 in which every character is one that a text has.
bool is_readable(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = runtime::utf8_length(text);
        if (length == 0) return false;
        const char32_t character = runtime::utf8_character(text);
        if (runtime::is_control(character) || is_private(character)) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// From another code into UTF-8; none where the octets are not of that code.
std::optional<std::string> converted(ByteView value, const char* code) {
    const iconv_t conversion = iconv_open("UTF-8", code);
    if (conversion == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
    Bytes from(value.begin(), value.end());
    std::array<char, 1024> to{};  // of 255 octets at most four a piece
    char* in = reinterpret_cast<char*>(from.data());
    char* out = to.data();
    std::size_t in_left = from.size(), out_left = to.size();
    const bool whole = iconv(conversion, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
    iconv_close(conversion);
    if (!whole) return std::nullopt;
    return std::string(to.data(), to.size() - out_left);
}

std::string escaped(std::string_view ascii) {
    std::string out;
    for (const char c : ascii) {
        const auto octet = static_cast<unsigned char>(c);
        out += runtime::is_control(octet) ? fmt::format("\\x{:02X}", octet) : std::string(1, c);
    }
    return out;
}

/// 01 to 10 are the parts of ISO/IEC 8859 with those numbers.
int part_of_8859(std::uint8_t code_table) noexcept {
    const int part = (code_table >> 4) * 10 + (code_table & 0x0F);
    return (code_table & 0x0F) <= 9 && part <= 10 ? part : 0;
}

}  // namespace

std::optional<CardText> read_text(ByteView value, std::uint8_t code_table, Scheme scheme) {
    const std::string_view text = as_text(value);
    if (std::ranges::all_of(value, [](std::uint8_t octet) { return octet < 0x80; })) {
        const bool printable = std::ranges::any_of(text, [](char c) { return c > ' ' && c <= '~'; });
        return printable ? std::optional(CardText{escaped(text), {}}) : std::nullopt;
    }
    if (is_readable(text)) return CardText{std::string(text), "UTF-8"};
    if (const int part = part_of_8859(code_table); part > 0) {
        auto read = converted(value, fmt::format("ISO-8859-{}", part).c_str());
        if (read && is_readable(*read)) return CardText{*std::move(read), fmt::format("ISO 8859-{}", part)};
    }
    if (scheme == Scheme::unionpay) {
        auto read = converted(value, "GB18030");
        if (read && is_readable(*read)) return CardText{*std::move(read), "GB18030"};
    }
    return std::nullopt;
}

}  // namespace posbench::emv
