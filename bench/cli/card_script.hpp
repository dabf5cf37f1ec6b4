#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// Scripts for a card: a command a line, as octets or by name, and what its status word must be. What a line
/// may say stands in the help of `posbench card apdu`.
namespace posbench::cli {

struct SendOctets {
    Bytes command;
};
struct ResetCard {};
struct InsertCard {};
struct ProcessingOptions {};
struct ReadAllRecords {};
struct GenerateAc {
    std::uint8_t type;  ///< P1: 00 AAC, 40 TC, 80 ARQC, with 10 for a signature (CDA)
};
struct InternalAuthenticate {};
struct IssuerApproval {};  ///< EXTERNAL AUTHENTICATE that approves the ARQC before it
struct SetObject {
    emv::Tag tag;
    Bytes value;
};
struct Help {};
struct Quit {};
using Step = std::variant<SendOctets, ResetCard, InsertCard, ProcessingOptions, ReadAllRecords, GenerateAc,
                          InternalAuthenticate, IssuerApproval, SetObject, Help, Quit>;

struct ScriptLine {
    int number = 0;                       ///< from 1
    std::optional<Step> step;             ///< none on a line of comment
    std::optional<std::string> expected;  ///< four of 0-9, A-F, X: of this step, or of the one before
};

/// The error says what is wrong with the line; it never repeats a PIN.
Result<ScriptLine> parse_script_line(std::string_view text);

/// All lines. @return what is wrong with each wrong one, "NAME:LINE: error", else the script
struct Script {
    std::vector<ScriptLine> lines;
    std::vector<std::string> errors;
};
Script parse_script(std::string_view text, std::string_view name);

/// 63C2 meets "63CX".
bool meets(std::uint16_t sw, std::string_view expected);

}  // namespace posbench::cli
