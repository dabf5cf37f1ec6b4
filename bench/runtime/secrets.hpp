#pragma once

#include <string>
#include <string_view>

/// Secrets in texts of which nobody knows what they are. bench/trace/mask.hpp is for what a run writes.
namespace posbench::runtime {

/// `text` with '*' for every character of a private key in PEM (RFC 7468): what stands between the lines
/// BEGIN and END, or behind BEGIN where END is missing. Line ends stay, and so does the length.
std::string mask_private_keys(std::string text);

/// What an error may repeat of a word that somebody typed. '*' stands for every character of
///   - a private key in PEM, as above
///   - a run of 32 and more hexadecimal digits, the length of a DES or SM4 key of two parts, also of pairs
///   with
///     single blanks, colons or hyphens between them. An application identifier of 16 octets may stay: 32
///     digits that begin with A00000, as all registered ones do (ISO/IEC 7816-5)
///   - a PAN of 12 to 19 digits that passes the Luhn check, also in groups with single blanks or hyphens
///   between
///     them, but for its first six and last four (of 12 digits only the last four); and the digits behind it
///     as on a track. Digits behind a letter are none: they are a part of hexadecimal
/// The text keeps its length. Readable stay tags and lists of them with commas, application identifiers,
/// answers to reset of up to 15 octets, dates, amounts. False alarms: one in ten of other numbers of so many
/// digits, and digests.
std::string mask_secrets(std::string text);

/// Whether the digits of `number` pass the check of ISO/IEC 7812-1 annex B; an empty text does not.
/// Precondition: digits only.
bool passes_luhn(std::string_view number) noexcept;

}  // namespace posbench::runtime
