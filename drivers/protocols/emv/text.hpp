#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/scheme.hpp"

namespace posbench::emv {

/// A text of a card in UTF-8.
struct CardText {
    std::string text;  ///< control characters as "\xNN"
    std::string code;  ///< "UTF-8", "ISO 8859-5", "GB18030"; empty for ASCII
};

/// Reads a text in the first of these codes that it holds in: ASCII; UTF-8; the part of ISO/IEC 8859 that the
/// issuer code table index names (9F11, EMV book 4 annex B); on cards of UnionPay GB18030. A code in
/// which a control or private character comes out is not the text's. None for a value that holds in no code,
/// or has no printable character.
/// @param code_table the value of 9F11, two digits; 0: not told
std::optional<CardText> read_text(ByteView value, std::uint8_t code_table, Scheme scheme);

/// The octets that read_text() reads as this text. None where the code is not one of its codes, or the text
/// is none of that code.
std::optional<Bytes> octets_of(const CardText& text);

}  // namespace posbench::emv
