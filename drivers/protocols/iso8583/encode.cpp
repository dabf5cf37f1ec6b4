#include <algorithm>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/fields.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t usual_octets = 320;

[[noreturn]] void refuse(int field, std::string_view rule) {
    throw std::invalid_argument(field == 0 ? fmt::format("message type: {}", rule)
                                           : fmt::format("field {}: {}", field, rule));
}

/// Value of a packed character, or refuses it.
unsigned pack(int field, Content content, char c) {
    const std::size_t value = packed_characters.find(c);
    if (value == std::string_view::npos || !packable(content, static_cast<unsigned>(value)))
        refuse(field, content == Content::track ? "a character is neither a digit nor the separator D"
                                                : "a character is not a digit");
    return static_cast<unsigned>(value);
}

void append_packed(Bytes& out, int field, const FieldFormat& format, std::string_view value) {
    const bool odd = value.size() % 2 != 0;
    std::size_t i = 0;
    if (odd && format.pad == Pad::left)
        out.push_back(static_cast<std::uint8_t>(pack(field, format.content, value[i++])));
    for (; i + 1 < value.size(); i += 2)
        out.push_back(static_cast<std::uint8_t>(pack(field, format.content, value[i]) << 4 |
                                                pack(field, format.content, value[i + 1])));
    if (i < value.size())
        out.push_back(static_cast<std::uint8_t>(pack(field, format.content, value[i]) << 4));
}

std::uint8_t bcd(std::size_t below_100) {
    return static_cast<std::uint8_t>(below_100 / 10 << 4 | below_100 % 10);
}

void append_length(Bytes& out, const FieldFormat& format, std::size_t count) {
    if (format.length == Length::lll) out.push_back(bcd(count / 100));
    out.push_back(bcd(count % 100));
}

void check_size(int field, const FieldFormat& format, std::size_t size) {
    const std::string_view unit = format.content == Content::digits   ? "digits"
                                  : format.content == Content::octets ? "octets"
                                                                      : "characters";
    if (format.length == Length::fixed && size != format.size)
        refuse(field, fmt::format("{} {} instead of {}", size, unit, format.size));
    if (size > format.size) refuse(field, fmt::format("{} {} exceed {}", size, unit, format.size));
}

void append_field(Bytes& out, int field, std::string_view value) {
    const FieldFormat& format = field_format(field);
    if (format.content == Content::none) refuse(field, "not a field of this dialect");
    check_size(field, format, value.size());
    if (format.length != Length::fixed) append_length(out, format, value.size());
    if (format.packed()) {
        append_packed(out, field, format, value);
        return;
    }
    const ByteView octets = as_bytes(value);
    if (format.content == Content::text && !std::ranges::all_of(octets, printable))
        refuse(field, "a character is not printable ASCII");
    out.insert(out.end(), octets.begin(), octets.end());
}

}  // namespace

Bytes encode(const Message& message) {
    if (message.mti().size() != 4)
        refuse(0, runtime::counted(message.mti().size(), "digit") + " instead of 4");
    Bytes out;
    out.reserve(usual_octets);
    append_packed(out, 0, FieldFormat{Content::digits, Length::fixed, 4}, message.mti());
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(message.bitmap() >> shift));
    for (int field = first_field; field <= last_field; ++field)
        if (message.has(field)) append_field(out, field, message.get(field));
    return out;
}

}  // namespace posbench::iso8583
