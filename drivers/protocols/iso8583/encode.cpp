#include <algorithm>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/length.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/protocols/iso8583/packed.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t usual_octets = 320;

[[noreturn]] void refuse(int field, std::string_view rule) {
    throw std::invalid_argument(field == 0 ? fmt::format("message type: {}", rule)
                                           : fmt::format("field {}: {}", field, rule));
}

[[noreturn]] void refuse_character(int field, const FieldFormat& format) {
    if (format.content == Content::text) refuse(field, "a character is not printable ASCII");
    if (format.content != Content::track) refuse(field, "a character is not a digit");
    refuse(field, format.may_be_enciphered
                      ? "a character is neither a digit nor the separator D, nor hexadecimal as enciphered"
                      : "a character is neither a digit nor the separator D");
}

/// Value of a packed character, or refuses it.
std::uint8_t pack(int field, const FieldFormat& format, char character) {
    const std::uint8_t nibble = nibble_of[static_cast<std::uint8_t>(character)];
    if (nibble == no_nibble || !packable(format, nibble)) refuse_character(field, format);
    return nibble;
}

void append_packed(Bytes& out, int field, const FieldFormat& format, std::string_view value) {
    const bool odd = value.size() % 2 != 0;
    std::size_t i = 0;
    if (odd && format.pad == Pad::left)
        out.push_back(static_cast<std::uint8_t>(format.padding << 4 | pack(field, format, value[i++])));
    for (; i + 1 < value.size(); i += 2)
        out.push_back(static_cast<std::uint8_t>(pack(field, format, value[i]) << 4 |
                                                pack(field, format, value[i + 1])));
    if (i < value.size())
        out.push_back(static_cast<std::uint8_t>(pack(field, format, value[i]) << 4 | format.padding));
}

std::uint8_t octet_of(Code code, char character) noexcept {
    return code == Code::ebcdic ? to_ebcdic(character) : static_cast<std::uint8_t>(character);
}

void append_characters(Bytes& out, int field, const FieldFormat& format, std::string_view value) {
    for (const char character : value) {
        const bool good = format.content == Content::text ? printable(static_cast<std::uint8_t>(character))
                                                          : is_allowed(format, character);
        if (!good) refuse_character(field, format);
        out.push_back(octet_of(format.code, character));
    }
}

/// Digits or characters, without a sign.
void append_content(Bytes& out, int field, const FieldFormat& format, std::string_view value) {
    if (format.packed())
        append_packed(out, field, format, value);
    else
        append_characters(out, field, format, value);
}

void check_size(int field, const FieldFormat& format, std::size_t size) {
    const std::string_view unit = format.content == Content::digits   ? "digit"
                                  : format.content == Content::octets ? "octet"
                                                                      : "character";
    const auto has = [&] { return runtime::counted(size, unit); };
    if (!format.varies() && size != format.size)
        refuse(field, fmt::format("{} instead of {}", has(), format.size));
    if (size > format.size) refuse(field, fmt::format("{} exceed {}", has(), format.size));
    if (size < format.shortest)
        refuse(field, fmt::format("{}, at least {} are needed", has(), format.shortest));
}

void append_field(Bytes& out, int field, const FieldFormat& format, std::string_view value) {
    if (format.content == Content::none) refuse(field, "not a field of this dialect");
    check_size(field, format, value.size());
    if (format.varies()) append_number(out, format.length_code, format.length_octets(), value.size());
    if (format.content == Content::octets) return append(out, as_bytes(value));
    if (format.content == Content::signed_digits && !value.empty()) {
        if (!is_sign(value.front())) refuse(field, "the sign is neither C nor D");
        out.push_back(octet_of(format.sign, value.front()));
        value.remove_prefix(1);
    }
    append_content(out, field, format, value);
}

void append_bitmap(Bytes& out, const Dialect& dialect, std::uint64_t half) {
    if (dialect.bitmap == Code::binary)
        for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(half >> shift));
    else
        for (int shift = 60; shift >= 0; shift -= 4)
            out.push_back(octet_of(dialect.bitmap, packed_characters[half >> shift & 0x0F]));
}

}  // namespace

Bytes encode(const Dialect& dialect, const Message& message) {
    if (message.mti().size() != 4)
        refuse(0, runtime::counted(message.mti().size(), "digit") + " instead of 4");
    Bytes out;
    out.reserve(usual_octets);
    append_content(out, 0, FieldFormat{Content::digits, dialect.mti}, message.mti());
    const Bitmap& bitmap = message.bitmap();
    append_bitmap(out, dialect, bitmap.primary());
    if (bitmap.secondary() != 0) {
        if (!dialect.secondary)
            refuse(bitmap.next(last_primary_field), "this dialect has no secondary bitmap");
        append_bitmap(out, dialect, bitmap.secondary());
    }
    for (int field = bitmap.next(1); field != 0; field = bitmap.next(field))
        append_field(out, field, dialect.field(field), message.get(field));
    if (out.size() > longest_message)
        throw std::invalid_argument(
            fmt::format("message: {} octets, more than {}", out.size(), longest_message));
    return out;
}

}  // namespace posbench::iso8583
