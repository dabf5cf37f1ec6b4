#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "bench/trace/event.hpp"

/// Questions to a trace, as scenarios write them:
///
///     host.request where mti == '0400' and stan == original.stan
///     card.apdu where tvr has 'expired application' or sw in ['6985', '6A81']
///     terminal.display where text contains '交易成功' or text matches '^APPROVED'
///
///     query      := kind [ 'where' or ]
///     or         := and { 'or' and }          and := not { 'and' not }
///     not        := 'not' not | '(' or ')' | comparison
///     comparison := operand ( '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'matches' ) operand
///                 | field ( 'in' | 'not in' ) list | field ( 'has' | 'lacks' ) text | [ 'not' ] field
///     operand    := field | name '.' field | text | integer
///     text       := '…' (a quote inside is doubled)          list := '[' text-or-integer { ',' … } ']'
///
/// A bare field must be of type boolean. `name.field` refers to an event bound under [bind]. A comparison
/// with a field the event does not have is false (also `!=`); `matches` is an RE2 regular expression searched
/// in the text: linear in time whatever the expression. Kinds, fields and types are checked against the
/// vocabulary when the text is parsed.
namespace posbench::trace {

struct QueryError {
    std::size_t offset = 0;  ///< octets from the start of the text
    std::string message;
    std::string nearest;  ///< the nearest valid word, or empty
};

/// Finds the event bound to a name, or null.
using Bindings = std::function<const Event*(std::string_view name)>;

class Query {
  public:
    /// @param bound names that `name.field` may use, with the kind of each
    static Result<Query, QueryError> parse(std::string_view text,
                                           const std::map<std::string, Kind>& bound = {});

    bool matches(const Event& event, const Bindings& bindings = {}) const;
    Kind kind() const noexcept { return kind_; }
    const std::string& text() const noexcept { return text_; }

    struct Node;

  private:
    Kind kind_{};
    std::string text_;
    std::shared_ptr<const Node> where_;  ///< null: every event of the kind
};

}  // namespace posbench::trace
