#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/journal_cells.hpp"
#include "drivers/terminal/emulated/keys.hpp"

/// The journal's cells: what is read at the start of a power cycle, and how each is written.
namespace posbench::terminal {
namespace {

bool is_digits(std::string_view text, std::size_t length) {
    return text.size() == length && runtime::is_all_digits(text);
}

/// Is it a reversal that can be sent and told of: with amount (field 4), STAN (11) and a known currency (49)?
bool is_reversal(const iso8583::Message& message) {
    return message.mti() == "0400" && is_digits(message.get(4), 12) && is_digits(message.get(11), 6) &&
           find_currency(message.get(49)).has_value();
}

std::string transaction_key(std::size_t index) {
    return fmt::format("{}{:06}", cell::transaction_prefix, index + 1);
}

void put_totals(Record& record, const std::string& side, const Totals& totals) {
    record.put(side + "_debits", totals.debits);
    record.put(side + "_debit_amount", totals.debit_amount);
    record.put(side + "_credits", totals.credits);
    record.put(side + "_credit_amount", totals.credit_amount);
}

std::optional<Totals> get_totals(const Record& record, const std::string& side) {
    const auto debits = record.integer(side + "_debits");
    const auto debit_amount = record.integer(side + "_debit_amount");
    const auto credits = record.integer(side + "_credits");
    const auto credit_amount = record.integer(side + "_credit_amount");
    for (const auto& figure : {debits, debit_amount, credits, credit_amount})
        if (figure.value_or(-1) < 0) return std::nullopt;
    return Totals{*debits, *debit_amount, *credits, *credit_amount};
}

/// "000012 000000001234 14": STAN, minor units, field 39.
std::optional<RefusedAdvice> parse_refused(std::string_view line) {
    constexpr std::size_t size = 22, amount_at = 7, code_at = 20;
    if (line.size() != size || line[amount_at - 1] != ' ' || line[code_at - 1] != ' ') return std::nullopt;
    const std::string_view stan = line.substr(0, 6), amount = line.substr(amount_at, 12);
    if (!is_digits(stan, 6) || !is_digits(amount, 12)) return std::nullopt;
    std::int64_t minor = 0;
    std::from_chars(amount.data(), amount.data() + amount.size(), minor);
    return RefusedAdvice{std::string(stan), minor, std::string(line.substr(code_at))};
}

}  // namespace

std::optional<std::string> Journal::load() {
    auto damaged = find_damage();
    if (!damaged || settings_.defects.has(Defect::accepts_corrupt_journal)) return std::nullopt;
    state_ = State{};
    master_key_.clear();
    reversal_.reset();
    order_.reset();
    receipt_.reset();
    settlement_.reset();
    report_.reset();
    transactions_.clear();
    downloads_ = {};
    return damaged;
}

/// Reads cell by cell; the name of the first that is damaged.
std::optional<std::string> Journal::find_damage() {
    std::optional<std::string> damaged;
    const auto note = [&](bool whole, std::string_view key) {
        if (!whole && !damaged) damaged = key;
    };
    note(load_state(), cell::state);
    note(load_master_key(), cell::master_key);
    note(load_reversal(), cell::reversal);
    note(load_order(), cell::order);
    note(load_receipt(), cell::receipt);
    note(load_settlement(), cell::settlement);
    note(load_report(), cell::report);
    for (const Download what : {Download::parameters, Download::authority_keys, Download::applications})
        note(load_download(what), to_string(what));
    for (const std::string& key : flash_.keys(cell::transaction_prefix)) note(load_transaction(key), key);
    return damaged;
}

void Journal::erase_keys(Flash& flash) {
    std::vector<FlashChange> changes{{std::string(cell::master_key), std::nullopt}};
    const auto octets = flash.read(cell::state);
    if (auto record = octets ? Record::parse(*octets) : std::nullopt) {
        record->set(cell::keys_name, "");
        changes.push_back({std::string(cell::state), record->octets()});
    }  // else: a cell that cannot be read is never used either
    flash.write(changes);
}

bool Journal::load_state() {
    const auto octets = flash_.read(cell::state);
    if (!octets) return flash_.keys("").empty();  // it is the first thing that a terminal writes
    new_ = false;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    const auto stan = record->integer("stan");
    const auto offset = record->integer("clock_offset_ns");
    const auto failures = record->integer("password_failures");
    auto keys = from_hex(record->get(cell::keys_name));
    if (!stan || *stan < 0 || *stan > cell::highest_stan || !offset || !keys ||
        record->get("batch").size() != 6 || failures.value_or(-1) < 0)
        return false;
    state_ = State{*stan, std::string(record->get("batch")), *std::move(keys), runtime::Duration(*offset),
                   *failures};
    return true;
}

bool Journal::load_master_key() {
    auto octets = flash_.read(cell::master_key);
    if (!octets) return true;
    if (octets->size() != master_key_octets) return false;
    master_key_ = *std::move(octets);
    return true;
}

bool Journal::load_reversal() {
    const auto octets = flash_.read(cell::reversal);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    const auto attempts = record->integer("attempts");
    const auto encoded = from_hex(record->get("message"));
    if (!attempts || *attempts < 0 || *attempts > cell::most_attempts || !encoded) return false;
    auto message = iso8583::decode(settings_.dialect, *encoded);
    if (!message || !is_reversal(*message)) return false;
    reversal_ = Reversal{*std::move(message), static_cast<int>(*attempts)};
    return true;
}

bool Journal::load_order() {
    const auto octets = flash_.read(cell::order);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    auto order = record ? to_transaction(*record) : std::nullopt;
    if (!order || !iso8583::opens_order(order->type) || !is_digits(order->batch, 6)) return false;
    order_ = *std::move(order);
    return true;
}

bool Journal::load_receipt() {
    const auto octets = flash_.read(cell::receipt);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    auto transaction = to_transaction(*record);
    const auto printed = record->integer("copies_printed");
    if (!transaction || printed.value_or(-1) < 0 || *printed > 1) return false;  // of two copies
    receipt_ = OpenReceipt{*std::move(transaction), static_cast<int>(*printed)};
    return true;
}

bool Journal::load_settlement() {
    const auto octets = flash_.read(cell::settlement);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    const auto domestic = get_totals(*record, "domestic"), foreign = get_totals(*record, "foreign");
    const auto differs = record->integer("differs"), sent = record->integer("sent");
    const std::string batch(record->get("batch")), stan(record->get("stan"));
    const bool numbered = is_digits(batch, 6) && is_digits(stan, 6);
    if (!domestic || !foreign || !numbered || (differs != 0 && differs != 1) || sent.value_or(-1) < 0)
        return false;
    settlement_ = SettlementProgress{batch, stan, {*domestic, *foreign}, differs == 1, *sent};
    return true;
}

bool Journal::load_report() {
    const auto octets = flash_.read(cell::report);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    const auto totals = get_totals(*record, "all");
    const auto differs = record->integer("differs");
    if (!totals || record->get("batch").size() != 6 || (differs != 0 && differs != 1)) return false;
    report_ = SettlementReport{std::string(record->get("batch")), *totals, differs == 1,
                               std::string(record->get("time"))};
    for (const std::string_view line : record->all("refused")) {
        auto refused = parse_refused(line);
        if (!refused) return false;
        report_->refused.push_back(*std::move(refused));
    }
    return true;
}

bool Journal::load_download(Download what) {
    auto octets = flash_.read(to_string(what));
    if (!octets) return true;
    TerminalSettings tried = settings_;
    if (apply_download(what, *octets, tried)) return false;
    downloads_[static_cast<std::size_t>(what)] = *std::move(octets);
    return true;
}

bool Journal::load_transaction(const std::string& key) {
    const auto record = Record::parse(*flash_.read(key));
    auto transaction = record ? to_transaction(*record) : std::nullopt;
    if (!transaction || key != transaction_key(transactions_.size())) return false;
    transactions_.push_back(*std::move(transaction));
    return true;
}

// ---- writing

FlashChange Journal::state_change() const {
    Record record;
    record.put("stan", state_.last_stan);
    record.put("batch", state_.batch);
    record.put(cell::keys_name, to_hex(state_.keys));
    record.put("clock_offset_ns", state_.clock_offset.count());
    record.put("password_failures", state_.password_failures);
    return {std::string(cell::state), record.octets()};
}

FlashChange Journal::reversal_change() const {
    Record record;
    record.put("attempts", reversal_->attempts);
    record.put("message", to_hex(iso8583::encode(settings_.dialect, reversal_->message)));
    return {std::string(cell::reversal), record.octets()};
}

FlashChange Journal::transaction_change(std::size_t index) const {
    return {transaction_key(index), to_record(transactions_[index]).octets()};
}

FlashChange Journal::transaction_change(const TransactionRecord& transaction) const {
    return transaction_change(static_cast<std::size_t>(&transaction - transactions_.data()));
}

FlashChange Journal::order_change() const {
    return {std::string(cell::order), to_record(*order_).octets()};
}

FlashChange Journal::receipt_change() const {
    Record record = to_record(receipt_->transaction);
    record.put("copies_printed", receipt_->copies_printed);
    return {std::string(cell::receipt), record.octets()};
}

FlashChange Journal::settlement_change() const {
    Record record;
    record.put("batch", settlement_->batch);
    record.put("stan", settlement_->stan);
    put_totals(record, "domestic", settlement_->totals.domestic);
    put_totals(record, "foreign", settlement_->totals.foreign);
    record.put("differs", settlement_->differs ? 1 : 0);
    record.put("sent", settlement_->sent);
    return {std::string(cell::settlement), record.octets()};
}

FlashChange Journal::report_change() const {
    Record record;
    record.put("batch", report_->batch);
    put_totals(record, "all", report_->totals);
    record.put("differs", report_->differs ? 1 : 0);
    record.put("time", report_->time);
    for (const RefusedAdvice& refused : report_->refused)
        record.put("refused", fmt::format("{} {:012} {}", refused.stan, refused.amount, refused.code));
    return {std::string(cell::report), record.octets()};
}

}  // namespace posbench::terminal
