#pragma once

#include <optional>
#include <string_view>

#include "drivers/protocols/emv/masked_octets.hpp"

/// What single lines of a log of card commands say, by themselves. The programs whose lines these are stand
/// in apdu_log.hpp.
namespace posbench::card {

struct LogLine {
    enum class Kind {
        noise,          ///< a comment, an empty line, anything else
        command,        ///< marked as sent to the card
        answer,         ///< marked as come from the card, with the status word
        octets,         ///< hexadecimal without a mark
        reset,          ///< the answer to reset
        status,         ///< a status word of which the data may follow in a dump
        opens_command,  ///< the octets follow in a dump
        opens_answer,
        exchange,  ///< a command, and its answer in `answer`
    };
    Kind kind = Kind::noise;
    emv::MaskedOctets octets;
    /// Something stands behind the octets, a comment for example: they do not go on in the next line.
    bool closed = false;
    bool bare = false;  ///< octets without a mark, also those that look like an answer to reset
    bool rest = false;  ///< marked, but too short: perhaps the end of what was wrapped
    emv::MaskedOctets answer = {};
};

/// @param line without its end
LogLine read_log_line(std::string_view line);

/// A line of a dump: an offset or none, up to 16 octets, and perhaps the same octets as characters. Where the
/// octets end is told by sixteen of them, by the column, by characters that agree, or by as many characters
/// that somebody changed.
struct DumpLine {
    std::optional<emv::MaskedOctets> octets;  ///< none: something else, or it cannot be told where they end
    bool begun = false;                       ///< the line begins with octets
};
DumpLine read_dump_line(std::string_view line);

/// Whether the last two octets may be a status word: 61xx to 6Fxx, 90xx to 9Fxx (ISO/IEC 7816-4 clause 5.6),
/// masked ones included.
bool ends_in_status(const emv::MaskedOctets& octets) noexcept;

/// `line` without blanks and control characters at its ends.
std::string_view trimmed(std::string_view line) noexcept;

}  // namespace posbench::card
