#include "bench/config/reader.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace posbench::config {
namespace {

[[noreturn]] void refuse_type(const Value& value, std::string_view key, std::string_view wanted) {
    throw ConfigError(value.source(), fmt::format("{} must be {}, not {}", key, wanted, value.type_name()));
}

template <class T>
const T& as(const Value& value, std::string_view key, std::string_view wanted) {
    const T* data = value.get<T>();
    if (data == nullptr) refuse_type(value, key, wanted);
    return *data;
}

std::optional<unsigned> digits(std::string_view text) {
    unsigned number = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number;
}

/// "2026-06-15T22:30:00", with a blank for the T, with or without a fraction of up to nine digits.
std::optional<runtime::WallTime> parse_wall_time(std::string_view text) {
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
        text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const auto year = digits(text.substr(0, 4));
    const auto month = digits(text.substr(5, 2));
    const auto day = digits(text.substr(8, 2));
    const auto hour = digits(text.substr(11, 2));
    const auto minute = digits(text.substr(14, 2));
    const auto second = digits(text.substr(17, 2));
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    // Nanoseconds in 64 bits reach from 1678 to 2262.
    if (!date.ok() || *year < 1970 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    std::chrono::nanoseconds fraction{0};
    if (text.size() > 19) {
        const std::string_view decimals = text.substr(20);
        if (text[19] != '.' || decimals.empty() || decimals.size() > 9) return std::nullopt;
        const auto number = digits(decimals);
        if (!number) return std::nullopt;
        std::int64_t scaled = *number;
        for (std::size_t i = decimals.size(); i < 9; ++i) scaled *= 10;
        fraction = std::chrono::nanoseconds(scaled);
    }
    return runtime::WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second) + fraction;
}

}  // namespace

Reader::Reader(const Value& value, std::string what)
    : value_(&value), table_(value.get<Table>()), what_(std::move(what)) {
    if (table_ == nullptr) refuse_type(value, what_, "a table");
}

const Value* Reader::take(std::string_view key) {
    if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
    return table_->find(key);
}

std::map<std::string, std::string> Reader::title() {
    std::map<std::string, std::string> titles;
    auto languages = table("title", "title");
    if (!languages) return titles;
    for (const char* language : {"en", "zh"}) {
        auto words = languages->require(language, languages->text(language));
        if (words.empty()) languages->fail(language, "must not be empty");
        titles.emplace(language, std::move(words));
    }
    languages->finish();
    return titles;
}

const Value* Reader::raw(std::string_view key) {
    return take(key);
}

std::optional<std::string> Reader::text(std::string_view key) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    return as<std::string>(*value, key, "a string");
}

std::optional<bool> Reader::boolean(std::string_view key) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    return as<bool>(*value, key, "true or false");
}

std::optional<std::int64_t> Reader::integer(std::string_view key, std::int64_t low, std::int64_t high) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    const auto number = as<std::int64_t>(*value, key, "an integer");
    if (number < low || number > high)
        throw ConfigError(value->source(),
                          fmt::format("{} must be between {} and {}, not {}", key, low, high, number));
    return number;
}

std::optional<double> Reader::number(std::string_view key, double low, double high) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    const auto* whole = value->get<std::int64_t>();
    const double number =
        whole != nullptr ? static_cast<double>(*whole) : as<double>(*value, key, "a number");
    if (!(number >= low && number <= high))  // also refuses what is not a number
        throw ConfigError(value->source(),
                          fmt::format("{} must be between {} and {}, not {}", key, low, high, number));
    return number;
}

std::optional<runtime::Duration> Reader::duration(std::string_view key) {
    static constexpr std::string_view wanted = "a duration such as \"40ms\", \"1.5s\" or \"2min\"";
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    const auto& text = as<std::string>(*value, key, wanted);
    const auto duration = parse_duration(text);
    if (!duration)
        throw ConfigError(value->source(), fmt::format("{} must be {}, not '{}'", key, wanted, text));
    return duration;
}

std::optional<Amount> Reader::amount(std::string_view key, Currency currency) {
    const std::string wanted = currency.exponent == 0
                                   ? fmt::format("an amount of {} such as \"1200\"", currency.code)
                                   : fmt::format("an amount of {} such as \"12.34\"", currency.code);
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    const auto& text = as<std::string>(*value, key, wanted);
    const auto amount = Amount::parse(text, currency);
    if (!amount)
        throw ConfigError(value->source(),
                          fmt::format("{} must be {}, without a sign, not '{}'", key, wanted, text));
    return amount;
}

std::optional<Bytes> Reader::bytes(std::string_view key) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    auto bytes = from_hex(as<std::string>(*value, key, "a string of hexadecimal digits"));
    // The text may be a key or card data: it is not repeated in the message.
    if (!bytes)
        throw ConfigError(value->source(),
                          fmt::format("{} must be pairs of hexadecimal digits, blanks allowed", key));
    return bytes;
}

std::optional<std::string> Reader::choice(std::string_view key, const std::vector<std::string>& allowed) {
    auto word = text(key);
    if (word && std::ranges::find(allowed, *word) == allowed.end())
        throw ConfigError(source_of(key),
                          fmt::format("{} must be one of {}, not '{}'", key, fmt::join(allowed, ", "), *word),
                          nearest_name(*word, allowed));
    return word;
}

std::optional<std::vector<std::string>> Reader::choices(std::string_view key,
                                                        const std::vector<std::string>& allowed) {
    auto words = texts(key);
    if (!words) return std::nullopt;
    const Array& elements = *table_->find(key)->get<Array>();
    for (std::size_t i = 0; i < words->size(); ++i)
        if (const std::string& word = (*words)[i]; std::ranges::find(allowed, word) == allowed.end())
            throw ConfigError(elements[i].source(),
                              fmt::format("{}: '{}' is none of {}", key, word, fmt::join(allowed, ", ")),
                              nearest_name(word, allowed));
    return words;
}

std::optional<std::vector<std::string>> Reader::texts(std::string_view key) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    std::vector<std::string> texts;
    for (const Value& element : as<Array>(*value, key, "an array of strings"))
        texts.push_back(as<std::string>(element, key, "an array of strings"));
    return texts;
}

std::optional<runtime::WallTime> Reader::wall_time(std::string_view key) {
    static constexpr std::string_view wanted = "a date and time without a zone such as 2026-06-15T22:30:00";
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    const auto* date_time = value->get<Value::DateTime>();
    const std::string& text = date_time != nullptr ? date_time->text : as<std::string>(*value, key, wanted);
    const auto time = parse_wall_time(text);
    if (!time) throw ConfigError(value->source(), fmt::format("{} must be {}, not '{}'", key, wanted, text));
    return time;
}

std::optional<Reader> Reader::table(std::string_view key, std::string what) {
    const Value* value = take(key);
    if (value == nullptr) return std::nullopt;
    return Reader(*value, std::move(what));
}

std::vector<Reader> Reader::tables(std::string_view key, std::string what) {
    const Value* value = take(key);
    std::vector<Reader> readers;
    if (value == nullptr) return readers;
    if (const auto* array = value->get<Array>())
        for (const Value& element : *array) readers.emplace_back(element, what);
    else
        readers.emplace_back(*value, what);
    return readers;
}

void Reader::offer(std::initializer_list<std::string_view> more,
                   std::initializer_list<std::string_view> fewer) {
    more_.assign(more.begin(), more.end());
    fewer_.assign(fewer.begin(), fewer.end());
}

void Reader::finish() const {
    for (const Table::Entry& entry : table_->entries()) {
        if (std::ranges::find(known_, entry.key) != known_.end()) continue;
        if (std::ranges::find(more_, entry.key) != more_.end())
            throw ConfigError(entry.key_source, fmt::format("{} cannot stand here, in {}", entry.key, what_));
        std::vector<std::string> names;
        for (const std::string& key : known_)
            if (std::ranges::find(fewer_, key) == fewer_.end()) names.push_back(key);
        names.insert(names.end(), more_.begin(), more_.end());
        const std::string nearest = nearest_name(entry.key, names);
        std::string message = fmt::format("unknown key '{}' in {}", entry.key, what_);
        if (nearest.empty() && !names.empty())
            message += fmt::format("; it may have {}", fmt::join(names, ", "));
        throw ConfigError(entry.key_source, message, nearest);
    }
}

Source Reader::source_of(std::string_view key) const {
    const Value* value = table_->find(key);
    return value != nullptr ? value->source() : source();
}

void Reader::fail(std::string_view key, const std::string& message, const std::string& nearest) const {
    const Value* value = table_->find(key);
    throw ConfigError(value != nullptr ? value->source() : place(),
                      fmt::format("{}: {}{}", key, message, other_file(value)), nearest);
}

const Source& Reader::place() const noexcept {
    return value_->laid_over().file ? value_->laid_over() : source();
}

/// In a table of two files what is wrong with a value of one may be the other's doing.
std::string Reader::other_file(const Value* value) const {
    const Source& over = value_->laid_over();
    if (!over.file) return {};
    const Source& own = value != nullptr ? value->source() : over;
    if (!own.file) return {};
    if (*own.file != *over.file) return fmt::format("; {} is laid over it", over.to_string());
    if (value != nullptr || !source().file || *source().file == *over.file) return {};
    return fmt::format("; laid over {}", source().to_string());
}

void Reader::missing(std::string_view key) const {
    // A misspelt key is the likeliest reason for a missing one.
    for (const Table::Entry& entry : table_->entries()) {
        if (std::ranges::find(known_, entry.key) != known_.end()) continue;
        if (nearest_name(entry.key, {std::string(key)}).empty()) continue;
        throw ConfigError(entry.key_source, fmt::format("unknown key '{}' in {}", entry.key, what_),
                          std::string(key));
    }
    throw ConfigError(place(), fmt::format("{} lacks '{}'{}", what_, key, other_file(nullptr)));
}

bool is_word(std::string_view text, std::string_view others) noexcept {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
    });
}

}  // namespace posbench::config
