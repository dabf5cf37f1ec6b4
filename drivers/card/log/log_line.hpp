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
        exchange,        ///< a command, and its answer in `answer`
        broken_command,  ///< marked, and begins with octets that cannot be read, or not to their end
        broken_answer,
        crowded,  ///< more than 16 arrows, and no octets behind the first of them
    };
    Kind kind = Kind::noise;
    emv::MaskedOctets octets;
    /// Something stands behind the octets, a comment for example: they do not go on in the next line.
    bool closed = false;
    bool bare = false;  ///< octets without a mark, also those that look like an answer to reset
    bool rest = false;  ///< marked, but too short: perhaps the end of what was wrapped
    emv::MaskedOctets answer = {};
    bool queried = false;  ///< of an answer to reset: a program asked the reader for it, no reset need be
};

/// @param line without its end. It takes time in proportion to its length.
LogLine read_log_line(std::string_view line);

/// Whether the last two octets may be a status word: 61xx to 6Fxx, 90xx to 9Fxx (ISO/IEC 7816-4 clause 5.6),
/// masked ones included.
bool ends_in_status(const emv::MaskedOctets& octets) noexcept;

/// `line` without blanks and control characters at its ends.
std::string_view trimmed(std::string_view line) noexcept;

}  // namespace posbench::card
