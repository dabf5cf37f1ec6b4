#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/log/logged_card.hpp"
#include "drivers/card/log/record_layout.hpp"
#include "drivers/protocols/emv/scheme.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What an image has where the emulated card cannot do as the card in the log did, and why.
namespace posbench::card {

/// Octets that a command holds besides tag and length.
inline constexpr std::size_t longest_list = 252;

/// "Log Entry", as the dictionary has it.
std::string name_of(emv::Tag tag);
/// "9F4D (Log Entry), 9F11 (…)"
std::string named(const std::vector<emv::Tag>& tags);

/// Lists that a terminal answers before the cryptogram, in the image's own words where the card's will not
/// do.
struct List {
    std::string octets;   ///< of TOML; empty: the customary one
    std::string comment;  ///< what was changed, or why it is not there; may be empty
};

List cdol1_of(ByteView value, const std::vector<emv::DolEntry>& pdol);
List cdol2_of(ByteView value);

/// The cryptogram version that comes nearest to the card's own.
struct Version {
    std::optional<int> key_index;  ///< where 9F10 tells it
    std::string_view name;         ///< as an image has it
    std::string why;               ///< it is another than the card's own; may be empty
};

Version nearest_version(ByteView issuer_data, emv::Scheme scheme);

/// How an image stands for a card that was in the field.
enum class Field {
    as_heard,  ///< a quick card by the profile of its scheme
    plain,     ///< with every command that goes over contacts too
};

/// A profile of images; "emv" where nothing tells another.
std::string_view field_profile(const LoggedApplication& application, Field field);

/// What is wrong with the records that an image lays out.
struct ObjectFaults {
    std::vector<emv::Tag> missing;   ///< mandatory, and in none of them; the customary records lack none
    std::vector<emv::Tag> repeated;  ///< primitive, and there more than once
};
ObjectFaults object_faults(const LaidRecords& layout);

}  // namespace posbench::card
