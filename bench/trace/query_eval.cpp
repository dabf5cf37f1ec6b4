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

bool holds(const Node& node, const Context& context);

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

bool holds(const Node& node, const Context& context) {
    const auto child_holds = [&](const Node& child) { return holds(child, context); };
    switch (node.op) {
        case Op::all_of:
            return std::ranges::all_of(node.children, child_holds);
        case Op::any_of:
            return std::ranges::any_of(node.children, child_holds);
        case Op::negation:
            return !holds(node.children.front(), context);
        case Op::equal:
        case Op::not_equal:
            return equality(node, context);
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
            return order(node, context);
        case Op::contains:
            return contains(node, context);
        case Op::matches:
            return matches_pattern(node, context);
        case Op::in:
        case Op::not_in:
            return membership(node, context);
        case Op::has:
        case Op::lacks:
            return list_has(node, context);
        case Op::flag: {
            const bool* flag = context.value_as<bool>(node.left);
            return flag && *flag;
        }
    }
    throw std::logic_error("a query holds an unknown operation");
}

/// "mti is '0200'", "no field code", "nothing is bound to original".
std::string describe(const Operand& operand, const Context& context) {
    const bool bound = operand.from == Operand::From::binding;
    const std::string name =
        bound ? fmt::format("{}.{}", operand.binding, operand.field) : std::string(operand.field);
    if (const FieldValue* value = context.value(operand)) return fmt::format("{} is {}", name, quote(*value));
    if (bound && (!context.bindings || !context.bindings(operand.binding)))
        return fmt::format("{} never came", operand.binding);
    return fmt::format("no field {}", name);
}

std::string describe_comparison(const Node& node, const Context& context) {
    std::string text;
    for (const Operand* side : {&node.left, &node.right}) {
        if (side->from == Operand::From::constant) continue;
        if (!text.empty()) text += " and ";
        text += describe(*side, context);
    }
    return text;
}

Mismatch compare(const Node& node, const Context& context) {
    if (holds(node, context)) return {};
    switch (node.op) {
        case Op::all_of: {
            Mismatch all;
            for (const Node& child : node.children) {
                const Mismatch one = compare(child, context);
                if (one.failed == 0) continue;
                all.failed += one.failed;
                all.text += (all.text.empty() ? "" : ", ") + one.text;
            }
            return all;
        }
        case Op::any_of: {
            Mismatch best{std::numeric_limits<std::size_t>::max(), {}};
            for (const Node& child : node.children) {
                Mismatch one = compare(child, context);
                if (one.failed < best.failed) best = std::move(one);
            }
            return best;
        }
        case Op::negation: {
            const Node& child = node.children.front();
            const bool leaf = child.children.empty();
            return {1, leaf ? describe_comparison(child, context) : "what 'not' excludes holds"};
        }
        default:
            return {1, describe_comparison(node, context)};
    }
}

}  // namespace

bool Query::matches(const Event& event, const Bindings& bindings) const {
    if (event.kind != kind_) return false;
    return !where_ || holds(*where_, Context{event, bindings});
}

Mismatch Query::mismatch(const Event& event, const Bindings& bindings) const {
    if (!where_) return {};
    return compare(*where_, Context{event, bindings});
}

}  // namespace posbench::trace
