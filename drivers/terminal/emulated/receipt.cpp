#include "drivers/terminal/emulated/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;
using trace::Kind;
using Type = iso8583::TransactionType;

constexpr std::string_view rule = "--------------------------------\n";

/// How the card was read, behind its number.
std::string_view entry_mark(std::string_view entry) {
    if (entry == "chip") return "I";
    if (entry == "contactless") return "C";
    if (entry == "manual") return "M";
    return entry == "fallback" ? "F" : "S";
}

bool gives_back(const TransactionRecord& transaction) {
    return transaction.down || is_refund(transaction.type) || transaction.type == Type::sale_void ||
           transaction.type == Type::completion_void || transaction.type == Type::pre_authorisation_void;
}

/// The title of a transaction.
std::string_view title(Type type) {
    switch (type) {
        case Type::sale:
            return "消费(SALE)";
        case Type::sale_void:
            return "消费撤销(VOID)";
        case Type::refund:
            return "退货(REFUND)";
        case Type::pre_authorisation:
            return "预授权(AUTH)";
        case Type::pre_authorisation_void:
            return "预授权撤销(CANCEL)";
        case Type::completion:
            return "预授权完成(AUTH COMPLETE)";
        case Type::completion_void:
            return "预授权完成撤销(COMPLETE VOID)";
        case Type::completion_advice:
            return "预授权完成通知(AUTH SETTLEMENT)";
        case Type::offline_sale:
            return "离线结算(OFFLINE)";
        case Type::adjustment:
            return "结算调整(ADJUST)";
        case Type::tip:
            return "小费(TIP)";
        case Type::emv_offline_sale:
            return "脱机消费(EMV OFFLINE)";
        case Type::scan_payment:
        case Type::present_payment:
            return "扫码支付(CODE PAYMENT)";
        case Type::code_refund:
            return "扫码退款(CODE REFUND)";
        case Type::code_query:
        case Type::code_close:
        case Type::inquiry:
        case Type::reversal:
        case Type::count_:
            break;
    }
    return "";
}

/// The PAN as it is printed.
std::string printed_pan(const TerminalSettings& settings, const std::string& pan) {
    if (!settings.defects.has(Defect::clear_pan_on_receipt)) return trace::mask_pan(pan);
    // The trace takes no whole PAN: the defect shows in ten digits where six may stand.
    constexpr std::size_t shown_first = 10, shown_last = 4;
    std::string printed = pan;
    for (std::size_t i = shown_first; i + shown_last < printed.size(); ++i) printed[i] = '*';
    return printed;
}

/// The amount as it is printed.
Amount printed_amount(const TerminalSettings& settings, const TransactionRecord& transaction) {
    const Amount& amount = transaction.amount;
    if (!settings.defects.has(Defect::receipt_amount_differs)) return amount;
    return Amount(amount.minor() + 100, amount.currency());
}

trace::Fields describe(const TerminalSettings& settings, const TransactionRecord& transaction,
                       std::string_view copy, bool again) {
    const Amount amount = printed_amount(settings, transaction);
    trace::Fields event{{"copy", copy},
                        {"transaction", entry_name(transaction)},
                        {"outcome", "approved"},
                        {"stan", transaction.stan},
                        {"amount", amount.minor()},
                        {"currency", fmt::format("{:03}", amount.currency().numeric)}};
    if (!transaction.pan.empty()) event.emplace_back("pan", printed_pan(settings, transaction.pan));
    if (!transaction.rrn.empty()) event.emplace_back("rrn", transaction.rrn);
    if (!transaction.auth_code.empty()) event.emplace_back("auth_code", transaction.auth_code);
    event.emplace_back("date", transaction.date);
    event.emplace_back("text", receipt_text(settings, transaction, copy, again));
    return event;
}

std::string report_text(const TerminalSettings& settings, const SettlementReport& report) {
    const auto amount = [&](std::int64_t minor) { return show_amount(Amount(minor, settings.currency)); };
    std::string text = fmt::format("           结算总计单\n{}", rule);
    text += fmt::format("商户名称: {}\n商户编号: {}\n终端编号: {}\n操作员号: {}\n", settings.merchant_name,
                        settings.mid, settings.tid, settings.operator_number);
    text += fmt::format("批次号: {}\n日期/时间: {}\n{}", report.batch, report.time, rule);
    text += fmt::format("借记 {}笔 {}\n贷记 {}笔 {}\n{}", report.totals.debits,
                        amount(report.totals.debit_amount), report.totals.credits,
                        amount(report.totals.credit_amount), rule);
    text += report.differs ? "对账不平\n" : "对账平\n";
    for (const RefusedAdvice& refused : report.refused)
        text += fmt::format("上送被拒: 凭证号 {} {} [{}] {}\n", refused.stan, amount(refused.amount),
                            refused.code, say_code(refused.code, Language::zh));
    return text;
}

enum class Copy : std::uint8_t {
    whole,
    whole_at_last,  ///< after one that was torn
    left,           ///< by the operator
};

/// One copy. What the printer refuses is offered again until it is whole or the operator leaves it.
Task<Copy> print_copy(Counter counter, Printer& printer) {
    bool whole = co_await printer.print();
    if (whole) co_return Copy::whole;
    const bool gives_up = counter.settings.defects.has(Defect::repeats_sale_after_printer_fault);
    while (!whole) {
        if (gives_up) co_return Copy::left;
        const bool wanted = co_await printer.offer_again();
        if (!wanted) co_return Copy::left;
        whole = co_await printer.print();
    }
    co_return Copy::whole_at_last;
}

}  // namespace

std::string printed_time(const iso8583::CivilTime& time) {
    const std::chrono::hh_mm_ss<std::chrono::seconds> of_day(time.of_day);
    return fmt::format("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", int(time.date.year()),
                       unsigned(time.date.month()), unsigned(time.date.day()), of_day.hours().count(),
                       of_day.minutes().count(), of_day.seconds().count());
}

std::string receipt_text(const TerminalSettings& settings, const TransactionRecord& transaction,
                         std::string_view copy, bool again) {
    const bool merchant = copy == "merchant";
    std::string text = fmt::format("           POS签购单\n{}{}\n", again ? "*** 重打印 ***\n" : "",
                                   merchant ? "商户存根" : "持卡人存根");
    const auto line = [&text](std::string_view name, std::string_view value) {
        text += fmt::format("{}: {}\n", name, value);
    };
    const auto known = [&line](std::string_view name, std::string_view value) {
        if (!value.empty()) line(name, value);
    };
    text += rule;
    line("商户名称", settings.merchant_name);
    line("商户编号", settings.mid);
    line("终端编号", settings.tid);
    line("操作员号", settings.operator_number);
    const bool by_card = !transaction.pan.empty();
    if (by_card)
        line("卡号",
             fmt::format("{} /{}", printed_pan(settings, transaction.pan), entry_mark(transaction.entry)));
    line("交易类型", title(transaction.type));
    line("批次号", transaction.batch);
    line("凭证号", transaction.stan);
    line("授权码", transaction.auth_code);
    line("参考号", transaction.rrn);
    line("日期/时间", transaction.time);
    known("原凭证号", transaction.original.stan);
    known("原参考号", transaction.original.rrn);
    known("原授权码", transaction.original.auth_code);
    known("原交易日期", transaction.original.date);
    if (transaction.total != transaction.amount) line("总计", show_amount(transaction.total));
    line("金额", (gives_back(transaction) ? "-" : "") + show_amount(printed_amount(settings, transaction)));
    line("备注", transaction.chip);
    if (transaction.unverified) text += "免密免签(NO PIN, NO SIGNATURE REQUIRED)\n";
    text += rule;
    if (merchant && transaction.signature) text += "持卡人签名:\n\n";
    if (by_card) text += "本人确认以上交易,同意将其记入本卡账户\n";
    return text;
}

Task<void> print_open_receipt(Counter counter, Printer& printer, Journal& journal, bool again) {
    if (!journal.open_receipt()) co_return;
    co_await counter.panel.enter(State::printing);
    co_await counter.panel.show(Text::printing);
    const int copies = static_cast<int>(std::size(receipt_copies));
    while (journal.open_receipt()) {
        const OpenReceipt open = *journal.open_receipt();
        const auto next = static_cast<std::size_t>(open.copies_printed);
        const Copy copy = co_await print_copy(counter, printer);
        if (copy == Copy::left) co_return;
        const bool marked = again || copy == Copy::whole_at_last;
        trace::Fields event = describe(counter.settings, open.transaction, receipt_copies[next], marked);
        co_await counter.panel.emit(Kind::terminal_printed, std::move(event));
        co_await journal.count_copy(copies);
    }
}

Task<bool> reprint_receipt(Counter counter, Printer& printer, TransactionRecord transaction) {
    co_await counter.panel.enter(State::printing);
    co_await counter.panel.show(Text::printing);
    for (const std::string_view name : receipt_copies) {
        const Copy copy = co_await print_copy(counter, printer);
        if (copy == Copy::left) co_return false;
        trace::Fields event = describe(counter.settings, transaction, name, true);
        co_await counter.panel.emit(Kind::terminal_printed, std::move(event));
    }
    co_return true;
}

Task<void> print_open_report(Counter counter, Printer& printer, Journal& journal) {
    if (!journal.open_report()) co_return;
    co_await counter.panel.enter(State::printing);
    co_await counter.panel.show(Text::printing);
    const Copy copy = co_await print_copy(counter, printer);
    if (copy == Copy::left) co_return;
    trace::Fields event{{"copy", "report"},
                        {"transaction", "settlement"},
                        {"outcome", "approved"},
                        {"text", report_text(counter.settings, *journal.open_report())}};
    co_await counter.panel.emit(Kind::terminal_printed, std::move(event));
    co_await journal.close_report();
}

}  // namespace posbench::terminal
