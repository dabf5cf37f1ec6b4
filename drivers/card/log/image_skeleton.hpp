#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "drivers/card/log/logged_card.hpp"

namespace posbench::card {

struct ImageSkeleton {
    std::string toml;
    /// What was replaced or left out, a sentence each; no octets of what it was.
    std::vector<std::string> notes;
};

/// A card image (drivers/card/README.md) that answers as the card in the log did, as far as the log tells and
/// the emulated card can. Comments in it say what is not known. Nothing of the account or holder is in it:
/// see personal.hpp. The error names what the log lacks, or the rule of images that it cannot be made to
/// meet.
/// @param source stands for the log in comments
Result<ImageSkeleton> make_image_skeleton(const LoggedCard& card, std::string_view source);

}  // namespace posbench::card
