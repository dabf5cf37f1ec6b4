#pragma once

#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"

/// Keeps card data and secrets out of everything that is written. Called where an event is made; PCI
/// DSS 3.4.1 allows at most the first six and the last four digits of a PAN.
namespace posbench::trace {

/// "6210948000000011" -> "621094******0011". A PAN of fewer than 13 digits keeps only the last four; anything
/// with a non-digit is masked whole.
std::string mask_pan(std::string_view pan);

/// Replaces every run of 13 to 19 digits that passes the Luhn check by its masked form: the net under free
/// text (receipts, messages of other processes). Digits separated by single blanks or hyphens count as one
/// run.
std::string mask_text(std::string_view text);

/// Hexadecimal of a card's TLV data or APDU body with the values of sensitive data objects replaced: 5A
/// becomes its masked digits, 57, 56, 9F6B, 9F1F, 9F20, 5F20 and PIN data (99) become "*" per octet. Data
/// that is not well-formed TLV is given as "<n bytes>".
std::string mask_tlv(ByteView data);

}  // namespace posbench::trace
