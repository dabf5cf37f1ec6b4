#include "bench/trace/vocabulary.hpp"

#include <algorithm>
#include <array>

#include "bench/trace/words.hpp"

namespace posbench::trace {
namespace {

constexpr auto boolean = FieldType::boolean;
constexpr auto integer = FieldType::integer;
constexpr auto text = FieldType::text;
constexpr auto list = FieldType::list;
constexpr bool required = true;
constexpr bool optional = false;
constexpr std::span<const std::string_view> any_word{};

// Fields of an ISO 8583 message, the same at the terminal's and at the host's end.
constexpr std::array message_fields{
    FieldSpec{"mti", text, required, "message type, four digits", any_word, 4},
    FieldSpec{"processing_code", text, optional, "field 3", any_word, 6},
    FieldSpec{"amount", integer, optional, "field 4, minor units"},
    FieldSpec{"currency", text, optional, "field 49, numeric ISO 4217", any_word, 3},
    FieldSpec{"stan", text, optional, "field 11, six digits", any_word, 6},
    FieldSpec{"time", text, optional, "field 12, hhmmss", any_word, 6},
    FieldSpec{"date", text, optional, "field 13, MMDD", any_word, 4},
    FieldSpec{"pan", text, optional, "field 2 or the PAN of field 35, first six and last four digits"},
    FieldSpec{"expiry", text, optional, "field 14, YYMM", any_word, 4},
    FieldSpec{"entry_mode", text, optional, "field 22, three digits", any_word, 3},
    FieldSpec{"code", text, optional, "field 39: response code, or the reason of a reversal", any_word, 2},
    FieldSpec{"rrn", text, optional, "field 37, retrieval reference number"},
    FieldSpec{"auth_code", text, optional, "field 38"},
    FieldSpec{"tid", text, optional, "field 41, terminal number"},
    FieldSpec{"mid", text, optional, "field 42, merchant number"},
    FieldSpec{"transaction_type", text, optional, "field 60.1, two digits", any_word, 2},
    FieldSpec{"batch", text, optional, "field 60.2, six digits", any_word, 6},
    FieldSpec{"network_management", text, optional, "field 60.3, three digits", any_word, 3},
    FieldSpec{"read_capability", text, optional, "field 60.4, one digit", any_word, 1},
    FieldSpec{"ic_condition", text, optional, "field 60.5, one digit; 2 is fallback", any_word, 1},
    FieldSpec{"tvr", list, optional, "tag 95 of field 55 (EMV book 3, annex C5)", words::tvr},
    FieldSpec{"has_track2", boolean, optional, "field 35 is present"},
    FieldSpec{
        "tracks", text, optional,
        "fields 35 and 36, where there is one: clear or enciphered, as field 53 says; at the host, which "
        "has the key, deciphered or unreadable",
        words::track_forms},
    FieldSpec{"has_pin", boolean, optional, "field 52 is present"},
    FieldSpec{"has_icc", boolean, optional, "field 55 is present"},
    FieldSpec{"fields", list, optional, "numbers of the fields present"},
    FieldSpec{"mac", text, optional, "field 64", words::mac_states},
    FieldSpec{"bytes", integer, optional, "octets on the wire without the length prefix"},
};

/// At the host's end, which has several.
constexpr auto host_message_fields = [] {
    std::array<FieldSpec, message_fields.size() + 1> fields{};
    std::ranges::copy(message_fields, fields.begin());
    fields.back() = {"connection", integer, optional, "number of the host's connection, from 1"};
    return fields;
}();
constexpr auto host_response_fields = [] {
    std::array<FieldSpec, host_message_fields.size() + 1> fields{};
    std::ranges::copy(host_message_fields, fields.begin());
    fields.back() = {"check", text, optional, "which of the host's checks refused (drivers/host/README.md)",
                     words::host_checks};
    return fields;
}();

constexpr std::array bench_run_fields{
    FieldSpec{"vocabulary", integer, required, "version of this table"},
    FieldSpec{"version", text, required, "posbench version"},
    FieldSpec{"scenario", text, required, "scenario identifier"},
    FieldSpec{"case", text, required, "case identifier: the scenario with its matrix values"},
    FieldSpec{"station", text, required, "station identifier"},
    FieldSpec{"seed", text, required, "seed of the run, decimal"},
    FieldSpec{"wall_start", text, required, "civil time at the start, 2026-06-15T10:00:00"},
    FieldSpec{"virtual_time", boolean, required, "time was simulated"},
    FieldSpec{"definition", text, required, "the scenario's bindings, criteria and measurements as JSON"},
};
constexpr std::array bench_phase_fields{
    FieldSpec{"phase", text, required,
              "settling: waiting for the terminal; closing: faults lifted, so that the terminal can finish "
              "what it owes",
              words::phases},
};
constexpr std::array bench_step_fields{
    FieldSpec{"index", integer, required, "number of the step, from 1"},
    FieldSpec{"do", text, required, "its verb"},
    FieldSpec{"line", integer, required, "its line in the scenario file"},
    FieldSpec{"state", text, required,
              "missed: its event never came, or it could not be done; the steps behind it are left out",
              words::step_states},
    FieldSpec{"detail", text, optional, "arguments, or why it was missed"},
};
constexpr std::array bench_note_fields{
    FieldSpec{"severity", text, required, "error: the bench is broken; stimulus: not given as asked",
              words::severities},
    FieldSpec{"text", text, required, "one sentence"},
    FieldSpec{"unmet", boolean, optional, "true: the stimulus stood ready, and nothing came to it"},
};
constexpr std::array bench_end_fields{
    FieldSpec{"state", text, required, "hung: limit reached", words::endings},
};
constexpr std::array terminal_power_fields{
    FieldSpec{"state", text, required, "its supply", words::on_off},
};
constexpr std::array terminal_state_fields{
    FieldSpec{"state", text, required, "what the application is at", words::terminal_states},
};
constexpr std::array terminal_display_fields{
    FieldSpec{"text", text, required, "what the display shows, lines separated by a line feed, PAN masked"},
};
constexpr std::array terminal_prompt_fields{
    FieldSpec{"what", text, required, "what it asks for", words::prompts},
};
constexpr std::array terminal_key_fields{
    FieldSpec{"key", text, required, "* is a digit of a PIN", words::keys},
};
constexpr std::array terminal_printed_fields{
    FieldSpec{"copy", text, required, "whose", words::copies},
    FieldSpec{"transaction", text, required, "what it is a receipt of", words::printed_transactions},
    FieldSpec{"outcome", text, required, "as printed", words::printed_outcomes},
    FieldSpec{"stan", text, optional, "six digits, as in terminal.journal", any_word, 6},
    FieldSpec{"amount", integer, optional, "printed amount, minor units"},
    FieldSpec{"currency", text, optional, "numeric ISO 4217", any_word, 3},
    FieldSpec{"pan", text, optional, "as printed"},
    FieldSpec{"rrn", text, optional, "as printed"},
    FieldSpec{"auth_code", text, optional, "as printed"},
    FieldSpec{"date", text, optional, "of the transaction, MMDD", any_word, 4},
    FieldSpec{"text", text, required, "the whole receipt, PAN masked"},
};
constexpr std::array terminal_outcome_fields{
    FieldSpec{"transaction", text, required, "what ended", words::transactions},
    FieldSpec{"outcome", text, required, "declined: card or host said no; failed: no decision",
              words::outcomes},
    FieldSpec{"reason", text, optional, "why not approved", words::reasons},
    FieldSpec{"text", text, optional, "what the display shows with it"},
    FieldSpec{"code", text, optional, "field 39 of the reply it acted on", any_word, 2},
    FieldSpec{"stan", text, optional, "six digits", any_word, 6},
    FieldSpec{"amount", integer, optional, "minor units"},
    FieldSpec{"currency", text, optional, "numeric ISO 4217", any_word, 3},
    FieldSpec{"entry", text, optional, "how the card was read", words::entries},
    FieldSpec{"tvr", list, optional, "terminal verification results (EMV book 3, annex C5)", words::tvr},
    FieldSpec{"tsi", list, optional, "transaction status information (EMV book 3, annex C6)", words::tsi},
};
constexpr std::array terminal_journal_fields{
    FieldSpec{"op", text, required, "the write is complete and survives a power cut",
              words::journal_operations},
    FieldSpec{"entry", text, required, "what it is an entry of", words::ledger_entries},
    FieldSpec{"stan", text, required,
              "six digits: the entry's own (a void's too); a reversal's is its original's", any_word, 6},
    FieldSpec{"amount", integer, required, "minor units, positive; the entry tells the direction"},
    FieldSpec{"currency", text, required, "numeric ISO 4217", any_word, 3},
    FieldSpec{"state", text, required,
              "pending: a reversal to send; abandoned: resends ran out; settled: its batch was handed over",
              words::journal_states},
    FieldSpec{"attempts", integer, optional, "times a reversal was sent"},
};
constexpr std::array terminal_connecting_fields{
    FieldSpec{"endpoint", text, required, "address:port"},
    FieldSpec{"attempt", integer, required, "from 1"},
};
constexpr std::array terminal_connected_fields{
    FieldSpec{"endpoint", text, required, "address:port"},
};
constexpr std::array terminal_disconnected_fields{
    FieldSpec{"reason", text, required, "done: the terminal ended it; else as runtime::NetError says",
              words::line_endings},
};
constexpr std::array terminal_sign_in_fields{
    FieldSpec{"outcome", text, required, "refused: by the host; bad_keys: the keys it gave do not hold",
              words::sign_in_outcomes},
    FieldSpec{"code", text, optional, "field 39", any_word, 2},
    FieldSpec{"batch", text, optional, "batch number adopted"},
};
constexpr std::array terminal_stripe_fields{
    FieldSpec{"outcome", text, required, "of the decoding", words::stripe_outcomes},
    FieldSpec{"track", integer, required, "1, 2 or 3"},
    FieldSpec{"reason", text, optional, "why it was not read", words::stripe_reasons},
    FieldSpec{"position", integer, optional,
              "character at which decoding failed, from 0 at the start sentinel"},
};
constexpr std::array terminal_scanned_fields{
    FieldSpec{"outcome", text, required,
              "malformed: no payment code; ignored: none was asked for, and what it says is not looked at",
              words::scan_outcomes},
    FieldSpec{"payment_code", text, optional, "masked as a PAN is"},
};
constexpr std::array terminal_chip_fields{
    FieldSpec{"step", text, required, "in the order of the flow (EMV book 3, clause 8)", words::chip_steps},
    FieldSpec{"outcome", text, required, "done, or what it ended with", words::chip_outcomes},
    FieldSpec{"tvr", list, optional, "bits set so far (EMV book 3, annex C5)", words::tvr},
    FieldSpec{"detail", text, optional, "application label, cryptogram type, reason"},
};
constexpr std::array terminal_settlement_fields{
    FieldSpec{"outcome", text, required, "by the host's answer; failed: there was none",
              words::settlement_outcomes},
    FieldSpec{"batch", text, required, "six digits", any_word, 6},
    FieldSpec{"currency", text, required, "numeric ISO 4217", any_word, 3},
    FieldSpec{"debits", integer, required, "number of charges in the journal"},
    FieldSpec{"debit_amount", integer, required, "their sum, minor units"},
    FieldSpec{"credits", integer, required, "number of voids and refunds in the journal"},
    FieldSpec{"credit_amount", integer, required, "their sum, minor units"},
    FieldSpec{"uploaded", integer, optional, "transactions sent by batch upload"},
};
constexpr std::array terminal_fault_fields{
    FieldSpec{"what", text, required, "what is wrong; application: the watchdog restarts it", words::faults},
    FieldSpec{"detail", text, optional, "what of it"},
};
constexpr std::array terminal_condition_fields{
    FieldSpec{"what", text, required, "the part of the terminal", words::conditions},
    FieldSpec{"value", text, required, "what it is from now on: a word, percent, or degrees Celsius"},
};
constexpr std::array card_inserted_fields{
    FieldSpec{"image", text, required, "card image"},
    FieldSpec{"how", text, required, "reversed: wrong way round, no contacts", words::insertions},
};
constexpr std::array card_tapped_fields{
    FieldSpec{"image", text, required, "card image"},
    FieldSpec{"cards", integer, required, "cards in the field, 1 or 2"},
};
constexpr std::array card_swiped_fields{
    FieldSpec{"image", text, required, "card image"},
    FieldSpec{"faults", list, optional, "faults of the stripe that changed something on this pass",
              words::stripe_faults},
    FieldSpec{"track1_faults", list, optional, "those of them that changed track 1", words::stripe_faults},
    FieldSpec{"track2_faults", list, optional, "track 2", words::stripe_faults},
    FieldSpec{"track3_faults", list, optional, "track 3", words::stripe_faults},
};
constexpr std::array card_reset_fields{
    FieldSpec{"interface", text, required, "contactless: activated in the field", words::interfaces},
    FieldSpec{"reset", text, optional, "of a card in the slot; warm: it kept its power", words::resets},
    FieldSpec{"atr", text, optional, "answer to reset, hexadecimal; absent: mute"},
    FieldSpec{"ats", text, optional,
              "answer to select of a card in the field, hexadecimal; absent: mute, or two cards"},
};
constexpr std::array card_apdu_fields{
    FieldSpec{"command", text, required, "name (EMV book 3): SELECT, READ RECORD, GENERATE AC, ..."},
    FieldSpec{"header", text, required, "CLA INS P1 P2, eight hexadecimal digits; ** where a PIN may stand"},
    FieldSpec{"data", text, optional, "command data, hexadecimal, sensitive values masked"},
    FieldSpec{"response", text, optional, "response data, hexadecimal, sensitive values masked"},
    FieldSpec{"sw", text, optional,
              "status word, four hexadecimal digits; absent: mute, removed or cut short"},
    FieldSpec{"aid", text, optional, "application selected"},
    FieldSpec{"cryptogram", text, optional, "in the answer; with 61xx, in what it announces",
              words::cryptograms},
    FieldSpec{"atc", integer, optional, "application transaction counter, as above"},
    FieldSpec{"tvr", list, optional, "TVR given to the card (EMV book 3, annex C5)", words::tvr},
    FieldSpec{"altered", boolean, optional, "a fault rule changed octets of the answer: true"},
    FieldSpec{"extensions", integer, optional, "times the card asked for more time: NULL, S(WTX)"},
    FieldSpec{"retransmissions", integer, optional,
              "times the reader let a damaged character, block or frame come again"},
};
constexpr std::array card_fault_fields{
    FieldSpec{"rule", integer, required, "which [[fault]] of the image, from 1"},
    FieldSpec{"do", text, required, "what it does, before that can be seen", words::card_faults},
    FieldSpec{"command", text, required, "on what: name as in card.apdu, reset or activation"},
    FieldSpec{"detail", text, optional, "the same in words: how long, which status word, which octet"},
};
constexpr std::array host_port_fields{
    FieldSpec{"state", text, required, "closed: connections are refused", words::port_states},
    FieldSpec{"endpoint", text, required, "address:port"},
};
constexpr std::array host_connected_fields{
    FieldSpec{"connection", integer, required, "number of the connection, from 1"},
};
constexpr std::array host_disconnected_fields{
    FieldSpec{"connection", integer, required, "number of the connection, from 1"},
    FieldSpec{"reason", text, required, "peer closed, host closed, connection reset, idle, ..."},
};
constexpr std::array host_rule_fields{
    FieldSpec{"action", text, required, "what it did", words::rule_actions},
    FieldSpec{"rule", text, required, "name of the behaviour rule, or its number"},
    FieldSpec{"stan", text, optional, "STAN of the request it acted on", any_word, 6},
    FieldSpec{"code", text, optional, "response code it forced", any_word, 2},
    FieldSpec{"delay_ms", integer, optional, "delay it added"},
    FieldSpec{"detail", text, optional, "what it changed, how much it sent; never what a field holds"},
};
constexpr std::array host_posted_fields{
    FieldSpec{"entry", text, required, "what the host's ledger took", words::ledger_entries},
    FieldSpec{"stan", text, required,
              "six digits: the entry's own (a void's too); a reversal's is its original's", any_word, 6},
    FieldSpec{"tid", text, required, "terminal number"},
    FieldSpec{"amount", integer, required, "minor units, positive; the entry tells the direction"},
    FieldSpec{"currency", text, required, "numeric ISO 4217", any_word, 3},
    FieldSpec{"rrn", text, optional, "retrieval reference number"},
    FieldSpec{"pan", text, optional, "first six and last four digits; absent where a wallet pays by code"},
};
constexpr std::array host_settlement_fields{
    FieldSpec{"tid", text, required, "terminal number"},
    FieldSpec{"batch", text, required, "six digits", any_word, 6},
    FieldSpec{"outcome", text, required, "agreed: the terminal's totals are the host's",
              words::settlement_outcomes},
    FieldSpec{"currency", text, required, "numeric ISO 4217", any_word, 3},
    FieldSpec{"debits", integer, required, "number of charges in the host's books"},
    FieldSpec{"debit_amount", integer, required, "their sum, minor units"},
    FieldSpec{"credits", integer, required, "number of voids and refunds in the host's books"},
    FieldSpec{"credit_amount", integer, required, "their sum, minor units"},
};
constexpr std::array host_replayed_fields{
    FieldSpec{"answer", text, required,
              "withheld, hung_up: none was recorded; missing: nothing is left for such a request; overruled: "
              "it cannot be booked",
              words::replayed_answers},
    FieldSpec{"stan", text, required, "STAN of the request", any_word, 6},
    FieldSpec{"line", integer, optional, "of the recording: what was taken, or the nearest"},
    FieldSpec{
        "detail", text, optional,
        "which fields differ from the recorded request, why it was overruled; never what a field holds"},
};
constexpr std::array host_order_fields{
    FieldSpec{"state", text, required,
              "pending: opened, and not paid; scanned: a customer has it on the phone; paid; closed: it will "
              "not be paid",
              words::order_states},
    FieldSpec{"stan", text, required, "of the payment that opened it, or was closed before it came", any_word,
              6},
    FieldSpec{"tid", text, required, "terminal number"},
    FieldSpec{"batch", text, required, "in which it was opened, six digits", any_word, 6},
    FieldSpec{"amount", integer, required, "minor units; 0 where it was closed before it came"},
    FieldSpec{"currency", text, required, "numeric ISO 4217", any_word, 3},
    FieldSpec{"rrn", text, optional, "retrieval reference number"},
    FieldSpec{"wallet", text, optional, "whose customer pays, or was to pay"},
    FieldSpec{
        "reason", text, optional,
        "why it is closed: by the terminal, refused by the customer, for want of funds, not paid in time, "
        "or by a recording",
        words::order_reasons},
};
constexpr std::array host_rejected_fields{
    FieldSpec{"connection", integer, required, "number of the connection, from 1"},
    FieldSpec{"reason", text, required, "why the octets are no message, with field and octet"},
    FieldSpec{"bytes", integer, required, "octets received of it"},
};
constexpr std::array network_applied_fields{
    FieldSpec{"profile", text, required, "profile, or (changed) for a change of single figures"},
    FieldSpec{"direction", text, required, "up: terminal to host", words::directions},
    FieldSpec{"delay_us", integer, required, "one-way delay"},
    FieldSpec{"jitter_us", integer, required, "deviation around the delay"},
    FieldSpec{"rate_bps", integer, required, "bit/s, 0 is unlimited"},
    FieldSpec{"loss_ppm", integer, required, "mean loss, packets in a million"},
    FieldSpec{"limit", integer, required, "queue, packets"},
    FieldSpec{"blackouts", integer, required, "blackouts scheduled in this run"},
};
constexpr std::array network_verified_fields{
    FieldSpec{"what", text, required, "which impairment", words::impairments},
    FieldSpec{"direction", text, optional, "up: terminal to host", words::directions},
    FieldSpec{"asked", text, required, "figure asked for, with unit"},
    FieldSpec{"achieved", text, required, "figure seen, with unit"},
    FieldSpec{"ok", boolean, required, "the impairment acted as asked"},
    FieldSpec{"unmet", boolean, optional, "true: it stood ready, and no traffic came to it"},
};
constexpr std::array network_cut_fields{
    FieldSpec{"mode", text, required, "link: both directions silent; the others: connection attempts",
              words::cut_modes},
    FieldSpec{"reason", text, required, "who cut it", words::cut_reasons},
};
constexpr std::array network_restored_fields{
    FieldSpec{"mode", text, required, "as in network.cut", words::cut_modes},
    FieldSpec{"reason", text, required, "who mended it", words::restore_reasons},
};
constexpr std::array network_segment_fields{
    FieldSpec{"direction", text, required, "up: terminal to host", words::directions},
    FieldSpec{"flags", text, required, "DATA: with payload; ACK: without", words::segment_flags},
    FieldSpec{"bytes", integer, required, "octets of payload"},
    FieldSpec{"fate", text, required, "what became of it at the link", words::segment_fates},
    FieldSpec{"attempt", integer, required, "1, or more for a retransmission"},
};

constexpr std::array kinds{
    KindSpec{Kind::bench_run, Role::bench, "bench.run", "first event: what is run, and how",
             bench_run_fields},
    KindSpec{Kind::bench_phase, Role::bench, "bench.phase", "a phase of the run begins", bench_phase_fields},
    KindSpec{Kind::bench_step, Role::bench, "bench.step", "a step of the scenario acted or was missed",
             bench_step_fields},
    KindSpec{Kind::bench_note, Role::bench, "bench.note", "something the reader of the trace must know",
             bench_note_fields},
    KindSpec{Kind::bench_end, Role::bench, "bench.end", "last event; without it the trace was cut off",
             bench_end_fields},
    KindSpec{Kind::terminal_power, Role::terminal, "terminal.power", "the terminal gains or loses power",
             terminal_power_fields},
    KindSpec{Kind::terminal_state, Role::terminal, "terminal.state", "the payment application changes state",
             terminal_state_fields},
    KindSpec{Kind::terminal_display, Role::terminal, "terminal.display", "the display changes",
             terminal_display_fields},
    KindSpec{Kind::terminal_prompt, Role::terminal, "terminal.prompt", "the terminal asks for something",
             terminal_prompt_fields},
    KindSpec{Kind::terminal_key, Role::terminal, "terminal.key", "a key takes effect", terminal_key_fields},
    KindSpec{Kind::terminal_printed, Role::terminal, "terminal.printed", "a receipt is printed",
             terminal_printed_fields},
    KindSpec{Kind::terminal_outcome, Role::terminal, "terminal.outcome",
             "a transaction ended, as the display tells the merchant", terminal_outcome_fields},
    KindSpec{Kind::terminal_journal, Role::terminal, "terminal.journal", "the journal was written",
             terminal_journal_fields},
    KindSpec{Kind::terminal_connecting, Role::terminal, "terminal.connecting", "an attempt to connect begins",
             terminal_connecting_fields},
    KindSpec{Kind::terminal_connected, Role::terminal, "terminal.connected", "the connection stands",
             terminal_connected_fields},
    KindSpec{Kind::terminal_disconnected, Role::terminal, "terminal.disconnected",
             "the connection ended or did not come about", terminal_disconnected_fields},
    KindSpec{Kind::terminal_request, Role::terminal, "terminal.request",
             "a message is handed to the terminal's network interface", message_fields},
    KindSpec{Kind::terminal_response, Role::terminal, "terminal.response", "a whole message was received",
             message_fields},
    KindSpec{Kind::terminal_sign_in, Role::terminal, "terminal.sign_in", "a sign-in ended",
             terminal_sign_in_fields},
    KindSpec{Kind::terminal_stripe, Role::terminal, "terminal.stripe", "a track was decoded",
             terminal_stripe_fields},
    KindSpec{Kind::terminal_scanned, Role::terminal, "terminal.scanned", "a code was held before the scanner",
             terminal_scanned_fields},
    KindSpec{Kind::terminal_chip, Role::terminal, "terminal.chip", "a step of the EMV flow ended",
             terminal_chip_fields},
    KindSpec{Kind::terminal_settlement, Role::terminal, "terminal.settlement", "a settlement was tried",
             terminal_settlement_fields},
    KindSpec{Kind::terminal_fault, Role::terminal, "terminal.fault",
             "the terminal found something wrong with itself", terminal_fault_fields},
    KindSpec{Kind::terminal_condition, Role::terminal, "terminal.condition",
             "the state of the terminal's hardware was changed from outside", terminal_condition_fields},
    KindSpec{Kind::card_inserted, Role::card, "card.inserted", "a card is put into the chip reader",
             card_inserted_fields},
    KindSpec{Kind::card_tapped, Role::card, "card.tapped", "a card is held into the field",
             card_tapped_fields},
    KindSpec{Kind::card_removed, Role::card, "card.removed", "the card is taken out of slot or field", {}},
    KindSpec{Kind::card_swiped, Role::card, "card.swiped", "a stripe passes the reader", card_swiped_fields},
    KindSpec{Kind::card_reset, Role::card, "card.reset", "the chip is reset or activated", card_reset_fields},
    KindSpec{Kind::card_apdu, Role::card, "card.apdu", "a command and its answer", card_apdu_fields},
    KindSpec{Kind::card_fault, Role::card, "card.fault", "a rule of the card's fault programme acts",
             card_fault_fields},
    KindSpec{Kind::host_port, Role::host, "host.port", "the host's port opens or closes", host_port_fields},
    KindSpec{Kind::host_connected, Role::host, "host.connected", "a connection was accepted",
             host_connected_fields},
    KindSpec{Kind::host_disconnected, Role::host, "host.disconnected", "a connection ended",
             host_disconnected_fields},
    KindSpec{Kind::host_request, Role::host, "host.request", "a whole request arrived", host_message_fields},
    KindSpec{Kind::host_response, Role::host, "host.response",
             "a response is handed to the host's network interface", host_response_fields},
    KindSpec{Kind::host_rule, Role::host, "host.rule", "a behaviour rule acted", host_rule_fields},
    KindSpec{Kind::host_posted, Role::host, "host.posted", "the host's ledger changed", host_posted_fields},
    KindSpec{Kind::host_settlement, Role::host, "host.settlement", "the host compared totals",
             host_settlement_fields},
    KindSpec{Kind::host_rejected, Role::host, "host.rejected", "octets arrived that are no message",
             host_rejected_fields},
    KindSpec{Kind::host_replayed, Role::host, "host.replayed", "a recording was to answer a transaction",
             host_replayed_fields},
    KindSpec{Kind::host_order, Role::host, "host.order", "an order (a payment by code) changed its state",
             host_order_fields},
    KindSpec{Kind::network_applied, Role::network, "network.applied", "an impairment is in force",
             network_applied_fields},
    KindSpec{Kind::network_verified, Role::network, "network.verified", "proof that an impairment acted",
             network_verified_fields},
    KindSpec{Kind::network_cut, Role::network, "network.cut", "the link or the way to the host is cut",
             network_cut_fields},
    KindSpec{Kind::network_restored, Role::network, "network.restored", "the cut is mended",
             network_restored_fields},
    KindSpec{Kind::network_segment, Role::network, "network.segment", "a segment was sent (virtual network)",
             network_segment_fields},
    KindSpec{Kind::power_cut, Role::power, "power.cut", "the terminal's supply is cut", {}},
    KindSpec{Kind::power_restored, Role::power, "power.restored", "the terminal's supply is back", {}},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (static_cast<std::size_t>(kinds[i].kind) != i) return false;
    return kinds.size() == static_cast<std::size_t>(Kind::count_);
}
static_assert(in_order(), "the table lists every kind once, in the order of the enumeration");
static_assert(std::ranges::all_of(kinds,
                                  [](const KindSpec& kind) { return kind.fields.size() <= most_fields; }));

}  // namespace

std::span<const KindSpec> vocabulary() noexcept {
    return kinds;
}

const KindSpec& spec(Kind kind) noexcept {
    return kinds[static_cast<std::size_t>(kind)];
}

}  // namespace posbench::trace
