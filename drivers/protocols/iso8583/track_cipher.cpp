#include "drivers/protocols/iso8583/track_cipher.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t block_octets = 8, block_characters = 2 * block_octets;

using Step = crypto::Block8 (crypto::DesCipher::*)(const crypto::Block8&) const;

std::optional<std::string> change_block(std::string_view track, const crypto::DesCipher& key, Step step) {
    std::string changed(track);
    const auto first = first_enciphered(track.size());
    if (!first) return changed;
    const auto octets = from_hex(track.substr(*first, block_characters));
    if (!octets || octets->size() != block_octets) return std::nullopt;
    crypto::Block8 block{};
    std::ranges::copy(*octets, block.begin());
    changed.replace(*first, block_characters, to_hex((key.*step)(block)));
    return changed;
}

}  // namespace

std::optional<std::size_t> first_enciphered(std::size_t characters) noexcept {
    const std::size_t octets = (characters + 1) / 2;
    if (octets <= block_octets) return std::nullopt;
    return 2 * (octets - 1 - block_octets);
}

std::optional<std::string> encipher_track(std::string_view track, const crypto::DesCipher& track_key) {
    return change_block(track, track_key, &crypto::DesCipher::encrypt);
}

std::optional<std::string> decipher_track(std::string_view track, const crypto::DesCipher& track_key) {
    return change_block(track, track_key, &crypto::DesCipher::decrypt);
}

bool says_enciphered(const Message& message) {
    if (!message.has(53)) return false;
    const auto made = parse_field53(message.get(53));
    return made && made->tracks_enciphered;
}

bool has_tracks(const Message& message) noexcept {
    return std::ranges::any_of(track_fields, [&](int field) { return message.has(field); });
}

void encipher_tracks(Message& message, const crypto::DesCipher& track_key) {
    if (!has_tracks(message)) return;
    for (const int field : track_fields) {
        if (!message.has(field)) continue;
        auto enciphered = encipher_track(message.get(field), track_key);
        if (!enciphered) throw std::invalid_argument(fmt::format("field {}: no track", field));
        message.set(field, *std::move(enciphered));
    }
    // Where there is no PIN block, its digits say so; a track key is always of double length.
    const auto said = parse_field53(message.get(53));
    Field53 made = said ? *said : Field53{Field53::Block::none, true};
    made.tracks_enciphered = true;
    message.set(53, made.to_string());
}

}  // namespace posbench::iso8583
