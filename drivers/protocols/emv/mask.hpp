#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// Keeps secrets of a card out of everything that is written. Called where an event or a line is made.
namespace posbench::emv {

/// Whether the value of a data object stays hidden: the dictionary calls it sensitive, or does not know it,
/// or leaves it to issuers, and it has more than 4 octets. An object that nobody described may hold a PAN (12
/// digits at least, 6 octets), a track or a name; flags, counters and codes, which have 4 octets or fewer,
/// are of use to a reader.
bool is_hidden(Tag tag, std::size_t octets) noexcept;
/// The same, and whether a text of 6 octets or more has control characters: digits of a PAN, two an octet,
/// would be some.
bool is_hidden(Tag tag, ByteView value) noexcept;

/// Hexadecimal of a value of format cn without the padding F at its end.
std::string without_padding(std::string digits);

/// A hidden value: a PAN (5A) keeps its first six and last four digits, without the padding; anything else is
/// one '*' an octet.
std::string mask_value(Tag tag, ByteView value);

/// `value` with '*' in the place of a PAN's middle digits where one stands in it in characters, as
/// trace::mask_text() finds it: a label may hold anything. As long as it was.
Bytes without_pan(ByteView value);

/// `text`, which may have octets in hexadecimal, with '*' in the place of the middle digits of a PAN that is
/// known, wherever it stands in it.
std::string without_known_pan(std::string text, std::string_view pan);

/// Hexadecimal of a card's TLV data or APDU body with hidden values replaced, and without_pan() of the
/// others; of a PAN the padding stays. Templates are looked into, tags and lengths stay as they were written.
/// Data that are no BER-TLV (EMV book 3 annex B), or nested more than deepest_tlv deep, are given as "<n
/// bytes>".
std::string mask_tlv(ByteView data);

/// Hexadecimal of values that answer a data object list. Here an object not in the dictionary is hidden
/// whatever its length: a terminal may give a PIN in two octets.
/// Precondition: `octets` has dol_size(dol) octets.
std::string mask_dol_data(const std::vector<DolEntry>& dol, ByteView octets);

/// The octets of which mask_dol_data() wrote `masked`, and of a text without any '*'; zeros for what is
/// hidden. None for what is neither.
std::optional<Bytes> octets_of_masked_values(std::string_view masked);

}  // namespace posbench::emv
