#include <fmt/format.h>

#include "drivers/protocols/magstripe/character.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

constexpr std::size_t leading_zeros = 25;
constexpr std::size_t trailing_zeros = 25;

/// Appends a character least significant bit first, then its parity bit.
void append_character(std::vector<std::uint8_t>& bits, const TrackFormat& format, unsigned code,
                      bool wrong_parity) {
    for (int bit = 0; bit < format.data_bits; ++bit)
        bits.push_back(static_cast<std::uint8_t>(code >> bit & 1));
    bits.push_back(static_cast<std::uint8_t>(odd_parity(code) ^ (wrong_parity ? 1u : 0u)));
}

/// Codes of all characters as they are to be written, LRC included.
Result<std::vector<unsigned>> codes_of(const TrackFormat& format, std::string_view text) {
    if (text.size() + 1 > format.longest)
        return Error{fmt::format("track {} holds {} characters with its LRC, this text needs {}",
                                 format.track, format.longest, text.size() + 1)};
    std::vector<unsigned> codes;
    codes.reserve(text.size() + 1);
    unsigned check = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto code = code_of(format, text[i]);
        if (!code) return Error{fmt::format("character {} is not in the set of track {}", i, format.track)};
        codes.push_back(*code);
        check ^= *code;
    }
    codes.push_back(check);
    return codes;
}

}  // namespace

Result<char> lrc(int track, std::string_view text) {
    const TrackFormat& format = track_format(track);
    const auto codes = codes_of(format, text);
    if (!codes) return codes.error();
    return character_of(format, codes->back());
}

Result<std::vector<std::uint8_t>> encode_bits(int track, std::string_view text, const Faults& faults) {
    const TrackFormat& format = track_format(track);
    const auto codes = codes_of(format, text);
    if (!codes) return codes.error();
    const std::size_t check = text.size();

    std::vector<std::uint8_t> bits(leading_zeros, 0);
    if (faults.all_zeros) {
        bits.resize(leading_zeros + codes->size() * (format.data_bits + 1u) + trailing_zeros, 0);
        return bits;
    }
    for (std::size_t i = 0; i < codes->size(); ++i) {
        if (faults.truncate_after && i >= *faults.truncate_after) return bits;
        if (faults.no_start_sentinel && i == 0) continue;
        if (faults.no_end_sentinel && i + 1 == check) continue;
        const bool flip_data = faults.bad_lrc && i == check;
        append_character(bits, format, (*codes)[i] ^ (flip_data ? 1u : 0u), faults.parity_at == i);
    }
    bits.resize(bits.size() + trailing_zeros, 0);
    return bits;
}

}  // namespace posbench::magstripe
