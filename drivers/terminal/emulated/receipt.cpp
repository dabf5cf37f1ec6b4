#include "drivers/terminal/emulated/receipt.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::string_view rule = "--------------------------------\n";

/// How the card was read, behind its number.
std::string_view entry_mark(std::string_view entry) {
    if (entry == "chip") return "I";
    return entry == "fallback" ? "F" : "S";
}

trace::Fields describe(const TerminalSettings& settings, const SaleRecord& sale, std::string_view copy,
                       bool again) {
    trace::Fields event{{"copy", copy},
                        {"transaction", "sale"},
                        {"outcome", "approved"},
                        {"stan", sale.stan},
                        {"amount", sale.amount.minor()},
                        {"currency", fmt::format("{:03}", sale.amount.currency().numeric)},
                        {"pan", sale.pan}};
    if (!sale.rrn.empty()) event.emplace_back("rrn", sale.rrn);
    event.emplace_back("text", receipt_text(settings, sale, copy, again));
    return event;
}

}  // namespace

std::string printed_time(const iso8583::CivilTime& time) {
    const std::chrono::hh_mm_ss<std::chrono::seconds> of_day(time.of_day);
    return fmt::format("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", int(time.date.year()),
                       unsigned(time.date.month()), unsigned(time.date.day()), of_day.hours().count(),
                       of_day.minutes().count(), of_day.seconds().count());
}

std::string receipt_text(const TerminalSettings& settings, const SaleRecord& sale, std::string_view copy,
                         bool again) {
    const bool merchant = copy == "merchant";
    std::string text = fmt::format("           POS签购单\n{}{}\n", again ? "*** 重打印 ***\n" : "",
                                   merchant ? "商户存根" : "持卡人存根");
    const auto line = [&text](std::string_view name, std::string_view value) {
        text += fmt::format("{}: {}\n", name, value);
    };
    text += rule;
    line("商户名称", settings.merchant_name);
    line("商户编号", settings.mid);
    line("终端编号", settings.tid);
    line("操作员号", settings.operator_number);
    line("卡号", fmt::format("{} /{}", sale.pan, entry_mark(sale.entry)));
    line("交易类型", "消费(SALE)");
    line("批次号", sale.batch);
    line("凭证号", sale.stan);
    line("授权码", sale.auth_code);
    line("参考号", sale.rrn);
    line("日期/时间", sale.time);
    line("金额", show_amount(sale.amount));
    line("备注", sale.chip);
    text += rule;
    if (merchant && sale.signature) text += "持卡人签名:\n\n";
    text += "本人确认以上交易,同意将其记入本卡账户\n";
    return text;
}

Task<void> print_open_receipt(Panel& panel, Printer& printer, Journal& journal,
                              const TerminalSettings& settings, bool again) {
    if (!journal.open_receipt()) co_return;
    co_await panel.enter(State::printing);
    co_await panel.show(Text::printing);
    const int copies = static_cast<int>(std::size(receipt_copies));
    bool torn = false;
    while (journal.open_receipt()) {
        const OpenReceipt open = *journal.open_receipt();
        const auto next = static_cast<std::size_t>(open.copies_printed);
        const bool whole = co_await printer.print();
        if (!whole) {
            if (settings.defects.has(Defect::repeats_sale_after_printer_fault)) co_return;
            const bool wanted = co_await printer.offer_again();
            if (!wanted) co_return;
            torn = true;
            continue;
        }
        trace::Fields event = describe(settings, open.sale, receipt_copies[next], again || torn);
        torn = false;
        co_await panel.emit(trace::Kind::terminal_printed, std::move(event));
        co_await journal.count_copy(copies);
    }
}

}  // namespace posbench::terminal
