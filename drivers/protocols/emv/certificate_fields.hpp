#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/certificate.hpp"

/// The fields that certificates of RSA and of SM2 have alike. Those who make certificates and those who read
/// them share none of these functions.
namespace posbench::emv::fields {

// The issuer's and the card's side; all throw std::invalid_argument for what does not fit.

/// 3 to 8 digits in 4 octets, and 1 to 19 in 10, padded with F at the right.
Bytes issuer_identifier(std::string_view digits);
Bytes pan(std::string_view digits);
/// MMYY.
std::array<std::uint8_t, 2> month(std::chrono::year_month expiry);
/// The ICC dynamic number, 2 to 8 octets, its length before it.
Bytes dynamic_number(ByteView number);
/// The ICC dynamic data of combined authentication (book 2 table 19): dynamic number, CID, cryptogram, hash.
/// @param hash the transaction data hash code, of whichever algorithm the chain has
Bytes combined_dynamic_data(ByteView number, const CombinedData& data, ByteView hash);

// The terminal's side.

/// None when the two octets are no MMYY.
std::optional<std::chrono::year_month> month_of(ByteView octets);
bool has_expired(std::chrono::year_month expiry, std::chrono::year_month_day today);

}  // namespace posbench::emv::fields
