#include "drivers/protocols/emv/object_form.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/emv/dates.hpp"

namespace posbench::emv {
namespace {

enum class Form : std::uint8_t { octets, digits, padded_digits, date, list, cvm_list, locator, track2 };

struct ObjectForm {
    Tag tag;
    std::size_t fewest, most;  ///< octets
    Form form = Form::octets;
};

/// The longest value of one octet of length in a record.
constexpr std::size_t longest = 252;

/// Objects that a card gives, with the lengths of book 3 annex A1. Left out are those of any length, and the
/// tags that schemes use for different things.
constexpr ObjectForm forms[]{
    {0x42, 3, 3, Form::digits},
    {0x50, 1, 16},
    {0x57, 6, 19, Form::track2},
    {0x5A, 1, 10, Form::padded_digits},
    {0x82, 2, 2},
    {0x87, 1, 1},
    {0x88, 1, 1},
    {0x8C, 0, longest, Form::list},
    {0x8D, 0, longest, Form::list},
    {0x8E, 10, longest, Form::cvm_list},
    {0x8F, 1, 1},
    {0x94, 4, longest, Form::locator},
    {0x97, 0, longest, Form::list},
    {0x5F20, 2, 26},
    {0x5F24, 3, 3, Form::date},
    {0x5F25, 3, 3, Form::date},
    {0x5F28, 2, 2, Form::digits},
    {0x5F2D, 2, 8},
    {0x5F30, 2, 2, Form::digits},
    {0x5F34, 1, 1, Form::digits},
    {0x5F55, 2, 2},
    {0x5F56, 3, 3},
    {0x9F05, 1, 32},
    {0x9F07, 2, 2},
    {0x9F08, 2, 2},
    {0x9F0B, 27, 45},
    {0x9F0D, 5, 5},
    {0x9F0E, 5, 5},
    {0x9F0F, 5, 5},
    {0x9F11, 1, 1, Form::digits},
    {0x9F12, 1, 16},
    {0x9F14, 1, 1},
    {0x9F20, 0, longest, Form::padded_digits},
    {0x9F23, 1, 1},
    {0x9F2E, 1, 3},
    {0x9F32, 1, 3},
    {0x9F38, 0, longest, Form::list},
    {0x9F3B, 2, 8, Form::digits},
    {0x9F42, 2, 2, Form::digits},
    {0x9F43, 1, 4, Form::digits},
    {0x9F44, 1, 1, Form::digits},
    {0x9F45, 2, 2},
    {0x9F47, 1, 3},
    {0x9F49, 0, longest, Form::list},
    {0x9F4D, 2, 2},
    {0x9F4F, 0, longest, Form::list},
};

bool is_digits(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Digits from the left, then F to the end of the last octet or beyond (format cn).
bool is_padded_digits(std::string_view text) noexcept {
    const std::size_t end = text.find_last_not_of('F');
    return end != std::string_view::npos && is_digits(text.substr(0, end + 1));
}

/// PAN, D, expiry of four digits, service code of three, more digits, and F where their number is odd.
bool is_track2(std::string_view text) noexcept {
    if (text.ends_with('F')) text.remove_suffix(1);
    const std::size_t separator = text.find('D');
    if (separator == 0 || separator > 19) return false;  // also when there is none
    const std::string_view rest = text.substr(separator + 1);
    return is_digits(text.substr(0, separator)) && is_digits(rest) && rest.size() >= 7;
}

std::string length_fault(std::size_t fewest, std::size_t most, std::size_t size) {
    if (size >= fewest && size <= most) return {};
    if (fewest == most) return fmt::format("must be {}, not {}", runtime::counted(most, "octet"), size);
    return fmt::format("must be {} to {} octets, not {}", fewest, most, size);
}

std::string form_fault(Form form, ByteView value) {
    switch (form) {
        case Form::octets:
            return {};
        case Form::digits:
            return is_digits(to_hex(value)) ? "" : "must be decimal digits, two an octet (format n)";
        case Form::padded_digits:
            return is_padded_digits(to_hex(value)) ? ""
                                                   : "must be decimal digits, then F to the end (format cn)";
        case Form::date:
            return parse_date(to_hex(value)) ? "" : "must be a date YYMMDD that exists";
        case Form::list: {
            const auto list = parse_dol(value);
            return list ? "" : list.error().what;
        }
        case Form::cvm_list:
            return cvm_list_fault(value);
        case Form::locator:
            return value.size() % 4 == 0 ? "" : "must be entries of 4 octets";
        case Form::track2:
            return is_track2(to_hex(value)) ? "" : "must be PAN, D, YYMM, service code, data, F if odd";
    }
    return {};
}

}  // namespace

std::string cvm_list_fault(ByteView value) {
    if (auto fault = length_fault(10, longest, value.size()); !fault.empty()) return fault;
    return value.size() % 2 == 0 ? "" : "ends within a rule: 8 octets of amounts, then 2 for each rule";
}

std::string object_fault(Tag tag, ByteView value) {
    if (is_constructed(tag)) {
        const auto objects = parse_tlv(value);
        return objects
                   ? ""
                   : fmt::format("must be data objects, and is not from octet {} on", objects.error().offset);
    }
    const auto* known = std::ranges::find(forms, tag, &ObjectForm::tag);
    if (known == std::end(forms)) return {};
    auto fault = length_fault(known->fewest, known->most, value.size());
    return fault.empty() ? form_fault(known->form, value) : fault;
}

}  // namespace posbench::emv
