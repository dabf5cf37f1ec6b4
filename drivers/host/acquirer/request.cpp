#include "drivers/host/acquirer/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "bench/runtime/ascii.hpp"

namespace posbench::host {
namespace {

/// Longest PAN (ISO/IEC 7812-1).
constexpr std::size_t longest_pan = 19;
constexpr int track2_field = 35;

/// The field of so many digits at the front of `rest`, which loses it. Empty where the separator stands for
/// it (ISO/IEC 7813), and where it cannot be.
std::string take_digits(std::string_view& rest, std::size_t count) {
    if (rest.starts_with('D')) {
        rest.remove_prefix(1);
        return {};
    }
    const std::string_view field = rest.substr(0, count);
    rest.remove_prefix(field.size());
    return field.size() == count && runtime::is_all_digits(field) ? std::string(field) : std::string();
}

/// Digits and separators, and in track 2 something before the first of these.
bool is_track(int field, std::string_view text) {
    const bool begins = field != track2_field || (!text.empty() && runtime::is_digit(text.front()));
    return begins && text.find_first_not_of("0123456789D") == std::string_view::npos;
}

struct ReadTracks {
    Tracks state = Tracks::none;
    std::string track2;  ///< in clear; empty where it cannot be had
};

ReadTracks read_tracks(const iso8583::Message& message, const crypto::DesCipher* key) {
    ReadTracks read;
    if (!iso8583::has_tracks(message)) return read;
    const bool enciphered = iso8583::says_enciphered(message);
    if (enciphered && !key) return {Tracks::enciphered, {}};
    read.state = enciphered ? Tracks::deciphered : Tracks::clear;
    for (const int field : iso8583::track_fields) {
        if (!message.has(field)) continue;
        const std::string_view came = message.get(field);
        auto clear = enciphered ? iso8583::decipher_track(came, *key) : std::optional<std::string>(came);
        if (!clear || !is_track(field, *clear)) return {Tracks::unreadable, {}};
        if (field == track2_field) read.track2 = *std::move(clear);
    }
    return read;
}

/// Track 2 as in field 35: PAN 'D' YYMM service code; what is missing, or cannot be, stays empty.
CardData read_card(const iso8583::Message& message, std::string_view track) {
    CardData card;
    const std::size_t separator = track.find('D');
    if (separator != std::string_view::npos) {
        std::string_view rest = track.substr(separator + 1);
        if (separator <= longest_pan && runtime::is_all_digits(track.substr(0, separator)))
            card.pan = track.substr(0, separator);
        card.expiry = take_digits(rest, 4);
        card.service_code = take_digits(rest, 3);
        card.discretionary = rest;
    }
    if (message.has(2)) {
        card.contradictory = !card.pan.empty() && card.pan != message.get(2);
        card.pan = message.get(2).size() <= longest_pan ? message.get(2) : std::string_view();
    }
    if (card.expiry.empty())
        card.expiry = message.get(14);
    else if (message.has(14) && message.get(14) != card.expiry)
        card.contradictory = true;
    return card;
}

std::optional<std::int64_t> read_amount(std::string_view digits) {
    std::int64_t minor = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return minor;
}

}  // namespace

std::string_view to_string(Tracks tracks) noexcept {
    constexpr std::array<std::string_view, 5> names{"", "clear", "enciphered", "deciphered", "unreadable"};
    return names[static_cast<std::size_t>(tracks)];
}

Request::Request(iso8583::Message decoded, std::size_t octets_on_wire, const crypto::DesCipher* track_key)
    : message(std::move(decoded)),
      octets(octets_on_wire),
      mac(message.has(64) ? iso8583::MacState::unchecked : iso8583::MacState::absent),
      amount(read_amount(message.get(4))) {
    const ReadTracks read = read_tracks(message, track_key);
    tracks = read.state;
    card = read_card(message, read.track2);
    if (auto parts = iso8583::parse_field60(message.get(60))) {
        field60 = *std::move(parts);
        field60_readable = true;
    }
}

bool Request::is_request() const noexcept {
    // ISO 8583:1987, message function: third digit even is a request or advice, odd its answer.
    const std::string& mti = message.mti();
    return mti.size() == 4 && mti[2] >= '0' && mti[2] <= '8' && (mti[2] - '0') % 2 == 0;
}

bool Request::has_key() const noexcept {
    return field60_readable && tid().size() == 8 && stan().size() == 6 && field60.batch.size() == 6;
}

const TransactionRow* Request::row() const noexcept {
    return iso8583::find_transaction(message.mti(), message.get(3), message.get(25),
                                     field60.transaction_type);
}

}  // namespace posbench::host
