#include <utility>

#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/terminal/emulated/online.hpp"

/// One advice: what was approved without the host, or a refund, told to it (0220).
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::string_view duplicate = "94";    // it has arrived before: its answer was lost
constexpr std::string_view other_batch = "77";  // the host has closed the batch it names, and not booked it

}  // namespace

/// The request of an advice, made again from what the journal keeps.
TransactionData data_of(const TransactionRecord& kept) {
    TransactionData data;
    data.type = kept.type;
    data.stan = kept.stan;
    data.amount = kept.total;
    for (const Entry entry :
         {Entry::chip, Entry::stripe, Entry::fallback, Entry::manual, Entry::contactless, Entry::code})
        if (kept.entry == to_string(entry)) data.entry = entry;
    data.pan = kept.pan;
    data.expiry = kept.expiry;
    data.psn = kept.psn;
    data.icc = kept.icc;
    if (kept.type == iso8583::TransactionType::offline_sale) data.auth_code = kept.auth_code;
    data.original = kept.original;
    return data;
}

namespace {

/// The same, of an advice: its original may have got its reference number, or another batch, by its own
/// upload a moment ago.
TransactionData advice_data(const Journal& journal, const TransactionRecord& kept) {
    TransactionData data = data_of(kept);
    const TransactionRecord* original = journal.find(kept.original.stan);
    if (!data.original || original == nullptr) return data;
    data.original->batch = original->batch;
    if (data.original->rrn.empty()) data.original->rrn = original->rrn;
    return data;
}

}  // namespace

Task<std::optional<OnlineFailure>> Online::upload_advice(std::string stan) {
    for (;;) {
        const TransactionRecord kept = *journal_.find(stan);
        iso8583::Message request = transaction_request(settings_, kept.batch, advice_data(journal_, kept));
        const auto reply = co_await exchange(std::move(request), Link::Protection::mac);
        if (!reply) co_return reply.error();
        const std::string code(reply->message.get(39));
        if (code == other_batch && kept.batch != journal_.batch()) {
            co_await journal_.move_to_batch(stan);
            continue;
        }
        OnlineFailure refused{"host_code", std::string(say_code(code, panel_.language())), code};
        if (asks_for_sign_in(code, settings_.defects)) {
            co_await require_sign_in();
            refused.reason = "sign_in";
            co_return refused;
        }
        if (code == duplicate || approves(code, settings_.defects)) {
            co_await journal_.upload_done(stan, reply->message);
        } else if (iso8583::is_passing(code)) {
            co_return refused;
        } else {
            co_await journal_.upload_refused(stan, code);
        }
        co_return std::nullopt;
    }
}

}  // namespace posbench::terminal
