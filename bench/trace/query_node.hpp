#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/trace/query.hpp"

namespace re2 {
class RE2;
}

/// The tree of a parsed query: shared by the parser, which builds it, and the evaluator, which reads it. Not
/// for anybody else.
namespace posbench::trace {

/// One side of a comparison: a field of the event, a field of a bound event, or a constant.
struct Operand {
    enum class From : std::uint8_t { event, binding, constant };
    From from = From::constant;
    std::string binding;     ///< From::binding
    std::string_view field;  ///< the vocabulary's own text
    FieldType type = FieldType::text;
    FieldValue constant;
    std::span<const std::string_view> words{};  ///< all that the field takes; empty: any text
    std::size_t width = 0;                      ///< digits of every value of the field; 0: any
};

struct Query::Node {
    enum class Op : std::uint8_t {
        all_of,    // of children
        any_of,    // of children
        negation,  // of the only child
        equal,     // left and right
        not_equal,
        less,
        less_equal,
        greater,
        greater_equal,
        contains,
        matches,  // left and pattern
        in,       // left and list
        not_in,
        has,  // left and right
        lacks,
        flag,  // left
    };
    Op op{};
    std::vector<Node> children;
    Operand left;
    Operand right;
    std::vector<FieldValue> list;
    std::shared_ptr<const re2::RE2> pattern;
    std::string text;  ///< of a comparison, as it was written
};

}  // namespace posbench::trace
