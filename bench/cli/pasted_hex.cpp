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

/// What came before a line.
struct Before {
    std::size_t lines = 0, octets = 0;
    bool addressed = false;  ///< the last line had an address
};

/// "0010:" and "0x0010:" alone on their line, and "[12]", "3)", "7." where they count the lines, from 0 or 1.
bool is_marked_number(const std::vector<Word>& words, std::size_t line) {
    std::string_view word = words.front().text;
    if (words.size() < 2 || word.size() < 2) return false;
    const bool brackets = word.front() == '[' && word.back() == ']';
    if (brackets) word.remove_prefix(1);
    const char end = word.back();
    word.remove_suffix(1);
    if (end == ':') {
        if (word.starts_with("0x")) word.remove_prefix(2);
        return is_hex(word) && words[1].text.back() != ':';
    }
    if (!brackets && end != ')' && end != '.') return false;
    std::size_t number = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && rest == word.data() + word.size() &&
           (number == line || number + 1 == line);
}

/// Four digits or more, which say how many octets came before: an address without a sign behind it. At the
/// end of a dump it stands alone.
bool is_address(const std::vector<Word>& words, const Before& before) {
    constexpr std::size_t least_in_line = 8;
    const std::string_view first = words.front().text;
    if (first.size() < 4 || first.size() > 8 || !is_hex(first) || hexadecimal_number(first) != before.octets)
        return false;
    if (words.size() == 1) return before.addressed;
    // A line of a single run of digits behind it is rather the message's second part than a dump.
    if (before.octets % least_in_line != 0 || words[1].text.size() > 4) return false;
    return before.addressed || words[1].far_behind || is_row_of_octets(words);
}

/// Where the words of a dump's line end and the characters that they stand for begin.
std::size_t end_of_octets(const std::vector<Word>& words) {
    std::size_t octets = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string digits = digits_of(words[i].text);
        const bool full = octets >= octets_in_dump_line;
        if (i > 0 && words[i].far_behind && (full || !is_hex(digits) || digits.size() % 2 != 0)) return i;
        octets += digits.size() / 2;
    }
    return words.size();
}

/// What is left of a line without its address and, where it has one, the characters at its end.
std::vector<Word> hexadecimal_of(std::string_view line, Before& before) {
    std::vector<Word> words = words_of(line);
    if (words.empty()) return words;
    before.addressed = is_marked_number(words, before.lines) || is_address(words, before);
    if (!before.addressed) return words;
    words = words_of(line.substr(0, line.find('|')));
    words.erase(words.begin());
    words.resize(end_of_octets(words));
    return words;
}

}  // namespace

Result<Bytes> pasted_hex(std::string_view text) {
    Bytes octets;
    Before before;
    std::string half;  // a digit whose octet goes on behind a blank or a line end
    while (!text.empty()) {
        ++before.lines;
        before.octets = octets.size();
        const std::size_t end = std::min(text.find('\n'), text.size());
        for (const Word& word : hexadecimal_of(text.substr(0, end), before)) {
            const std::string digits = half + digits_of(word.text);
            const auto wrong = std::ranges::find_if_not(digits, runtime::is_hex_digit);
            if (wrong != digits.end())
                return Error{fmt::format("line {}, column {}: no hexadecimal", before.lines, word.column)};
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
