#include "drivers/card/log/log_octets.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace posbench::card {
namespace {

bool is_word(char c) noexcept {
    return runtime::is_digit(c) || runtime::is_letter(c) || c == '_';
}
char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// "(9000)", "(SW: 9000)": a status word behind or in the place of an answer.
std::string_view status_in_parentheses(std::string_view text) noexcept {
    if (!text.starts_with('(')) return {};
    const std::size_t end = text.find(')');
    if (end == std::string_view::npos) return {};
    std::string_view inside = text.substr(1, end - 1);
    for (const std::string_view before : {"SW", "1SW2", ":", "=", " ", "0x"})
        if (inside.starts_with(before)) inside.remove_prefix(before.size());
    const bool status = inside.size() == 4 && std::ranges::all_of(inside, is_octet_digit) &&
                        (upper(inside[0]) == '6' || inside[0] == '9' || emv::is_mask(inside[0]));
    return status ? inside : std::string_view();
}

/// What stands before or between octets and says nothing: "T=1", "(4+0010)", "(26ms)", "SW:", "[]".
std::size_t decoration(std::string_view text, bool first) noexcept {
    if (text.front() == '(' || text.front() == '[') {
        const std::size_t end = text.find(text.front() == '(' ? ')' : ']');
        if (end == std::string_view::npos) return 0;
        const std::string_view inside = text.substr(1, end - 1);
        // A list of numbers: "[0x00, 0xA4]", or octets: "[6F 15]".
        if (text.front() == '[' && inside.find(',') != std::string_view::npos) return 1;
        if (begins_like_octets(inside)) return first && text.front() == '[' ? 1 : 0;
        return end + 1;
    }
    if (starts_with_word(text, "T=0") || starts_with_word(text, "T=1")) return 3;
    if (text.starts_with("SW:") || text.starts_with("SW=")) return 3;
    if (starts_with_word(text, "SW")) return 2;
    if (std::string_view("]\"'}").find(text.front()) != std::string_view::npos) return 1;
    if (text.starts_with("</")) return std::min(text.find('>'), text.size() - 1) + 1;
    if (!first) return 0;
    if (text.starts_with(wide_colon)) return wide_colon.size();
    if (text.starts_with("=0x")) return 0;  // an address, in a debug log
    return std::string_view(":=>").find(text.front()) != std::string_view::npos ? 1 : 0;
}

/// Whether `rest`, behind a gap, is the same octets as characters: as many, but for blanks at an end.
bool is_column_of(std::string_view rest, const emv::MaskedOctets& octets, std::size_t gap) noexcept {
    constexpr std::size_t least_gap = 3, widest = 32;
    if (gap < least_gap || octets.empty() || octets.size() > widest || rest.size() > octets.size())
        return false;
    const auto blanks = static_cast<std::size_t>(std::ranges::count(octets.octets, std::uint8_t{' '}));
    return rest.size() + blanks >= octets.size();
}

}  // namespace

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (upper(text[i]) != word[i]) return false;
    return !is_word(word.back()) || text.size() == word.size() || !is_word(text[word.size()]);
}

std::size_t find_word(std::string_view text, std::string_view word) noexcept {
    for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
        if (upper(text[i]) != word.front()) continue;
        const bool begins = i == 0 || !is_word(word.front()) || !is_word(text[i - 1]);
        if (begins && starts_with_word(text.substr(i), word)) return i;
    }
    return std::string_view::npos;
}

void skip_blanks(std::string_view& text) noexcept {
    while (!text.empty() && (is_blank(text.front()) || text.front() == ',')) text.remove_prefix(1);
}

std::string_view next_token(std::string_view text) noexcept {
    return text.substr(0, std::min(text.find_first_of(" \t,<\"')]}"), text.size()));
}

bool append_token(emv::MaskedOctets& out, std::string_view token) {
    if (token.size() > 2 && (token.starts_with("0x") || token.starts_with("0X"))) token.remove_prefix(2);
    std::string digits;
    while (token.size() >= 2 && is_octet_digit(token[0]) && is_octet_digit(token[1])) {
        digits += token.substr(0, 2);
        token.remove_prefix(2);
        if (token.size() >= 3 && (token[0] == ':' || token[0] == '-')) token.remove_prefix(1);
    }
    if (!token.empty() || digits.empty()) return false;
    out.append(*emv::read_masked_hex(digits));
    return true;
}

bool begins_like_octets(std::string_view text) noexcept {
    skip_blanks(text);
    constexpr std::size_t longest_number = 8;
    std::string_view token = next_token(text);
    for (const std::string_view cut : {"...", "…"})
        if (token.size() > 2 + cut.size() && token.ends_with(cut)) {
            token.remove_suffix(cut.size());
            return std::ranges::all_of(token, is_octet_digit);
        }
    if (!std::ranges::all_of(token, is_octet_digit)) return false;
    if (token.size() != 2) return token.size() > longest_number;
    text.remove_prefix(token.size());
    skip_blanks(text);
    const std::string_view next = next_token(text);
    return next.size() == 2 && std::ranges::all_of(next, is_octet_digit);
}

emv::MaskedOctets take_octets(std::string_view& text, bool& closed) {
    emv::MaskedOctets octets;
    closed = false;
    while (true) {
        const std::size_t before = text.size();
        skip_blanks(text);
        if (text.empty() || is_column_of(text, octets, before - text.size())) return octets;
        if (const std::string_view status = status_in_parentheses(text); !status.empty()) {
            append_token(octets, status);
            text.remove_prefix(text.find(')') + 1);
            continue;
        }
        if (const std::size_t size = decoration(text, octets.empty()); size != 0) {
            text.remove_prefix(size);
            continue;
        }
        const std::string_view token = next_token(text);
        // pyscard writes an SW2 below 10 with one digit, and a blank.
        if (token.size() == 1 && token == text && !octets.empty() && runtime::is_hex_digit(token[0])) {
            append_token(octets, std::string("0") + token[0]);
            return octets;
        }
        if (!append_token(octets, token)) break;
        text.remove_prefix(token.size());
    }
    closed = true;
    return octets;
}

emv::MaskedOctets leading_octets(std::string_view text, bool& closed) {
    return take_octets(text, closed);
}

}  // namespace posbench::card
