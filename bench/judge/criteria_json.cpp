#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/judge/criteria.hpp"

namespace posbench::judge {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using BoundKinds = std::map<std::string, trace::Kind>;
using Form = Criterion::Form;

constexpr std::size_t largest_definition = 1 << 20;
constexpr std::pair<Form, std::string_view> forms[] = {{Form::expect, "expect"},
                                                       {Form::never, "never"},
                                                       {Form::order, "order"},
                                                       {Form::every, "every"},
                                                       {Form::ledger, "ledger"}};

std::string_view name_of(Form form) {
    for (const auto& [known, name] : forms)
        if (known == form) return name;
    throw std::logic_error("a criterion has an unknown form");
}

void put(ordered_json& out, const char* key, const std::optional<runtime::Duration>& value) {
    if (value) out[key] = value->count();
}
void put(ordered_json& out, const char* key, const std::optional<std::int64_t>& value) {
    if (value) out[key] = *value;
}
void put(ordered_json& out, const char* key, const std::optional<trace::Query>& value) {
    if (value) out[key] = value->text();
}
void put(ordered_json& out, const config::Source& source) {
    if (!source.file) return;
    out["file"] = *source.file;
    out["line"] = source.line;
    out["column"] = source.column;
}

ordered_json write(const Criterion& criterion) {
    ordered_json out{{"id", criterion.id}, {"form", name_of(criterion.form)}};
    if (criterion.level == Level::suggested) out["suggested"] = true;
    if (!criterion.because.empty()) out["because"] = criterion.because;
    if (!criterion.queries.empty()) {
        auto& queries = out["queries"] = ordered_json::array();
        for (const trace::Query& query : criterion.queries) queries.push_back(query.text());
    }
    put(out, "satisfies", criterion.satisfies);
    put(out, "after", criterion.after);
    put(out, "within_ns", criterion.within);
    put(out, "at_least", criterion.at_least);
    put(out, "at_most", criterion.at_most);
    put(out, criterion.source);
    return out;
}

ordered_json write(const Measure& measure) {
    ordered_json out{{"name", measure.name}, {"from", measure.from.text()}, {"to", measure.to.text()}};
    put(out, "limit_ns", measure.limit);
    put(out, "limit_p95_ns", measure.limit_p95);
    put(out, measure.source);
    return out;
}

/// Takes members out of one JSON object. What does not hold is thrown as Error and caught at the top: this is
/// text from outside, and every member can be wrong.
class ObjectReader {
  public:
    ObjectReader(const json& object, std::string what) : object_(object), what_(std::move(what)) {
        if (!object.is_object()) fail("is no object");
    }

    std::optional<std::string> text(const char* key) const {
        const json* value = find(key);
        if (!value) return std::nullopt;
        if (!value->is_string()) fail(key, "must be a text");
        return value->get<std::string>();
    }
    std::string required_text(const char* key) const {
        auto value = text(key);
        if (!value) fail(key, "is missing");
        return *std::move(value);
    }
    std::optional<std::int64_t> integer(const char* key) const {
        const json* value = find(key);
        if (!value) return std::nullopt;
        if (!value->is_number_integer() || *value < 0 || *value > INT64_MAX)
            fail(key, "must be an integer from 0, of at most 63 bits");
        return value->get<std::int64_t>();
    }
    std::optional<runtime::Duration> duration(const char* key) const {
        const auto ns = integer(key);
        return ns ? std::optional(runtime::Duration(*ns)) : std::nullopt;
    }
    bool flag(const char* key) const {
        const json* value = find(key);
        return value && value->is_boolean() && value->get<bool>();
    }
    /// The items of the array at `key`; none when absent.
    const json::array_t& items(const char* key) const {
        static const json::array_t none;
        const json* value = find(key);
        if (!value) return none;
        if (!value->is_array()) fail(key, "must be an array");
        return value->get_ref<const json::array_t&>();
    }
    std::optional<trace::Query> query(const char* key, const BoundKinds& bound) const {
        const auto value = text(key);
        return value ? std::optional(parse(key, *value, bound)) : std::nullopt;
    }
    trace::Query required_query(const char* key, const BoundKinds& bound) const {
        return parse(key, required_text(key), bound);
    }
    std::vector<trace::Query> queries(const char* key, const BoundKinds& bound) const {
        std::vector<trace::Query> list;
        for (const json& item : items(key)) {
            if (!item.is_string()) fail(key, "must hold texts");
            list.push_back(parse(key, item.get_ref<const std::string&>(), bound));
        }
        return list;
    }
    config::Source source() const {
        config::Source place;
        if (auto file = text("file")) place.file = std::make_shared<const std::string>(*std::move(file));
        place.line = static_cast<std::uint32_t>(integer("line").value_or(0));
        place.column = static_cast<std::uint32_t>(integer("column").value_or(0));
        return place;
    }
    [[noreturn]] void fail(std::string_view key, std::string_view rule) const {
        throw Error{fmt::format("{}: '{}' {}", what_, key, rule)};
    }

  private:
    [[noreturn]] void fail(std::string_view rule) const { throw Error{fmt::format("{} {}", what_, rule)}; }
    const json* find(const char* key) const {
        const auto found = object_.find(key);
        return found == object_.end() ? nullptr : &*found;
    }
    trace::Query parse(const char* key, const std::string& value, const BoundKinds& bound) const {
        auto parsed = trace::Query::parse(value, bound);
        if (!parsed)
            fail(key,
                 fmt::format("is no query: octet {}: {}", parsed.error().offset, parsed.error().message));
        return *std::move(parsed);
    }

    const json& object_;
    std::string what_;
};

Form read_form(const ObjectReader& reader) {
    const std::string name = reader.required_text("form");
    for (const auto& [form, known] : forms)
        if (known == name) return form;
    reader.fail("form", "is none that this posbench knows");
}

/// Each form has the queries it needs, so that judge() can rely on it.
void check(const ObjectReader& reader, const Criterion& criterion) {
    const std::size_t count = criterion.queries.size();
    const bool fits = criterion.form == Form::ledger  ? count == 0
                      : criterion.form == Form::order ? count >= 2
                                                      : count == 1;
    if (!fits) reader.fail("queries", "has the wrong number of queries for this form");
    if ((criterion.form == Form::every) != criterion.satisfies.has_value())
        reader.fail("satisfies", "belongs to the form every, and only there");
    if (criterion.satisfies && criterion.satisfies->kind() != criterion.queries.front().kind())
        reader.fail("satisfies", "asks for another kind of event");
}

Criterion read_criterion(const json& item, const BoundKinds& bound) {
    const ObjectReader reader(item, "criterion");
    Criterion criterion;
    criterion.id = reader.required_text("id");
    criterion.form = read_form(reader);
    criterion.level = reader.flag("suggested") ? Level::suggested : Level::mandatory;
    criterion.because = reader.text("because").value_or("");
    criterion.queries = reader.queries("queries", bound);
    criterion.satisfies = reader.query("satisfies", bound);
    criterion.after = reader.query("after", bound);
    criterion.within = reader.duration("within_ns");
    criterion.at_least = reader.integer("at_least");
    criterion.at_most = reader.integer("at_most");
    criterion.source = reader.source();
    check(reader, criterion);
    return criterion;
}

Measure read_measure(const json& item, const BoundKinds& bound) {
    const ObjectReader reader(item, "measure");
    return {reader.required_text("name"),       reader.required_query("from", bound),
            reader.required_query("to", bound), reader.duration("limit_ns"),
            reader.duration("limit_p95_ns"),    reader.source()};
}

}  // namespace

std::string to_json(const Definition& definition) {
    ordered_json out;
    auto& bind = out["bind"] = ordered_json::array();
    for (const Binding& binding : definition.bindings)
        bind.push_back({{"name", binding.name}, {"query", binding.query.text()}});
    auto& criteria = out["criteria"] = ordered_json::array();
    for (const Criterion& criterion : definition.criteria) criteria.push_back(write(criterion));
    auto& measures = out["measures"] = ordered_json::array();
    for (const Measure& measure : definition.measures) measures.push_back(write(measure));
    out["limit_ns"] = definition.limit.count();
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<Definition> definition_from_json(std::string_view text) {
    if (text.size() > largest_definition)
        return Error{fmt::format("definition: longer than {} octets", largest_definition)};
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return Error{"definition: not JSON"};
    try {
        const ObjectReader reader(document, "definition");
        Definition definition;
        for (const json& item : reader.items("bind")) {
            const ObjectReader binding(item, "bind");
            definition.bindings.push_back(
                {binding.required_text("name"), binding.required_query("query", {})});
        }
        const BoundKinds bound = definition.bound_kinds();
        for (const json& item : reader.items("criteria"))
            definition.criteria.push_back(read_criterion(item, bound));
        for (const json& item : reader.items("measures"))
            definition.measures.push_back(read_measure(item, bound));
        definition.limit = reader.duration("limit_ns").value_or(runtime::Duration::zero());
        return definition;
    } catch (const Error& error) {
        return error;
    }
}

}  // namespace posbench::judge
