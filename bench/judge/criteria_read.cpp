#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bench/judge/criteria.hpp"

namespace posbench::judge {
namespace {

using config::ConfigError;
using config::Reader;
using config::Value;
using BoundKinds = std::map<std::string, trace::Kind>;

constexpr std::int64_t most_events = 1'000'000;

/// Identifiers of criteria, bindings and measurements: a word with a letter first.
bool is_name(std::string_view text, std::string_view others) {
    return config::is_word(text, others) && text.front() >= 'a' && text.front() <= 'z';
}

/// Parses `prefix` and the text, of which only the text stands in the file.
trace::Query parse_after(std::string_view prefix, const Value& value, const BoundKinds& bound) {
    const auto& text = *value.get<std::string>();
    auto query = trace::Query::parse(std::string(prefix) += text, bound);
    if (query) return *std::move(query);
    const trace::QueryError& error = query.error();
    const std::size_t offset = error.offset > prefix.size() ? error.offset - prefix.size() : 0;
    throw ConfigError(value.source_inside(offset), error.message, error.nearest);
}

std::optional<trace::Query> read_query(Reader& reader, std::string_view key, const BoundKinds& bound) {
    if (!reader.text(key)) return std::nullopt;
    return parse_query(*reader.raw(key), bound);
}

std::vector<Binding> read_bindings(Reader& scenario) {
    std::vector<Binding> bindings;
    auto table = scenario.table("bind", "[bind]");
    if (!table) return bindings;
    for (const config::Table::Entry& entry : table->value().get<config::Table>()->entries()) {
        if (!is_name(entry.key, "_"))
            throw ConfigError(entry.key_source,
                              fmt::format("[bind]: '{}' is no name: a name has small letters, "
                                          "digits and '_', a letter first",
                                          entry.key));
        table->text(entry.key);  // it must be one
        // A binding refers to no other: it can then be found in any order, in the run and in the judgement.
        bindings.push_back({entry.key, parse_query(entry.value)});
    }
    table->finish();
    return bindings;
}

std::vector<trace::Query> read_order(Reader& reader, const BoundKinds& bound) {
    const Value* value = reader.raw("order");
    const auto* items = value->get<config::Array>();
    if (!items) reader.fail("order", fmt::format("must be an array of queries, not {}", value->type_name()));
    std::vector<trace::Query> queries;
    for (const Value& item : *items) {
        if (!item.get<std::string>())
            throw ConfigError(item.source(), fmt::format("'order' holds queries, not {}", item.type_name()));
        queries.push_back(parse_query(item, bound));
    }
    if (queries.size() < 2) reader.fail("order", "an order needs two queries or more");
    return queries;
}

struct FormKey {
    std::string_view key;
    Criterion::Form form;
};
constexpr std::array form_keys{
    FormKey{"expect", Criterion::Form::expect}, FormKey{"never", Criterion::Form::never},
    FormKey{"order", Criterion::Form::order},   FormKey{"every", Criterion::Form::every},
    FormKey{"ledger", Criterion::Form::ledger},
};

/// The one form the criterion has.
FormKey read_form(Reader& reader) {
    const FormKey* found = nullptr;
    for (const FormKey& candidate : form_keys) {
        if (!reader.has(candidate.key)) continue;
        if (found)
            reader.fail(candidate.key,
                        fmt::format("a criterion has one form: it has '{}' already", found->key));
        found = &candidate;
    }
    if (!found) {  // perhaps misspelt: what is none of these is told first
        for (const FormKey& candidate : form_keys) reader.raw(candidate.key);
        for (const char* key : {"at_least", "at_most", "exactly", "after", "within", "satisfies"})
            reader.raw(key);
        reader.finish();
        throw ConfigError(reader.source(),
                          reader.what() + ": one of expect, never, order, every, ledger is missing");
    }
    return *found;
}

void read_counts(Reader& reader, Criterion& criterion) {
    const auto exactly = reader.integer("exactly", 1, most_events);
    criterion.at_least = reader.integer("at_least", 1, most_events);
    criterion.at_most = reader.integer("at_most", 1, most_events);
    if (exactly && (criterion.at_least || criterion.at_most))
        reader.fail("exactly", "stands alone, without at_least and at_most");
    if (exactly) criterion.at_least = criterion.at_most = exactly;
    if (criterion.at_least && criterion.at_most && *criterion.at_least > *criterion.at_most)
        reader.fail("at_least", "is more than at_most: nothing could pass");
}

void read_queries(Reader& reader, const FormKey& form, const BoundKinds& bound, Criterion& criterion) {
    switch (form.form) {
        case Criterion::Form::ledger:
            reader.choice("ledger", {"reconciled"});
            if (criterion.level != Level::mandatory)
                reader.fail("level", "the ledger is always mandatory: money is never a suggestion");
            return;
        case Criterion::Form::order:
            criterion.queries = read_order(reader, bound);
            break;
        case Criterion::Form::expect:
            read_counts(reader, criterion);
            [[fallthrough]];
        case Criterion::Form::never:
        case Criterion::Form::every:
            criterion.queries.push_back(*read_query(reader, form.key, bound));
    }
    criterion.after = read_query(reader, "after", bound);
    criterion.within = reader.duration("within");
    if (form.form != Criterion::Form::every) return;
    reader.require("satisfies", reader.text("satisfies"));
    const auto kind = trace::spec(criterion.queries.front().kind()).name;
    criterion.satisfies = parse_after(fmt::format("{} where ", kind), *reader.raw("satisfies"), bound);
}

Criterion read_criterion(Reader& reader, const BoundKinds& bound) {
    Criterion criterion;
    criterion.source = reader.source();
    criterion.id = reader.require("id", reader.text("id"));
    if (!is_name(criterion.id, "-_."))
        reader.fail("id", "has small letters, digits, '-', '_', '.', a letter first");
    for (std::string_view reserved : {"bench", "stimulus"})
        if (criterion.id == reserved) reader.fail("id", fmt::format("'{}' is the bench's own", reserved));
    if (reader.choice("level", {"mandatory", "suggested"}).value_or("mandatory") == "suggested")
        criterion.level = Level::suggested;
    criterion.because = reader.text("because").value_or("");
    const FormKey form = read_form(reader);
    criterion.form = form.form;
    read_queries(reader, form, bound, criterion);
    reader.finish();
    return criterion;
}

/// A limit that is not zero: no run could keep that.
std::optional<runtime::Duration> read_limit(Reader& reader, std::string_view key) {
    const auto limit = reader.duration(key);
    if (limit && *limit == runtime::Duration::zero()) reader.fail(key, "a limit of zero cannot be kept");
    return limit;
}

Measure read_measure(Reader& reader, const BoundKinds& bound) {
    const std::string name = reader.require("name", reader.text("name"));
    if (!is_name(name, "_")) reader.fail("name", "has small letters, digits and '_', a letter first");
    const auto from = read_query(reader, "from", bound);
    const auto to = read_query(reader, "to", bound);
    Measure measure{name, reader.require("from", from), reader.require("to", to), {}, {}, reader.source()};
    const Value* limit = reader.raw("limit");
    if (limit && limit->get<config::Table>()) {
        auto limits = reader.table("limit", "limit");
        measure.limit = read_limit(*limits, "each");
        measure.limit_p95 = read_limit(*limits, "p95");
        limits->finish();
    } else if (limit) {
        measure.limit = read_limit(reader, "limit");
    }
    reader.finish();
    return measure;
}

template <class T>
void refuse_twice(const std::vector<T>& items, std::string T::*name, Reader& reader, std::string_view key) {
    for (std::size_t i = 0; i + 1 < items.size(); ++i)
        if (items[i].*name == items.back().*name)
            reader.fail(key, fmt::format("'{}' is the name of another one already", items[i].*name));
}

}  // namespace

std::map<std::string, trace::Kind> Definition::bound_kinds() const {
    std::map<std::string, trace::Kind> kinds;
    for (const Binding& binding : bindings) kinds.emplace(binding.name, binding.query.kind());
    return kinds;
}

trace::Query parse_query(const config::Value& text, const std::map<std::string, trace::Kind>& bound) {
    return parse_after("", text, bound);
}

Definition read_definition(config::Reader& scenario) {
    Definition definition;
    definition.bindings = read_bindings(scenario);
    const BoundKinds bound = definition.bound_kinds();
    for (Reader& reader : scenario.tables("criterion", "[[criterion]]")) {
        definition.criteria.push_back(read_criterion(reader, bound));
        refuse_twice(definition.criteria, &Criterion::id, reader, "id");
    }
    for (Reader& reader : scenario.tables("measure", "[[measure]]")) {
        definition.measures.push_back(read_measure(reader, bound));
        refuse_twice(definition.measures, &Measure::name, reader, "name");
    }
    return definition;
}

}  // namespace posbench::judge
