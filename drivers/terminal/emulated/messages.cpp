#include "drivers/terminal/emulated/messages.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::terminal {
namespace {

using iso8583::Message;

constexpr std::string_view management_type = "00";   // 60.1
constexpr std::string_view pin_capture_code = "12";  // field 26: PINs of up to 12 digits
constexpr std::string_view chip_terminal = "5", contactless_terminal = "6";  // 60.4
constexpr std::string_view chip_fine = "0";                                  // 60.5
constexpr std::string_view chip_failed = "2";
constexpr std::string_view takes_parts = "1";  // 60.6

std::string entry_mode(const TransactionData& data) {
    const std::string_view medium = data.entry == Entry::chip          ? "05"
                                    : data.entry == Entry::contactless ? "07"
                                    : data.entry == Entry::manual      ? "01"
                                    : data.entry == Entry::code        ? "03"
                                                                       : "02";
    return fmt::format("{}{}", medium, data.pin_block.empty() ? '2' : '1');
}

/// Field 61; empty when nothing of it is known.
std::string original_data(const Original& original) {
    if (original.stan.empty() && original.date.empty()) return {};
    const std::string_view unknown = "000000";
    return fmt::format("{}{}{}", original.batch.empty() ? unknown : original.batch,
                       original.stan.empty() ? unknown : original.stan, original.date);
}

void put_original(Message& message, const Original& original) {
    if (!original.rrn.empty()) message.set(37, original.rrn);
    if (!original.auth_code.empty()) message.set(38, original.auth_code);
    if (std::string data = original_data(original); !data.empty()) message.set(61, std::move(data));
}

const iso8583::TransactionRow* row_of(const Message& request) {
    const auto field60 = iso8583::parse_field60(request.get(60));
    return iso8583::find_transaction(request.mti(), request.get(3), request.get(25),
                                     field60 ? field60->transaction_type : std::string());
}

/// Of an order any answer may end it or leave it open, not an approval alone: each must prove itself.
bool is_of_order(const Message& request) {
    const auto* row = row_of(request);
    return row != nullptr && iso8583::is_of_order(row->type);
}

/// A host may grant part of what is asked for now; what takes back, completes or changes is whole or nothing.
bool may_be_partial(const Message& request) {
    const auto* row = row_of(request);
    return row != nullptr && (row->type == iso8583::TransactionType::sale ||
                              row->type == iso8583::TransactionType::pre_authorisation);
}

/// Every message but those of management (08xx) bears a MAC.
bool bears_mac(const Message& message) {
    return !message.mti().starts_with("08");
}

}  // namespace

std::string_view to_string(Entry entry) noexcept {
    switch (entry) {
        case Entry::chip:
            return "chip";
        case Entry::stripe:
            return "stripe";
        case Entry::fallback:
            return "fallback";
        case Entry::manual:
            return "manual";
        case Entry::contactless:
            return "contactless";
        case Entry::code:
            return "code";
    }
    return "";
}

bool is_refund(iso8583::TransactionType type) noexcept {
    return type == iso8583::TransactionType::refund || type == iso8583::TransactionType::code_refund;
}

Message transaction_request(const TerminalSettings& settings, const std::string& batch,
                            const TransactionData& data) {
    return transaction_request(settings, batch, data, iso8583::transaction_row(data.type));
}

Message transaction_request(const TerminalSettings& settings, const std::string& batch,
                            const TransactionData& data, const iso8583::TransactionRow& row) {
    Message message{std::string(row.mti)};
    if (!data.pan.empty()) message.set(2, data.pan);
    message.set(3, std::string(row.processing_code));
    if (data.type != iso8583::TransactionType::inquiry)
        message.set(4, fmt::format("{:012}", data.amount.minor()));
    message.set(11, data.stan);
    if (!data.expiry.empty()) message.set(14, data.expiry);
    message.set(22, entry_mode(data));
    if (!data.psn.empty()) message.set(23, "0" + data.psn);
    message.set(25, std::string(row.condition));
    if (!data.track2.empty()) message.set(35, data.track2);
    if (!data.auth_code.empty()) message.set(38, data.auth_code);
    message.set(41, settings.tid);
    message.set(42, settings.mid);
    message.set(49, fmt::format("{:03}", settings.currency.numeric));
    if (!data.pin_block.empty()) {
        message.set(26, std::string(pin_capture_code));
        message.set(52, data.pin_block);
        const bool double_length = settings.sign_in_key_type != "001";
        message.set(53, iso8583::Field53{iso8583::Field53::Block::with_pan, double_length}.to_string());
    }
    if (!data.icc.empty()) message.set(55, data.icc);
    if (!data.code.empty()) message.set(59, data.code);
    iso8583::Field60 field60;
    field60.transaction_type = row.code;
    field60.batch = batch;
    field60.network_management = "000";
    field60.read_capability = settings.contactless_reader ? contactless_terminal : chip_terminal;
    const bool flagged = !settings.defects.has(Defect::fallback_unflagged);
    field60.ic_condition = data.entry == Entry::fallback && flagged ? chip_failed : chip_fine;
    field60.partial_approval = takes_parts;
    message.set(60, field60.to_string());
    if (data.original) put_original(message, *data.original);
    return message;
}

Message management_request(const TerminalSettings& settings, std::string_view mti, std::string_view type,
                           std::string_view management, const std::string& batch, const std::string& stan) {
    Message message{std::string(mti)};
    message.set(11, stan);
    message.set(41, settings.tid);
    message.set(42, settings.mid);
    iso8583::Field60 field60;
    field60.transaction_type = type;
    field60.batch = batch;
    field60.network_management = management;
    message.set(60, field60.to_string());
    return message;
}

Message sign_in_request(const TerminalSettings& settings, const std::string& batch, const std::string& stan) {
    Message message =
        management_request(settings, "0800", management_type, settings.sign_in_key_type, batch, stan);
    message.set(63, settings.operator_number + " ");
    return message;
}

Message reversal_request(const TerminalSettings& settings, const Message& original,
                         const TransactionData& data, std::string_view reason) {
    Message message("0400");
    for (const int field : {2, 3, 4, 11, 14, 22, 23, 25, 38, 41, 42, 49, 60, 61})
        if (original.has(field)) message.set(field, std::string(original.get(field)));
    if (settings.defects.has(Defect::reversal_with_pin)) {
        for (const int field : {26, 53})
            if (original.has(field)) message.set(field, std::string(original.get(field)));
        if (!data.pin_block.empty()) message.set(52, data.pin_block);
    }
    message.set(39, std::string(reason));
    if (!data.icc_for_reversal.empty()) message.set(55, data.icc_for_reversal);
    return message;
}

Reply assumed_approval(const TerminalSettings& settings, const Message& request) {
    Message reply(iso8583::reply_mti(request.mti()));
    for (const int field : {3, 4, 11, 41, 42})
        if (request.has(field)) reply.set(field, std::string(request.get(field)));
    reply.set(39, std::string("00"));
    return {settings.tpdu.reply(), std::move(reply), "ok"};
}

std::optional<Mismatch> check_reply(const TerminalSettings& settings, const Message& request,
                                    const Reply& reply) {
    const Defects& defects = settings.defects;
    const Message& answer = reply.message;
    const auto differs = [&](int field) { return request.get(field) != answer.get(field); };
    const std::string_view code = answer.get(39);
    const bool approved = approves(code, defects);
    const bool partly = iso8583::find_response_code(code).action == iso8583::CodeAction::partly_approved;

    if (reply.tpdu != settings.tpdu.reply()) return Mismatch{"mismatch_tpdu", Text::mismatch_tpdu, "06"};
    if (answer.mti() != iso8583::reply_mti(request.mti()) && !defects.has(Defect::reply_mti_unchecked))
        return Mismatch{"mismatch_mti", Text::mismatch_mti, "06"};
    if (differs(3) && !defects.has(Defect::reply_processing_code_unchecked))
        return Mismatch{"mismatch_processing_code", Text::mismatch_processing_code, "06"};
    if (differs(11) && !defects.has(Defect::reply_stan_unchecked))
        return Mismatch{"mismatch_stan", Text::mismatch_stan, "06"};
    if (differs(41) && !defects.has(Defect::reply_tid_unchecked))
        return Mismatch{"mismatch_tid", Text::mismatch_tid, "06"};
    // Without a response code nothing was decided: what the host did is unknown, and reversed.
    if (code.size() != 2) return Mismatch{"bad_reply", Text::bad_reply, "06"};
    if (approved && differs(42)) return Mismatch{"mismatch_mid", Text::mismatch_mid, "06"};
    // A refusal need not repeat the amount, but must not name another one.
    const bool amount_due = approved || answer.has(4);
    const std::string_view given = answer.get(4);
    const bool part_wrong = given <= std::string_view("000000000000") || given > request.get(4);
    const bool amount_wrong = partly && may_be_partial(request) ? part_wrong : partly || differs(4);
    if (amount_due && amount_wrong && !defects.has(Defect::reply_amount_unchecked))
        return Mismatch{"mismatch_amount", Text::mismatch_amount, "06"};
    // One that nobody asked for must be right as well.
    const bool mac_due = (approved && (bears_mac(request) || reply.mac == "bad")) || is_of_order(request);
    if (mac_due && reply.mac != "ok" && !defects.has(Defect::reply_mac_unchecked))
        return Mismatch{"mac", Text::mac_wrong, "A0"};
    return std::nullopt;
}

bool approves(std::string_view code, const Defects& defects) noexcept {
    if (code == "91" && defects.has(Defect::approves_91)) return true;
    const bool unknown = iso8583::find_response_code(code).code != code;
    if (unknown && defects.has(Defect::approves_unknown_code)) return true;
    return iso8583::approves(code);
}

bool asks_for_sign_in(std::string_view code, const Defects& defects) noexcept {
    if (defects.has(Defect::keeps_keys_when_told_to_renew)) return false;
    return code == "77" || code == "99" || code == "A0";
}

}  // namespace posbench::terminal
