#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bench/runtime/nearest.hpp"

/// TOML documents as every part of the bench reads them: scenarios, stations, card images, host and network
/// profiles. A document becomes a tree of Values of which each knows its file, line and column, also after a
/// scenario's overrides were merged over a fixture; Reader then takes keys out of it and refuses what is
/// left.
namespace posbench::config {

/// Where a value was written. Lines and columns count from 1; 0 when the value was not read from a file.
struct Source {
    std::shared_ptr<const std::string> file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    /// "scenarios/card/expired.toml:12:3", or "(built in)".
    std::string to_string() const;
};

/// A file that cannot be used. Errors repeat what they refuse, and a key or PAN may have been typed where it
/// does not belong: what looks like one is masked (runtime::mask_secrets()), but in the file's name. what()
/// reads "FILE:LINE:COLUMN: message (did you mean 'x'?)", without the place when there is no file.
class ConfigError : public std::runtime_error {
  public:
    ConfigError(Source source, const std::string& message, const std::string& nearest = {});
    const Source& source() const noexcept { return source_; }
    const std::string& message() const noexcept { return message_; }
    const std::string& nearest() const noexcept { return nearest_; }

  private:
    Source source_;
    std::string message_;
    std::string nearest_;
};

class Value;

/// Keys in the order of the file.
class Table {
  public:
    struct Entry;
    // Defined where Entry is complete: a vector may not be copied or destroyed before that.
    Table();
    Table(const Table& other);
    Table(Table&& other) noexcept;
    Table& operator=(const Table& other);
    Table& operator=(Table&& other) noexcept;
    ~Table();

    const Value* find(std::string_view key) const noexcept;
    Value* find(std::string_view key) noexcept;
    /// Sets or replaces. The key's own place defaults to its value's.
    Value& set(std::string key, Value value, Source key_source = {});
    /// Adds a key that the table does not have (precondition), without looking for it.
    Value& append(std::string key, Value value, Source key_source);
    const std::vector<Entry>& entries() const noexcept { return entries_; }
    bool empty() const noexcept { return entries_.empty(); }

  private:
    std::vector<Entry> entries_;
};

using Array = std::vector<Value>;

/// One TOML value. Dates and times are kept as their text.
class Value {
  public:
    struct DateTime {
        std::string text;
        bool operator==(const DateTime&) const = default;
    };
    using Data = std::variant<bool, std::int64_t, double, std::string, DateTime, Array, Table>;

    Value() : data_(Table{}) {}
    explicit Value(Data data, Source source = {}) : data_(std::move(data)), source_(std::move(source)) {}

    template <class T>
    const T* get() const noexcept {
        return std::get_if<T>(&data_);
    }
    template <class T>
    T* get() noexcept {
        return std::get_if<T>(&data_);
    }
    const Data& data() const noexcept { return data_; }
    const Source& source() const noexcept { return source_; }
    /// Of a table over which others were merged: the place of the last. No file when none was.
    const Source& laid_over() const noexcept { return laid_over_; }
    void set_laid_over(Source source) { laid_over_ = std::move(source); }
    /// The place of octet `offset` inside this text: exact for a string written on one line and without
    /// escapes, else where the string begins.
    Source source_inside(std::size_t offset) const;
    /// The string stands in its file as it reads: on one line, without escapes, in single quotes or '"'.
    void set_verbatim(bool verbatim) noexcept { verbatim_ = verbatim; }
    /// "a string", "an integer", "a table": for messages.
    std::string_view type_name() const noexcept;

  private:
    Data data_;
    Source source_;
    Source laid_over_;
    bool verbatim_ = false;
};

struct Table::Entry {
    std::string key;
    Source key_source;
    Value value;
};

/// Reads a TOML file. @throws ConfigError on a file that cannot be read, is empty, is not UTF-8, is larger
/// than 1 MiB, nests deeper than 32 levels, or is not TOML, each with line and column where there is one.
Value load_file(const std::filesystem::path& path);
/// The same for a text; `name` stands for the file. An empty text is an empty table.
Value load_text(std::string_view text, std::string name);

/// Lays `over` on `base`: tables merge key by key, everything else is replaced whole. Each value keeps its
/// own place, a merged table also that of what was laid over it.
void merge(Value& base, const Value& over);

/// The value at a dotted path ("card.image"), created as tables where missing. @throws ConfigError when a
/// value on the way is not a table
Value& at_path(Value& root, std::string_view path);

using runtime::nearest_name;

}  // namespace posbench::config
