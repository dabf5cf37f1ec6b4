#pragma once

#include <cstdint>

/// Terminal and card transaction qualifiers, 9F66 and 9F6C (EMV contactless book A table 5-4, book C-3 annex
/// A.2; PBOC 3.0 part 12 for the last octet).
namespace posbench::terminal::qualifier {

// 9F66, octet 1.
inline constexpr std::uint8_t quick_supported = 0x20, contact_supported = 0x10, offline_only = 0x08,
                              online_pin_supported = 0x04, signature_supported = 0x02;
// Octet 2.
inline constexpr std::uint8_t online_cryptogram_required = 0x80, cvm_required = 0x40;
// Octet 4.
inline constexpr std::uint8_t fdda_version_01 = 0x80;

// 9F6C, octet 1.
inline constexpr std::uint8_t online_pin = 0x80, signature = 0x40, online_if_authentication_fails = 0x20,
                              switch_if_authentication_fails = 0x10, online_if_expired = 0x08;

}  // namespace posbench::terminal::qualifier
