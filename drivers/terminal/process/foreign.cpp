#include "drivers/terminal/process/foreign.hpp"

#include <algorithm>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"
#include "bench/trace/utf8.hpp"

namespace posbench::terminal::process {
namespace {

constexpr std::size_t longest_last_words = 300;

void mask(std::string_view name, std::string& text) {
    if (name == "pan") {
        std::erase_if(text, [](char c) { return c == ' ' || c == '-'; });
        text = trace::mask_pan(text);
    } else if (name != "mid") {
        text = trace::mask_text(text);
    }
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// C0, DEL and C1 (ISO/IEC 6429; U+0080 to U+009F is C2 80 to C2 9F).
bool is_control(std::string_view character) noexcept {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

void append_escaped(std::string& out, std::string_view octets) {
    for (const char c : octets) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\\') {
            out += "\\\\";
        } else {
            out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
        }
    }
}

}  // namespace

void mask_fields(trace::Fields& fields) {
    for (trace::Field& field : fields) {
        if (auto* text = std::get_if<std::string>(&field.value)) mask(field.name, *text);
        if (auto* list = std::get_if<std::vector<std::string>>(&field.value))
            for (std::string& item : *list) mask(field.name, item);
    }
}

std::string last_words(std::string_view octets) {
    // Masked before it is cut, or the cut could leave part of a PAN that is no longer seen as one.
    const std::string masked = trace::mask_text(octets);
    std::string_view text = masked;
    if (text.size() > longest_last_words) {
        text.remove_prefix(text.size() - longest_last_words);
        while (!text.empty() && is_continuation(text.front())) text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);

    std::string out;
    while (!text.empty()) {
        const std::size_t length = trace::utf8_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0 || character == "\\" || is_control(character)) {
            append_escaped(out, character);
        } else {
            out += character;
        }
        text.remove_prefix(character.size());
    }
    return out;
}

}  // namespace posbench::terminal::process
