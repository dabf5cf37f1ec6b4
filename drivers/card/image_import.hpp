#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "drivers/card/log/apdu_log.hpp"

namespace posbench::card {

/// A card image made from a log of commands and answers.
struct ImportedImage {
    std::string toml;  ///< drivers/card/README.md describes the keys
    std::vector<std::string>
        notes;                  ///< what was not understood, left out and replaced; nothing of the card's
    std::size_t exchanges = 0;  ///< commands with an answer, of this card
    std::size_t applications = 0;
};

/// @param log in any of the forms that drivers/card/log/apdu_log.hpp lists, at most longest_log characters
/// @param name stands for the log in messages and comments
/// @param card which of several cards in the log, from 1; 0: the only one of which an application was
/// selected The error is "NAME:LINE: ..." or "NAME: ..."; that of a log with several cards lists them, a line
/// each. Of the log it repeats answers to reset, application identifiers, and six and four digits of account
/// numbers.
Result<ImportedImage> import_image(std::string_view log, std::string_view name, std::size_t card = 0);

}  // namespace posbench::card
