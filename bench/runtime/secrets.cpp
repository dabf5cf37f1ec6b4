#include "bench/runtime/secrets.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "bench/runtime/ascii.hpp"

namespace posbench::runtime {
namespace {

constexpr std::size_t fewest_key_digits = 32;

bool is_word(char c) noexcept {
    return is_digit(c) || is_letter(c);
}

std::size_t end_of(std::string_view text, std::size_t at, bool (*is)(char) noexcept) noexcept {
    while (at < text.size() && is(text[at])) ++at;
    return at;
}

/// Groups of characters of one kind, one after the other.
struct Group {
    std::size_t begin, end;
    std::size_t size() const noexcept { return end - begin; }
};

/// From the group that begins at `at` on, as long as one character of `joints` stands between two and
/// `goes_on` takes the next.
template <class GoesOn>
std::vector<Group> joined_groups(std::string_view text, std::size_t at, bool (*is)(char) noexcept,
                                 std::string_view joints, GoesOn goes_on) {
    std::vector<Group> groups{{at, end_of(text, at, is)}};
    while (true) {
        const std::size_t joint = groups.back().end;
        if (joint + 1 >= text.size() || joints.find(text[joint]) == std::string_view::npos) return groups;
        const Group next{joint + 1, end_of(text, joint + 1, is)};
        const bool whole = next.end == text.size() || !is_word(text[next.end]);
        if (next.size() == 0 || !whole || !goes_on(groups.front(), next)) return groups;
        groups.push_back(next);
    }
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
    std::replace_if(
        text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
        [](char c) { return is_word(c); }, '*');
}

bool is_application_identifier(std::string_view digits) noexcept {
    return digits.size() == fewest_key_digits && digits.starts_with("A00000");
}

void mask_keys(std::string& text) {
    const auto pairs = [](const Group& first, const Group& next) {
        return first.size() % 2 == 0 && next.size() % 2 == 0;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (!is_hex_digit(text[at])) {
            ++at;
            continue;
        }
        const auto groups = joined_groups(text, at, is_hex_digit, " :-", pairs);
        std::size_t digits = 0;
        for (const Group& group : groups) digits += group.size();
        const std::string_view first = std::string_view(text).substr(at, groups.front().size());
        // Of what is joined the first group alone is looked at when all of them are too few.
        if (digits >= fewest_key_digits && !(groups.size() == 1 && is_application_identifier(first))) {
            blank(text, at, groups.back().end);
            at = groups.back().end;
        } else {
            at = groups.front().end;
        }
    }
}

/// Masks the PAN that these groups are together; false when they are none.
bool mask_pan(std::string& text, const std::vector<Group>& groups) {
    constexpr std::size_t fewest = 12, most = 19, shown_first = 6, shown_last = 4;
    std::vector<std::size_t> places;
    std::string digits;
    for (const Group& group : groups)
        for (std::size_t i = group.begin; i < group.end; ++i) {
            places.push_back(i);
            digits += text[i];
        }
    if (digits.size() < fewest || digits.size() > most || !passes_luhn(digits)) return false;
    for (std::size_t i = digits.size() == fewest ? 0 : shown_first; i + shown_last < digits.size(); ++i)
        text[places[i]] = '*';
    const std::size_t end = groups.back().end;
    if (end < text.size() && std::string_view("=Dd^").find(text[end]) != std::string_view::npos)
        blank(text, end + 1, end_of(text, end + 1, is_digit));
    return true;
}

void mask_pans(std::string& text) {
    const auto groups_of_pan = [](const Group& first, const Group& next) {
        return first.size() == 4 && next.size() <= 6;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (!is_digit(text[at])) {
            ++at;
            continue;
        }
        const std::size_t end = end_of(text, at, is_digit);
        if (at == 0 || !is_letter(text[at - 1]))
            if (!mask_pan(text, joined_groups(text, at, is_digit, " -", groups_of_pan)))
                mask_pan(text, {{at, end}});
        at = end;
    }
}

}  // namespace

std::string mask_private_keys(std::string text) {
    constexpr std::string_view begin = "-----BEGIN ", end = "-----END ", label_end = "PRIVATE KEY-----";
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
        at += begin.size();
        const std::size_t label = text.find(label_end, at);
        if (label == std::string::npos) break;
        if (std::string_view(text).substr(at, label - at).find('-') != std::string_view::npos)
            continue;  // the label of a later block
        const std::size_t from = label + label_end.size();
        const std::size_t to = std::min(text.find(end, from), text.size());
        std::replace_if(
            text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(to),
            [](char c) { return c != '\n' && c != '\r'; }, '*');
        at = to;
    }
    return text;
}

std::string mask_secrets(std::string text) {
    text = mask_private_keys(std::move(text));
    mask_keys(text);
    mask_pans(text);
    return text;
}

bool passes_luhn(std::string_view number) noexcept {
    int sum = 0;
    bool doubled = false;
    for (std::size_t i = number.size(); i-- > 0; doubled = !doubled) {
        int digit = number[i] - '0';
        if (doubled && (digit *= 2) > 9) digit -= 9;
        sum += digit;
    }
    return !number.empty() && sum % 10 == 0;
}

}  // namespace posbench::runtime
