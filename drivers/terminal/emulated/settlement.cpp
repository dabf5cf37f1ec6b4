#include "drivers/terminal/emulated/settlement.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/terminal/emulated/advices.hpp"
#include "drivers/terminal/emulated/management.hpp"
#include "drivers/terminal/emulated/orders.hpp"
#include "drivers/terminal/emulated/receipt.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;
using Type = iso8583::TransactionType;

constexpr std::string_view settle = "201", upload_end = "202";  // field 60.3
constexpr std::string_view plain = "00", emv_offline = "36";    // field 60.1
constexpr std::size_t answers_at[] = {30, 61};                  // the host's answers in field 48
constexpr std::string_view differ = "95";                       // field 39: totals differ

End failed(const OnlineFailure& failure) {
    return {"failed", failure.reason, failure.text, failure.code};
}

}  // namespace

std::string settlement_totals(const BatchTotals& totals) {
    std::string field;
    for (const Totals& half : {totals.domestic, totals.foreign})
        field += fmt::format("{:012}{:03}{:012}{:03}0", half.debit_amount, half.debits, half.credit_amount,
                             half.credits);
    return field;
}

std::string upload_records(std::span<const TransactionRecord> transactions) {
    std::string field = fmt::format("{:02}", transactions.size());
    for (const TransactionRecord& transaction : transactions)
        field += fmt::format("{}{}{:0>20}{:012}", transaction.foreign ? "01" : "00", transaction.stan,
                             transaction.pan, transaction.amount.minor());
    return field;
}

Task<End> Settlement::run() {
    co_await panel_.enter(State::settling);
    co_await panel_.show(Text::settling);
    Step end = co_await make_ready();
    if (!end && !journal_.settlement()) co_await begin();
    if (!end && !journal_.settlement()->differs) end = co_await compare_totals();
    if (!end && journal_.settlement()->differs) end = co_await upload_batch();
    if (end) co_return co_await fail(*std::move(end));
    co_return co_await close();
}

/// What is owed goes first: a reversal, an order without a result, and the advices, which count in the
/// totals.
Task<Step> Settlement::make_ready() {
    if (!online_.signed_in()) {
        const auto failure = co_await online_.sign_in();
        if (failure) co_return failed(*failure);
    }
    const auto owing = co_await online_.settle_reversal();
    if (owing) co_return failed(*owing);
    const auto without_result = co_await settle_order(parts_);
    if (without_result) co_return failed(*without_result);
    if (journal_.settlement()) co_return std::nullopt;
    const auto unanswered = co_await clear_advices(parts_);
    if (unanswered) co_return failed(*unanswered);
    co_await panel_.enter(State::settling);
    co_return std::nullopt;
}

/// From here on the totals stand: until the batch is closed nothing is added to it.
Task<void> Settlement::begin() {
    SettlementProgress progress;
    progress.batch = journal_.batch();
    progress.stan = co_await journal_.take_stan();
    progress.totals = journal_.totals();
    co_await journal_.store_settlement(std::move(progress));
}

Task<Step> Settlement::compare_totals() {
    iso8583::Message asked = request("0500", plain, settle, journal_.settlement()->stan);
    asked.set(48, settlement_totals(journal_.settlement()->totals));
    asked.set(49, fmt::format("{:03}", settings_.currency.numeric));
    asked.set(63, settings_.operator_number + " ");
    iso8583::Message answer;
    Step end = co_await ask(std::move(asked), answer);
    if (end) co_return end;
    const std::string code(answer.get(39));
    const std::string_view compared = answer.get(48);
    const auto both_in = [compared](std::string_view answers) {
        return std::ranges::all_of(answers_at, [&](std::size_t at) {
            return compared.size() > at && answers.find(compared[at]) != std::string_view::npos;
        });
    };
    if (code == "00" && both_in("1")) co_return std::nullopt;
    if (code == "00" && !both_in("12"))
        co_return ended("failed", "bad_reply", Text::bad_reply, panel_.language());
    if (code != "00" && code != differ)
        co_return End{"failed", "host_code", std::string(say_code(code, panel_.language())), code};
    SettlementProgress progress = *journal_.settlement();
    progress.differs = true;
    co_await journal_.store_settlement(std::move(progress));
    co_return std::nullopt;
}

/// Message by message; what the host has answered is not sent again.
Task<Step> Settlement::upload_batch() {
    co_await panel_.show(Text::uploading);
    std::vector<TransactionRecord> counted;
    for (const TransactionRecord& transaction : journal_.transactions()) {
        Totals totals;
        totals.count(transaction);
        if (totals != Totals()) counted.push_back(transaction);
    }
    const std::span<const TransactionRecord> batch(counted);
    for (;;) {
        const auto sent = static_cast<std::size_t>(journal_.settlement()->sent);
        if (sent >= batch.size()) break;
        const bool emv = batch[sent].type == Type::emv_offline_sale;
        std::size_t count = 1;  // with its cryptogram, an EMV offline sale fills a message
        while (!emv && count < iso8583::upload::most_records && sent + count < batch.size() &&
               batch[sent + count].type != Type::emv_offline_sale)
            ++count;
        Step end = co_await upload_some(batch.subspan(sent, count));
        if (end) co_return end;
        SettlementProgress progress = *journal_.settlement();
        progress.sent += static_cast<std::int64_t>(count);
        co_await journal_.store_settlement(std::move(progress));
    }
    co_return co_await end_upload(static_cast<std::int64_t>(batch.size()));
}

Task<Step> Settlement::upload_some(std::span<const TransactionRecord> some) {
    const TransactionRecord& first = some.front();
    iso8583::Message asked;
    if (first.type == Type::emv_offline_sale) {
        const auto* row = iso8583::find_transaction("0320", "000000", "00", emv_offline);
        asked = transaction_request(settings_, first.batch, data_of(first), *row);
    } else {
        const std::string stan = co_await journal_.take_stan();
        asked = request("0320", plain, settle, stan);
        asked.set(48, upload_records(some));
    }
    iso8583::Message answer;
    Step end = co_await ask(std::move(asked), answer);
    if (end) co_return end;
    const std::string code(answer.get(39));
    if (code == "00") co_return std::nullopt;
    co_return End{"failed", "host_code", std::string(say_code(code, panel_.language())), code};
}

Task<Step> Settlement::end_upload(std::int64_t uploaded) {
    const std::string stan = co_await journal_.take_stan();
    iso8583::Message asked = request("0320", plain, upload_end, stan);
    asked.set(48, fmt::format("{:04}", uploaded));
    iso8583::Message answer;
    Step end = co_await ask(std::move(asked), answer);
    if (end) co_return end;
    const std::string code(answer.get(39));
    if (code == "00") co_return std::nullopt;
    if (code == differ) {  // it has got another number of them: the next settlement uploads from the first
        SettlementProgress progress = *journal_.settlement();
        progress.sent = 0;
        co_await journal_.store_settlement(std::move(progress));
    }
    co_return End{"failed", "host_code", std::string(say_code(code, panel_.language())), code};
}

Task<Step> Settlement::ask(iso8583::Message request, iso8583::Message& answer) {
    auto reply = co_await online_.exchange(std::move(request), Link::Protection::mac);
    co_await panel_.enter(State::settling);
    if (!reply) co_return failed(reply.error());
    answer = std::move(reply->message);
    const std::string code(answer.get(39));
    if (!asks_for_sign_in(code, settings_.defects)) co_return std::nullopt;
    co_await online_.require_sign_in();
    co_return End{"failed", "sign_in", std::string(say_code(code, panel_.language())), code};
}

Task<End> Settlement::close() {
    const SettlementProgress progress = *journal_.settlement();
    const iso8583::CivilTime now(journal_.civil_now());
    const SettlementReport closed{progress.batch, progress.totals.all(), progress.differs, printed_time(now),
                                  journal_.refused()};
    co_await journal_.close_batch(closed);
    keys_.forget();
    co_await report(progress.differs ? "differs" : "agreed", progress);
    const Text text = progress.differs ? Text::settled_differs : Text::settled;
    End end = ended("approved", {}, text, panel_.language());
    if (!settings_.sign_off_after_settlement) co_return end;
    const End signed_off = co_await sign_off(panel_, journal_, online_, settings_);
    if (signed_off.outcome != "approved") end.text += "\n" + signed_off.text;
    co_return end;
}

/// The batch stays as it is; the next settlement goes on where this one was.
Task<End> Settlement::fail(End end) {
    SettlementProgress progress{journal_.batch(), {}, journal_.totals(), false, 0};
    if (journal_.settlement()) progress = *journal_.settlement();
    if (settings_.defects.has(Defect::drops_batch_after_failed_settlement)) {
        const SettlementReport dropped{progress.batch, progress.totals.all(), progress.differs, {}, {}};
        co_await journal_.close_batch(dropped);
    }
    co_await report("failed", progress);
    co_return end;
}

iso8583::Message Settlement::request(std::string_view mti, std::string_view type, std::string_view management,
                                     const std::string& stan) const {
    return management_request(settings_, mti, type, management, journal_.settlement()->batch, stan);
}

Task<void> Settlement::report(std::string_view outcome, SettlementProgress progress) {
    const Totals totals = progress.totals.all();
    trace::Fields event{{"outcome", outcome},
                        {"batch", progress.batch},
                        {"currency", fmt::format("{:03}", settings_.currency.numeric)},
                        {"debits", totals.debits},
                        {"debit_amount", totals.debit_amount},
                        {"credits", totals.credits},
                        {"credit_amount", totals.credit_amount}};
    if (progress.differs) event.emplace_back("uploaded", progress.sent);
    co_await panel_.emit(trace::Kind::terminal_settlement, std::move(event));
}

}  // namespace posbench::terminal
