#pragma once

#include <cstdint>
#include <string_view>

#include "bench/runtime/bytes.hpp"

namespace posbench::emv {

/// Payment networks whose cards give some tags and layouts a meaning of their own.
enum class Scheme : std::uint8_t { unknown, visa, mastercard, amex, jcb, unionpay };

/// Whose application that is, by the registered application provider identifier: the first five octets
/// (ISO/IEC 7816-5). `unknown` for others, and for fewer octets.
Scheme scheme_of(ByteView application_identifier) noexcept;

/// Of a name in the dictionary what this scheme means by the tag: "DRDOL" of "Application Currency Code
/// (Visa, PBOC); DRDOL (Mastercard)". The whole name where the scheme has no part in it.
std::string_view name_in(std::string_view name, Scheme scheme) noexcept;

}  // namespace posbench::emv
