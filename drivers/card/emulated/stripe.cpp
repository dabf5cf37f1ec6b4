#include "drivers/card/emulated/stripe.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace posbench::card {
namespace {

constexpr std::array<std::string_view, 3> track_keys{"track1", "track2", "track3"};

std::string derive_track1(const Account& account) {
    return fmt::format("%B{}^{}^{}{}{}?", account.pan, account.holder, account.expiry_yymm(),
                       account.service_code, account.discretionary);
}

std::string derive_track2(const Account& account) {
    return fmt::format(";{}={}{}{}?", account.pan, account.expiry_yymm(), account.service_code,
                       account.discretionary);
}

/// The PAN of a payment track as it is written; empty where the text is laid out otherwise.
std::string_view pan_in(int track, std::string_view text) {
    const std::string_view begin = track == 1 ? "%B" : ";";
    if (track == 3 || !text.starts_with(begin)) return {};
    text.remove_prefix(begin.size());
    const std::string_view digits = text.substr(0, text.find(track == 1 ? '^' : '='));
    const bool is_pan = digits.size() < text.size() &&
                        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    return is_pan ? digits : std::string_view();
}

/// Without repeating the PAN.
void check_pan(const config::Reader& reader, const AsIs& as_is, int track, std::string_view text) {
    constexpr emv::Tag pan = 0x5A;
    const std::string_view digits = pan_in(track, text);
    if (digits.empty() || magstripe::luhn_valid(digits) || as_is.takes(pan)) return;
    reader.fail(track_keys[static_cast<std::size_t>(track - 1)],
                "the check digit of its PAN is wrong (as_is = [\"pan\"] takes it)");
}

void read_tracks(config::Reader& reader, const AsIs& as_is, Stripe& stripe) {
    for (int track = 1; track <= 3; ++track) {
        const std::string_view key = track_keys[static_cast<std::size_t>(track - 1)];
        auto text = reader.text(key);
        if (!text) continue;
        const auto& format = magstripe::track_format(track);
        if (!text->empty() &&
            (text->size() < 3 || text->front() != format.start_sentinel || text->back() != '?'))
            reader.fail(key, fmt::format("must begin with '{}' and end with '?'", format.start_sentinel));
        const auto bits = magstripe::encode_bits(track, *text);
        if (!bits) reader.fail(key, bits.error().what);
        check_pan(reader, as_is, track, *text);
        stripe.tracks[static_cast<std::size_t>(track - 1)] = *std::move(text);
    }
}

/// Which tracks the faults are on: those listed, or every one that is encoded.
void read_faulty_tracks(config::Reader& reader, Stripe& stripe) {
    const auto* listed = reader.raw("tracks");
    if (!listed) {
        for (std::size_t i = 0; i < stripe.tracks.size(); ++i) stripe.faulty[i] = !stripe.tracks[i].empty();
        return;
    }
    const auto* array = listed->get<config::Array>();
    if (!array) reader.fail("tracks", "must be an array of track numbers");
    for (const config::Value& element : *array) {
        const auto* track = element.get<std::int64_t>();
        if (!track || *track < 1 || *track > 3) reader.fail("tracks", "must hold track numbers 1 to 3");
        if (stripe.tracks[static_cast<std::size_t>(*track - 1)].empty())
            reader.fail("tracks", fmt::format("track {} is not encoded", *track));
        stripe.faulty[static_cast<std::size_t>(*track - 1)] = true;
    }
}

/// A character position; it must exist on every track that has the fault, or the fault would not show there.
std::optional<std::size_t> read_position(config::Reader& reader, std::string_view key, const Stripe& stripe) {
    const auto position = reader.integer(key, 0, 107);
    if (!position) return std::nullopt;
    for (std::size_t i = 0; i < stripe.tracks.size(); ++i)
        if (stripe.faulty[i] && *position > static_cast<std::int64_t>(stripe.tracks[i].size()))
            reader.fail(key, fmt::format("is beyond the {} characters of track {}",
                                         stripe.tracks[i].size() + 1, i + 1));
    return static_cast<std::size_t>(*position);
}

/// What is wrong with the characters that were written.
void read_character_faults(config::Reader& reader, Stripe& stripe) {
    magstripe::Faults& faults = stripe.faults;
    const auto flag = [&](std::string_view key, bool& fault) {
        fault = reader.boolean(key).value_or(false);
        if (fault) stripe.fault_names.emplace_back(key);
    };
    const auto position = [&](std::string_view key, std::optional<std::size_t>& fault) {
        fault = read_position(reader, key, stripe);
        if (fault) stripe.fault_names.emplace_back(key);
    };
    flag("bad_lrc", faults.bad_lrc);
    position("parity_at", faults.parity_at);
    flag("no_start_sentinel", faults.no_start_sentinel);
    flag("no_end_sentinel", faults.no_end_sentinel);
    position("truncate_after", faults.truncate_after);
    flag("all_zeros", faults.all_zeros);
}

/// Refuses a dropout where nothing was recorded on one of the tracks that have it.
void check_dropout(const config::Reader& dropout, const Stripe& stripe) {
    for (int track = 1; track <= 3; ++track) {
        const auto at = static_cast<std::size_t>(track - 1);
        if (!stripe.faulty[at]) continue;
        const auto bits = magstripe::encode_bits(track, stripe.tracks[at], stripe.faults).value();
        const double recorded = magstripe::recorded_mm(track, bits.size(), stripe.surface);
        if (stripe.surface.dropout_from_mm > recorded)
            dropout.fail("from_mm", fmt::format("is beyond the {:.1f} mm of track {}; 'tracks' names others",
                                                recorded, track));
    }
}

/// What is wrong with the magnetic layer, and with the way the card is drawn.
void read_swipe_faults(config::Reader& reader, Stripe& stripe) {
    const auto number = [&](std::string_view key, double& fault, double low, double high) {
        const auto value = reader.number(key, low, high);
        if (!value || *value == fault) return;
        fault = *value;
        stripe.fault_names.emplace_back(key);
    };
    magstripe::Surface& surface = stripe.surface;
    number("jitter", surface.jitter, 0, 0.4);
    number("spurious", surface.spurious, 0, 1);
    number("missing", surface.missing, 0, 1);
    number("density_bpi", surface.bits_per_inch, 20, 420);
    if (auto dropout = reader.table("dropout", "[stripe.faults.dropout]")) {
        surface.dropout_from_mm =
            dropout->require("from_mm", dropout->number("from_mm", 0, magstripe::card_mm));
        surface.dropout_mm =
            dropout->require("length_mm", dropout->number("length_mm", 0.1, magstripe::card_mm));
        dropout->finish();
        check_dropout(*dropout, stripe);
        stripe.fault_names.emplace_back("dropout");
    }
    magstripe::Hand& hand = stripe.hand;
    number("acceleration", hand.acceleration, 0.25, 4);
    hand.stop_and_go = static_cast<int>(reader.integer("stop_and_go", 0, 5).value_or(0));
    if (hand.stop_and_go > 0) stripe.fault_names.emplace_back("stop_and_go");
    hand.backwards = reader.boolean("backwards").value_or(false);
    if (hand.backwards) stripe.fault_names.emplace_back("backwards");
}

void read_faults(config::Reader& reader, Stripe& stripe) {
    read_faulty_tracks(reader, stripe);
    read_character_faults(reader, stripe);
    read_swipe_faults(reader, stripe);
    reader.finish();
}

}  // namespace

Stripe read_stripe(config::Reader* reader, const Account& account) {
    Stripe stripe;
    const auto derive = [&stripe](const Account& written) {
        stripe.tracks = {derive_track1(written), derive_track2(written), ""};
    };
    if (!reader) {
        derive(account);
        return stripe;
    }
    const AsIs as_is = AsIs::read(*reader, AsIs::Names::account);
    derive(read_account(*reader, as_is, &account));
    stripe.hand.mm_per_s = reader->number("speed_mm_s", 50, 2000).value_or(stripe.hand.mm_per_s);
    read_tracks(*reader, as_is, stripe);
    as_is.finish(*reader);
    if (auto faults = reader->table("faults", "[stripe.faults]")) read_faults(*faults, stripe);
    reader->finish();
    return stripe;
}

Swipe write_swipe(const Stripe& stripe, runtime::Random& random) {
    const auto write = [&](int track) -> std::vector<std::uint32_t> {
        const std::string& text = stripe.tracks[static_cast<std::size_t>(track - 1)];
        if (text.empty()) return {};
        const bool faulty = stripe.faulty[static_cast<std::size_t>(track - 1)];
        const auto bits =
            magstripe::encode_bits(track, text, faulty ? stripe.faults : magstripe::Faults{}).value();
        return magstripe::to_flux(track, bits, faulty ? stripe.surface : magstripe::Surface{}, stripe.hand,
                                  random);
    };
    Swipe swipe;
    swipe.track1 = write(1);
    swipe.track2 = write(2);
    swipe.track3 = write(3);
    return swipe;
}

}  // namespace posbench::card
