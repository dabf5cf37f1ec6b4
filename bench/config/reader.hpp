#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"

namespace posbench::config {

/// Takes keys out of one table, typed and checked, and at finish() refuses every key nobody asked for, naming
/// the nearest that exists. Every error is a ConfigError at the value's own place.
///
///     Reader reader(document, "host profile");
///     profile.port = reader.integer("port", 1, 65535).value_or(8583);
///     reader.finish();
class Reader {
  public:
    /// @param what how messages call this table: "[scenario]", "card image"
    /// @throws ConfigError when `value` is not a table
    Reader(const Value& value, std::string what);

    std::optional<std::string> text(std::string_view key);
    std::optional<bool> boolean(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high);
    /// An integer or a float.
    std::optional<double> number(std::string_view key, double low, double high);
    /// A text of number and unit: "250us", "40ms", "1.5s", "2min", "1h". Never negative, at most 10,000 h.
    std::optional<runtime::Duration> duration(std::string_view key);
    /// A decimal text "12.34" in the currency's minor units. Never negative.
    std::optional<Amount> amount(std::string_view key, Currency currency);
    /// Hexadecimal text, blanks allowed.
    std::optional<Bytes> bytes(std::string_view key);
    /// One of a list of words; a wrong one is refused with the nearest.
    std::optional<std::string> choice(std::string_view key, const std::vector<std::string>& allowed);
    /// A list of such words, each refused at its own place; an empty list is one.
    std::optional<std::vector<std::string>> choices(std::string_view key,
                                                    const std::vector<std::string>& allowed);
    std::optional<std::vector<std::string>> texts(std::string_view key);
    /// "2026-06-15T22:30:00", as text or as TOML date-time (an offset is refused: rig time has no zone).
    std::optional<runtime::WallTime> wall_time(std::string_view key);

    /// `title = { en = "…", zh = "…" }`, both languages given and not empty; an empty map when there is no
    /// title.
    std::map<std::string, std::string> title();

    /// The value as it stands, of any type.
    const Value* raw(std::string_view key);
    /// A reader for the table at `key`; none when absent. Its finish() is the caller's to call.
    std::optional<Reader> table(std::string_view key, std::string what);
    /// Readers for an array of tables ([[key]]); a single table stands for an array of one.
    std::vector<Reader> tables(std::string_view key, std::string what);

    bool has(std::string_view key) const noexcept { return table_->find(key) != nullptr; }
    /// Unwraps, or fails naming the missing key at this table's place: `require("id", reader.text("id"))`.
    template <class T>
    T require(std::string_view key, std::optional<T> value) const {
        if (!value) missing(key);
        return *std::move(value);
    }

    /// Which keys finish() says there are: those asked for, and `more`, which somebody takes before a Reader
    /// sees the table; without `fewer`, which are asked for but written elsewhere.
    void offer(std::initializer_list<std::string_view> more, std::initializer_list<std::string_view> fewer);
    /// @throws ConfigError for the first key that was not asked for.
    void finish() const;

    const Source& source() const noexcept { return value_->source(); }
    Source source_of(std::string_view key) const;
    const std::string& what() const noexcept { return what_; }
    const Value& value() const noexcept { return *value_; }
    /// Refuses the value of `key` at its own place: "key: message"; an absent one at the place of the table,
    /// of a merged one at that of what was laid over it. Where two files are in it, the other is named too.
    [[noreturn]] void fail(std::string_view key, const std::string& message,
                           const std::string& nearest = {}) const;
    [[noreturn]] void missing(std::string_view key) const;

  private:
    const Value* take(std::string_view key);
    const Source& place() const noexcept;
    std::string other_file(const Value* value) const;

    const Value* value_;
    const Table* table_;
    std::string what_;
    std::vector<std::string> known_;         ///< each once, in the order in which they were asked for
    std::vector<std::string> more_, fewer_;  ///< of offer()
};

/// Small letters, digits and `others`, one at least: what identifiers are made of.
bool is_word(std::string_view text, std::string_view others) noexcept;

/// "1.5s" -> 1,500,000,000 ns. Units ns us ms s min h, at most six decimals, exact in nanoseconds. Empty
/// optional when it is anything else or negative.
std::optional<runtime::Duration> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back: "1.5s".
std::string format_duration(runtime::Duration duration);

}  // namespace posbench::config
