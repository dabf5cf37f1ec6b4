#include "drivers/terminal/emulated/defects.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace posbench::terminal {
namespace {

constexpr std::array table{
    DefectSpec{Defect::forgets_reversal, "forgets-reversal", "stores no reversal, so it never sends one"},
    DefectSpec{Defect::reversal_new_stan, "reversal-new-stan",
               "sends the reversal under a fresh STAN instead of the original's"},
    DefectSpec{Defect::reversal_lost_at_power_off, "reversal-lost-at-power-off",
               "forgets a pending reversal when it loses power"},
    DefectSpec{Defect::reversal_after_sending, "reversal-after-sending",
               "stores the reversal only after the request was sent"},
    DefectSpec{Defect::ignores_expiry, "ignores-expiry", "takes expired cards, chip and stripe, as valid"},
    DefectSpec{Defect::ignores_lrc, "ignores-lrc", "takes a stripe whose LRC is wrong as read"},
    DefectSpec{Defect::swipes_chip_cards, "swipes-chip-cards",
               "takes the stripe of a chip card without a chip failure before"},
    DefectSpec{Defect::approves_91, "approves-91", "takes code 91 (issuer unavailable) as an approval"},
    DefectSpec{Defect::ignores_second_ac, "ignores-second-ac",
               "approves although the card declined in the second GENERATE AC"},
    DefectSpec{Defect::reply_mac_unchecked, "reply-mac-unchecked", "acts on a reply whose MAC is wrong"},
    DefectSpec{Defect::reply_stan_unchecked, "reply-stan-unchecked",
               "acts on a reply that carries another STAN"},
    DefectSpec{Defect::approves_above_floor_limit, "approves-above-floor-limit",
               "approves offline although the floor limit is reached"},
    DefectSpec{Defect::skips_offline_authentication, "skips-offline-authentication",
               "does no offline data authentication, and the TVR does not tell"},
    DefectSpec{Defect::accepts_bad_signature, "accepts-bad-signature",
               "takes certificates and signatures of a card that are wrong as right"},
    DefectSpec{Defect::ignores_issuer_authentication, "ignores-issuer-authentication",
               "does not pass on to the card what the issuer proves itself by"},
    DefectSpec{Defect::ignores_scripts, "ignores-scripts", "does not run issuer scripts"},
    DefectSpec{Defect::ignores_blocked_application, "ignores-blocked-application",
               "selects an application that is blocked (6283)"},
    DefectSpec{Defect::ignores_pin_tries, "ignores-pin-tries",
               "goes on asking for the PIN when no tries are left"},
    DefectSpec{Defect::tvr_bit_missing, "tvr-bit-missing", "never sets the TVR bit \"expired application\""},
    DefectSpec{Defect::crashes_on_truncated_tlv, "crashes-on-truncated-tlv",
               "crashes when a record of the card cannot be read"},
    DefectSpec{Defect::hangs_on_mute_card, "hangs-on-mute-card",
               "waits for ever for the answer of a card that is mute"},
    DefectSpec{Defect::ignores_removal, "ignores-removal",
               "approves although the card was taken out before its second cryptogram"},
    DefectSpec{Defect::ignores_parity, "ignores-parity",
               "takes characters of a stripe whose parity is wrong as read"},
    DefectSpec{Defect::guesses_pan, "guesses-pan",
               "takes a PAN whose check digit is wrong for one that was read"},
    DefectSpec{Defect::expiry_by_day, "expiry-by-day",
               "holds a stripe to be over from the first day of its last month"},
    DefectSpec{Defect::fallback_unflagged, "fallback-unflagged",
               "sends a swipe after a chip failure as a plain swipe"},
    DefectSpec{Defect::reuses_pin_block, "reuses-pin-block",
               "sends the PIN block of an earlier PIN entry again"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].defect) != i) return false;
    return table.size() == static_cast<std::size_t>(Defect::count_);
}
static_assert(in_order(), "the table lists every defect once, in the order of the enumeration");

}  // namespace

std::span<const DefectSpec> defect_table() noexcept {
    return table;
}

Defects read_defects(config::Reader& profile) {
    Defects defects;
    const auto names = profile.texts("defects");
    if (!names) return defects;
    for (const std::string& name : *names) {
        const auto found = std::ranges::find(table, std::string_view(name), &DefectSpec::name);
        if (found == table.end()) {
            std::vector<std::string> known;
            for (const DefectSpec& spec : table) known.emplace_back(spec.name);
            profile.fail("defects", "unknown defect '" + name + "'", config::nearest_name(name, known));
        }
        defects.add(found->defect);
    }
    return defects;
}

}  // namespace posbench::terminal
