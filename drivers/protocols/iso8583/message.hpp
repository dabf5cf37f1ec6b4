#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "bench/trace/event.hpp"

/// ISO 8583:1987 as UnionPay POS terminals and their acquirer speak it (drivers/protocols/iso8583/README.md).
namespace posbench::iso8583 {

/// A message in the clear: a message type and up to 63 fields by number (2..64). Numeric, track and text
/// fields hold their characters ("000000001234", "6210…D2812…"), binary fields their octets.
class Message {
  public:
    explicit Message(std::string mti = {}) : mti_(std::move(mti)) {}

    const std::string& mti() const noexcept { return mti_; }
    bool has(int field) const noexcept {
        return field >= 2 && field <= 64 && (bitmap_ >> (64 - field) & 1) != 0;
    }
    /// The field's content, or an empty text; valid until the message is changed.
    std::string_view get(int field) const noexcept;
    ByteView bytes(int field) const noexcept { return as_bytes(get(field)); }
    /// @throws std::out_of_range for a number outside 2..64
    void set(int field, std::string value);
    void set(int field, ByteView value) { set(field, std::string(as_text(value))); }
    void clear(int field) noexcept;
    /// Numbers of the fields present, ascending.
    std::vector<int> fields() const;
    /// The fields present as on the wire: bit 1 is the most significant.
    std::uint64_t bitmap() const noexcept { return bitmap_; }

    bool operator==(const Message&) const = default;

  private:
    std::string mti_;
    std::uint64_t bitmap_ = 0;
    std::vector<std::string> values_;  ///< of the fields present, ascending
};

struct DecodeError {
    int field = 0;           ///< 0: message type or bitmap
    std::size_t offset = 0;  ///< octets from the message type
    std::string what;        ///< "field 35: length 41 exceeds 37, at octet 63"
};
[[noreturn]] void throw_exception_from_error(const DecodeError& error, const boost::source_location&);

/// Reads message type, bitmap and fields. Every octet must belong to a field.
Result<Message, DecodeError> decode(ByteView octets);
/// The octets of MTI, bitmap and fields. @throws std::invalid_argument naming field and rule for a value that
/// does not fit.
Bytes encode(const Message& message);

/// 5 octets: identifier 60, destination, originator (2 octets each).
struct Tpdu {
    std::array<std::uint8_t, 5> octets{0x60, 0, 0, 0, 0};
    Tpdu reply() const noexcept;  ///< addresses swapped
    bool operator==(const Tpdu&) const = default;
};

/// What travels between the length prefixes: TPDU, 6-octet header, message.
struct Frame {
    Tpdu tpdu;
    std::array<std::uint8_t, 6> header{0x60, 0x31, 0x00, 0x31, 0x10, 0x03};
    Bytes message;
};
/// Smallest and largest frame without its length prefix that is accepted.
inline constexpr std::size_t frame_min = 5 + 6 + 2 + 8;
inline constexpr std::size_t frame_max = 2048;

/// Length prefix (2 octets, big-endian) and frame.
Bytes encode_frame(const Frame& frame);
/// A frame without its length prefix.
Result<Frame> decode_frame(ByteView octets);

/// Message type of the answer: 0200 -> 0210 (ISO 8583:1987, message function). Precondition: four digits.
std::string reply_mti(std::string_view request_mti);

/// Gives the eight octets of field 64 over what it covers.
using MacFunction = std::function<std::array<std::uint8_t, 8>(ByteView)>;
/// Appends field 64: the UnionPay MAC over the encoded message up to field 63. The bit of field 64 is part of
/// the bitmap that is hashed.
Bytes encode_with_mac(Message message, const MacFunction& mac);
/// The part of encoded octets that field 64 covers; empty when the message has no field 64.
ByteView mac_input(const Message& message, ByteView octets) noexcept;

/// What a receiver found out about field 64.
enum class MacState {
    ok,
    bad,
    absent,     ///< no field 64
    unchecked,  ///< field 64, but no key to check it with
};
std::string_view to_string(MacState state) noexcept;
/// Field 64 against its own computation over `octets`, the encoded message. @param mac empty: there is no key
MacState check_mac(const Message& message, ByteView octets, const MacFunction& mac);

/// Field 53, how the PIN block of field 52 was made: 16 digits, of which the third to the last are zero.
struct Field53 {
    /// ISO 9564-1 format 0; without PAN it is made with a PAN of zeros.
    enum class Block : char { none = '0', without_pan = '1', with_pan = '2' };
    Block block = Block::none;   ///< digit 1
    bool double_length = false;  ///< digit 2: 6 enciphered under 3DES with a key of 16 octets, 0 under DES
    std::string to_string() const;
};
Result<Field53> parse_field53(std::string_view digits);

/// Field 60 as its parts; parts beyond its length are empty.
struct Field60 {
    std::string transaction_type;    ///< 60.1, n2
    std::string batch;               ///< 60.2, n6
    std::string network_management;  ///< 60.3, n3
    std::string read_capability;     ///< 60.4, n1
    std::string ic_condition;        ///< 60.5, n1
    std::string partial_approval;    ///< 60.6, n1
    std::string account_type;        ///< 60.7, n3
    std::string to_string() const;   ///< up to the last part that is not empty
};
Result<Field60> parse_field60(std::string_view digits);

/// The message as fields of a trace event (bench/trace/vocabulary.cpp), masked. `mac`: ok, bad, absent or
/// unchecked.
trace::Fields describe(const Message& message, std::string_view mac, std::size_t wire_octets);

}  // namespace posbench::iso8583
