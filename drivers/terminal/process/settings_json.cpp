#include "drivers/terminal/process/settings_json.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace posbench::terminal::process {
namespace {

using config::Array;
using config::Table;
using config::Value;
using nlohmann::ordered_json;

struct ToJson {
    ordered_json operator()(const Value::DateTime& time) const { return time.text; }
    ordered_json operator()(const Array& array) const {
        ordered_json json = ordered_json::array();
        for (const Value& item : array) json.push_back(to_json(item));
        return json;
    }
    ordered_json operator()(const Table& table) const {
        ordered_json json = ordered_json::object();
        for (const Table::Entry& entry : table.entries()) json[entry.key] = to_json(entry.value);
        return json;
    }
    template <class Scalar>
    ordered_json operator()(const Scalar& scalar) const {
        return scalar;
    }
};

}  // namespace

ordered_json to_json(const Value& value) {
    return std::visit(ToJson{}, value.data());
}

Value from_json(const ordered_json& json) {
    if (json.is_boolean()) return Value(json.get<bool>());
    if (json.is_number_integer()) return Value(json.get<std::int64_t>());
    if (json.is_number_float()) return Value(json.get<double>());
    if (json.is_string()) return Value(json.get<std::string>());
    if (json.is_array()) {
        Array array;
        for (const ordered_json& item : json) array.push_back(from_json(item));
        return Value(std::move(array));
    }
    if (json.is_object()) {
        Table table;
        for (const auto& [key, item] : json.items()) table.set(key, from_json(item));
        return Value(std::move(table));
    }
    throw std::invalid_argument("settings hold a null");
}

}  // namespace posbench::terminal::process
