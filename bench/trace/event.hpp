#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/runtime/time.hpp"
#include "bench/trace/vocabulary.hpp"

namespace posbench::trace {

using FieldValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

struct Field {
    std::string_view name;  ///< in a stored Event: the vocabulary's own text
    FieldValue value;

    Field(std::string_view field, bool data) : name(field), value(data) {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) Field(std::string_view field, T data)
        : name(field), value(static_cast<std::int64_t>(data)) {}
    Field(std::string_view field, std::string data) : name(field), value(std::move(data)) {}
    Field(std::string_view field, std::string_view data) : name(field), value(std::string(data)) {}
    Field(std::string_view field, const char* data) : name(field), value(std::string(data)) {}
    Field(std::string_view field, std::vector<std::string> data) : name(field), value(std::move(data)) {}
    Field(std::string_view field, FieldValue data) : name(field), value(std::move(data)) {}
};

using Fields = std::vector<Field>;

/// What is wrong with `value` as this field of an event, without repeating the value, which may be from
/// outside; empty when nothing is: "must be text", "must be one of on, off".
std::string fault_of(const FieldSpec& field, const FieldValue& value);

/// One thing that happened, at one instant of the run.
struct Event {
    runtime::TimePoint at{};
    Kind kind{};
    Fields fields;

    const FieldValue* find(std::string_view name) const noexcept;
    /// The text field `name`; empty when absent or not a text.
    std::string_view text(std::string_view name) const noexcept;
    std::optional<std::int64_t> integer(std::string_view name) const noexcept;
    bool flag(std::string_view name) const noexcept;
};

}  // namespace posbench::trace
