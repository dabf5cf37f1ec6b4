#include "drivers/card/log/log_text.hpp"

#include <cstddef>

namespace posbench::card {

std::string without_escapes(std::string_view line) {
    std::string plain;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\x1b') {
            plain += line[i];
            continue;
        }
        while (i + 1 < line.size() && !(line[i] >= '@' && line[i] <= '~' && line[i] != '[')) ++i;
    }
    return plain;
}

std::string utf8_of(std::string_view text) {
    constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";  // byte order mark, U+FEFF
    const bool little = text.starts_with("\xFF\xFE"), big = text.starts_with("\xFE\xFF");
    std::string out;
    if (!little && !big) return std::string(text.substr(text.starts_with(utf8_mark) ? utf8_mark.size() : 0));
    for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
        const auto low = static_cast<unsigned char>(text[little ? i : i + 1]);
        const auto high = static_cast<unsigned char>(text[little ? i + 1 : i]);
        const unsigned unit = high << 8U | low;
        const auto add = [&out](unsigned octet) { out += static_cast<char>(octet); };
        if (unit < 0x80) {
            add(unit);
        } else if (unit < 0x800) {
            add(0xC0 | unit >> 6U);
            add(0x80 | (unit & 0x3F));
        } else if (unit >= 0xD800 && unit < 0xE000) {
            out += '?';
        } else {
            add(0xE0 | unit >> 12U);
            add(0x80 | (unit >> 6U & 0x3F));
            add(0x80 | (unit & 0x3F));
        }
    }
    return out;
}

}  // namespace posbench::card
