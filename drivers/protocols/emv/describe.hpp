#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/scheme.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// Data objects as a person reads them: every one named, templates opened, bits and lists in words.
namespace posbench::emv {

/// What becomes of values that are to be hidden (drivers/protocols/emv/mask.hpp).
enum class Secrets {
    masked,  ///< as mask_value() writes them; a sensitive template is not opened
    clear,   ///< for test cards only
};

/// How data objects are read: whether hidden values are shown, and on whose card they are.
struct Reading {
    // Not explicit: what has no scheme is read with its secrets alone.
    Reading(Secrets what, Scheme whose = Scheme::unknown) : secrets(what), scheme(whose) {}

    Secrets secrets;
    Scheme scheme;                ///< names tags, and lays out what schemes lay out for themselves
    std::uint8_t code_table = 0;  ///< of the texts, as 9F11 has it; describe_tlv() finds it itself
};

/// A data object, or (without a tag) a part of the one above it.
struct Line {
    int depth = 0;
    std::string tag;    ///< "9F26"
    std::string name;   ///< "Application Cryptogram"; of a part its meaning
    std::string value;  ///< hexadecimal, digits or a text in quotes; of a part the octets it was read from.
                        ///< A text that is not ASCII is followed by its code: "银联" (GB18030)
};
using Lines = std::vector<Line>;

/// Puts `more` behind `lines`.
inline void append(Lines& lines, Lines more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// A list of data objects, those in templates one deeper. What is no BER-TLV is one line that says why and
/// how many octets it has.
Lines describe_tlv(ByteView octets, Reading reading, int depth = 0);

/// One data object with the parts of its value.
Lines describe_object(Tag tag, ByteView value, Reading reading, int depth = 0);

/// The values that answer a data object list, one after the other without tags. An object that is not in the
/// dictionary may hold anything and counts as sensitive.
/// Precondition: `octets` has dol_size(dol) octets.
Lines describe_dol_data(const std::vector<DolEntry>& dol, ByteView octets, Reading reading, int depth = 0);

/// The parts of a value alone: bits set (AIP, TVR, TSI, usage control, action codes), entries of AFL, CVM
/// list and data object lists, the CVM results; where the scheme is known, transaction qualifiers and issuer
/// application data (issuer_data_parts.hpp). Empty when the value has no parts or not their form.
Lines describe_parts(Tag tag, ByteView value, Scheme scheme = Scheme::unknown, int depth = 0);

/// "enciphered PIN online, if terminal supports the CVM; else fail" (EMV book 3 annex C3).
/// @param code,condition the two octets of a cardholder verification rule
std::string cvm_rule_in_words(std::uint8_t code, std::uint8_t condition);

}  // namespace posbench::emv
