#include "bench/cli/pasted_hex.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::cli {
namespace {

constexpr std::size_t octets_in_dump_line = 16;

/// A run of characters without blanks.
struct Word {
    std::string_view text;
    std::size_t column;       ///< from 1
    bool far_behind = false;  ///< two blanks or more, or a tab, stand in front of it
};

std::vector<Word> words_of(std::string_view line) {
    std::vector<Word> words;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t begin = line.find_first_not_of(" \t\r", at);
        if (begin == std::string_view::npos) break;
        const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
        const bool tab = line.substr(at, begin - at).find('\t') != std::string_view::npos;
        words.push_back({line.substr(begin, end - begin), begin + 1, tab || begin - at >= 2});
        at = end;
    }
    return words;
}

bool is_hex(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, runtime::is_hex_digit);
}

/// The digits of "0x9F,", "9F:26", "[9F26]": what stands between and around them is taken off.
std::string digits_of(std::string_view word) {
    constexpr std::string_view joints = ",;:-\"'[](){}<>=";
    std::string digits;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const bool prefix = word[i] == '0' && i + 1 < word.size() && (word[i + 1] | 0x20) == 'x' &&
                            (i == 0 || joints.find(word[i - 1]) != std::string_view::npos);
        if (prefix)
            ++i;
        else if (joints.find(word[i]) == std::string_view::npos)
            digits += word[i];
    }
    return digits;
}

/// "0010:", "[12]", "3)": a number and a sign that ends it.
bool is_marked_number(std::string_view word) {
    if (word.size() < 2) return false;
    if (word.front() == '[' && word.back() == ']') return is_hex(word.substr(1, word.size() - 2));
    constexpr std::string_view ends = ":).";
    return ends.find(word.back()) != std::string_view::npos && is_hex(word.substr(0, word.size() - 1));
}

std::size_t hexadecimal_number(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return number;
}

/// A line of a dump: eight octets or more, each for itself.
bool is_row_of_octets(const std::vector<Word>& words) {
    constexpr std::size_t least = 8;
    return words.size() > least && std::all_of(words.begin() + 1, words.begin() + 1 + least,
                                               [](const Word& word) { return word.text.size() == 2; });
}

/// Four digits or more, which say how many octets came before: an address without a sign behind it. At the
/// end of a dump it stands alone.
bool is_address(const std::vector<Word>& words, std::size_t octets_before) {
    constexpr std::size_t least_in_line = 8;
    const std::string_view first = words.front().text;
    if (first.size() < 4 || first.size() > 8 || !is_hex(first) || hexadecimal_number(first) != octets_before)
        return false;
    if (words.size() == 1) return first.size() >= 6 && octets_before > 0;
    // A line of a single run of digits behind it is rather the message's second part than a dump.
    if (octets_before % least_in_line != 0 || words[1].text.size() > 4) return false;
    return octets_before > 0 || words[1].far_behind || is_row_of_octets(words);
}

/// What is left of a line without its address and the characters at its end.
std::vector<Word> hexadecimal_of(std::string_view line, std::size_t octets_before) {
    line = line.substr(0, line.find('|'));
    std::vector<Word> words = words_of(line);
    if (words.empty()) return words;
    const bool addressed =
        (words.size() > 1 && is_marked_number(words.front().text)) || is_address(words, octets_before);
    if (addressed) words.erase(words.begin());
    std::size_t octets = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string digits = digits_of(words[i].text);
        const bool full = addressed && octets >= octets_in_dump_line;
        if (i > 0 && words[i].far_behind && (full || !is_hex(digits) || digits.size() % 2 != 0)) {
            words.resize(i);
            break;
        }
        octets += digits.size() / 2;
    }
    return words;
}

}  // namespace

Result<Bytes> pasted_hex(std::string_view text) {
    Bytes octets;
    std::size_t number = 0;
    std::string half;  // a digit whose octet goes on behind a blank or a line end
    while (!text.empty()) {
        ++number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        for (const Word& word : hexadecimal_of(text.substr(0, end), octets.size())) {
            const std::string digits = half + digits_of(word.text);
            const auto wrong = std::ranges::find_if_not(digits, runtime::is_hex_digit);
            if (wrong != digits.end())
                return Error{fmt::format("line {}, column {}: no hexadecimal", number, word.column)};
            const std::size_t whole = digits.size() / 2 * 2;
            append(octets, hex(digits.substr(0, whole)));
            half = digits.substr(whole);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!half.empty()) return Error{"an odd number of hexadecimal digits"};
    if (octets.empty()) return Error{"no hexadecimal"};
    return octets;
}

}  // namespace posbench::cli
