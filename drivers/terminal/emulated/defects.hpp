#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bench/config/reader.hpp"

namespace posbench::terminal {

/// Known mistakes the emulated terminal can be told to make, so that the bench can prove that it finds them.
/// Each is one switch at the one place where the rule is kept.
enum class Defect : std::uint8_t {
    forgets_reversal,
    reversal_new_stan,
    reversal_lost_at_power_off,
    reversal_after_sending,
    ignores_expiry,
    ignores_lrc,
    swipes_chip_cards,
    approves_91,
    ignores_second_ac,
    reply_mac_unchecked,
    reply_stan_unchecked,
    approves_above_floor_limit,
    skips_offline_authentication,
    accepts_bad_signature,
    ignores_issuer_authentication,
    ignores_scripts,
    ignores_blocked_application,
    ignores_pin_tries,
    tvr_bit_missing,
    crashes_on_truncated_tlv,
    hangs_on_mute_card,
    ignores_removal,
    ignores_parity,
    guesses_pan,
    expiry_by_day,
    fallback_unflagged,
    reuses_pin_block,
    count_,
};

struct DefectSpec {
    Defect defect;
    std::string_view name;     ///< as in a terminal profile: defects = ["forgets-reversal"]
    std::string_view meaning;  ///< the rule it breaks
};

/// All defects in the order of the enumeration.
std::span<const DefectSpec> defect_table() noexcept;

class Defects {
  public:
    bool has(Defect defect) const noexcept { return set_.test(static_cast<std::size_t>(defect)); }
    void add(Defect defect) noexcept { set_.set(static_cast<std::size_t>(defect)); }

  private:
    std::bitset<static_cast<std::size_t>(Defect::count_)> set_;
};

/// Takes `defects` out of a terminal profile. @throws config::ConfigError for an unknown name, with the
/// nearest
Defects read_defects(config::Reader& profile);

}  // namespace posbench::terminal
