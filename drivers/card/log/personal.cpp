#include "drivers/card/log/personal.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "bench/runtime/ascii.hpp"
#include "drivers/card/log/account_numbers.hpp"
#include "drivers/card/log/test_account.hpp"
#include "drivers/protocols/emv/mask.hpp"

namespace posbench::card {
namespace {

using runtime::is_digit;

constexpr std::size_t fewest_digits = 12;  ///< that are an account number, whoever's
constexpr std::size_t fewest_known = 8;    ///< of a number that the log names

/// Rows of digits in characters; between two of them there may be up to three separators.
std::vector<std::string> rows_of_characters(ByteView value, std::size_t fewest) {
    constexpr std::string_view separators = " -./_:,";
    constexpr int most_separators = 3;
    std::vector<std::string> rows;
    std::string row;
    int between = 0;
    const auto end_row = [&] {
        if (row.size() >= fewest) rows.push_back(row);
        row.clear();
    };
    for (const char c : as_text(value)) {
        if (is_digit(c)) {
            row += c;
            between = 0;
        } else if (separators.find(c) == std::string_view::npos || ++between > most_separators) {
            end_row();
        }
    }
    end_row();
    return rows;
}

/// Rows of digits, each in the low half of an octet.
std::vector<std::string> rows_of_octets(ByteView value, std::size_t fewest) {
    std::vector<std::string> rows;
    std::string row;
    const auto end_row = [&] {
        if (row.size() >= fewest) rows.push_back(row);
        row.clear();
    };
    for (const std::uint8_t octet : value) {
        if (octet > 9)
            end_row();
        else
            row += static_cast<char>('0' + octet);
    }
    end_row();
    return rows;
}

/// Capitals and all that is not ASCII: names are written in other letters too.
bool is_letter(char c) noexcept {
    return runtime::is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}
char capital(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::vector<std::string> words_in(ByteView text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : as_text(text)) {
        const bool letter = is_letter(c);
        if (letter && !inside) words.emplace_back();
        if (letter) words.back() += capital(c);
        inside = letter;
    }
    return words;
}

std::string joined(const std::vector<std::string>& words) {
    return std::accumulate(words.begin(), words.end(), std::string());
}

/// Whether `masked` may be a part of `digits`.
bool agrees_somewhere(std::string_view digits, std::string_view masked) {
    for (std::size_t at = 0; at + masked.size() <= digits.size(); ++at)
        if (std::ranges::equal(digits.substr(at, masked.size()), masked, [](char digit, char m) {
                return is_digit(digit) && (m == '*' || m == digit);
            }))
            return true;
    return false;
}

/// The field between '^' and '^' of track 1 data, and the digits before it (ISO/IEC 7813, format B).
struct TrackOne {
    std::string pan;
    std::string_view name;
};
TrackOne split_track1(std::string_view text) {
    const std::size_t first = text.find('^');
    if (first == std::string_view::npos) return {};
    const std::size_t second = std::min(text.find('^', first + 1), text.size());
    const std::size_t digits = std::min(text.find_first_of("0123456789"), first);
    return {std::string(text.substr(digits, first - digits)), text.substr(first + 1, second - first - 1)};
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// What rows of hexadecimal may stand for, from their first digit and from the second.
std::vector<Bytes> octets_in(std::string_view line) {
    std::vector<Bytes> all;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= line.size(); ++i) {
        if (i < line.size() && runtime::is_hex_digit(line[i])) continue;
        for (const std::size_t from : {begin, begin + 1})
            if (i >= from + 8)
                all.push_back(from_hex(line.substr(from, (i - from) / 2 * 2)).value_or(Bytes()));
        begin = i + 1;
    }
    return all;
}

/// The texts between quotation marks.
std::vector<std::string_view> quoted_in(std::string_view toml) {
    std::vector<std::string_view> texts;
    for (std::size_t at = toml.find('"'); at != std::string_view::npos; at = toml.find('"', at + 1)) {
        const std::size_t end = toml.find('"', at + 1);
        if (end == std::string_view::npos) break;
        texts.push_back(toml.substr(at + 1, end - at - 1));
        at = end;
    }
    return texts;
}

}  // namespace

Personal::Personal(const LoggedCard& card) {
    for (const LoggedApplication& application : card.applications)
        for (const emv::UnmaskedData* data : told_by(application)) learn(*data);
    for (const emv::UnmaskedData& data : card.unplaced_answers) learn(data);
}

void Personal::learn(const emv::UnmaskedData& data) {
    for_each_object(data, [this](emv::Tag tag, const std::string& digits) {
        const Bytes octets = from_hex(digits).value_or(Bytes());  // of masked ones nothing
        switch (tag) {
            case 0x5A:
                return learn_number(emv::without_padding(digits));
            case 0x57:
            case 0x9F6B:  // Mastercard's track 2 data
                return learn_number(split_track2(digits).pan);
            case 0x56: {
                const TrackOne track = split_track1(as_text(octets));
                learn_number(track.pan);
                return learn_name(as_bytes(track.name));
            }
            case 0x5F20:
            case 0x9F0B:
                return learn_name(octets);
            default:
                return;
        }
    });
}

void Personal::learn_number(const std::string& digits) {
    static_assert(most == 64, "stands in the texts");
    constexpr std::string_view excess = "more than 64 account numbers";
    if (is_pan(digits)) {
        if (test_pan(digits).find(digits) == std::string::npos) keep(numbers_, digits, excess);
        return;
    }
    // With fewer digits it agrees with anything.
    const auto told = std::ranges::count_if(digits, is_digit);
    const bool masked = digits.find_first_not_of("0123456789*") == std::string::npos;
    const bool is_short = digits.size() < fewest_digits;
    if (masked && told >= (is_short ? 6 : 4) && digits.size() >= fewest_known && digits.size() <= 19)
        keep(masked_, digits, excess);
}

void Personal::learn_name(ByteView name) {
    constexpr std::size_t fewest_letters = 4;
    Name words = words_in(name);
    if (joined(words).size() < fewest_letters) return;
    Name sorted = words;
    std::ranges::sort(sorted);
    if (sorted == Name{"CARD", "TEST"}) return;  // that of all test cards, and of the image
    keep(names_, std::move(words), "more than 64 names of holders");
}

template <typename Part>
void Personal::keep(std::vector<Part>& parts, Part part, std::string_view excess) {
    if (std::ranges::find(parts, part) != parts.end()) return;
    if (parts.size() >= most)
        excess_ = excess;
    else
        parts.push_back(std::move(part));
}

bool Personal::holds_whole_number(std::string_view digits) const {
    return std::ranges::any_of(numbers_, [digits](const std::string& number) {
        return digits.find(number) != std::string_view::npos;
    });
}

bool Personal::holds_number(std::string_view digits) const {
    return holds_whole_number(digits) || std::ranges::any_of(masked_, [digits](const std::string& number) {
               return agrees_somewhere(digits, number);
           });
}

bool Personal::holds_name(ByteView value) const {
    if (names_.empty()) return false;
    const std::vector<std::string> words = words_in(value);
    const std::string letters = joined(words);
    return std::ranges::any_of(names_, [&](const Name& name) {
        const bool each = std::ranges::all_of(
            name, [&](const std::string& word) { return std::ranges::find(words, word) != words.end(); });
        if (each || letters.find(joined(name)) != std::string::npos) return true;
        // The parts without anything between them, in another order: family names stand first or last.
        Name turned = name;
        for (std::size_t i = 1; i < name.size(); ++i) {
            std::rotate(turned.begin(), turned.begin() + 1, turned.end());
            if (letters.find(joined(turned)) != std::string::npos) return true;
        }
        return false;
    });
}

bool Personal::is_in(ByteView value) const {
    const auto known = [this](const std::string& row) { return holds_number(row); };
    return holds_number(to_hex(value)) || holds_name(value) ||
           !rows_of_characters(value, fewest_digits).empty() ||
           std::ranges::any_of(rows_of_characters(value, fewest_known), known) ||
           std::ranges::any_of(rows_of_octets(value, fewest_known), known);
}

bool Personal::is_named_in(std::string_view text) const {
    const auto rows = rows_of_characters(as_bytes(text), fewest_known);
    return holds_name(as_bytes(text)) ||
           std::ranges::any_of(rows, [this](const std::string& row) { return holds_number(row); });
}

bool Personal::knows_number(std::string_view digits) const {
    return std::ranges::find(numbers_, digits) != numbers_.end();
}

bool Personal::is_left_in(std::string_view toml) const {
    const auto whole = [this](const std::string& row) { return holds_whole_number(row); };
    const auto tells = [&](ByteView octets) {
        return std::ranges::any_of(rows_of_characters(octets, fewest_known), whole) ||
               std::ranges::any_of(rows_of_octets(octets, fewest_known), whole);
    };
    // Comments have words of their own, which may be a holder's too: of the log they have octets.
    const auto names = [&](std::string_view line) {
        return (line.starts_with('[') && holds_name(as_bytes(line))) ||
               std::ranges::any_of(quoted_in(line), [this](std::string_view text) {
                   return !text.starts_with('@') && holds_name(as_bytes(text));  // '@': a test key
               });
    };
    return std::ranges::any_of(lines_of(toml), [&](std::string_view line) {
        return holds_whole_number(line) || tells(as_bytes(line)) || names(line) ||
               std::ranges::any_of(octets_in(line),
                                   [&](const Bytes& octets) { return tells(octets) || holds_name(octets); });
    });
}

bool may_be_number(ByteView value) {
    return !rows_of_characters(value, fewest_digits).empty() || has_unpacked_number(value);
}

bool has_unpacked_number(ByteView value) {
    return std::ranges::any_of(rows_of_octets(value, fewest_digits), [](const std::string& row) {
        return row.find_first_not_of(row.front()) != std::string::npos;
    });
}

}  // namespace posbench::card
