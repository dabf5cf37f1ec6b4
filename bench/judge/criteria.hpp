#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/time.hpp"
#include "bench/trace/query.hpp"

/// What a scenario asks of a trace. Read from TOML by the scenario, carried in the trace as JSON (so that a
/// stored trace can be judged alone), evaluated by judge().
namespace posbench::judge {

/// [bind] name = "query": the first event of the run that matches, the set-up's included. `name.field` in the
/// queries of steps, criteria and measurements refers to it.
struct Binding {
    std::string name;
    trace::Query query;
};

enum class Level : std::uint8_t { mandatory, suggested };

/// One pass criterion. Exactly one of the forms:
///   expect = "query"  [exactly = n | at_least = n, at_most = n]
///   never  = "query"
///   order  = ["query", "query", ...]             each first match after the one before
///   every  = "query", satisfies = "condition"    condition as after `where`, on the same event
///   ledger = "reconciled"
/// All but `ledger` take `after = "query"` and `within = "120s"`: they look at the events after the first
/// match of `after`, or from the start of the steps, and no longer than `within` from there; events of the
/// set-up never count, those of the closing phase do. bench/judge/README.md has the whole semantics.
struct Criterion {
    enum class Form : std::uint8_t { expect, never, order, every, ledger };
    std::string id;
    Level level = Level::mandatory;
    std::string because;  ///< for people: why the terminal must do so (optional)
    Form form{};
    std::vector<trace::Query> queries;      ///< one, or several for `order`
    std::optional<trace::Query> satisfies;  ///< `every`: the same kind with the condition
    std::optional<trace::Query> after;
    std::optional<runtime::Duration> within;
    std::optional<std::int64_t> at_least, at_most;  ///< `expect`: 1 and no limit when neither is given
    config::Source source;
};

/// [[measure]]: time between two events of the steps or later. Unset (one of them never came) fails when it
/// has a limit: `limit = "40s"` for each run, `limit = { each = "40s", p95 = "30s" }`.
struct Measure {
    std::string name;
    trace::Query from;                           ///< first match
    trace::Query to;                             ///< first match after it, by its place and by its stamp
    std::optional<runtime::Duration> limit;      ///< each single run
    std::optional<runtime::Duration> limit_p95;  ///< over the repetitions of a case
    config::Source source;
};

struct Definition {
    std::vector<Binding> bindings;
    std::vector<Criterion> criteria;
    std::vector<Measure> measures;
    runtime::Duration limit{};  ///< longest run
    /// Kinds of the bindings by name, as Query::parse wants them.
    std::map<std::string, trace::Kind> bound_kinds() const;
};

/// Reads [bind], [[criterion]] and [[measure]] out of a scenario document; `limit` is the caller's to set.
/// @throws config::ConfigError with the place inside the file of the wrong word.
Definition read_definition(config::Reader& scenario);

/// The query that a text of a file is. @throws config::ConfigError at the wrong word inside the text, with
/// the nearest right one.
trace::Query parse_query(const config::Value& text, const std::map<std::string, trace::Kind>& bound = {});

/// For `bench.run`'s field `definition`, and back.
std::string to_json(const Definition& definition);
Result<Definition> definition_from_json(std::string_view json);

}  // namespace posbench::judge
