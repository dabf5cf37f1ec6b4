#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/runtime/result.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

/// What UnionPay's POS terminals put into fields, and into those of several parts.
namespace posbench::iso8583 {

/// Why a dialect cannot carry the messages of UnionPay's POS terminals, which are those of the bench's host
/// and terminal: a field that is not there or has another content, another authentication code. Empty: it
/// can.
std::string unfit_for_unionpay(const Dialect& dialect);

/// Field 53, how the PIN block of field 52 was made, and whether the tracks (35, 36) are enciphered: 16
/// digits, of which the fourth to the last are zero.
struct Field53 {
    /// ISO 9564-1 format 0; without PAN it is made with a PAN of zeros.
    enum class Block : char { none = '0', without_pan = '1', with_pan = '2' };
    Block block = Block::none;   ///< digit 1
    bool double_length = false;  ///< digit 2: 6 enciphered under 3DES with a key of 16 octets, 0 under DES
    bool tracks_enciphered = false;  ///< digit 3: 1 as track_cipher.hpp has it, 0 in clear
    std::string to_string() const;
};
Result<Field53> parse_field53(std::string_view digits);

/// Field 48 of a batch upload (0320, 60.3 201), in digits: a count n2, and so many records of kind of card n2
/// (00 domestic, 01 foreign), STAN n6, PAN n20 (zeros before it), amount n12.
namespace upload {

/// A part of a record.
struct Part {
    std::size_t at, size;
    constexpr std::string_view of(std::string_view record) const { return record.substr(at, size); }
};
inline constexpr std::size_t count_size = 2, record_size = 40, most_records = 8;
inline constexpr Part stan{2, 6}, pan{8, 20}, amount{28, 12};

}  // namespace upload

/// Field 59 of a payment by the customer's code (60.1 51): what the phone shows, digits. It pays, so it is as
/// secret as a PAN.
inline constexpr std::size_t shortest_payment_code = 16, longest_payment_code = 24;
bool is_payment_code(std::string_view text) noexcept;
/// With its first six and last four digits alone, as a PAN is shown. Precondition: is_payment_code(digits)
std::string mask_payment_code(std::string_view digits);
/// Field 59 of the answer to a payment by a code shown (60.1 52): printable ASCII, at most so long.
inline constexpr std::size_t longest_shown_code = 128;

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

}  // namespace posbench::iso8583
