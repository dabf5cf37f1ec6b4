#include "drivers/protocols/iso8583/message_view.hpp"

#include <bit>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/length.hpp"
#include "drivers/protocols/iso8583/packed.hpp"

namespace posbench::iso8583 {
namespace {

/// Octets of which both nibbles may stand in digits, and in tracks.
constexpr auto packed_octets(Content content) {
    const FieldFormat format{content};
    std::array<bool, 256> table{};
    for (unsigned octet = 0; octet < table.size(); ++octet)
        table[octet] = packable(format, octet >> 4) && packable(format, octet & 0x0F);
    return table;
}
constexpr auto digit_octets = packed_octets(Content::digits);
constexpr auto track_octets = packed_octets(Content::track);

char character_of(Code code, std::uint8_t octet) noexcept {
    return code == Code::ebcdic ? from_ebcdic(octet) : static_cast<char>(octet);
}

/// Where the nibbles of `count` packed characters begin: behind the padding, where that is at the left.
std::size_t first_nibble(const FieldFormat& format, std::size_t count) noexcept {
    return count % 2 != 0 && format.pad == Pad::left ? 1 : 0;
}

unsigned nibble_at(ByteView octets, std::size_t i) noexcept {
    return i % 2 == 0 ? octets[i / 2] >> 4 : octets[i / 2] & 0x0FU;
}

}  // namespace

int Bitmap::count_before(int field) const noexcept {
    const std::uint64_t in_half = shift(field) == 63 ? 0 : half(field) >> (shift(field) + 1);
    return std::popcount(in_half) + (field > 64 ? std::popcount(halves_[0]) : 0);
}

int Bitmap::next(int field) const noexcept {
    for (int index = field / 64; index < 2; ++index) {
        std::uint64_t left = halves_[static_cast<std::size_t>(index)];
        const int skipped = index == field / 64 ? field % 64 : 0;
        left &= ~std::uint64_t{0} >> skipped;
        if (left != 0) return index * 64 + std::countl_zero(left) + 1;
    }
    return 0;
}

/// Reads octets from the front. A step that fails leaves its error and returns false. Error texts name places
/// and rules, never what a field holds.
class Parser {
  public:
    Parser(const Dialect& dialect, ByteView octets) : dialect_(dialect), octets_(octets) {}

    bool run(MessageView& view);
    DecodeError take_error() { return *std::move(error_); }

  private:
    bool read_mti(MessageView& view);
    bool read_bitmap(Bitmap& bitmap);
    bool read_half(std::uint64_t& half);
    bool read_field(int field, MessageView& view);
    bool read_length(int field, const FieldFormat& format, std::size_t& count);
    bool refuse_length(int field, Code code, ByteView octets);
    bool check_content(int field, const FieldFormat& format, std::size_t count);
    bool check_packed(int field, const FieldFormat& format, std::size_t at, std::size_t count);
    bool refuse_nibble(int field, const FieldFormat& format, std::size_t at, std::size_t count);
    bool check_characters(int field, const FieldFormat& format, std::size_t at, std::size_t count);
    bool check_sign(int field, const FieldFormat& format);
    /// Checks that `count` octets are left.
    bool need(int field, std::size_t count, std::string_view of_what) {
        return count <= octets_.size() - at_ || refuse_end(field, count, of_what);
    }
    bool refuse_end(int field, std::size_t count, std::string_view of_what);
    bool fail(int field, std::size_t offset, std::string_view what);

    const Dialect& dialect_;
    ByteView octets_;
    std::size_t at_ = 0;
    std::optional<DecodeError> error_;
};

bool Parser::fail(int field, std::size_t offset, std::string_view what) {
    const std::string place = field != 0 ? fmt::format("field {}: ", field) : std::string();
    error_ = DecodeError{field, offset, fmt::format("{}{}, at octet {}", place, what, offset), false};
    return false;
}

bool Parser::refuse_end(int field, std::size_t count, std::string_view of_what) {
    fail(
        field, at_,
        fmt::format("{} needs {}, {} left", of_what, runtime::counted(count, "octet"), octets_.size() - at_));
    error_->cut_short = true;
    return false;
}

bool Parser::run(MessageView& view) {
    if (octets_.size() > longest_message)
        return fail(0, longest_message, fmt::format("message: more than {} octets", longest_message));
    if (!read_mti(view) || !read_bitmap(view.bitmap_)) return false;
    for (int field = view.bitmap_.next(1); field != 0; field = view.bitmap_.next(field))
        if (!read_field(field, view)) return false;
    if (at_ == octets_.size()) return true;
    return fail(0, at_, runtime::counted(octets_.size() - at_, "octet") + " after the last field");
}

bool Parser::read_mti(MessageView& view) {
    constexpr std::size_t digits = 4;
    const FieldFormat format{Content::digits, dialect_.mti};
    if (!need(0, dialect_.mti_octets(), "message type") || !check_content(0, format, digits)) return false;
    for (std::size_t i = 0; i < digits; ++i)
        view.mti_[i] = dialect_.mti == Code::bcd ? packed_characters[nibble_at(octets_, i)]
                                                 : character_of(dialect_.mti, octets_[i]);
    at_ += dialect_.mti_octets();
    return true;
}

bool Parser::read_half(std::uint64_t& half) {
    if (!need(0, dialect_.bitmap_octets(), "bitmap")) return false;
    half = 0;
    if (dialect_.bitmap == Code::binary) {
        for (std::size_t i = 0; i < dialect_.bitmap_octets(); ++i) half = half << 8 | octets_[at_ + i];
    } else {
        for (std::size_t i = 0; i < dialect_.bitmap_octets(); ++i) {
            const std::size_t digit = packed_characters.find(character_of(dialect_.bitmap, octets_[at_ + i]));
            if (digit == std::string_view::npos)
                return fail(0, at_ + i, "bitmap: a character is not upper-case hexadecimal");
            half = half << 4 | digit;
        }
    }
    at_ += dialect_.bitmap_octets();
    return true;
}

bool Parser::read_bitmap(Bitmap& bitmap) {
    const std::size_t begin = at_;
    std::array<std::uint64_t, 2> halves{};
    if (!read_half(halves[0])) return false;
    if (halves[0] >> 63 != 0) {
        if (!dialect_.secondary)
            return fail(0, begin, "bitmap: bit 1 announces a secondary bitmap, which this dialect lacks");
        if (!read_half(halves[1])) return false;
        if (halves[1] == 0)
            return fail(0, begin, "bitmap: bit 1 announces a secondary bitmap without any field");
    }
    bitmap = Bitmap(halves);
    return true;
}

bool Parser::read_field(int field, MessageView& view) {
    const FieldFormat& format = dialect_.field(field);
    if (format.content == Content::none) return fail(field, at_, "not a field of this dialect");
    std::size_t count = format.size;
    if (format.varies() && !read_length(field, format, count)) return false;
    const std::size_t octets = format.wire_octets(count);
    if (!need(field, octets, "content") || !check_content(field, format, count)) return false;
    view.places_[static_cast<std::size_t>(field)] = {static_cast<std::uint16_t>(at_),
                                                     static_cast<std::uint16_t>(count)};
    at_ += octets;
    return true;
}

bool Parser::read_length(int field, const FieldFormat& format, std::size_t& count) {
    const std::size_t size = format.length_octets();
    if (!need(field, size, "length")) return false;
    const ByteView octets = octets_.subspan(at_, size);
    const auto length = read_number(format.length_code, octets);
    if (!length) return refuse_length(field, format.length_code, octets);
    count = *length;
    if (count > format.size) return fail(field, at_, fmt::format("length {} exceeds {}", count, format.size));
    if (count < format.shortest)
        return fail(field, at_, fmt::format("length {} is less than {}", count, format.shortest));
    at_ += size;
    return true;
}

bool Parser::refuse_length(int field, Code code, ByteView octets) {
    std::size_t wrong = 0;
    while (read_number(code, octets.subspan(wrong, 1))) ++wrong;
    return fail(
        field, at_ + wrong,
        fmt::format("length octet {:02X} is not {}", octets[wrong], code == Code::bcd ? "BCD" : "a digit"));
}

bool Parser::check_content(int field, const FieldFormat& format, std::size_t count) {
    switch (format.content) {
        case Content::none:
        case Content::octets:
            return true;
        case Content::signed_digits:
            if (count == 0) return true;
            if (!check_sign(field, format)) return false;
            return format.packed() ? check_packed(field, format, at_ + 1, count - 1)
                                   : check_characters(field, format, at_ + 1, count - 1);
        case Content::digits:
        case Content::track:
        case Content::text:
            break;
    }
    return format.packed() ? check_packed(field, format, at_, count)
                           : check_characters(field, format, at_, count);
}

bool Parser::check_sign(int field, const FieldFormat& format) {
    return is_sign(character_of(format.sign, octets_[at_])) ||
           fail(field, at_, "the sign is neither C nor D");
}

bool Parser::check_packed(int field, const FieldFormat& format, std::size_t at, std::size_t count) {
    const auto& good = format.content == Content::track ? track_octets : digit_octets;
    const bool odd = count % 2 != 0, left = first_nibble(format, count) == 1;
    const ByteView content = octets_.subspan(at, (count + 1) / 2);
    bool all_good = true;
    for (std::size_t i = left ? 1 : 0; i < content.size() - (odd && !left ? 1 : 0); ++i)
        all_good = all_good && (good[content[i]] || format.may_be_enciphered);
    if (odd) {
        const std::uint8_t edge = left ? content.front() : content.back();
        const unsigned own = left ? edge & 0x0FU : edge >> 4, pad = left ? edge >> 4 : edge & 0x0FU;
        all_good = all_good && packable(format, own) && pad == format.padding;
    }
    return all_good || refuse_nibble(field, format, at, count);
}

bool Parser::refuse_nibble(int field, const FieldFormat& format, std::size_t at, std::size_t count) {
    const std::size_t first = first_nibble(format, count);
    const ByteView content = octets_.subspan(at, (count + 1) / 2);
    for (std::size_t i = 0; i < count; ++i)
        if (const unsigned read = nibble_at(content, first + i); !packable(format, read))
            return fail(
                field, at + (first + i) / 2,
                fmt::format("nibble {:X} is not {}", read,
                            format.content == Content::track ? "a digit or the separator D" : "a digit"));
    return fail(field, first == 1 ? at : at + count / 2,
                fmt::format("the padding nibble is not {:X}", format.padding));
}

bool Parser::check_characters(int field, const FieldFormat& format, std::size_t at, std::size_t count) {
    const bool text = format.content == Content::text;
    for (std::size_t i = at; i < at + count; ++i) {
        const char character = character_of(format.code, octets_[i]);
        if (text ? printable(static_cast<std::uint8_t>(character)) : is_allowed(format, character)) continue;
        return fail(field, i,
                    fmt::format("octet {:02X} is not {}", octets_[i],
                                !text                         ? "a digit"
                                : format.code == Code::ebcdic ? "printable EBCDIC"
                                                              : "printable ASCII"));
    }
    return true;
}

Result<MessageView, DecodeError> MessageView::parse(const Dialect& dialect, ByteView octets) {
    MessageView view;
    view.dialect_ = &dialect;
    view.octets_ = octets;
    Parser parser(dialect, octets);
    if (!parser.run(view)) return parser.take_error();
    return view;
}

ByteView MessageView::wire(int field) const noexcept {
    if (!has(field)) return {};
    const Place& found = place(field);
    return octets_.subspan(found.at, dialect_->field(field).wire_octets(found.count));
}

void MessageView::copy(int field, char* out) const noexcept {
    const FieldFormat& format = dialect_->field(field);
    ByteView content = wire(field);
    std::size_t count = size(field);
    if (!format.packed()) {
        const bool translated = format.code == Code::ebcdic && format.content != Content::octets;
        for (const std::uint8_t octet : content)
            *out++ = translated ? from_ebcdic(octet) : static_cast<char>(octet);
        return;
    }
    if (format.content == Content::signed_digits && count > 0) {
        *out++ = character_of(format.sign, content.front());
        content = content.subspan(1);
        --count;
    }
    const std::size_t first = first_nibble(format, count);
    for (std::size_t i = 0; i < count; ++i) *out++ = packed_characters[nibble_at(content, first + i)];
}

std::string MessageView::value(int field) const {
    std::string text(size(field), '\0');
    copy(field, text.data());
    return text;
}

void throw_exception_from_error(const DecodeError& error, const boost::source_location&) {
    throw std::runtime_error(error.what);
}

}  // namespace posbench::iso8583
