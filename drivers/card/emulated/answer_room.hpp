#pragma once

#include <vector>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/application.hpp"
#include "drivers/card/emulated/records.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// How long the answers of an application are by its image, and what has room in them.
namespace posbench::card {

/// Objects that a quick profile gives in every answer, as far as the card has them (EMV book C-3 table of the
/// answer to GET PROCESSING OPTIONS).
inline constexpr emv::Tag answered_objects[]{0x57, 0x5F34, 0x9F63, 0x9F6E, 0x9F7C};

/// The answers whose length is the image's to say; records are checked one by one, and the answer of a quick
/// profile to GET PROCESSING OPTIONS in prepare_quick(). @throws config::ConfigError for one of more than
/// longest_answer octets
void check_answers(const config::Reader& reader, const Application& application);

/// What the card of a quick profile gives with the cryptogram. Its signature stands in a record where the
/// answer has no room for it; `data` gets the room that the records keep for what is signed.
/// @throws config::ConfigError where neither has room, and for a card that approves without a signature
void prepare_quick(const config::Reader& reader, Application& application,
                   const std::vector<RecordLayout>& layouts, const std::vector<emv::Tag>& taken_off,
                   emv::TlvMap& data);

}  // namespace posbench::card
