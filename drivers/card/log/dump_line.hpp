#pragma once

#include <optional>
#include <string_view>

#include "drivers/protocols/emv/masked_octets.hpp"

namespace posbench::card {

/// A line of a dump: an offset or none, up to 16 octets, and perhaps the same octets as characters. Where the
/// octets end is told by sixteen of them, by the column, by characters that agree, or by as many characters
/// that somebody changed.
struct DumpLine {
    std::optional<emv::MaskedOctets> octets;  ///< none: something else, or it cannot be told where they end
    bool begun = false;                       ///< the line begins with octets
};
DumpLine read_dump_line(std::string_view line);

}  // namespace posbench::card
