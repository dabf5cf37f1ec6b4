#include "drivers/protocols/emv/text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <iconv.h>

#include "bench/runtime/utf8.hpp"

namespace posbench::emv {
namespace {

constexpr const char* utf8 = "UTF-8";
constexpr const char* gb18030 = "GB18030";
constexpr std::string_view iso_8859 = "ISO 8859-";

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

/// From one code into another; none where the octets are not of the one, or a character is not in the other.
std::optional<std::string> converted(ByteView value, const char* to_code, const char* code) {
    const iconv_t conversion = iconv_open(to_code, code);
    if (conversion == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
    Bytes from(value.begin(), value.end());
    std::vector<char> to(4 * from.size());  // four octets a character at the most
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

constexpr std::string_view escape = "\\x";

/// Of escaped(): only control characters were escaped, anything else stands for itself.
Bytes unescaped(std::string_view text) {
    Bytes out;
    while (!text.empty()) {
        const auto octet = text.starts_with(escape) && text.size() >= 4 ? from_hex(text.substr(2, 2))
                                                                        : std::optional<Bytes>();
        const bool control = octet && runtime::is_control(octet->front());
        out.push_back(control ? octet->front() : static_cast<std::uint8_t>(text.front()));
        text.remove_prefix(control ? 4 : 1);
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
    if (is_readable(text)) return CardText{std::string(text), utf8};
    if (const int part = part_of_8859(code_table); part > 0) {
        auto read = converted(value, utf8, fmt::format("ISO-8859-{}", part).c_str());
        if (read && is_readable(*read))
            return CardText{*std::move(read), fmt::format("{}{}", iso_8859, part)};
    }
    if (scheme == Scheme::unionpay) {
        auto read = converted(value, utf8, gb18030);
        if (read && is_readable(*read)) return CardText{*std::move(read), gb18030};
    }
    return std::nullopt;
}

std::optional<Bytes> octets_of(const CardText& text) {
    if (text.code.empty()) return unescaped(text.text);
    if (!is_readable(text.text)) return std::nullopt;
    const Bytes octets(text.text.begin(), text.text.end());
    if (text.code == utf8) return octets;
    std::string code = text.code;
    if (code.starts_with(iso_8859))
        code.replace(0, iso_8859.size(), "ISO-8859-");
    else if (code != gb18030)
        return std::nullopt;
    const auto out = converted(octets, code.c_str(), utf8);
    if (!out) return std::nullopt;
    return Bytes(out->begin(), out->end());
}

}  // namespace posbench::emv
