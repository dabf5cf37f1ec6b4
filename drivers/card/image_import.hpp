#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"

namespace posbench::card {

/// A card image made from a log of commands and answers.
struct ImportedImage {
    std::string toml;  ///< drivers/card/README.md describes the keys
    std::vector<std::string>
        notes;                  ///< what was not understood, left out and replaced; nothing of the card's
    std::size_t exchanges = 0;  ///< commands with an answer in the log
    std::size_t applications = 0;
};

/// @param log in any of the forms that drivers/card/log/apdu_log.hpp lists
/// @param name stands for the log in messages and comments
/// The error is one sentence, "NAME:LINE: ..." or "NAME: ...", and repeats nothing of the log.
Result<ImportedImage> import_image(std::string_view log, std::string_view name);

}  // namespace posbench::card
