#include "bench/config/value.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/runtime/secrets.hpp"

namespace posbench::config {
namespace {

std::string masked(const std::string& message, const std::string& nearest) {
    std::string text = message;
    if (!nearest.empty()) text += fmt::format(" (did you mean '{}'?)", nearest);
    return runtime::mask_secrets(std::move(text));
}

/// A file's name stays as it is: it must be found.
std::string describe(const Source& source, const std::string& message, const std::string& nearest) {
    return (source.file ? source.to_string() + ": " : "") + masked(message, nearest);
}

}  // namespace

std::string Source::to_string() const {
    if (!file) return "(built in)";
    if (line == 0) return *file;
    return fmt::format("{}:{}:{}", *file, line, column);
}

ConfigError::ConfigError(Source source, const std::string& message, const std::string& nearest)
    : std::runtime_error(describe(source, message, nearest)),
      source_(std::move(source)),
      message_(runtime::mask_secrets(message)),
      nearest_(runtime::mask_secrets(nearest)) {}

Table::Table() = default;
Table::Table(const Table& other) = default;
Table::Table(Table&& other) noexcept = default;
Table& Table::operator=(const Table& other) = default;
Table& Table::operator=(Table&& other) noexcept = default;
Table::~Table() = default;

const Value* Table::find(std::string_view key) const noexcept {
    const auto found = std::ranges::find(entries_, key, &Entry::key);
    return found == entries_.end() ? nullptr : &found->value;
}

Value* Table::find(std::string_view key) noexcept {
    const auto found = std::ranges::find(entries_, key, &Entry::key);
    return found == entries_.end() ? nullptr : &found->value;
}

Value& Table::set(std::string key, Value value, Source key_source) {
    if (!key_source.file) key_source = value.source();
    const auto found = std::ranges::find(entries_, key, &Entry::key);
    if (found == entries_.end()) return append(std::move(key), std::move(value), std::move(key_source));
    found->key_source = std::move(key_source);
    found->value = std::move(value);
    return found->value;
}

Value& Table::append(std::string key, Value value, Source key_source) {
    return entries_.emplace_back(Entry{std::move(key), std::move(key_source), std::move(value)}).value;
}

Source Value::source_inside(std::size_t offset) const {
    const auto* text = get<std::string>();
    if (!verbatim_ || text == nullptr) return source_;
    // Columns count characters: an octet 10xxxxxx continues the character before it.
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    const std::string_view before = std::string_view(*text).substr(0, offset);
    const auto characters =
        before.size() - static_cast<std::size_t>(std::ranges::count_if(before, continues));
    Source inside = source_;
    inside.column += 1 + static_cast<std::uint32_t>(characters);
    return inside;
}

std::string_view Value::type_name() const noexcept {
    static constexpr std::array<std::string_view, std::variant_size_v<Data>> names{
        "a boolean", "an integer", "a float", "a string", "a date or time", "an array", "a table"};
    return names[data_.index()];
}

void merge(Value& base, const Value& over) {
    auto* base_table = base.get<Table>();
    const auto* over_table = over.get<Table>();
    if (base_table == nullptr || over_table == nullptr) {
        base = over;
        return;
    }
    base.set_laid_over(over.laid_over().file ? over.laid_over() : over.source());
    for (const Table::Entry& entry : over_table->entries()) {
        Value* existing = base_table->find(entry.key);
        if (existing != nullptr && existing->get<Table>() != nullptr && entry.value.get<Table>() != nullptr)
            merge(*existing, entry.value);
        else
            base_table->set(entry.key, entry.value, entry.key_source);
    }
}

Value& at_path(Value& root, std::string_view path) {
    Value* value = &root;
    std::string_view rest = path;
    while (true) {
        const auto dot = rest.find('.');
        const std::string_view key = rest.substr(0, dot);
        auto* table = value->get<Table>();
        if (table == nullptr)
            throw ConfigError(value->source(),
                              fmt::format("'{}' has no place in {}", path, value->type_name()));
        Value* next = table->find(key);
        value = next != nullptr
                    ? next
                    : &table->append(std::string(key), Value(Table{}, value->source()), value->source());
        if (dot == std::string_view::npos) return *value;
        rest.remove_prefix(dot + 1);
    }
}

}  // namespace posbench::config
