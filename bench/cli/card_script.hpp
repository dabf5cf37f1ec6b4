#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/image_keys.hpp"
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
/// EXTERNAL AUTHENTICATE with what the image's issuer decides on the ARQC before it.
struct IssuerAnswer {
    std::string code;          ///< 8A, two characters; empty: what the terminal has there
    std::optional<Bytes> csu;  ///< ARPC method 2: card status update, four octets; none: by the code
};
/// A command of an issuer script with secure messaging.
struct IssuerScript {
    card::ScriptCommand command;
};
/// GET CHALLENGE, then VERIFY of the PIN enciphered for the card.
struct VerifyEnciphered {
    std::string pin;
};
struct SetObject {
    emv::Tag tag;
    Bytes value;
};
struct Help {};
struct Quit {};
using Step =
    std::variant<SendOctets, ResetCard, InsertCard, ProcessingOptions, ReadAllRecords, GenerateAc,
                 InternalAuthenticate, IssuerAnswer, IssuerScript, VerifyEnciphered, SetObject, Help, Quit>;

struct ScriptLine {
    int number = 0;                       ///< from 1
    std::optional<Step> step;             ///< none on a line of comment
    std::optional<std::string> expected;  ///< four of 0-9, A-F, X: of this step, or of the one before
};

/// The error says what is wrong with the line; it never repeats a PIN.
Result<ScriptLine> parse_script_line(std::string_view text);

/// Whether a PIN may stand in a line that was typed: of VERIFY and PIN CHANGE, also in octets; of a line that
/// is no command, where a word has as many digits as a PIN.
bool may_hold_pin(std::string_view text);

/// All lines. @return what is wrong with each wrong one, "NAME:LINE: error", else the script
struct Script {
    std::vector<ScriptLine> lines;
    std::vector<std::string> errors;
};
Script parse_script(std::string_view text, std::string_view name);

/// 63C2 meets "63CX".
bool meets(std::uint16_t sw, std::string_view expected);

}  // namespace posbench::cli
