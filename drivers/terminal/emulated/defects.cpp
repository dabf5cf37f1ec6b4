#include "drivers/terminal/emulated/defects.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace posbench::terminal {
namespace {

constexpr std::array table{
    DefectSpec{Defect::forgets_reversal, "forgets-reversal", "N06",
               "stores no reversal, so it never sends one"},
    DefectSpec{Defect::reversal_new_stan, "reversal-new-stan", "N06",
               "sends the reversal under a fresh STAN instead of the original's"},
    DefectSpec{Defect::reversal_lost_at_power_off, "reversal-lost-at-power-off", "T06",
               "forgets a pending reversal when it loses power"},
    DefectSpec{Defect::reversal_after_sending, "reversal-after-sending", "T06",
               "stores the reversal only after the request was sent"},
    DefectSpec{Defect::ignores_expiry, "ignores-expiry", "K01",
               "takes expired cards, chip and stripe, as valid"},
    DefectSpec{Defect::ignores_lrc, "ignores-lrc", "K02", "takes a stripe whose LRC is wrong as read"},
    DefectSpec{Defect::swipes_chip_cards, "swipes-chip-cards", "K08",
               "takes the stripe of a chip card without a chip failure before"},
    DefectSpec{Defect::approves_91, "approves-91", "H01",
               "takes code 91 (issuer unavailable) as an approval"},
    DefectSpec{Defect::ignores_second_ac, "ignores-second-ac", "K12",
               "approves although the card declined in the second GENERATE AC"},
    DefectSpec{Defect::reply_mac_unchecked, "reply-mac-unchecked", "H08",
               "acts on a reply whose MAC is wrong"},
    DefectSpec{Defect::reply_stan_unchecked, "reply-stan-unchecked", "H09",
               "acts on a reply that carries another STAN"},
    DefectSpec{Defect::reversal_with_pin, "reversal-with-pin", "N06",
               "sends the PIN block again in the reversal"},
    DefectSpec{Defect::reversal_after_next_sale, "reversal-after-next-sale", "O02",
               "sends a pending reversal after the next transaction instead of before it"},
    DefectSpec{Defect::abandons_reversal_at_once, "abandons-reversal-at-once", "N06",
               "gives a pending reversal up without sending it"},
    DefectSpec{Defect::reply_amount_unchecked, "reply-amount-unchecked", "H09",
               "acts on a reply that carries another amount"},
    DefectSpec{Defect::reply_tid_unchecked, "reply-tid-unchecked", "H09",
               "acts on a reply to another terminal"},
    DefectSpec{Defect::reply_mti_unchecked, "reply-mti-unchecked", "H09",
               "acts on a reply of another message type"},
    DefectSpec{Defect::reply_processing_code_unchecked, "reply-processing-code-unchecked", "H09",
               "acts on a reply to another transaction"},
    DefectSpec{Defect::late_reply_approves, "late-reply-approves", "H06",
               "takes a reply that comes after the reply time"},
    DefectSpec{Defect::approves_unknown_code, "approves-unknown-code", "H05",
               "takes a response code that it does not know as an approval"},
    DefectSpec{Defect::retries_sale, "retries-sale", "H12",
               "sends a transaction without a reply once more, under a fresh STAN"},
    DefectSpec{Defect::connects_for_ever, "connects-for-ever", "N08", "tries to connect until it succeeds"},
    DefectSpec{Defect::keeps_keys_when_told_to_renew, "keeps-keys-when-told-to-renew", "H14",
               "goes on with its keys and batch after 77, 99 and A0"},
    DefectSpec{Defect::keeps_keys_after_failed_sign_in, "keeps-keys-after-failed-sign-in", "H16",
               "goes on with its old keys after a sign-in that failed"},
    DefectSpec{Defect::takes_unchecked_key, "takes-unchecked-key", "K15",
               "takes an authority's key whose check sum is wrong"},
    DefectSpec{Defect::applies_half_download, "applies-half-download", "H24",
               "puts in force what has come of a download of keys or applications that broke off"},
    DefectSpec{Defect::clear_pan_on_receipt, "clear-pan-on-receipt", "T16",
               "prints ten digits of the PAN where six may stand"},
    DefectSpec{Defect::receipt_amount_differs, "receipt-amount-differs", "T16",
               "prints another amount than was authorised"},
    DefectSpec{Defect::voids_reversed_sale, "voids-reversed-sale", "O03",
               "voids without looking for the sale in its journal"},
    DefectSpec{Defect::drops_batch_after_failed_settlement, "drops-batch-after-failed-settlement", "H04",
               "clears its journal although the host did not answer the settlement"},
    DefectSpec{Defect::counts_reprint_twice, "counts-reprint-twice", "H19",
               "counts a transaction again in its totals when its receipt is reprinted"},
    DefectSpec{Defect::never_sets_clock, "never-sets-clock", "T13",
               "does not take the host's time at sign-in"},
    DefectSpec{Defect::accepts_corrupt_journal, "accepts-corrupt-journal", "T08",
               "trades on with what it can read of damaged storage"},
    DefectSpec{Defect::prints_full_amount_on_partial, "prints-full-amount-on-partial", "H20",
               "keeps and prints the amount asked for where the host approved less"},
    DefectSpec{Defect::crashes_on_empty_field, "crashes-on-empty-field", "H10",
               "crashes at a reply with an empty field"},
    DefectSpec{Defect::grows_with_bad_messages, "grows-with-bad-messages", "H10",
               "keeps each unreadable reply in its memory, until that is full and it crashes"},
    DefectSpec{Defect::sells_with_full_journal, "sells-with-full-journal", "T09",
               "sells when its journal is full"},
    DefectSpec{Defect::accepts_zero_amount, "accepts-zero-amount", "T15", "takes a transaction of nothing"},
    DefectSpec{Defect::reuses_stan, "reuses-stan", "H17", "uses one STAN again and again"},
    DefectSpec{Defect::ignores_new_batch, "ignores-new-batch", "H14", "keeps its batch number at sign-in"},
    DefectSpec{Defect::acts_on_half_message, "acts-on-half-message", "N07",
               "takes a reply of which the end is missing as an approval"},
    DefectSpec{Defect::reverses_inquiries, "reverses-inquiries", "N06",
               "reverses a balance inquiry without a reply"},
    DefectSpec{Defect::refund_without_original, "refund-without-original", "O03",
               "sends refunds that name no original"},
    DefectSpec{Defect::double_key_two_sales, "double-key-two-sales", "T18",
               "takes confirm, pressed again during a sale, as a second sale"},
    DefectSpec{Defect::approves_above_floor_limit, "approves-above-floor-limit", "K15",
               "approves offline although the floor limit is reached"},
    DefectSpec{Defect::skips_offline_authentication, "skips-offline-authentication", "K15",
               "does no offline data authentication, and the TVR does not tell"},
    DefectSpec{Defect::accepts_bad_signature, "accepts-bad-signature", "K15",
               "takes certificates and signatures of a card that are wrong as right"},
    DefectSpec{Defect::ignores_issuer_authentication, "ignores-issuer-authentication", "K17",
               "does not pass on to the card what the issuer proves itself by"},
    DefectSpec{Defect::ignores_scripts, "ignores-scripts", "K17", "does not run issuer scripts"},
    DefectSpec{Defect::ignores_blocked_application, "ignores-blocked-application", "K14",
               "selects an application that is blocked (6283)"},
    DefectSpec{Defect::ignores_pin_tries, "ignores-pin-tries", "K19",
               "goes on asking for the PIN when no tries are left"},
    DefectSpec{Defect::tvr_bit_missing, "tvr-bit-missing", "K01",
               "never sets the TVR bit \"expired application\""},
    DefectSpec{Defect::crashes_on_truncated_tlv, "crashes-on-truncated-tlv", "K13",
               "crashes when a record of the card cannot be read"},
    DefectSpec{Defect::hangs_on_mute_card, "hangs-on-mute-card", "K09",
               "waits for ever for the answer of a card that is mute"},
    DefectSpec{Defect::ignores_removal, "ignores-removal", "K12",
               "approves although the card was taken out before its second cryptogram"},
    DefectSpec{Defect::ignores_parity, "ignores-parity", "K02",
               "takes characters of a stripe whose parity is wrong as read"},
    DefectSpec{Defect::guesses_pan, "guesses-pan", "K05",
               "takes a PAN whose check digit is wrong for one that was read"},
    DefectSpec{Defect::mixes_swipes, "mixes-swipes", "K03",
               "takes the track 2 of the swipe before where a stripe has none"},
    DefectSpec{Defect::expiry_by_day, "expiry-by-day", "K01",
               "holds a stripe to be over from the first day of its last month"},
    DefectSpec{Defect::fallback_unflagged, "fallback-unflagged", "K09",
               "sends a swipe after a chip failure as a plain swipe"},
    DefectSpec{Defect::reuses_pin_block, "reuses-pin-block", "K07",
               "sends the PIN block of an earlier PIN entry again"},
    DefectSpec{Defect::repeats_sale_after_printer_fault, "repeats-sale-after-printer-fault", "T05",
               "does the sale once more when its receipt could not be printed"},
    DefectSpec{Defect::sells_on_low_battery, "sells-on-low-battery", "T07",
               "begins a sale on a battery that may not last to its end"},
    DefectSpec{Defect::ignores_tamper, "ignores-tamper", "T24",
               "goes on, keys and all, after its case was opened"},
    DefectSpec{Defect::no_watchdog, "no-watchdog", "T10",
               "is not restarted when its application is blocked or stopped or has crashed"},
    DefectSpec{Defect::stuck_key_sells_twice, "stuck-key-sells-twice", "T18",
               "takes the repeats of a stuck confirm key for a second sale"},
    DefectSpec{Defect::blames_wrong_reader, "blames-wrong-reader", "T19",
               "names the sound card reader as the dead one"},
    DefectSpec{Defect::accepts_expired_certificate, "accepts-expired-certificate", "H21",
               "goes on when the host's certificate is over"},
    DefectSpec{Defect::accepts_any_host_name, "accepts-any-host-name", "N15",
               "takes a certificate of whatever name"},
    DefectSpec{Defect::accepts_any_certificate, "accepts-any-certificate", "N15",
               "takes a certificate whoever issued it"},
    DefectSpec{Defect::ignores_contactless_limit, "ignores-contactless-limit", "K18",
               "takes a card over the field for an amount for which it is to be inserted"},
    DefectSpec{Defect::second_tap_pays_again, "second-tap-pays-again", "K18",
               "gives a card that left too early a new unpredictable number, so that it pays twice"},
    DefectSpec{Defect::approves_declined_tap, "approves-declined-tap", "K18",
               "approves offline over the field although the card declined"},
    DefectSpec{Defect::takes_pending_as_paid, "takes-pending-as-paid", "H23",
               "takes an order that waits for its customer as paid"},
    DefectSpec{Defect::sends_code_twice, "sends-code-twice", "H23",
               "sends a payment code without an answer again, as another order, instead of asking"},
    DefectSpec{Defect::forgets_order_at_power_cut, "forgets-order-at-power-cut", "H23",
               "forgets an order without a result when it loses power"},
    DefectSpec{Defect::leaves_order_open, "leaves-order-open", "H23",
               "gives up an order without closing it, so that it can still be paid"},
    DefectSpec{Defect::shows_old_code, "shows-old-code", "H23",
               "shows the customer the code of an earlier order again"},
    DefectSpec{Defect::clear_track, "clear-track", "H05",
               "sends tracks in clear although it was given a track key"},
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
