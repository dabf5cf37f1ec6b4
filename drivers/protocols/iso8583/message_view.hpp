#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

namespace posbench::iso8583 {

struct DecodeError {
    int field = 0;           ///< 0: message type or bitmap
    std::size_t offset = 0;  ///< octets from the message type
    std::string what;        ///< "field 35: length 41 exceeds 37, at octet 63"; never what a field holds
    bool cut_short = false;  ///< nothing else is wrong with the octets than that they end
};
[[noreturn]] void throw_exception_from_error(const DecodeError& error, const boost::source_location&);

/// Which of the fields 1 to 128 there are; bit 1 is the most significant of the first half.
class Bitmap {
  public:
    constexpr Bitmap() = default;
    /// @param halves of fields 1 to 64 and 65 to 128; bit 1 itself is not kept, it follows from the second
    constexpr explicit Bitmap(std::array<std::uint64_t, 2> halves) noexcept : halves_(halves) {
        halves_[0] &= ~std::uint64_t{0} >> 1;
    }
    constexpr bool has(int field) const noexcept {
        return field >= 1 && field <= last_field && (half(field) >> shift(field) & 1) != 0;
    }
    constexpr void set(int field) noexcept { half(field) |= std::uint64_t{1} << shift(field); }
    constexpr void clear(int field) noexcept { half(field) &= ~(std::uint64_t{1} << shift(field)); }
    /// Which come before `field`, counted.
    int count_before(int field) const noexcept;
    /// As on the wire: bit 1 tells whether there is a secondary one.
    constexpr std::uint64_t primary() const noexcept {
        return halves_[0] | (halves_[1] != 0 ? std::uint64_t{1} << 63 : 0);
    }
    constexpr std::uint64_t secondary() const noexcept { return halves_[1]; }
    /// The first field behind `field` that there is; 0 when there is none.
    int next(int field) const noexcept;
    bool operator==(const Bitmap&) const = default;

  private:
    static constexpr int shift(int field) noexcept { return 63 - (field - 1) % 64; }
    constexpr std::uint64_t& half(int field) noexcept { return halves_[field > 64 ? 1u : 0u]; }
    constexpr const std::uint64_t& half(int field) const noexcept { return halves_[field > 64 ? 1u : 0u]; }

    std::array<std::uint64_t, 2> halves_{};
};

/// A message as it lies in its octets, every one of them checked: nothing is copied and nothing allocated.
/// Valid as long as the octets and the dialect are.
class MessageView {
  public:
    /// Reads message type, bitmaps and fields. Every octet must belong to a field, and be the one that a
    /// writer would have put there: what is read here is written again octet by octet.
    /// @param dialect outlives the view
    static Result<MessageView, DecodeError> parse(const Dialect& dialect, ByteView octets);

    ByteView octets() const noexcept { return octets_; }
    std::string_view mti() const noexcept { return {mti_.data(), mti_.size()}; }
    const Bitmap& bitmap() const noexcept { return bitmap_; }
    bool has(int field) const noexcept { return field >= first_field && bitmap_.has(field); }

    /// A field's octets as they stand on the wire, without its length; empty when it is not there.
    ByteView wire(int field) const noexcept;
    /// Characters or octets of its value; 0 when it is not there.
    std::size_t size(int field) const noexcept { return has(field) ? place(field).count : 0; }
    /// Writes the value's characters ("6210…D2812…") or octets to `out`, which has room for size(field).
    void copy(int field, char* out) const noexcept;
    std::string value(int field) const;

  private:
    friend class Parser;
    /// Where a field's content begins, and how many characters or octets it has.
    struct Place {
        std::uint16_t at, count;
    };
    const Place& place(int field) const noexcept { return places_[static_cast<std::size_t>(field)]; }

    const Dialect* dialect_ = nullptr;
    ByteView octets_;
    std::array<char, 4> mti_{};
    Bitmap bitmap_;
    std::array<Place, last_field + 1> places_;  ///< of fields that are there
};

/// The longest message that is looked at, in octets.
inline constexpr std::size_t longest_message = 0xFFFF;

}  // namespace posbench::iso8583
