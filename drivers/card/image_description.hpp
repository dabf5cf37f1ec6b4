#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/protocols/emv/describe.hpp"

namespace posbench::card {

/// A part of a card under its heading.
struct ImageSection {
    std::string_view en, zh;  ///< "Application"
    std::string name;         ///< of an application its label; may be empty
    emv::Lines lines;
};

/// Of headings and of what is no data object; the dictionary of data objects is English, and so is what a
/// fault rule does.
enum class ImageLanguage { english, chinese };

/// What a card image puts on the card: the card itself, each application (control information, profile,
/// records), the stripe. Keys appear by name and check value only.
/// @param settings the image as the card driver is given it
/// @param key_names the same before "@file.name" was replaced by keys
/// @throws config::ConfigError as the driver does
std::vector<ImageSection> describe_image(const config::Value& settings, const config::Value& key_names,
                                         emv::Secrets secrets,
                                         ImageLanguage language = ImageLanguage::english);

}  // namespace posbench::card
