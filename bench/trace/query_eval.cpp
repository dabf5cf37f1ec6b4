#include <algorithm>
#include <compare>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "bench/trace/query_node.hpp"
#include "bench/trace/quote.hpp"

namespace posbench::trace {
namespace {

using Node = Query::Node;
using Op = Query::Node::Op;

/// One event and what the names refer to.
struct Context {
    const Event& event;
    const Bindings& bindings;

    const FieldValue* value(const Operand& operand) const {
        switch (operand.from) {
            case Operand::From::event:
                return event.find(operand.field);
            case Operand::From::binding: {
                const Event* bound = bindings ? bindings(operand.binding) : nullptr;
                return bound ? bound->find(operand.field) : nullptr;
            }
            case Operand::From::constant:
                return &operand.constant;
        }
        return nullptr;
    }

    /// Null as well when the value is not of the type the vocabulary promised.
    template <class T>
    const T* value_as(const Operand& operand) const {
        const FieldValue* found = value(operand);
        return found ? std::get_if<T>(found) : nullptr;
    }
};

bool equality(const Node& node, const Context& context) {
    const FieldValue* left = context.value(node.left);
    const FieldValue* right = context.value(node.right);
    return left && right && (*left == *right) == (node.op == Op::equal);
}

bool order(const Node& node, const Context& context) {
    const auto* left = context.value_as<std::int64_t>(node.left);
    const auto* right = context.value_as<std::int64_t>(node.right);
    if (!left || !right) return false;
    switch (node.op) {
        case Op::less:
            return *left < *right;
        case Op::less_equal:
            return *left <= *right;
        case Op::greater:
            return *left > *right;
        default:
            return *left >= *right;
    }
}

bool contains(const Node& node, const Context& context) {
    const auto* left = context.value_as<std::string>(node.left);
    const auto* right = context.value_as<std::string>(node.right);
    return left && right && left->find(*right) != std::string::npos;
}

bool matches_pattern(const Node& node, const Context& context) {
    const auto* left = context.value_as<std::string>(node.left);
    return left && re2::RE2::PartialMatch(*left, *node.pattern);
}

bool membership(const Node& node, const Context& context) {
    const FieldValue* left = context.value(node.left);
    return left && (std::ranges::find(node.list, *left) != node.list.end()) == (node.op == Op::in);
}

bool list_has(const Node& node, const Context& context) {
    const auto* list = context.value_as<std::vector<std::string>>(node.left);
    const auto* item = context.value_as<std::string>(node.right);
    return list && item && (std::ranges::find(*list, *item) != list->end()) == (node.op == Op::has);
}

bool is_comparison(const Node& node) {
    return node.op != Op::all_of && node.op != Op::any_of && node.op != Op::negation;
}

bool holds(const Node& comparison, const Context& context) {
    switch (comparison.op) {
        case Op::equal:
        case Op::not_equal:
            return equality(comparison, context);
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
            return order(comparison, context);
        case Op::contains:
            return contains(comparison, context);
        case Op::matches:
            return matches_pattern(comparison, context);
        case Op::in:
        case Op::not_in:
            return membership(comparison, context);
        case Op::has:
        case Op::lacks:
            return list_has(comparison, context);
        case Op::flag: {
            const bool* flag = context.value_as<bool>(comparison.left);
            return flag && *flag;
        }
        case Op::all_of:
        case Op::any_of:
        case Op::negation:
            break;
    }
    throw std::logic_error("a query holds an unknown operation");
}

/// A side of the comparison has no value: a field of the event's own, or one of a bound event.
bool misses(const Node& comparison, const Context& context, Operand::From from) {
    const auto missing = [&](const Operand& side) { return side.from == from && !context.value(side); };
    return missing(comparison.left) || missing(comparison.right);
}

Truth truth_of(const Node& node, const Context& context) {
    switch (node.op) {
        case Op::all_of: {
            Truth all = Truth::yes;
            for (const Node& child : node.children) {
                all = std::min(all, truth_of(child, context));
                if (all == Truth::no) break;
            }
            return all;
        }
        case Op::any_of: {
            Truth any = Truth::no;
            for (const Node& child : node.children) {
                any = std::max(any, truth_of(child, context));
                if (any == Truth::yes) break;
            }
            return any;
        }
        case Op::negation: {
            const Truth inner = truth_of(node.children.front(), context);
            if (inner == Truth::unknown) return inner;
            return inner == Truth::yes ? Truth::no : Truth::yes;
        }
        default:
            if (misses(node, context, Operand::From::event)) return Truth::no;
            if (misses(node, context, Operand::From::binding)) return Truth::unknown;
            return holds(node, context) ? Truth::yes : Truth::no;
    }
}

std::string name_of(const Operand& operand) {
    const bool bound = operand.from == Operand::From::binding;
    return bound ? fmt::format("{}.{}", operand.binding, operand.field) : std::string(operand.field);
}

/// "mti is '0200'", "no field code", "nothing is bound to original".
std::string describe(const Operand& operand, const Context& context) {
    const bool bound = operand.from == Operand::From::binding;
    const std::string name = name_of(operand);
    if (const FieldValue* value = context.value(operand)) return fmt::format("{} is {}", name, quote(*value));
    if (bound && (!context.bindings || !context.bindings(operand.binding)))
        return fmt::format("{} never came", operand.binding);
    return fmt::format("no field {}", name);
}

std::string first_missing(const Node& node, const Bindings& bindings) {
    for (const Operand* side : {&node.left, &node.right}) {
        if (side->from != Operand::From::binding) continue;
        const Event* bound = bindings ? bindings(side->binding) : nullptr;
        if (!bound) return fmt::format("{} never came", side->binding);
        if (!bound->find(side->field)) return fmt::format("{} came without {}", side->binding, side->field);
    }
    for (const Node& child : node.children)
        if (auto text = first_missing(child, bindings); !text.empty()) return text;
    return {};
}

/// Of two long texts that differ where a quotation of their beginnings does not show it; else empty.
std::string describe_difference(const Node& node, const Context& context) {
    if (node.op != Op::equal && node.op != Op::not_equal) return {};
    const bool swapped = node.left.from == Operand::From::constant;
    const Operand& one = swapped ? node.right : node.left;
    const Operand& other = swapped ? node.left : node.right;
    const auto* has = context.value_as<std::string>(one);
    const auto* asked = context.value_as<std::string>(other);
    if (!has || !asked || *has == *asked) return {};
    const QuotedDifference shown = quote_difference(*has, *asked);
    if (!shown.moved) return {};
    const std::string beside =
        other.from == Operand::From::constant ? "not" : fmt::format("{} is", name_of(other));
    return fmt::format("{} is {} and {} {}, different from character {} on", name_of(one), shown.left, beside,
                       shown.right, shown.character);
}

std::string describe_comparison(const Node& node, const Context& context) {
    std::string text = describe_difference(node, context);
    if (!text.empty()) return text;
    for (const Operand* side : {&node.left, &node.right}) {
        if (side->from == Operand::From::constant) continue;
        if (!text.empty()) text += " and ";
        text += describe(*side, context);
    }
    return text;
}

Mismatch compare(const Node& node, const Context& context) {
    if (truth_of(node, context) == Truth::yes) return {};
    switch (node.op) {
        case Op::all_of: {
            Mismatch all;
            for (const Node& child : node.children) {
                const Mismatch one = compare(child, context);
                if (one.failed == 0) continue;
                all.failed += one.failed;
                all.unequal += one.unequal;
                all.text += (all.text.empty() ? "" : ", ") + one.text;
            }
            return all;
        }
        case Op::any_of: {
            Mismatch best{std::numeric_limits<std::size_t>::max()};
            for (const Node& child : node.children) {
                Mismatch one = compare(child, context);
                if (one.nearer_than(best)) best = std::move(one);
            }
            return best;
        }
        case Op::negation: {
            const Node& child = node.children.front();
            const bool leaf = is_comparison(child);
            return {1, leaf ? describe_comparison(child, context) : "what 'not' excludes holds"};
        }
        default:
            return {1, describe_comparison(node, context), node.op == Op::equal ? std::size_t{1} : 0};
    }
}

}  // namespace

Truth Query::truth(const Event& event, const Bindings& bindings) const {
    if (event.kind != kind_) return Truth::no;
    return where_ ? truth_of(*where_, Context{event, bindings}) : Truth::yes;
}

bool Query::matches(const Event& event, const Bindings& bindings) const {
    return truth(event, bindings) == Truth::yes;
}

std::string Query::missing(const Bindings& bindings) const {
    return where_ ? first_missing(*where_, bindings) : std::string();
}

Mismatch Query::mismatch(const Event& event, const Bindings& bindings) const {
    if (!where_) return {};
    return compare(*where_, Context{event, bindings});
}

}  // namespace posbench::trace
