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
    reversal_with_pin,
    reversal_after_next_sale,
    abandons_reversal_at_once,
    reply_amount_unchecked,
    reply_tid_unchecked,
    reply_mti_unchecked,
    reply_processing_code_unchecked,
    late_reply_approves,
    approves_unknown_code,
    retries_sale,
    connects_for_ever,
    keeps_keys_when_told_to_renew,
    keeps_keys_after_failed_sign_in,
    takes_unchecked_key,
    applies_half_download,
    clear_pan_on_receipt,
    receipt_amount_differs,
    voids_reversed_sale,
    drops_batch_after_failed_settlement,
    counts_reprint_twice,
    never_sets_clock,
    accepts_corrupt_journal,
    prints_full_amount_on_partial,
    crashes_on_empty_field,
    grows_with_bad_messages,
    sells_with_full_journal,
    accepts_zero_amount,
    reuses_stan,
    ignores_new_batch,
    acts_on_half_message,
    reverses_inquiries,
    refund_without_original,
    double_key_two_sales,
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
    mixes_swipes,
    expiry_by_day,
    fallback_unflagged,
    reuses_pin_block,
    repeats_sale_after_printer_fault,
    sells_on_low_battery,
    ignores_tamper,
    no_watchdog,
    stuck_key_sells_twice,
    blames_wrong_reader,
    accepts_expired_certificate,
    accepts_any_host_name,
    accepts_any_certificate,
    ignores_contactless_limit,
    second_tap_pays_again,
    approves_declined_tap,
    takes_pending_as_paid,
    sends_code_twice,
    forgets_order_at_power_cut,
    leaves_order_open,
    shows_old_code,
    clear_track,
    count_,
};

struct DefectSpec {
    Defect defect;
    std::string_view name;     ///< as in a terminal profile: defects = ["forgets-reversal"]
    std::string_view row;      ///< of the complaint catalogue: what merchants would see of it
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
