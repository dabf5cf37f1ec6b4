#include "bench/cli/pasted_hex.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::cli {
namespace {

constexpr std::size_t octets_in_dump_line = 16;
constexpr std::string_view blanks = " \t\r";

/// A run of characters without blanks.
struct Word {
    std::string_view text;
    std::size_t column;       ///< from 1
    bool far_behind = false;  ///< two blanks or more, or a tab, stand in front of it
};

std::vector<Word> words_of(std::string_view line) {
    std::vector<Word> words;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t begin = line.find_first_not_of(blanks, at);
        if (begin == std::string_view::npos) break;
        const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
        const bool tab = line.substr(at, begin - at).find('\t') != std::string_view::npos;
        words.push_back({line.substr(begin, end - begin), begin + 1, tab || begin - at >= 2});
        at = end;
    }
    return words;
}

bool is_hex(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, runtime::is_hex_digit);
}

/// What a word holds: "0x9F,", "9F:26", "[9F26]" are digits with something between and around them.
struct Digits {
    std::string text;
    std::optional<std::size_t> wrong;  ///< first character that is neither digit nor anything to be read over
};

Digits digits_of(std::string_view word) {
    constexpr std::string_view joints = ",;:-\"'[](){}<>=";
    Digits digits;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const bool prefix = word[i] == '0' && i + 1 < word.size() && (word[i + 1] | 0x20) == 'x' &&
                            (i == 0 || joints.find(word[i - 1]) != std::string_view::npos);
        if (prefix)
            ++i;
        else if (runtime::is_hex_digit(word[i]))
            digits.text += word[i];
        else if (joints.find(word[i]) == std::string_view::npos && !digits.wrong)
            digits.wrong = i;
    }
    return digits;
}

std::optional<std::size_t> number_of(std::string_view text, int base) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
    return whole ? std::optional(number) : std::nullopt;
}

/// A line of a dump: eight octets or more, each for itself.
bool is_row_of_octets(const std::vector<Word>& words) {
    constexpr std::size_t least = 8;
    return words.size() > least && std::all_of(words.begin() + 1, words.begin() + 1 + least,
                                               [](const Word& word) { return word.text.size() == 2; });
}

// ---- times in front of a line ----------------------------------------------------------------------------

/// Whether `text` is written as `pattern`: 9 stands for a digit, any other character for itself.
bool is_like(std::string_view text, std::string_view pattern) {
    return std::ranges::equal(text, pattern, [](char character, char wanted) {
        return wanted == '9' ? runtime::is_digit(character) : character == wanted;
    });
}

std::string_view without_brackets(std::string_view text) {
    if (text.size() > 2 && text.front() == '[') text.remove_prefix(1);
    if (text.size() > 2 && (text.back() == ']' || text.back() == ',')) text.remove_suffix(1);
    return text;
}

bool is_date(std::string_view text) {
    return is_like(text, "9999-99-99") || is_like(text, "9999/99/99");
}

/// 22:30:00, with a fraction or without.
bool is_time(std::string_view text) {
    const std::string_view clock = text.substr(0, 8), fraction = text.substr(clock.size());
    const bool has_fraction = fraction.size() > 1 && (fraction.front() == '.' || fraction.front() == ',') &&
                              runtime::is_all_digits(fraction.substr(1));
    return is_like(clock, "99:99:99") && clock < "24" && clock.substr(3) < "60" && clock.substr(6) < "60" &&
           (fraction.empty() || has_fraction);
}

bool is_date_and_time(std::string_view text) {
    return text.size() > 11 && is_date(text.substr(0, 10)) && (text[10] == 'T' || text[10] == '_') &&
           is_time(text.substr(11, text.ends_with('Z') ? text.size() - 12 : text.npos));
}

/// Takes the time that a log puts in front of a line off it. Octets joined by colons are no time where others
/// written so follow.
void take_off_time(std::vector<Word>& words) {
    const auto is = [&](std::size_t i, bool (*what)(std::string_view)) {
        return i + 1 < words.size() && what(without_brackets(words[i].text));
    };
    std::size_t taken = 0;
    if (is(0, is_date_and_time))
        taken = 1;
    else if (is(0, is_date) && is(1, is_time))
        taken = 2;
    else if (is(0, is_time) && words[1].text.find(':') >= words[1].text.size() - 1)  // "0010:" is an address
        taken = 1;
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(taken));
}

// ---- addresses and what stands behind the octets ---------------------------------------------------------

/// What came before a line.
struct Before {
    std::size_t lines = 0, octets = 0;
    std::size_t first_address = 0;  ///< of a dump that does not begin at 0
    bool addressed = false;         ///< the last line had an address
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
    const auto number = number_of(word, 10);
    return number && (*number == line || *number + 1 == line);
}

/// "     1\t": cat -n counts the lines, all of them.
bool is_count(const std::vector<Word>& words, const Before& before) {
    const bool counts = number_of(words.front().text, 10) == before.lines;
    return counts && words.size() > 1 && words[1].far_behind && (before.lines == 1 || before.addressed);
}

/// "TX:", "RX>", "-->": which way a line's octets went.
bool is_label(const std::vector<Word>& words) {
    if (words.size() < 2) return false;
    const std::string_view word = words.front().text;
    const bool ends = word.ends_with(':') || word.ends_with('>') || word.ends_with('-');
    const auto foreign = [](char c) { return c != ':' && !runtime::is_hex_digit(c); };
    return ends && std::ranges::any_of(word, foreign) && std::ranges::none_of(word, runtime::is_digit);
}

/// Takes the number of grep -n, which stands at the first octets without a blank ("12:0037"), off them.
void take_off_joined_number(std::vector<Word>& words) {
    Word& first = words.front();
    const std::size_t colon = first.text.find(':');
    constexpr std::size_t octets_written_so = 2;  // "12:00:37" is three octets
    const bool joined = colon != std::string_view::npos && colon > 0 &&
                        runtime::is_all_digits(first.text.substr(0, colon)) &&
                        first.text.find(':', colon + 1) == std::string_view::npos &&
                        first.text.size() - colon - 1 > octets_written_so;
    if (!joined) return;
    first.text.remove_prefix(colon + 1);
    first.column += colon + 1;
}

/// Four digits or more, which say how many octets came before, in hexadecimal, or in octal or decimal as od
/// writes them: an address without a sign behind it. At the end of a dump it stands alone.
bool is_address(const std::vector<Word>& words, Before& before) {
    constexpr std::size_t least_in_line = 8;
    const std::string_view first = words.front().text;
    if (first.size() < 4 || first.size() > 8 || !is_hex(first)) return false;
    const bool dump = words.size() > 1 && (words[1].far_behind || is_row_of_octets(words));
    if (before.octets == 0 && is_row_of_octets(words) && words[1].far_behind)
        before.first_address = *number_of(first, 16);
    const std::size_t due = before.first_address + before.octets;
    const bool tells = std::ranges::any_of(std::initializer_list<int>{16, 10, 8},
                                           [&](int base) { return number_of(first, base) == due; });
    if (!tells) return false;
    if (words.size() == 1) return before.addressed;
    // A line of a single run of digits behind it is rather the message's second part than a dump.
    if (before.octets % least_in_line != 0 || words[1].text.size() > 4) return false;
    return before.addressed || dump;
}

/// Whether the rest of a dump's line is what its octets look like in characters.
bool shows(std::string_view rest, const std::string& digits) {
    if (digits.empty() || digits.size() % 2 != 0) return false;
    std::string characters;
    for (const std::uint8_t octet : hex(digits))
        characters += octet >= ' ' && octet <= '~' ? static_cast<char>(octet) : '.';
    const auto trimmed = [](std::string_view text) {
        const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
        return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
    };
    return trimmed(rest) == trimmed(characters);
}

/// Where the words of a dump's line end and the characters that they stand for begin.
std::size_t end_of_octets(std::string_view line, const std::vector<Word>& words) {
    std::string octets;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const Digits digits = digits_of(words[i].text);
        const bool full = octets.size() / 2 >= octets_in_dump_line;
        const bool octets_too = !digits.wrong && !digits.text.empty() && digits.text.size() % 2 == 0;
        const bool gutter = full || !octets_too || shows(line.substr(words[i].column - 1), octets);
        if (i > 0 && words[i].far_behind && gutter) return i;
        octets += digits.text;
    }
    return words.size();
}

/// What is left of a line without its time and its address and, where it has one, the characters at its end.
std::vector<Word> hexadecimal_of(std::string_view line, Before& before) {
    std::vector<Word> words = words_of(line);
    take_off_time(words);
    if (words.empty()) return words;
    take_off_joined_number(words);
    if (is_label(words)) words.erase(words.begin());
    before.addressed =
        is_marked_number(words, before.lines) || is_address(words, before) || is_count(words, before);
    if (!before.addressed) return words;
    const std::size_t bar = line.find('|');
    std::erase_if(words, [bar](const Word& word) { return word.column > bar; });
    words.erase(words.begin());
    if (is_label(words)) words.erase(words.begin());
    words.resize(end_of_octets(line, words));
    return words;
}

/// An array of C ("unsigned char m[] = {"): blanks stand for all that is outside its braces, so that lines
/// and columns stay. The characters beside a dump have braces too, but no such beginning.
std::string only_in_braces(std::string_view text) {
    std::string kept(text);
    const std::size_t begin = text.find('{'), end = text.rfind('}');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return kept;
    std::string before(text.substr(0, begin));
    std::erase_if(before, [](char c) { return c == '\n' || blanks.find(c) != std::string_view::npos; });
    if (!before.ends_with("]=")) return kept;
    for (std::size_t i = 0; i < kept.size(); ++i)
        if ((i <= begin || i >= end) && kept[i] != '\n') kept[i] = ' ';
    return kept;
}

}  // namespace

Result<Bytes> pasted_hex(std::string_view pasted) {
    const std::string in_braces = only_in_braces(pasted);
    std::string_view text = in_braces;
    Bytes octets;
    Before before;
    std::string half;  // a digit whose octet goes on behind a blank or a line end
    while (!text.empty()) {
        ++before.lines;
        before.octets = octets.size();
        const std::size_t end = std::min(text.find('\n'), text.size());
        for (const Word& word : hexadecimal_of(text.substr(0, end), before)) {
            const Digits digits = digits_of(word.text);
            if (digits.wrong)
                return Error{fmt::format("line {}, column {}: no hexadecimal", before.lines,
                                         word.column + *digits.wrong)};
            const std::string joined = half + digits.text;
            const std::size_t whole = joined.size() / 2 * 2;
            append(octets, hex(joined.substr(0, whole)));
            half = joined.substr(whole);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!half.empty()) return Error{"an odd number of hexadecimal digits"};
    if (octets.empty()) return Error{"no hexadecimal"};
    return octets;
}

}  // namespace posbench::cli
