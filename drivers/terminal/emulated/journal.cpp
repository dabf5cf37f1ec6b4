#include "drivers/terminal/emulated/journal.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "drivers/terminal/emulated/journal_cells.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;
using trace::Kind;

std::string currency_code(const Amount& amount) {
    return fmt::format("{:03}", amount.currency().numeric);
}

trace::Fields describe(std::string_view op, const TransactionRecord& transaction, std::string_view state) {
    return {{"op", op},
            {"entry", entry_name(transaction)},
            {"stan", transaction.stan},
            {"amount", transaction.amount.minor()},
            {"currency", currency_code(transaction.amount)},
            {"state", state}};
}

FlashChange removal(std::string_view key) {
    return {std::string(key), std::nullopt};
}

}  // namespace

Amount Reversal::amount() const {
    const std::string_view digits = message.get(4);
    std::int64_t minor = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), minor);
    return Amount(minor, find_currency(message.get(49)).value());
}

Task<void> Journal::write(std::vector<FlashChange> changes) {
    co_await clock_.sleep_for(settings_.timings.flash_write);
    flash_.write(changes);
}

Task<void> Journal::write(FlashChange change) {
    std::vector<FlashChange> changes;
    changes.push_back(std::move(change));
    co_await write(std::move(changes));
}

trace::Fields Journal::describe_reversal(std::string_view op, std::string_view state) const {
    const Amount amount = reversal_->amount();
    return {{"op", op},
            {"entry", "reversal"},
            {"stan", reversal_->stan()},
            {"amount", amount.minor()},
            {"currency", currency_code(amount)},
            {"state", state},
            {"attempts", reversal_->attempts}};
}

Task<void> Journal::tell(std::string_view op, const TransactionRecord& transaction) {
    trace::Fields event = describe(op, transaction, state_name(transaction));
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<std::string> Journal::take_stan() {
    const bool reuses = settings_.defects.has(Defect::reuses_stan) && state_.last_stan > 0;
    if (!reuses) state_.last_stan = state_.last_stan == cell::highest_stan ? 1 : state_.last_stan + 1;
    FlashChange change = state_change();
    co_await write(std::move(change));
    co_return fmt::format("{:06}", state_.last_stan);
}

// ---- the pending reversal --------------------------------------------------------------------------------

Task<void> Journal::store_reversal(iso8583::Message message) {
    reversal_ = Reversal{std::move(message), 0};
    FlashChange change = reversal_change();
    co_await write(std::move(change));
    trace::Fields event = describe_reversal("store", "pending");
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<void> Journal::count_reversal_attempt() {
    ++reversal_->attempts;
    FlashChange change = reversal_change();
    co_await write(std::move(change));
    trace::Fields event = describe_reversal("update", "pending");
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<void> Journal::amend_reversal(std::string_view stan, std::string_view reason, Bytes icc) {
    if (!reversal_ || reversal_->stan() != stan) co_return;
    iso8583::Message amended = reversal_->message;
    if (!reason.empty()) amended.set(39, std::string(reason));
    if (!icc.empty()) amended.set(55, icc);
    if (amended == reversal_->message) co_return;
    reversal_->message = std::move(amended);
    FlashChange change = reversal_change();
    co_await write(std::move(change));
    trace::Fields event = describe_reversal("update", "pending");
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<void> Journal::drop_reversal(std::string_view state) {
    if (!reversal_) co_return;
    FlashChange change = removal(cell::reversal);
    co_await write(std::move(change));
    trace::Fields event = describe_reversal("delete", state);
    reversal_.reset();
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

void Journal::lose_reversal() {
    reversal_.reset();
    flash_.write({removal(cell::reversal)});
}

// ---- the pending order ------------------------------------------------------------------------------------

Task<void> Journal::store_order(TransactionRecord order) {
    order_ = std::move(order);
    FlashChange change = order_change();
    co_await write(std::move(change));
    trace::Fields event = describe("store", *order_, "pending");
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<void> Journal::order_paid(const iso8583::Message& reply) {
    TransactionRecord paid = *order_;
    paid.rrn = reply.get(37);
    paid.auth_code = reply.get(38);
    transactions_.push_back(paid);
    receipt_ = OpenReceipt{paid, 0};
    std::vector<FlashChange> changes;
    changes.push_back(transaction_change(transactions_.size() - 1));
    changes.push_back(receipt_change());
    changes.push_back(removal(cell::order));
    co_await write(std::move(changes));
    order_.reset();
    co_await tell("update", paid);
}

Task<void> Journal::drop_order() {
    FlashChange change = removal(cell::order);
    co_await write(std::move(change));
    trace::Fields event = describe("delete", *order_, "declined");
    order_.reset();
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

void Journal::lose_order() {
    order_.reset();
    flash_.write({removal(cell::order)});
}

// ---- the batch -------------------------------------------------------------------------------------------

const TransactionRecord* Journal::find(std::string_view stan) const noexcept {
    const auto found = std::ranges::find(transactions_, stan, &TransactionRecord::stan);
    return found == transactions_.end() ? nullptr : &*found;
}

TransactionRecord* Journal::find_record(std::string_view stan) noexcept {
    const auto found = std::ranges::find(transactions_, stan, &TransactionRecord::stan);
    return found == transactions_.end() ? nullptr : &*found;
}

bool Journal::full() const noexcept {
    const std::size_t promised = order_ ? 1 : 0;  // to the order, if it is paid
    return transactions_.size() + promised >= static_cast<std::size_t>(settings_.journal_capacity);
}

BatchTotals Journal::totals() const {
    BatchTotals totals;
    for (const TransactionRecord& transaction : transactions_)
        (transaction.foreign ? totals.foreign : totals.domestic).count(transaction);
    return totals;
}

std::vector<RefusedAdvice> Journal::refused() const {
    std::vector<RefusedAdvice> refused;
    for (const TransactionRecord& transaction : transactions_)
        if (transaction.upload == Upload::refused)
            refused.push_back({transaction.stan, transaction.amount.minor(), transaction.refusal});
    return refused;
}

/// What a transaction means for the one it names, when that is of this batch; its index.
std::optional<std::size_t> Journal::mark_original(const TransactionRecord& transaction) {
    using Type = iso8583::TransactionType;
    const bool takes_back = transaction.type == Type::sale_void || transaction.type == Type::completion_void;
    const bool changes = transaction.type == Type::tip || transaction.type == Type::adjustment;
    const auto original =
        std::ranges::find(transactions_, transaction.original.stan, &TransactionRecord::stan);
    if ((!takes_back && !changes) || original == transactions_.end()) return std::nullopt;
    if (takes_back) original->voided = true;
    if (changes) original->adjusted = transaction.total;
    return static_cast<std::size_t>(original - transactions_.begin());
}

Task<void> Journal::approve(const TransactionRecord& transaction) {
    const auto original = mark_original(transaction);
    transactions_.push_back(transaction);
    receipt_ = OpenReceipt{transaction, 0};
    std::vector<FlashChange> changes;
    changes.push_back(transaction_change(transactions_.size() - 1));
    if (original) changes.push_back(transaction_change(*original));
    changes.push_back(receipt_change());
    const bool own_reversal = reversal_ && reversal_->stan() == transaction.stan;
    if (own_reversal) changes.push_back(removal(cell::reversal));
    co_await write(std::move(changes));

    // Both facts became true in one write: nothing may come between the two events.
    trace::Fields stored = describe("store", transaction, state_name(transaction));
    if (!own_reversal) {
        co_await panel_.emit(Kind::terminal_journal, std::move(stored));
        co_return;
    }
    panel_.note(Kind::terminal_journal, std::move(stored));
    trace::Fields deleted = describe_reversal("delete", "approved");
    reversal_.reset();
    co_await panel_.emit(Kind::terminal_journal, std::move(deleted));
}

Task<void> Journal::keep_due(TransactionRecord transaction) {
    transaction.upload = Upload::due;
    transactions_.push_back(std::move(transaction));
    FlashChange change = transaction_change(transactions_.size() - 1);
    co_await write(std::move(change));
    co_await tell("store", transactions_.back());
}

Task<void> Journal::move_to_batch(std::string_view stan) {
    TransactionRecord& transaction = *find_record(stan);
    transaction.batch = state_.batch;
    FlashChange change = transaction_change(transaction);
    co_await write(std::move(change));
    co_await tell("update", transaction);
}

Task<void> Journal::upload_done(std::string_view stan, const iso8583::Message& reply) {
    TransactionRecord& transaction = *find_record(stan);
    transaction.upload = Upload::done;
    transaction.foreign = is_foreign(reply.bytes(63));
    if (reply.has(37)) transaction.rrn = reply.get(37);
    if (transaction.auth_code.empty()) transaction.auth_code = reply.get(38);
    std::vector<FlashChange> changes;
    changes.push_back(transaction_change(transaction));
    if (is_refund(transaction.type)) {
        receipt_ = OpenReceipt{transaction, 0};
        changes.push_back(receipt_change());
    }
    co_await write(std::move(changes));
    co_await tell("update", transaction);
}

Task<void> Journal::upload_refused(std::string_view stan, std::string_view code) {
    using Type = iso8583::TransactionType;
    TransactionRecord& transaction = *find_record(stan);
    transaction.upload = Upload::refused;
    transaction.refusal = code;
    std::vector<FlashChange> changes;
    changes.push_back(transaction_change(transaction));
    TransactionRecord* original = find_record(transaction.original.stan);
    if (original && (transaction.type == Type::tip || transaction.type == Type::adjustment)) {
        original->adjusted.reset();
        changes.push_back(transaction_change(*original));
    }
    const bool unprinted = receipt_ && receipt_->transaction.stan == stan && receipt_->copies_printed == 0;
    if (unprinted) {
        receipt_.reset();
        changes.push_back(removal(cell::receipt));
    }
    co_await write(std::move(changes));
    co_await tell("update", transaction);
}

Task<void> Journal::count_twice(TransactionRecord transaction) {
    transactions_.push_back(std::move(transaction));
    FlashChange change = transaction_change(transactions_.size() - 1);
    co_await write(std::move(change));
}

// ---- settlement ------------------------------------------------------------------------------------------

Task<void> Journal::store_settlement(SettlementProgress progress) {
    settlement_ = std::move(progress);
    FlashChange change = settlement_change();
    co_await write(std::move(change));
}

Task<void> Journal::close_batch(const SettlementReport& report) {
    report_ = report;
    state_.keys.clear();
    std::vector<FlashChange> changes;
    for (const std::string& key : flash_.keys(cell::transaction_prefix)) changes.push_back(removal(key));
    changes.push_back(removal(cell::settlement));
    changes.push_back(report_change());
    changes.push_back(state_change());
    co_await write(std::move(changes));
    settlement_.reset();
    // One write: nothing may come between the events.
    for (const TransactionRecord& transaction : std::exchange(transactions_, {}))
        panel_.note(
            Kind::terminal_journal,
            describe("delete", transaction, transaction.upload == Upload::refused ? "declined" : "settled"));
    co_await panel_.moment();
}

// ---- what is to be printed -------------------------------------------------------------------------------

Task<void> Journal::count_copy(int copies) {
    ++receipt_->copies_printed;
    const bool printed = receipt_->copies_printed >= copies;
    FlashChange change = printed ? removal(cell::receipt) : receipt_change();
    co_await write(std::move(change));
    if (printed) receipt_.reset();
}

Task<void> Journal::close_report() {
    FlashChange change = removal(cell::report);
    co_await write(std::move(change));
    report_.reset();
}

// ---- downloads -------------------------------------------------------------------------------------------

Task<void> Journal::store_download(Download what, Bytes octets) {
    FlashChange change{std::string(to_string(what)), octets};
    co_await write(std::move(change));
    downloads_[static_cast<std::size_t>(what)] = std::move(octets);
}

// ---- sign-in and operators -------------------------------------------------------------------------------

Task<void> Journal::store_sign_in(ByteView field62, std::string_view batch,
                                  std::optional<runtime::WallTime> host_time) {
    state_.keys.assign(field62.begin(), field62.end());
    if (!batch.empty() && !settings_.defects.has(Defect::ignores_new_batch)) state_.batch = batch;
    if (host_time && !settings_.defects.has(Defect::never_sets_clock))
        state_.clock_offset = *host_time - clock_.wall_now();
    FlashChange change = state_change();
    co_await write(std::move(change));
}

Task<void> Journal::store_master_key(Bytes key) {
    master_key_ = std::move(key);
    state_.keys.clear();
    std::vector<FlashChange> changes{{std::string(cell::master_key), master_key_}};
    changes.push_back(state_change());
    co_await write(std::move(changes));
}

Task<void> Journal::forget_keys() {
    if (state_.keys.empty()) co_return;
    state_.keys.clear();
    FlashChange change = state_change();
    co_await write(std::move(change));
}

Task<void> Journal::set_password_failures(int failures) {
    state_.password_failures = failures;
    FlashChange change = state_change();
    co_await write(std::move(change));
}

}  // namespace posbench::terminal
