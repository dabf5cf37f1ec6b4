#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"
#include "drivers/protocols/iso8583/message_view.hpp"

/// ISO 8583 messages (drivers/protocols/iso8583/README.md).
namespace posbench::iso8583 {

/// A message in the clear: a message type and fields by number (2 to 128). Numeric, track and text fields
/// hold their characters ("000000001234", "6210…D2812…"), binary fields their octets, whatever the dialect.
class Message {
  public:
    explicit Message(std::string mti = {}) : mti_(std::move(mti)) {}
    /// Everything in `view`, copied.
    explicit Message(const MessageView& view);

    const std::string& mti() const noexcept { return mti_; }
    bool has(int field) const noexcept { return field >= first_field && bitmap_.has(field); }
    /// The field's content, or an empty text; valid until the message is changed.
    std::string_view get(int field) const noexcept;
    ByteView bytes(int field) const noexcept { return as_bytes(get(field)); }
    /// @throws std::out_of_range for a number outside 2 to 128
    void set(int field, std::string value);
    void set(int field, ByteView value) { set(field, std::string(as_text(value))); }
    void clear(int field) noexcept;
    /// Numbers of the fields present, ascending.
    std::vector<int> fields() const;
    const Bitmap& bitmap() const noexcept { return bitmap_; }

    bool operator==(const Message&) const = default;

  private:
    std::string mti_;
    Bitmap bitmap_;
    std::vector<std::string> values_;  ///< of the fields present, ascending
};

/// MessageView::parse(), and a copy of what it found.
Result<Message, DecodeError> decode(const Dialect& dialect, ByteView octets);
/// The octets of message type, bitmaps and fields. @throws std::invalid_argument naming field and rule for a
/// value that does not fit.
Bytes encode(const Dialect& dialect, const Message& message);

/// Message type of the answer: 0200 -> 0210 (ISO 8583:1987, message function). Precondition: four digits.
std::string reply_mti(std::string_view request_mti);

}  // namespace posbench::iso8583
