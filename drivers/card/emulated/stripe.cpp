#include "drivers/card/emulated/stripe.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::card {
namespace {

constexpr std::array<std::string_view, 3> track_keys{"track1", "track2", "track3"};

/// A fault of the stripe, and how it is taken away.
struct FaultKey {
    enum class Of { characters, layer, chance, hand };
    std::string_view name;
    Of of;
    void (*mend)(Stripe&);
};
constexpr std::array fault_keys{
    FaultKey{"bad_lrc", FaultKey::Of::characters, [](Stripe& of) { of.faults.bad_lrc = false; }},
    FaultKey{"parity_at", FaultKey::Of::characters, [](Stripe& of) { of.faults.parity_at.reset(); }},
    FaultKey{"no_start_sentinel", FaultKey::Of::characters,
             [](Stripe& of) { of.faults.no_start_sentinel = false; }},
    FaultKey{"no_end_sentinel", FaultKey::Of::characters,
             [](Stripe& of) { of.faults.no_end_sentinel = false; }},
    FaultKey{"truncate_after", FaultKey::Of::characters,
             [](Stripe& of) { of.faults.truncate_after.reset(); }},
    FaultKey{"all_zeros", FaultKey::Of::characters, [](Stripe& of) { of.faults.all_zeros = false; }},
    FaultKey{"density_bpi", FaultKey::Of::layer, [](Stripe& of) { of.surface.bits_per_inch = 0; }},
    FaultKey{"dropout", FaultKey::Of::layer, [](Stripe& of) { of.surface.dropout_mm = 0; }},
    FaultKey{"jitter", FaultKey::Of::chance, [](Stripe& of) { of.surface.jitter = 0; }},
    FaultKey{"spurious", FaultKey::Of::chance, [](Stripe& of) { of.surface.spurious = 0; }},
    FaultKey{"missing", FaultKey::Of::chance, [](Stripe& of) { of.surface.missing = 0; }},
    FaultKey{"acceleration", FaultKey::Of::hand, [](Stripe& of) { of.hand.acceleration = 1; }},
    FaultKey{"stop_and_go", FaultKey::Of::hand, [](Stripe& of) { of.hand.stop_and_go = 0; }},
    FaultKey{"backwards", FaultKey::Of::hand, [](Stripe& of) { of.hand.backwards = false; }},
};

const FaultKey& fault_key(std::string_view name) {
    return *std::ranges::find(fault_keys, name, &FaultKey::name);
}

/// The stripe with those faults alone that `keeps` wants.
template <class Keeps>
Stripe with_faults(Stripe stripe, Keeps keeps) {
    for (const FaultKey& key : fault_keys)
        if (!keeps(key)) key.mend(stripe);
    return stripe;
}

/// What the head sees of a track. Each chance has a generator of its own in it, so a fault that is taken away
/// changes nothing of what is left.
std::vector<std::uint32_t> flux_of(const Stripe& stripe, std::size_t index, runtime::Random random) {
    const int track = static_cast<int>(index) + 1;
    const bool faulty = stripe.faulty[index];
    if (stripe.tracks[index].empty()) return {};
    const auto bits =
        magstripe::encode_bits(track, stripe.tracks[index], faulty ? stripe.faults : magstripe::Faults{})
            .value();
    return magstripe::to_flux(track, bits, faulty ? stripe.surface : magstripe::Surface{}, stripe.hand,
                              random);
}

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
    if (array->empty()) reader.fail("tracks", "names no track: leave it out for all that are encoded");
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
        stripe.fault_names.emplace_back("dropout");
    }
    magstripe::Hand& hand = stripe.hand;
    number("acceleration", hand.acceleration, 0.25, 4);
    hand.stop_and_go = static_cast<int>(reader.integer("stop_and_go", 0, 5).value_or(0));
    if (hand.stop_and_go > 0) stripe.fault_names.emplace_back("stop_and_go");
    hand.backwards = reader.boolean("backwards").value_or(false);
    if (hand.backwards) stripe.fault_names.emplace_back("backwards");
}

bool changes(const FaultKey& fault, const Stripe& stripe, std::size_t track) {
    const runtime::Random any(0);  // no chance is left in what is compared
    const Stripe without =
        with_faults(stripe, [&](const FaultKey& other) { return other.name != fault.name; });
    return flux_of(stripe, track, any) != flux_of(without, track, any);
}

/// " beside no_end_sentinel": the fault that leaves nothing of this one; empty when none does alone.
std::string undone_by(const FaultKey& fault, const Stripe& stripe, std::size_t track) {
    for (const std::string& name : stripe.fault_names) {
        const Stripe both = with_faults(
            stripe, [&](const FaultKey& key) { return key.name == fault.name || key.name == name; });
        const Stripe alone = with_faults(stripe, [&](const FaultKey& key) { return key.name == fault.name; });
        if (name != fault.name && !changes(fault, both, track) && changes(fault, alone, track))
            return " beside " + name;
    }
    return {};
}

/// A fault of characters changes every track that it is on, any other one track at least; chance is not
/// asked.
void check_faults(const config::Reader& reader, const Stripe& stripe) {
    const Stripe sure =
        with_faults(stripe, [](const FaultKey& key) { return key.of != FaultKey::Of::chance; });
    for (const std::string& name : stripe.fault_names) {
        const FaultKey& fault = fault_key(name);
        const bool on_all = fault.of == FaultKey::Of::hand;
        std::vector<std::size_t> idle;
        std::size_t on = 0;
        for (std::size_t i = 0; i < stripe.tracks.size(); ++i) {
            if (stripe.tracks[i].empty() || !(on_all || stripe.faulty[i])) continue;
            ++on;
            if (fault.of != FaultKey::Of::chance && !changes(fault, sure, i)) idle.push_back(i);
        }
        if (on == 0) reader.fail(name, "no track is encoded");
        if (idle.empty() || (fault.of != FaultKey::Of::characters && idle.size() < on)) continue;
        reader.fail(name,
                    fmt::format("changes nothing on track {}{}: leave it out, or limit it with 'tracks'",
                                idle.front() + 1, undone_by(fault, sure, idle.front())));
    }
}

void read_faults(config::Reader& reader, Stripe& stripe) {
    read_faulty_tracks(reader, stripe);
    read_character_faults(reader, stripe);
    read_swipe_faults(reader, stripe);
    check_faults(reader, stripe);
    reader.finish();
}

/// What is derived must fit: of the longest PANs not all discretionary data do.
void check_derived(const config::Reader& reader, const Account& account, int track, std::string_view text) {
    const auto bits = magstripe::encode_bits(track, text);
    if (bits) return;
    const std::size_t longest = magstripe::track_format(track).longest, needed = text.size() + 1;
    reader.fail(reader.has("discretionary") ? "discretionary" : "pan",
                needed <= longest
                    ? fmt::format("derived from the account, {}", bits.error().what)
                    : fmt::format("{} too long: PAN of {} digits and discretionary data of {} make {} "
                                  "characters with LRC, track {} holds {}",
                                  runtime::counted(needed - longest, "digit"), account.pan.size(),
                                  account.discretionary.size(), needed, track, longest));
}

}  // namespace

Stripe read_stripe(config::Reader* reader, const config::Reader& account_table, const Account& account) {
    Stripe stripe;
    const auto derive = [&stripe](const Account& written) {
        stripe.tracks = {derive_track1(written), derive_track2(written), ""};
        stripe.pan = written.pan;
    };
    if (!reader) {
        derive(account);
        for (int track = 1; track <= 2; ++track)
            check_derived(account_table, account, track, stripe.tracks[static_cast<std::size_t>(track - 1)]);
        return stripe;
    }
    const AsIs as_is = AsIs::read(*reader, AsIs::Names::account);
    const Account written = read_account(*reader, as_is, &account);
    derive(written);
    const bool own = reader->has("pan") || reader->has("discretionary");
    for (int track = 1; track <= 2; ++track)
        if (!reader->has(track_keys[static_cast<std::size_t>(track - 1)]))
            check_derived(own ? *reader : account_table, written, track,
                          stripe.tracks[static_cast<std::size_t>(track - 1)]);
    stripe.hand.mm_per_s = reader->number("speed_mm_s", 50, 2000).value_or(stripe.hand.mm_per_s);
    read_tracks(*reader, as_is, stripe);
    as_is.finish(*reader);
    if (auto faults = reader->table("faults", "[stripe.faults]")) read_faults(*faults, stripe);
    reader->finish();
    return stripe;
}

WrittenSwipe write_swipe(const Stripe& stripe, runtime::Random& random) {
    WrittenSwipe written;
    const std::array heads{&written.swipe.track1, &written.swipe.track2, &written.swipe.track3};
    for (std::size_t i = 0; i < heads.size(); ++i) {
        const runtime::Random chance(random.next());
        *heads[i] = flux_of(stripe, i, chance);
        for (const std::string& name : stripe.fault_names) {
            const Stripe without = with_faults(stripe, [&](const FaultKey& key) { return key.name != name; });
            if (flux_of(without, i, chance) != *heads[i]) written.changed_by[i].push_back(name);
        }
    }
    return written;
}

}  // namespace posbench::card
