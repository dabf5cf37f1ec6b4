#include "drivers/terminal/emulated/messages.hpp"

#include <fmt/format.h>

#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::terminal {
namespace {

using iso8583::Message;

constexpr std::string_view sale_type = "22";
constexpr std::string_view pin_capture_code = "12";  // field 26: PINs of up to 12 digits
constexpr std::string_view chip_terminal = "5";      // 60.4
constexpr std::string_view chip_fine = "0";          // 60.5
constexpr std::string_view chip_failed = "2";

std::string entry_mode(const SaleData& sale) {
    const std::string_view medium = sale.entry == Entry::chip ? "05" : "02";
    return fmt::format("{}{}", medium, sale.pin_block.empty() ? '2' : '1');
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
    }
    return "";
}

Message sign_in_request(const TerminalSettings& settings, const std::string& batch, const std::string& stan) {
    Message message("0800");
    message.set(11, stan);
    message.set(41, settings.tid);
    message.set(42, settings.mid);
    iso8583::Field60 field60;
    field60.transaction_type = "00";
    field60.batch = batch;
    field60.network_management = settings.sign_in_key_type;
    message.set(60, field60.to_string());
    message.set(63, settings.operator_number + " ");
    return message;
}

Message sale_request(const TerminalSettings& settings, const std::string& batch, const SaleData& sale) {
    Message message("0200");
    message.set(2, sale.pan);
    message.set(3, std::string("000000"));
    message.set(4, fmt::format("{:012}", sale.amount.minor()));
    message.set(11, sale.stan);
    if (!sale.expiry.empty()) message.set(14, sale.expiry);
    message.set(22, entry_mode(sale));
    if (!sale.psn.empty()) message.set(23, "0" + sale.psn);
    message.set(25, std::string("00"));
    if (!sale.track2.empty()) message.set(35, sale.track2);
    message.set(41, settings.tid);
    message.set(42, settings.mid);
    message.set(49, fmt::format("{:03}", settings.currency.numeric));
    if (!sale.pin_block.empty()) {
        message.set(26, std::string(pin_capture_code));
        message.set(52, sale.pin_block);
        const bool double_length = settings.sign_in_key_type != "001";
        message.set(53, iso8583::Field53{iso8583::Field53::Block::with_pan, double_length}.to_string());
    }
    if (!sale.icc.empty()) message.set(55, sale.icc);
    iso8583::Field60 field60;
    field60.transaction_type = sale_type;
    field60.batch = batch;
    field60.network_management = "000";
    field60.read_capability = chip_terminal;
    const bool flagged = !settings.defects.has(Defect::fallback_unflagged);
    field60.ic_condition = sale.entry == Entry::fallback && flagged ? chip_failed : chip_fine;
    message.set(60, field60.to_string());
    return message;
}

Message reversal_request(const Message& sale, const SaleData& data, std::string_view reason) {
    Message message("0400");
    for (const int field : {2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60})
        if (sale.has(field)) message.set(field, std::string(sale.get(field)));
    message.set(39, std::string(reason));
    if (!data.icc_for_reversal.empty()) message.set(55, data.icc_for_reversal);
    return message;
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
    if (answer.mti() != iso8583::reply_mti(request.mti()))
        return Mismatch{"mismatch_mti", Text::mismatch_mti, "06"};
    if (differs(3)) return Mismatch{"mismatch_processing_code", Text::mismatch_processing_code, "06"};
    if (differs(11) && !defects.has(Defect::reply_stan_unchecked))
        return Mismatch{"mismatch_stan", Text::mismatch_stan, "06"};
    if (differs(41)) return Mismatch{"mismatch_tid", Text::mismatch_tid, "06"};
    // Without a response code nothing was decided: what the host did is unknown, and reversed.
    if (code.size() != 2) return Mismatch{"bad_reply", Text::bad_reply, "06"};
    if (approved && differs(42)) return Mismatch{"mismatch_mid", Text::mismatch_mid, "06"};
    // A refusal need not repeat the amount, but must not name another one.
    const bool amount_due = approved || answer.has(4);
    const std::string_view given = answer.get(4);
    const bool part_wrong = given <= std::string_view("000000000000") || given > request.get(4);
    const bool amount_wrong = partly ? part_wrong : differs(4);
    if (amount_due && amount_wrong) return Mismatch{"mismatch_amount", Text::mismatch_amount, "06"};
    const bool mac_due = approved && request.has(4);
    if (mac_due && reply.mac != "ok" && !defects.has(Defect::reply_mac_unchecked))
        return Mismatch{"mac", Text::mac_wrong, "A0"};
    return std::nullopt;
}

bool approves(std::string_view code, const Defects& defects) noexcept {
    if (code == "91" && defects.has(Defect::approves_91)) return true;
    const iso8583::CodeAction action = iso8583::find_response_code(code).action;
    return action == iso8583::CodeAction::approved || action == iso8583::CodeAction::partly_approved;
}

bool asks_for_sign_in(std::string_view code) noexcept {
    return code == "77" || code == "99" || code == "A0";
}

}  // namespace posbench::terminal
