#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
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
///     query      := kind [ 'where' or ]              kind := role '.' word, as in the vocabulary
///     or         := and { 'or' and }          and := not { 'and' not }
///     not        := 'not' not | '(' or ')' | comparison
///     comparison := operand ( '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'matches' ) operand
///                 | field ( 'in' | 'not in' ) list | field ( 'has' | 'lacks' ) text | [ 'not' ] field
///     operand    := field | name '.' field | text | integer
///     text       := '…' (a quote inside is doubled)          list := '[' text-or-integer { ',' … } ']'
///
/// Types, all checked against the vocabulary when the text is parsed: `==` and `!=` compare texts with texts,
/// integers with integers, booleans with booleans; `<` and its kin compare integers; `contains` and `matches`
/// take texts; `in` takes a text or an integer field and a list of the same; `has` and `lacks` ask a list
/// field; a bare field is a boolean. Two constants are never compared. A constant that a field with a closed
/// list of words never is, is refused. `name.field` refers to an event bound under [bind].
///
/// A comparison with a field the event does not have is false (also `!=`, `not in` and `lacks`). One with a
/// value of an event that never came, or came without it, is unknown, and so is its negation (Kleene's logic
/// of three values). `matches` is an RE2 regular expression searched in the text: linear in time
/// whatever the expression. A query has at most 4 KiB, parentheses and `not` at most 32 deep.
namespace posbench::trace {

struct QueryError {
    std::size_t offset = 0;  ///< octets from the start of the text
    std::string message;
    std::string nearest;  ///< the nearest valid word, or empty
};

/// Called by Result::value() when there is an error; found by ADL.
[[noreturn]] inline void throw_exception_from_error(const QueryError& error, const boost::source_location&) {
    throw std::invalid_argument(error.message);
}

/// Finds the event bound to a name, or null.
using Bindings = std::function<const Event*(std::string_view name)>;

/// Why an event does not match.
struct Mismatch {
    std::size_t failed = 0;   ///< comparisons that do not hold, counted along the best `or`; 0: it matches
    std::string text{};       ///< "mti is '0200', no field code": what the event has instead
    std::size_t unequal = 0;  ///< of the failed those that ask with `==`

    /// Fewer comparisons fail, or as many and fewer of those that ask with `==`: these say which event is
    /// meant.
    bool nearer_than(const Mismatch& other) const noexcept {
        return failed != other.failed ? failed < other.failed : unequal < other.unequal;
    }
};

/// What a query says of an event.
enum class Truth : std::uint8_t { no, unknown, yes };

class Query {
  public:
    /// @param bound names that `name.field` may use, with the kind of each
    static Result<Query, QueryError> parse(std::string_view text,
                                           const std::map<std::string, Kind>& bound = {});

    Truth truth(const Event& event, const Bindings& bindings = {}) const;
    /// The truth is yes.
    bool matches(const Event& event, const Bindings& bindings = {}) const;
    /// The first value the query refers to that is not there: "original never came", "original came without
    /// stan". Empty when every one is there.
    std::string missing(const Bindings& bindings) const;
    /// For people: what `event` has instead of what is asked. Precondition: the event is of kind().
    Mismatch mismatch(const Event& event, const Bindings& bindings = {}) const;
    Kind kind() const noexcept { return kind_; }
    const std::string& text() const noexcept { return text_; }

    struct Node;

  private:
    Kind kind_{};
    std::string text_;
    std::shared_ptr<const Node> where_;  ///< null: every event of the kind
};

}  // namespace posbench::trace
