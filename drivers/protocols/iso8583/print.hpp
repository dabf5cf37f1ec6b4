#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drivers/protocols/emv/describe.hpp"
#include "drivers/protocols/iso8583/message_view.hpp"

/// Messages as a person reads them.
namespace posbench::iso8583 {

struct PrintedField {
    int number = 0;
    std::string name;    ///< as the dialect has it
    std::string value;   ///< characters; of octets hexadecimal, and behind them what they are as a text
    emv::Lines objects;  ///< of a chip's data
};

/// Every field by name. Masked, a PAN shows its first six and last four digits also where it stands in
/// text, or in a field of no fixed length (by its check digit; in the records of a batch upload, field 48 of
/// 0320, by its place), and so does a payment code (field 59), which a request that has
/// anything else in that field does not show at all; of what the dialect hides only the length is told; a
/// chip's objects are masked as emv::describe_tlv() does.
std::vector<PrintedField> print(const Dialect& dialect, const MessageView& message, emv::Secrets secrets);

/// "authorisation request", "network management advice, repeat (1993)": class, function, originator's repeat
/// and, from 1993 on, the version (ISO 8583:1987 clause 4.1, 1993 clause 4.2.2, ISO 8583-1:2003 clause 5);
/// empty for what that version reserves, and for private versions.
std::string message_type_in_words(std::string_view mti);

}  // namespace posbench::iso8583
