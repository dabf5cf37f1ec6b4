#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "bench/trace/functions.hpp"

/// The closed lists of words that fields of the vocabulary take, in the order in which they are shown. For
/// vocabulary.cpp alone. Where a driver has an enumeration of its own, a test of that driver holds its names
/// against the list here (the trace knows no driver).
namespace posbench::trace::words {

template <class... Texts>
constexpr std::array<std::string_view, sizeof...(Texts)> list_of(Texts... texts) {
    return {texts...};
}

inline constexpr auto phases = list_of("setup", "steps", "settling", "closing", "release");
inline constexpr auto step_states = list_of("done", "missed");
inline constexpr auto severities = list_of("info", "warning", "error", "stimulus");
inline constexpr auto endings = list_of("complete", "hung", "interrupted", "error");

inline constexpr auto on_off = list_of("on", "off");
inline constexpr auto terminal_states =
    list_of("booting", "signing_in", "idle", "amount", "card", "reading", "pin", "connecting", "sending",
            "waiting", "completing", "printing", "reversing", "settling", "downloading", "login", "code",
            "paying", "locked", "off", "crashed");
inline constexpr auto prompts =
    list_of("amount", "card", "card_number", "expiry", "swipe_again", "insert_again", "use_chip", "tap_again",
            "remove_card", "pin", "confirm", "voucher", "reference", "date", "auth_code", "operator",
            "password", "tip", "reprint", "code", "key_component_1", "key_component_2");
inline constexpr auto keys = list_of("sale", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "point",
                                     "confirm", "clear", "cancel", "menu", "alpha", "*");
inline constexpr auto copies = list_of("merchant", "cardholder", "report");
inline constexpr auto printed_transactions = list_of(
    "sale", "void", "refund", "pre_authorisation", "pre_authorisation_void", "completion", "completion_void",
    "completion_advice", "offline_sale", "adjustment", "adjustment_down", "tip", "emv_offline_sale",
    "scan_payment", "present_payment", "code_refund", "reversal", "inquiry", "settlement", "totals");
inline constexpr auto printed_outcomes = list_of("approved", "declined", "failed");
/// Functions of the terminal, and what it makes of them: an offline sale that a chip approved, an adjustment
/// to less.
inline constexpr auto transactions = [] {
    std::array<std::string_view, terminal_functions.size() + 2> all{"emv_offline_sale", "adjustment_down"};
    std::ranges::copy(terminal_functions, all.begin() + 2);
    return all;
}();
inline constexpr auto outcomes = list_of("approved", "declined", "failed", "cancelled");
inline constexpr auto reasons =
    list_of("expired_card", "read_error", "use_chip", "chip_error", "card_blocked", "no_aid", "card_removed",
            "card_declined", "offline_decline", "pin", "cancelled", "no_input", "host_code", "connect_failed",
            "refused", "no_reply", "bad_reply", "mismatch_tpdu", "mismatch_mti", "mismatch_processing_code",
            "mismatch_stan", "mismatch_tid", "mismatch_mid", "mismatch_amount", "mac", "sign_in", "storage",
            "busy", "not_found", "not_allowed", "limit", "login", "locked", "totals_differ", "device",
            "certificate", "key_check");
inline constexpr auto entries = list_of("chip", "stripe", "fallback", "contactless", "manual", "code");
inline constexpr auto journal_operations = list_of("store", "update", "delete");
/// Charges, what gives back, holds, and what takes any of them back. An adjustment is the difference to the
/// amount before, up or down.
inline constexpr auto ledger_entries =
    list_of("sale", "void", "refund", "reversal", "pre_authorisation", "pre_authorisation_void", "completion",
            "completion_void", "completion_advice", "offline_sale", "emv_offline_sale", "tip", "adjustment",
            "adjustment_down", "scan_payment", "present_payment", "code_refund");
/// Of a payment by code.
inline constexpr auto order_states = list_of("pending", "scanned", "paid", "closed");
inline constexpr auto order_reasons = list_of("terminal", "customer", "funds", "expired", "recording");
inline constexpr auto journal_states =
    list_of("pending", "approved", "declined", "failed", "reversed", "abandoned", "settled");
inline constexpr auto settlement_outcomes = list_of("agreed", "differs", "failed");
/// "done", the names of runtime::NetError, and what became of a handshake.
inline constexpr auto line_endings =
    list_of("done", "timed out", "connection refused", "unreachable", "retransmissions ran out",
            "connection reset", "closed", "system error", "no TLS");
inline constexpr auto mac_states = list_of("ok", "bad", "absent", "unchecked");
inline constexpr auto track_forms = list_of("clear", "enciphered", "deciphered", "unreadable");
inline constexpr auto sign_in_outcomes = list_of("done", "refused", "failed", "bad_keys");
inline constexpr auto stripe_outcomes = list_of("read", "error");
inline constexpr auto scan_outcomes = list_of("read", "malformed", "ignored");
inline constexpr auto stripe_reasons =
    list_of("parity", "lrc", "no_start_sentinel", "no_end_sentinel", "no_clocking", "clocking", "density",
            "jitter", "too_long", "format", "luhn");
inline constexpr auto chip_steps =
    list_of("reset", "selection", "initiation", "read_data", "authentication", "restrictions", "cvm", "risk",
            "action_analysis", "first_ac", "issuer_authentication", "scripts", "second_ac");
inline constexpr auto chip_outcomes =
    list_of("done", "chip_error", "card_blocked", "no_aid", "card_removed", "card_declined",
            "offline_decline", "expired_card", "cancelled", "no_input");

inline constexpr auto faults = list_of("storage", "battery", "thermal", "sim", "modem", "printer", "reader",
                                       "keypad", "application", "tamper");
inline constexpr auto conditions =
    list_of("battery", "mains", "temperature", "sim", "modem", "printer", "chip_reader", "stripe_reader",
            "contactless_reader", "stuck_key", "display", "application", "tamper", "storage");

inline constexpr auto insertions = list_of("chip", "reversed");
inline constexpr auto interfaces = list_of("contact", "contactless");
inline constexpr auto resets = list_of("cold", "warm");
inline constexpr auto card_faults = list_of("delay", "status", "mute", "corrupt", "corrupt_block", "truncate",
                                            "append", "garbage_atr", "remove");
inline constexpr auto stripe_faults = list_of(
    "bad_lrc", "parity_at", "no_start_sentinel", "no_end_sentinel", "truncate_after", "all_zeros", "jitter",
    "spurious", "missing", "density_bpi", "dropout", "acceleration", "stop_and_go", "backwards");
inline constexpr auto cryptograms = list_of("AAC", "TC", "ARQC");

inline constexpr auto port_states = list_of("open", "closed");
inline constexpr auto rule_actions = list_of(
    "respond", "silence", "silence_after_posting", "delay", "delay_after_posting", "close",
    "close_after_posting", "close_inside_reply", "half_reply", "duplicate_reply", "earlier_reply",
    "wrong_mac", "no_mac", "alter", "garbage", "trickle", "slow_accept", "ignore", "refuse_connections");

/// Of drivers/host/acquirer/check_order.cpp.
inline constexpr auto host_checks =
    list_of("terminal_known", "merchant_matches", "mac_right", "tracks_protected", "tracks_readable",
            "complete", "not_duplicate", "batch_current", "chip_data_readable", "chip_type_matches",
            "amount_valid", "hours_open", "account_known", "account_usable", "card_not_expired",
            "service_allowed", "fallback_allowed", "check_value_right", "cryptogram_right", "pin_right",
            "amount_limit_kept", "count_limit_kept", "funds_suffice", "original_voidable", "hold_voidable",
            "hold_completable", "completion_funded", "original_refundable", "certificate_right",
            "original_changeable", "tip_limit_kept", "original_reversible", "wallet_known", "wallet_funded",
            "order_known", "order_not_closed", "order_refundable");
inline constexpr auto replayed_answers = list_of("given", "withheld", "hung_up", "missing", "overruled");

inline constexpr auto directions = list_of("up", "down");
inline constexpr auto impairments =
    list_of("delay", "loss", "rate", "connect", "cut", "blackout", "refused", "blackholed");
inline constexpr auto cut_modes = list_of("link", "refused", "blackholed");
inline constexpr auto cut_reasons = list_of("step", "schedule");
inline constexpr auto restore_reasons = list_of("step", "schedule", "closing");
inline constexpr auto segment_flags = list_of("SYN", "SYN-ACK", "ACK", "DATA", "FIN", "RST");
inline constexpr auto segment_fates = list_of("delivered", "lost", "queue_full", "cut");

/// Terminal verification results (EMV book 3, annex C5), and the bits reserved there, which a terminal that
/// is wrong may set all the same.
inline constexpr auto tvr = list_of(
    "offline data authentication not performed", "SDA failed", "ICC data missing", "card on exception file",
    "DDA failed", "CDA failed", "SDA selected", "application versions differ", "expired application",
    "application not yet effective", "service not allowed", "new card", "cardholder verification failed",
    "unrecognised CVM", "PIN try limit exceeded", "PIN pad absent or broken", "PIN not entered",
    "online PIN entered", "floor limit exceeded", "lower consecutive offline limit exceeded",
    "upper consecutive offline limit exceeded", "selected randomly for online", "merchant forced online",
    "default TDOL used", "issuer authentication failed", "script failed before final GENERATE AC",
    "script failed after final GENERATE AC", "B1 b1", "B2 b3", "B2 b2", "B2 b1", "B3 b2", "B3 b1", "B4 b3",
    "B4 b2", "B4 b1", "B5 b4", "B5 b3", "B5 b2", "B5 b1");
/// Transaction status information (EMV book 3, annex C6), and the bits reserved there.
inline constexpr auto tsi =
    list_of("offline data authentication performed", "cardholder verification performed",
            "card risk management performed", "issuer authentication performed",
            "terminal risk management performed", "script processing performed", "B1 b2", "B1 b1", "B2 b8",
            "B2 b7", "B2 b6", "B2 b5", "B2 b4", "B2 b3", "B2 b2", "B2 b1");

}  // namespace posbench::trace::words
