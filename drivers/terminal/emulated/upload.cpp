#include <utility>

#include "drivers/terminal/emulated/online.hpp"

/// Advices: what was approved without the host, sent to it afterwards (0220).
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::string_view duplicate = "94";  // it has arrived before: its answer was lost

}  // namespace

/// The request of an advice, made again from what the journal keeps.
TransactionData data_of(const TransactionRecord& kept) {
    TransactionData data;
    data.type = kept.type;
    data.stan = kept.stan;
    data.amount = kept.total;
    for (const Entry entry : {Entry::chip, Entry::stripe, Entry::fallback, Entry::manual, Entry::contactless})
        if (kept.entry == to_string(entry)) data.entry = entry;
    data.pan = kept.pan;
    data.expiry = kept.expiry;
    data.psn = kept.psn;
    data.icc = kept.icc;
    if (kept.type == iso8583::TransactionType::offline_sale) data.auth_code = kept.auth_code;
    data.original = kept.original;
    return data;
}

Task<std::optional<OnlineFailure>> Online::upload_advices() {
    std::vector<std::string> due;
    for (const TransactionRecord& transaction : journal_.transactions())
        if (transaction.upload == Upload::due) due.push_back(transaction.stan);
    for (const std::string& stan : due) {
        const TransactionRecord& kept = *journal_.find(stan);
        TransactionData data = data_of(kept);
        // The original may have got its reference number by its own upload just now.
        const TransactionRecord* original = journal_.find(kept.original.stan);
        if (data.original && data.original->rrn.empty() && original != nullptr)
            data.original->rrn = original->rrn;
        iso8583::Message request = transaction_request(settings_, kept.batch, data);
        const auto reply = co_await exchange(std::move(request), Link::Protection::mac);
        if (!reply) co_return reply.error();
        const std::string code(reply->message.get(39));
        if (asks_for_sign_in(code, settings_.defects)) {
            co_await require_sign_in();
            co_return OnlineFailure{"sign_in", std::string(say_code(code, panel_.language())), code};
        }
        if (code == duplicate || approves(code, settings_.defects)) {
            co_await journal_.upload_done(stan, reply->message.get(37), is_foreign(reply->message.bytes(63)));
        } else {
            co_await journal_.upload_refused(stan, code);
        }
    }
    co_return std::nullopt;
}

}  // namespace posbench::terminal
