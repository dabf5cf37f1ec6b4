#include <algorithm>
#include <array>

#include "bench/trace/vocabulary.hpp"

/// Look-ups in the vocabulary.
namespace posbench::trace {

std::optional<Kind> find_kind(std::string_view name) noexcept {
    const auto found = std::ranges::find(vocabulary(), name, &KindSpec::name);
    if (found == vocabulary().end()) return std::nullopt;
    return found->kind;
}

const FieldSpec* find_field(Kind kind, std::string_view name) noexcept {
    for (const FieldSpec& field : spec(kind).fields)
        if (field.name == name) return &field;
    return nullptr;
}

bool FieldSpec::takes(std::string_view word) const noexcept {
    return words.empty() || std::ranges::find(words, word) != words.end();
}

std::string_view to_string(Role role) noexcept {
    constexpr std::array<std::string_view, 6> names{"bench", "terminal", "card", "host", "network", "power"};
    return names[static_cast<std::size_t>(role)];
}

std::string_view to_string(FieldType type) noexcept {
    constexpr std::array<std::string_view, 4> names{"boolean", "integer", "text", "list"};
    return names[static_cast<std::size_t>(type)];
}

std::vector<std::string> kind_names() {
    std::vector<std::string> names;
    for (const KindSpec& kind : vocabulary()) names.emplace_back(kind.name);
    return names;
}

std::vector<std::string> field_names(Kind kind) {
    std::vector<std::string> names;
    for (const FieldSpec& field : spec(kind).fields) names.emplace_back(field.name);
    return names;
}

}  // namespace posbench::trace
