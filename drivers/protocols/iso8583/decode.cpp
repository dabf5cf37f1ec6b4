#include <bit>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/fields.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t mti_octets = 2;
constexpr std::size_t bitmap_octets = 8;

std::string octet_count(std::size_t count) {
    return runtime::counted(count, "octet");
}

/// Reads octets from the front. A step that fails leaves its error and returns false. Error texts name
/// places and rules, never what a field holds.
class Decoder {
  public:
    explicit Decoder(ByteView octets) : octets_(octets) {}

    bool run(Message& message);
    DecodeError take_error() { return *std::move(error_); }

  private:
    bool read_mti(Message& message);
    bool read_bitmap(std::uint64_t& bitmap);
    bool read_field(int field, Message& message);
    bool read_length(int field, const FieldFormat& format, std::size_t& count);
    bool read_packed(int field, const FieldFormat& format, std::size_t count, std::string& value);
    bool read_octets(int field, const FieldFormat& format, std::size_t count, std::string& value);
    /// Checks that `count` octets are left.
    bool need(int field, std::size_t count, std::string_view of_what);
    bool fail(int field, std::size_t offset, std::string_view what);

    ByteView octets_;
    std::size_t at_ = 0;
    std::optional<DecodeError> error_;
};

bool Decoder::fail(int field, std::size_t offset, std::string_view what) {
    const std::string place = field != 0 ? fmt::format("field {}: ", field) : std::string();
    error_ = DecodeError{field, offset, fmt::format("{}{}, at octet {}", place, what, offset)};
    return false;
}

bool Decoder::need(int field, std::size_t count, std::string_view of_what) {
    const std::size_t left = octets_.size() - at_;
    if (count <= left) return true;
    return fail(field, at_, fmt::format("{} needs {}, {} left", of_what, octet_count(count), left));
}

bool Decoder::run(Message& message) {
    std::uint64_t bitmap = 0;
    if (!read_mti(message) || !read_bitmap(bitmap)) return false;
    while (bitmap != 0) {
        const int leading = std::countl_zero(bitmap);
        bitmap &= ~(std::uint64_t{1} << (63 - leading));
        if (!read_field(leading + 1, message)) return false;
    }
    if (at_ == octets_.size()) return true;
    return fail(0, at_, octet_count(octets_.size() - at_) + " after the last field");
}

bool Decoder::read_mti(Message& message) {
    if (!need(0, mti_octets, "message type")) return false;
    std::string mti;
    if (!read_packed(0, FieldFormat{Content::digits, Length::fixed, 4}, 4, mti)) return false;
    message = Message(std::move(mti));
    return true;
}

bool Decoder::read_bitmap(std::uint64_t& bitmap) {
    if (!need(0, bitmap_octets, "bitmap")) return false;
    for (std::size_t i = 0; i < bitmap_octets; ++i) bitmap = bitmap << 8 | octets_[at_ + i];
    if (bitmap >> 63 != 0)
        return fail(0, at_, "bitmap: bit 1 announces a secondary bitmap, which this dialect lacks");
    at_ += bitmap_octets;
    return true;
}

bool Decoder::read_field(int field, Message& message) {
    const FieldFormat& format = field_format(field);
    if (format.content == Content::none) return fail(field, at_, "not a field of this dialect");
    std::size_t count = format.size;
    if (format.length != Length::fixed && !read_length(field, format, count)) return false;
    if (!need(field, format.wire_octets(count), "content")) return false;
    std::string value;
    const bool good =
        format.packed() ? read_packed(field, format, count, value) : read_octets(field, format, count, value);
    if (good) message.set(field, std::move(value));
    return good;
}

bool Decoder::read_length(int field, const FieldFormat& format, std::size_t& count) {
    const std::size_t size = format.length_octets();
    if (!need(field, size, "length")) return false;
    count = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint8_t octet = octets_[at_ + i];
        if (octet >> 4 > 9 || (octet & 0x0F) > 9)
            return fail(field, at_ + i, fmt::format("length octet {:02X} is not BCD", octet));
        count = count * 100 + static_cast<std::size_t>(octet >> 4) * 10 + (octet & 0x0FU);
    }
    if (count > format.size) return fail(field, at_, fmt::format("length {} exceeds {}", count, format.size));
    at_ += size;
    return true;
}

bool Decoder::read_packed(int field, const FieldFormat& format, std::size_t count, std::string& value) {
    const std::size_t nibbles = 2 * format.wire_octets(count);
    const bool odd = nibbles != count;
    const std::size_t first = odd && format.pad == Pad::left ? 1 : 0;
    const auto nibble = [&](std::size_t i) -> unsigned {
        const std::uint8_t octet = octets_[at_ + i / 2];
        return i % 2 == 0 ? octet >> 4 : octet & 0x0FU;
    };
    value.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned read = nibble(first + i);
        if (!packable(format.content, read))
            return fail(
                field, at_ + (first + i) / 2,
                fmt::format("nibble {:X} is not {}", read,
                            format.content == Content::track ? "a digit or the separator D" : "a digit"));
        value[i] = packed_characters[read];
    }
    if (odd) {
        const std::size_t pad = first == 1 ? 0 : count;
        if (nibble(pad) != 0) return fail(field, at_ + pad / 2, "the padding nibble is not 0");
    }
    at_ += nibbles / 2;
    return true;
}

bool Decoder::read_octets(int field, const FieldFormat& format, std::size_t count, std::string& value) {
    const ByteView content = octets_.subspan(at_, count);
    if (format.content == Content::text)
        for (std::size_t i = 0; i < content.size(); ++i)
            if (!printable(content[i]))
                return fail(field, at_ + i, fmt::format("octet {:02X} is not printable ASCII", content[i]));
    value = as_text(content);
    at_ += count;
    return true;
}

}  // namespace

Result<Message, DecodeError> decode(ByteView octets) {
    Message message;
    Decoder decoder(octets);
    if (!decoder.run(message)) return decoder.take_error();
    return message;
}

}  // namespace posbench::iso8583
