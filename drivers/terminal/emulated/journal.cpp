#include "drivers/terminal/emulated/journal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;
using trace::Kind;

constexpr std::string_view state_key = "state";
constexpr std::string_view reversal_key = "reversal";
constexpr std::string_view receipt_key = "receipt";
constexpr std::string_view keys_name = "keys";  // in the state
constexpr std::string_view sale_prefix = "sale/";
constexpr std::int64_t highest_stan = 999'999;
constexpr std::int64_t most_attempts = std::numeric_limits<int>::max() - 1;  // one more can be counted

std::string currency_code(const Amount& amount) {
    return fmt::format("{:03}", amount.currency().numeric);
}

std::string sale_key(int number) {
    return fmt::format("{}{:06}", sale_prefix, number);
}

Record to_record(const SaleRecord& sale) {
    Record record;
    record.put("stan", sale.stan);
    record.put("batch", sale.batch);
    record.put("amount", sale.amount.minor());
    record.put("currency", currency_code(sale.amount));
    record.put("pan", sale.pan);
    record.put("entry", sale.entry);
    record.put("rrn", sale.rrn);
    record.put("auth_code", sale.auth_code);
    record.put("time", sale.time);
    record.put("chip", sale.chip);
    record.put("signature", sale.signature ? 1 : 0);
    return record;
}

std::optional<SaleRecord> to_sale(const Record& record) {
    const auto minor = record.integer("amount");
    const auto currency = find_currency(record.get("currency"));
    const auto signature = record.integer("signature");
    if (!minor || *minor < 0 || !currency || record.get("stan").size() != 6) return std::nullopt;
    if (signature != 0 && signature != 1) return std::nullopt;
    SaleRecord sale;
    sale.stan = record.get("stan");
    sale.batch = record.get("batch");
    sale.amount = Amount(*minor, *currency);
    sale.pan = record.get("pan");
    sale.entry = record.get("entry");
    sale.rrn = record.get("rrn");
    sale.auth_code = record.get("auth_code");
    sale.time = record.get("time");
    sale.chip = record.get("chip");
    sale.signature = signature == 1;
    return sale;
}

bool is_digits(std::string_view text, std::size_t length) {
    return text.size() == length && runtime::is_all_digits(text);
}

/// Is it a reversal that can be sent and told of: with amount (field 4), STAN (11) and a known currency (49)?
bool is_reversal(const iso8583::Message& message) {
    return message.mti() == "0400" && is_digits(message.get(4), 12) && is_digits(message.get(11), 6) &&
           find_currency(message.get(49)).has_value();
}

}  // namespace

Amount Reversal::amount() const {
    const std::string_view digits = message.get(4);
    std::int64_t minor = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), minor);
    return Amount(minor, find_currency(message.get(49)).value());
}

std::optional<std::string> Journal::load() {
    auto damaged = find_damage();
    if (!damaged) return std::nullopt;
    state_ = State{};
    reversal_.reset();
    receipt_.reset();
    sales_ = 0;
    return damaged;
}

/// Reads cell by cell up to the first that is damaged.
std::optional<std::string> Journal::find_damage() {
    if (!load_state()) return std::string(state_key);
    if (!load_reversal()) return std::string(reversal_key);
    if (!load_receipt()) return std::string(receipt_key);
    for (const std::string& key : flash_.keys(sale_prefix)) {
        const auto record = Record::parse(*flash_.read(key));
        if (key != sale_key(++sales_) || !record || !to_sale(*record)) return key;
    }
    return std::nullopt;
}

bool Journal::load_state() {
    const auto octets = flash_.read(state_key);
    if (!octets) return flash_.keys("").empty();  // it is the first thing that a terminal writes
    new_ = false;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    const auto stan = record->integer("stan");
    const auto offset = record->integer("clock_offset_ns");
    auto keys = from_hex(record->get(keys_name));
    if (!stan || *stan < 0 || *stan > highest_stan || !offset || !keys || record->get("batch").size() != 6)
        return false;
    state_ = State{*stan, std::string(record->get("batch")), *std::move(keys), runtime::Duration(*offset)};
    return true;
}

bool Journal::load_reversal() {
    const auto octets = flash_.read(reversal_key);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    const auto attempts = record->integer("attempts");
    const auto encoded = from_hex(record->get("message"));
    if (!attempts || *attempts < 0 || *attempts > most_attempts || !encoded) return false;
    auto message = iso8583::decode(dialect_, *encoded);
    if (!message || !is_reversal(*message)) return false;
    reversal_ = Reversal{*std::move(message), static_cast<int>(*attempts)};
    return true;
}

bool Journal::load_receipt() {
    const auto octets = flash_.read(receipt_key);
    if (!octets) return true;
    const auto record = Record::parse(*octets);
    if (!record) return false;
    auto sale = to_sale(*record);
    const auto printed = record->integer("copies_printed");
    if (!sale || printed.value_or(-1) < 0 || *printed > 1) return false;  // of two copies
    receipt_ = OpenReceipt{*std::move(sale), static_cast<int>(*printed)};
    return true;
}

FlashChange Journal::state_change() const {
    Record record;
    record.put("stan", state_.last_stan);
    record.put("batch", state_.batch);
    record.put(keys_name, to_hex(state_.keys));
    record.put("clock_offset_ns", state_.clock_offset.count());
    return {std::string(state_key), record.octets()};
}

FlashChange Journal::reversal_change() const {
    Record record;
    record.put("attempts", reversal_->attempts);
    record.put("message", to_hex(iso8583::encode(dialect_, reversal_->message)));
    return {std::string(reversal_key), record.octets()};
}

Task<void> Journal::write(std::vector<FlashChange> changes) {
    co_await clock_.sleep_for(write_time_);
    flash_.write(changes);
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

Task<std::string> Journal::take_stan() {
    state_.last_stan = state_.last_stan == highest_stan ? 1 : state_.last_stan + 1;
    std::vector<FlashChange> changes{state_change()};
    co_await write(std::move(changes));
    co_return fmt::format("{:06}", state_.last_stan);
}

Task<void> Journal::store_reversal(iso8583::Message message) {
    reversal_ = Reversal{std::move(message), 0};
    std::vector<FlashChange> changes{reversal_change()};
    co_await write(std::move(changes));
    trace::Fields event = describe_reversal("store", "pending");
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<void> Journal::count_reversal_attempt() {
    ++reversal_->attempts;
    std::vector<FlashChange> changes{reversal_change()};
    co_await write(std::move(changes));
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
    std::vector<FlashChange> changes{reversal_change()};
    co_await write(std::move(changes));
    trace::Fields event = describe_reversal("update", "pending");
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

Task<void> Journal::drop_reversal(std::string_view state) {
    if (!reversal_) co_return;
    std::vector<FlashChange> changes;
    changes.push_back({std::string(reversal_key), std::nullopt});
    co_await write(std::move(changes));
    trace::Fields event = describe_reversal("delete", state);
    reversal_.reset();
    co_await panel_.emit(Kind::terminal_journal, std::move(event));
}

void Journal::lose_reversal() {
    reversal_.reset();
    flash_.write({{std::string(reversal_key), std::nullopt}});
}

Task<void> Journal::approve(const SaleRecord& sale) {
    Record receipt = to_record(sale);
    receipt.put("copies_printed", 0);
    std::vector<FlashChange> changes;
    changes.push_back({sale_key(sales_ + 1), to_record(sale).octets()});
    changes.push_back({std::string(receipt_key), receipt.octets()});
    if (reversal_) changes.push_back({std::string(reversal_key), std::nullopt});
    co_await write(std::move(changes));

    // Both facts became true in one write: nothing may come between the two events.
    ++sales_;
    receipt_ = OpenReceipt{sale, 0};
    trace::Fields stored{{"op", "store"},
                         {"entry", "sale"},
                         {"stan", sale.stan},
                         {"amount", sale.amount.minor()},
                         {"currency", currency_code(sale.amount)},
                         {"state", "approved"}};
    if (!reversal_) {
        co_await panel_.emit(Kind::terminal_journal, std::move(stored));
        co_return;
    }
    panel_.note(Kind::terminal_journal, std::move(stored));
    trace::Fields deleted = describe_reversal("delete", "approved");
    reversal_.reset();
    co_await panel_.emit(Kind::terminal_journal, std::move(deleted));
}

Task<void> Journal::count_copy(int copies) {
    std::vector<FlashChange> changes;
    if (++receipt_->copies_printed >= copies) {
        changes.push_back({std::string(receipt_key), std::nullopt});
    } else {
        Record record = to_record(receipt_->sale);
        record.put("copies_printed", receipt_->copies_printed);
        changes.push_back({std::string(receipt_key), record.octets()});
    }
    co_await write(std::move(changes));
    if (receipt_->copies_printed >= copies) receipt_.reset();
}

Task<void> Journal::store_sign_in(ByteView field62, std::string_view batch,
                                  std::optional<runtime::WallTime> host_time) {
    state_.keys.assign(field62.begin(), field62.end());
    if (!batch.empty()) state_.batch = batch;
    if (host_time) state_.clock_offset = *host_time - clock_.wall_now();
    std::vector<FlashChange> changes{state_change()};
    co_await write(std::move(changes));
}

void Journal::erase_keys(Flash& flash) {
    const auto octets = flash.read(state_key);
    auto record = octets ? Record::parse(*octets) : std::nullopt;
    if (!record) return;  // a cell that cannot be read is never used either
    record->set(keys_name, "");
    flash.write({{std::string(state_key), record->octets()}});
}

Task<void> Journal::forget_keys() {
    if (state_.keys.empty()) co_return;
    state_.keys.clear();
    std::vector<FlashChange> changes{state_change()};
    co_await write(std::move(changes));
}

}  // namespace posbench::terminal
