#include "drivers/terminal/emulated/transaction_record.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::terminal {
namespace {

using Type = iso8583::TransactionType;

constexpr std::array<std::string_view, 4> upload_names{"none", "due", "done", "refused"};
constexpr std::size_t stan_digits = 6;

std::optional<Type> find_type(std::string_view name) {
    for (int i = 0; i < static_cast<int>(Type::reversal); ++i)
        if (to_string(static_cast<Type>(i)) == name) return static_cast<Type>(i);
    return std::nullopt;
}

std::optional<bool> flag(const Record& record, std::string_view name) {
    const auto value = record.integer(name);
    if (value != 0 && value != 1) return std::nullopt;
    return value == 1;
}

}  // namespace

std::string_view entry_name(const TransactionRecord& transaction) noexcept {
    return transaction.down ? "adjustment_down" : to_string(transaction.type);
}

std::string_view state_name(const TransactionRecord& transaction) noexcept {
    if (transaction.upload == Upload::due) return "pending";
    return transaction.upload == Upload::refused ? "declined" : "approved";
}

Record to_record(const TransactionRecord& transaction) {
    Record record;
    record.put("type", to_string(transaction.type));
    record.put("stan", transaction.stan);
    record.put("batch", transaction.batch);
    record.put("amount", transaction.amount.minor());
    record.put("currency", fmt::format("{:03}", transaction.amount.currency().numeric));
    record.put("down", transaction.down ? 1 : 0);
    record.put("total", transaction.total.minor());
    record.put("pan", transaction.pan);
    record.put("expiry", transaction.expiry);
    record.put("psn", transaction.psn);
    record.put("entry", transaction.entry);
    record.put("rrn", transaction.rrn);
    record.put("auth_code", transaction.auth_code);
    record.put("date", transaction.date);
    record.put("time", transaction.time);
    record.put("chip", transaction.chip);
    record.put("icc", to_hex(transaction.icc));
    record.put("foreign", transaction.foreign ? 1 : 0);
    record.put("signature", transaction.signature ? 1 : 0);
    record.put("unverified", transaction.unverified ? 1 : 0);
    record.put("original_batch", transaction.original.batch);
    record.put("original_stan", transaction.original.stan);
    record.put("original_date", transaction.original.date);
    record.put("original_rrn", transaction.original.rrn);
    record.put("original_auth_code", transaction.original.auth_code);
    record.put("upload", upload_names[static_cast<std::size_t>(transaction.upload)]);
    record.put("refusal", transaction.refusal);
    record.put("voided", transaction.voided ? 1 : 0);
    if (transaction.adjusted) record.put("adjusted", transaction.adjusted->minor());
    return record;
}

std::optional<TransactionRecord> to_transaction(const Record& record) {
    const auto type = find_type(record.get("type"));
    const auto minor = record.integer("amount"), total = record.integer("total");
    const auto currency = find_currency(record.get("currency"));
    const auto down = flag(record, "down"), signature = flag(record, "signature"),
               voided = flag(record, "voided"), foreign = flag(record, "foreign"),
               unverified = flag(record, "unverified");
    const auto upload = std::ranges::find(upload_names, record.get("upload"));
    const auto adjusted = record.integer("adjusted");
    auto icc = from_hex(record.get("icc"));
    const std::string_view stan = record.get("stan");
    if (!type || !minor || *minor < 0 || !total || *total < 0 || !currency || !icc) return std::nullopt;
    if (!down || !signature || !voided || !foreign || !unverified || upload == upload_names.end())
        return std::nullopt;
    if (stan.size() != stan_digits || !runtime::is_all_digits(stan) || adjusted.value_or(0) < 0)
        return std::nullopt;
    TransactionRecord transaction;
    transaction.type = *type;
    transaction.stan = stan;
    transaction.batch = record.get("batch");
    transaction.amount = Amount(*minor, *currency);
    transaction.down = *down;
    transaction.total = Amount(*total, *currency);
    transaction.pan = record.get("pan");
    transaction.expiry = record.get("expiry");
    transaction.psn = record.get("psn");
    transaction.entry = record.get("entry");
    transaction.rrn = record.get("rrn");
    transaction.auth_code = record.get("auth_code");
    transaction.date = record.get("date");
    transaction.time = record.get("time");
    transaction.chip = record.get("chip");
    transaction.icc = *std::move(icc);
    transaction.foreign = *foreign;
    transaction.signature = *signature;
    transaction.unverified = *unverified;
    transaction.original.batch = record.get("original_batch");
    transaction.original.stan = record.get("original_stan");
    transaction.original.date = record.get("original_date");
    transaction.original.rrn = record.get("original_rrn");
    transaction.original.auth_code = record.get("original_auth_code");
    transaction.upload = static_cast<Upload>(upload - upload_names.begin());
    transaction.refusal = record.get("refusal");
    transaction.voided = *voided;
    if (adjusted) transaction.adjusted = Amount(*adjusted, *currency);
    return transaction;
}

Totals Totals::operator+(const Totals& other) const noexcept {
    return {debits + other.debits, debit_amount + other.debit_amount, credits + other.credits,
            credit_amount + other.credit_amount};
}

bool is_foreign(ByteView field63) noexcept {
    constexpr std::size_t organisation = 3;
    return field63.size() >= organisation && as_text(field63.first(organisation)) != "CUP";
}

void Totals::count(const TransactionRecord& transaction) {
    if (transaction.upload == Upload::due || transaction.upload == Upload::refused) return;
    switch (transaction.type) {
        case Type::inquiry:
        case Type::pre_authorisation:
        case Type::pre_authorisation_void:
        case Type::code_query:
        case Type::code_close:
        case Type::reversal:
        case Type::count_:
            return;
        case Type::sale_void:
        case Type::completion_void:
        case Type::refund:
        case Type::code_refund:
            ++credits;
            credit_amount += transaction.amount.minor();
            return;
        case Type::adjustment:
            if (!transaction.down) break;
            ++credits;
            credit_amount += transaction.amount.minor();
            return;
        default:
            break;
    }
    ++debits;
    debit_amount += transaction.amount.minor();
}

}  // namespace posbench::terminal
