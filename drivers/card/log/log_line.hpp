#pragma once

#include <optional>
#include <string_view>

#include "drivers/card/log/masked_octets.hpp"

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
    };
    Kind kind = Kind::noise;
    MaskedOctets octets;
    /// Something stands behind the octets, a comment for example: they do not go on in the next line.
    bool closed = false;
    bool bare = false;  ///< octets without a mark, also those that look like an answer to reset
};

/// @param line without its end
LogLine read_log_line(std::string_view line);

/// The octets of a line of a dump: an offset or none, up to 16 octets, and perhaps the same octets as
/// characters, which must agree where nothing is masked. None when the line is something else.
std::optional<MaskedOctets> read_dump_line(std::string_view line);

/// `line` without blanks and control characters at its ends.
std::string_view trimmed(std::string_view line) noexcept;

}  // namespace posbench::card
