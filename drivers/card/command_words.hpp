#pragma once

#include <string>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/scheme.hpp"

/// Commands for people and traces, any octets: what may be shown of them, and what they ask for.
namespace posbench::card {

/// "GENERATE AC" as book 3 writes it; for an instruction the card does not know "INS " and its octet; for
/// fewer than two octets, and for a PIN block in the place of a command, "malformed".
std::string command_name(ByteView octets);

/// Whether octets sent as a command begin like the plaintext PIN block of VERIFY (ISO 9564 format 2, EMV book
/// 3 table 24: 2, the number of digits, digits): data that somebody sent without their header. No command is
/// lost: ISO/IEC 7816-4 clause 5.4.1 reserves that class.
bool begins_like_pin_block(ByteView octets) noexcept;

/// CLA INS P1 P2 in hexadecimal, as far as there. An octet in which a PIN may stand is "**": where a PIN
/// block begins too early, because VERIFY lacks octets before it.
std::string shown_header(ByteView command);

/// P1 and P2 in words: "record 1 of SFI 1", "asks for ARQC"; empty where they say nothing, or are not there.
/// @param scheme names the tag of GET DATA and PUT DATA
std::string parameters_in_words(ByteView command, emv::Scheme scheme = emv::Scheme::unknown);

}  // namespace posbench::card
