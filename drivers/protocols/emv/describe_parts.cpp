// The parts of values in words.

#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/emv/describe.hpp"
#include "drivers/protocols/emv/issuer_data_parts.hpp"

namespace posbench::emv {
namespace {

struct Word {
    std::uint8_t code;
    std::string_view text;
};

/// EMV book 3, tables 39 and 40.
constexpr std::array cvm_methods{
    Word{0x00, "fail cardholder verification"},
    Word{0x01, "plaintext PIN verified by the card"},
    Word{0x02, "enciphered PIN verified online"},
    Word{0x03, "plaintext PIN verified by the card and signature"},
    Word{0x04, "enciphered PIN verified by the card"},
    Word{0x05, "enciphered PIN verified by the card and signature"},
    Word{0x1E, "signature"},
    Word{0x1F, "no CVM required"},
};
constexpr std::array cvm_conditions{
    Word{0x00, "always"},
    Word{0x01, "if unattended cash"},
    Word{0x02, "if not unattended cash, not manual cash and not purchase with cashback"},
    Word{0x03, "if terminal supports the CVM"},
    Word{0x04, "if manual cash"},
    Word{0x05, "if purchase with cashback"},
    Word{0x06, "if in the application currency and under X"},
    Word{0x07, "if in the application currency and over X"},
    Word{0x08, "if in the application currency and under Y"},
    Word{0x09, "if in the application currency and over Y"},
};

/// Of the first octet of a rule; bit 8 is reserved, bit 7 asks for the next rule where the method fails.
constexpr std::uint8_t cvm_method_bits = 0x3F, cvm_apply_next = 0x40, cvm_reserved_bit = 0x80;
/// In a rule not available for use (EMV book 3 annex C3), in the CVM results none was applied.
constexpr std::uint8_t no_method = 0x3F;

std::string word(std::span<const Word> words, std::uint8_t code, std::string_view what) {
    for (const Word& known : words)
        if (known.code == code) return std::string(known.text);
    return fmt::format("{} {:02X}", what, code);
}

Lines bits(ByteView value, std::span<const NamedBit> table, std::size_t size, int depth) {
    Lines lines;
    if (value.size() != size) return lines;
    for (std::string& name : bit_names(value, table)) lines.push_back({depth, {}, std::move(name), {}});
    return lines;
}

/// Four octets a run of records: SFI in bits 8 to 4, first, last, how many of them for offline data
/// authentication (EMV book 3 clause 10.2).
Lines file_locator(ByteView value, int depth) {
    Lines lines;
    if (value.size() % 4 != 0) return lines;
    for (std::size_t i = 0; i < value.size(); i += 4) {
        const int sfi = value[i] >> 3, first = value[i + 1], last = value[i + 2], signed_ones = value[i + 3];
        std::string text = first == last ? fmt::format("SFI {}, record {}", sfi, first)
                                         : fmt::format("SFI {}, records {} to {}", sfi, first, last);
        text += signed_ones == 0 ? ", none in offline data authentication"
                                 : fmt::format(", the first {} in offline data authentication", signed_ones);
        lines.push_back({depth, {}, std::move(text), to_hex(value.subspan(i, 4))});
    }
    return lines;
}

/// Amounts X and Y in four octets each, then two octets a rule (EMV book 3 clause 10.5).
Lines cvm_list(ByteView value, int depth) {
    Lines lines;
    if (value.size() < 10 || value.size() % 2 != 0) return lines;
    const auto amount = [&](std::size_t at) {
        std::uint32_t number = 0;
        for (std::size_t i = at; i < at + 4; ++i) number = number << 8 | value[i];
        return number;
    };
    const auto x = amount(0), y = amount(4);
    if (x != 0 || y != 0)
        lines.push_back({depth,
                         {},
                         fmt::format("X is {}, Y is {} (minor units of the application currency)", x, y),
                         to_hex(value.first(8))});
    for (std::size_t i = 8; i < value.size(); i += 2)
        lines.push_back({depth, {}, cvm_rule_in_words(value[i], value[i + 1]), to_hex(value.subspan(i, 2))});
    return lines;
}

Lines cvm_results(ByteView value, int depth) {
    if (value.size() != 3) return {};
    constexpr std::array results{Word{0, "unknown"}, Word{1, "failed"}, Word{2, "successful"}};
    const bool none = (value[0] & cvm_method_bits) == no_method;  // EMV book 4 annex A4
    return {{depth,
             {},
             none ? "no CVM performed" : cvm_rule_in_words(value[0], value[1]),
             to_hex(value.first(2))},
            {depth, {}, word(results, value[2], "result"), to_hex(value.subspan(2))}};
}

Lines object_list(ByteView value, Scheme scheme, int depth) {
    Lines lines;
    const auto entries = parse_dol(value);
    if (!entries) return {{depth, {}, entries.error().what, {}}};
    for (const DolEntry& entry : *entries) {
        const TagInfo* info = find_tag(entry.tag);
        lines.push_back({depth, tag_to_string(entry.tag),
                         std::string(info ? name_in(info->name, scheme) : "(not in the dictionary)"),
                         runtime::counted(entry.length, "octet")});
    }
    return lines;
}

/// YYMMDD; only a real day is put into words.
Lines date(ByteView value, int depth) {
    const auto day = parse_date(to_hex(value));
    if (!day) return {};
    return {{depth,
             {},
             fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day->year()),
                         static_cast<unsigned>(day->month()), static_cast<unsigned>(day->day())),
             {}}};
}

/// Type in bits 8 and 7, an advice in bit 4, its reason in bits 3 to 1 (EMV book 3, table 15).
Lines cryptogram_information(ByteView value, int depth) {
    if (value.size() != 1) return {};
    constexpr std::array types{"AAC: declined", "TC: approved", "ARQC: the issuer is to be asked",
                               "reserved for future use"};
    constexpr std::array reasons{"no reason given", "service not allowed", "PIN try limit exceeded",
                                 "issuer authentication failed"};
    std::string text = types[value[0] >> 6];
    if ((value[0] & 0x08) != 0) text += "; advice required";
    if (const std::size_t reason = value[0] & 0x07; reason != 0)
        text += reason < reasons.size() ? fmt::format("; {}", reasons[reason])
                                        : fmt::format("; reason {}", reason);
    return {{depth, {}, std::move(text), {}}};
}

/// Mastercard's cards have something else under 9F66 and 9F6C.
bool has_qualifiers(Scheme scheme) noexcept {
    return scheme == Scheme::visa || scheme == Scheme::unionpay;
}

/// "1 transaction begun". @param one,many what is counted, by its number
Lines number(ByteView value, std::size_t size, std::string_view one, std::string_view many, int depth) {
    if (value.size() != size) return {};
    unsigned sum = 0;
    for (const std::uint8_t octet : value) sum = sum << 8 | octet;
    return {{depth, {}, fmt::format("{} {}", sum, sum == 1 ? one : many), {}}};
}

}  // namespace

std::string cvm_rule_in_words(std::uint8_t code, std::uint8_t condition) {
    const std::uint8_t method = code & cvm_method_bits;
    return fmt::format(
        "{}, {}; {}{}",
        method == no_method ? "method 3F, which is not available for use"
                            : word(cvm_methods, method, "method"),
        word(cvm_conditions, condition, "condition"),
        (code & cvm_apply_next) != 0 ? "if it fails, the next rule" : "if it fails, verification fails",
        (code & cvm_reserved_bit) != 0 ? "; bit 8, which is reserved, is set" : "");
}

Lines describe_parts(Tag tag, ByteView value, Scheme scheme, int depth) {
    switch (tag) {
        case 0x82:
            return bits(value, scheme == Scheme::mastercard ? mastercard_aip_bits() : aip_bits(), 2, depth);
        case 0x95:
        case 0x9F0D:
        case 0x9F0E:
        case 0x9F0F:
            return bits(value, tvr_bits(), 5, depth);
        case 0x9B:
            return bits(value, tsi_bits(), 2, depth);
        case 0x9F07:
            return bits(value, usage_control_bits(), 2, depth);
        case 0x94:
            return file_locator(value, depth);
        case 0x8E:
            return cvm_list(value, depth);
        case 0x9F34:
            return cvm_results(value, depth);
        case 0x8C:
        case 0x8D:
        case 0x97:
        case 0x9F38:
        case 0x9F49:
            return object_list(value, scheme, depth);
        case 0x5F24:
        case 0x5F25:
        case 0x9A:
            return date(value, depth);
        case 0x9F27:
            return cryptogram_information(value, depth);
        case 0x9F36:
            return number(value, 2, "transaction begun", "transactions begun", depth);
        case 0x9F13:
            return number(value, 2, "at the last transaction online", "at the last transaction online",
                          depth);
        case 0x9F17:
            return number(value, 1, "try left", "tries left", depth);
        case 0x9F10:
            return issuer_data_parts(value, scheme, depth);
        case 0x9F66:
            return has_qualifiers(scheme) ? bits(value, ttq_bits(), 4, depth) : Lines{};
        case 0x9F6C:
            return has_qualifiers(scheme) ? bits(value, ctq_bits(), 2, depth) : Lines{};
        default:
            return {};
    }
}

}  // namespace posbench::emv
