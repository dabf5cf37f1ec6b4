#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/message.hpp"

/// Tracks under the track key of a sign-in (60.3 004), as UnionPay's POS terminals send them where field 53
/// says so (Field53::tracks_enciphered). Packed from the left, a track loses eight octets to triple DES in
/// ECB: those before its last octet. All others stay, and so does the length, the number of its characters:
/// the PAN at its front is in clear still.
namespace posbench::iso8583 {

/// Track 2 and track 3.
inline constexpr std::array track_fields{35, 36};

/// The first of the sixteen enciphered characters of a track of so many; none where it has fewer than nine
/// octets (17 characters): it stays in clear.
std::optional<std::size_t> first_enciphered(std::size_t characters) noexcept;

/// The same length of hexadecimal digits in upper case.
/// @param track digits and D, or what encipher_track() made
/// @return none when the characters to be changed are no hexadecimal
std::optional<std::string> encipher_track(std::string_view track, const crypto::DesCipher& track_key);
std::optional<std::string> decipher_track(std::string_view track, const crypto::DesCipher& track_key);

/// Whether field 53 says that fields 35 and 36 are enciphered. A field 53 that cannot be read says nothing.
bool says_enciphered(const Message& message);
/// There is a field that holds a track.
bool has_tracks(const Message& message) noexcept;
/// Enciphers fields 35 and 36, and says so in field 53; a message without them stays as it is.
/// @throws std::invalid_argument for a track that is none
void encipher_tracks(Message& message, const crypto::DesCipher& track_key);

}  // namespace posbench::iso8583
