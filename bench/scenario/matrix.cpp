#include "bench/scenario/matrix.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/scenario/put_value.hpp"

namespace posbench::scenario {
namespace {

using config::Array;
using config::ConfigError;
using config::Source;
using config::Table;
using config::Value;

struct Axis {
    std::string path;  ///< "card.image"
    Source source;     ///< of its key
    Array values;
    std::vector<std::string> labels;
};

/// How a case identifier shows a value; a table or an array by its number on the axis.
std::string label(const Value& value, std::size_t number) {
    if (const auto* text = value.get<std::string>()) return *text;
    if (const auto* integer = value.get<std::int64_t>()) return std::to_string(*integer);
    if (const auto* real = value.get<double>()) return fmt::format("{}", *real);
    if (const auto* flag = value.get<bool>()) return *flag ? "true" : "false";
    if (const auto* time = value.get<Value::DateTime>()) return time->text;
    return fmt::format("#{}", number);
}

Axis make_axis(std::string path, const Source& source, const Array& values) {
    if (values.empty()) throw ConfigError(source, fmt::format("axis '{}' has no values", path));
    Axis axis{std::move(path), source, values, {}};
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::string text = label(values[i], i + 1);
        if (std::ranges::find(axis.labels, text) != axis.labels.end())
            throw ConfigError(values[i].source(), fmt::format("'{}' is twice on axis '{}'", text, axis.path));
        axis.labels.push_back(std::move(text));
    }
    return axis;
}

/// `"card.image" = [...]` and `card.image = [...]` mean the same.
void collect_axes(const Table& table, const std::string& prefix, std::vector<Axis>& axes) {
    for (const Table::Entry& entry : table.entries()) {
        const std::string path = prefix + entry.key;
        if (const auto* deeper = entry.value.get<Table>())
            collect_axes(*deeper, path + ".", axes);
        else if (const auto* values = entry.value.get<Array>())
            axes.push_back(make_axis(path, entry.key_source, *values));
        else
            throw ConfigError(
                entry.value.source(),
                fmt::format("axis '{}' must be an array of values, not {}", path, entry.value.type_name()));
    }
}

Variant make_variant(const Value& document, const std::vector<Axis>& axes, std::size_t number) {
    Variant variant{{}, document};
    std::vector<std::size_t> choice(axes.size());
    for (std::size_t i = axes.size(); i-- > 0;) {
        choice[i] = number % axes[i].values.size();
        number /= axes[i].values.size();
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        variant.suffix += fmt::format("{}{}={}", i == 0 ? "[" : ",", axes[i].path, axes[i].labels[choice[i]]);
        put_value(variant.document, axes[i].path, axes[i].values[choice[i]], axes[i].source);
    }
    if (!axes.empty()) variant.suffix += ']';
    return variant;
}

}  // namespace

std::vector<Variant> expand_matrix(const Value& document) {
    std::vector<Axis> axes;
    const auto* root = document.get<Table>();
    const Value* matrix = root != nullptr ? root->find("matrix") : nullptr;
    if (matrix != nullptr) {
        const auto* table = matrix->get<Table>();
        if (table == nullptr)
            throw ConfigError(matrix->source(),
                              fmt::format("[matrix] must be a table, not {}", matrix->type_name()));
        collect_axes(*table, "", axes);
    }
    std::size_t cases = 1;
    for (const Axis& axis : axes) {
        cases *= axis.values.size();
        if (cases > most_cases)
            throw ConfigError(axis.source, fmt::format("[matrix] makes more than {} cases", most_cases));
    }
    std::vector<Variant> variants;
    variants.reserve(cases);
    for (std::size_t number = 0; number < cases; ++number)
        variants.push_back(make_variant(document, axes, number));
    return variants;
}

}  // namespace posbench::scenario
