#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "bench/runtime/ascii.hpp"
#include "bench/runtime/nearest.hpp"
#include "bench/trace/query_lexer.hpp"
#include "bench/trace/query_node.hpp"
#include "bench/trace/quote.hpp"

namespace posbench::trace {
namespace {

using Node = Query::Node;
using Op = Query::Node::Op;
using runtime::nearest_name;

constexpr std::size_t longest_text = 4096;
constexpr int deepest = 32;
constexpr std::int64_t pattern_memory = 1 << 20;

struct Comparator {
    std::string_view word;
    Op op;
};
constexpr std::array comparators{
    Comparator{"==", Op::equal},
    Comparator{"!=", Op::not_equal},
    Comparator{"<", Op::less},
    Comparator{"<=", Op::less_equal},
    Comparator{">", Op::greater},
    Comparator{">=", Op::greater_equal},
    Comparator{"contains", Op::contains},
    Comparator{"matches", Op::matches},
};

/// What may follow a left-hand side, for near-miss messages.
std::vector<std::string> comparison_words() {
    return {"==", "!=", "<", "<=", ">", ">=", "in", "contains", "matches", "has", "lacks", "not in"};
}

bool is_keyword(std::string_view word) {
    constexpr std::array<std::string_view, 9> keywords{"where",    "and",     "or",  "not",  "in",
                                                       "contains", "matches", "has", "lacks"};
    return std::ranges::find(keywords, word) != keywords.end();
}

std::string name_of(const Operand& operand) {
    switch (operand.from) {
        case Operand::From::event:
            return fmt::format("'{}'", operand.field);
        case Operand::From::binding:
            return fmt::format("'{}.{}'", operand.binding, operand.field);
        case Operand::From::constant:
            break;
    }
    return "the constant";
}

std::string what_is(const Operand& operand) {
    const std::string_view article = operand.type == FieldType::integer ? "an" : "a";
    return fmt::format("{} is {} {}", name_of(operand), article, to_string(operand.type));
}

/// Recursive descent over the tokens. Errors are thrown inside and caught in parse(): the grammar then reads
/// as it is written down.
class Parser {
  public:
    Parser(std::string_view text, std::vector<Token> tokens, const std::map<std::string, Kind>& bound)
        : text_(text), tokens_(std::move(tokens)), bound_(bound) {}

    Kind kind() {
        const Token& token = take();
        if (token.type != Token::Type::word)
            fail(token, "a query begins with a kind of event, as in 'host.request'");
        const auto found = find_kind(token.value);
        if (!found)
            fail(token, fmt::format("there is no kind of event '{}'", token.value),
                 nearest_name(token.value, kind_names()));
        kind_ = *found;
        return *found;
    }

    std::shared_ptr<const Node> condition() {
        if (peek().type == Token::Type::end) return nullptr;
        if (!peek().is("where"))
            fail(peek(), "after the kind comes 'where' or nothing", near_keyword("where"));
        take();
        auto root = std::make_shared<Node>(any_of(0));
        if (peek().type != Token::Type::end)
            fail(peek(), "here comes 'and', 'or' or nothing", near_keyword(comparison_end_words()));
        return root;
    }

  private:
    const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    const Token& take() {
        const Token& token = peek();
        if (at_ + 1 < tokens_.size()) ++at_;
        return token;
    }
    bool take_if(std::string_view word) {
        if (!peek().is(word)) return false;
        take();
        return true;
    }
    [[noreturn]] static void fail(const Token& token, std::string message, std::string nearest = {}) {
        throw QueryError{token.offset, std::move(message), std::move(nearest)};
    }
    static std::vector<std::string> comparison_end_words() { return {"and", "or"}; }
    std::string near_keyword(const std::vector<std::string>& words) const {
        return peek().type == Token::Type::word ? nearest_name(peek().value, words) : std::string();
    }
    std::string near_keyword(const char* word) const { return near_keyword(std::vector<std::string>{word}); }

    Node any_of(int depth) {
        Node node = all_of(depth);
        if (!peek().is("or")) return node;
        Node any{};
        any.op = Op::any_of;
        any.children.push_back(std::move(node));
        while (take_if("or")) any.children.push_back(all_of(depth));
        return any;
    }

    Node all_of(int depth) {
        Node node = negation(depth);
        if (!peek().is("and")) return node;
        Node all{};
        all.op = Op::all_of;
        all.children.push_back(std::move(node));
        while (take_if("and")) all.children.push_back(negation(depth));
        return all;
    }

    Node negation(int depth) {
        if (depth >= deepest) fail(peek(), fmt::format("nested more than {} deep", deepest));
        if (take_if("not")) {
            Node node{};
            node.op = Op::negation;
            node.children.push_back(negation(depth + 1));
            return node;
        }
        if (!take_if("(")) return comparison();
        Node node = any_of(depth + 1);
        if (!take_if(")")) fail(peek(), "a ')' is missing");
        return node;
    }

    Node comparison() {
        const std::size_t begin = at_;
        const Token& first = peek();
        Node node{};
        node.left = operand();
        const Token& word = peek();
        const auto known =
            std::ranges::find_if(comparators, [&](const Comparator& c) { return word.is(c.word); });
        if (known != comparators.end()) {
            take();
            node.op = known->op;
            compare(node, first, word);
        } else if (word.is("in") || (word.is("not") && peek(1).is("in"))) {
            node.op = word.is("in") ? Op::in : Op::not_in;
            if (!take_if("in")) take(), take();
            membership(node, first);
        } else if (word.is("has") || word.is("lacks")) {
            node.op = word.is("has") ? Op::has : Op::lacks;
            take();
            ask_list(node, first);
        } else {
            node.op = Op::flag;
            bare_field(node, first);
        }
        const std::size_t from = tokens_[begin].offset;
        node.text = std::string(text_.substr(from, tokens_[at_ - 1].end - from));
        return node;
    }

    Operand operand() {
        const Token& token = take();
        switch (token.type) {
            case Token::Type::text:
                return {Operand::From::constant, {}, {}, FieldType::text, token.value, {}};
            case Token::Type::integer:
                return {Operand::From::constant, {}, {}, FieldType::integer, token.number, {}};
            case Token::Type::word:
                if (!is_keyword(token.value)) return field(token);
                break;
            case Token::Type::symbol:
            case Token::Type::end:
                break;
        }
        fail(token, "here comes a field, a text or an integer");
    }

    Operand field(const Token& token) const {
        const auto point = token.value.find('.');
        if (point == std::string::npos) return field_of(token.offset, kind_, token.value, {});
        const std::string name = token.value.substr(0, point);
        const auto found = bound_.find(name);
        if (found == bound_.end()) {
            std::vector<std::string> names;
            for (const auto& [bound_name, kind] : bound_) names.push_back(bound_name);
            fail(token, fmt::format("nothing is bound to '{}'", name), nearest_name(name, names));
        }
        return field_of(token.offset + point + 1, found->second, token.value.substr(point + 1), name);
    }

    /// With the nearest field, or where none is near those that there are, as far as a line holds them.
    [[noreturn]] static void refuse_field(std::size_t offset, Kind kind, const std::string& name) {
        constexpr std::size_t most_characters = 100;
        const std::vector<std::string> names = field_names(kind);
        const std::string nearest = nearest_name(name, names);
        std::string message = fmt::format("{} has no field '{}'", spec(kind).name, name);
        std::string list;
        std::size_t told = 0;
        for (; nearest.empty() && told < names.size() && list.size() + names[told].size() < most_characters;
             ++told)
            list += (told == 0 ? "; it may have " : ", ") + names[told];
        message += list;
        if (nearest.empty() && told < names.size()) message += fmt::format(", +{}", names.size() - told);
        if (nearest.empty() && names.empty()) message += "; it has none";
        throw QueryError{offset, std::move(message), nearest};
    }

    static Operand field_of(std::size_t offset, Kind kind, const std::string& name,
                            const std::string& binding) {
        const FieldSpec* known = find_field(kind, name);
        if (!known) refuse_field(offset, kind, name);
        const auto from = binding.empty() ? Operand::From::event : Operand::From::binding;
        return {from, binding, known->name, known->type, {}, known->words, known->width};
    }

    void compare(Node& node, const Token& first, const Token& comparator) {
        const Token& second = peek();
        node.right = operand();
        if (node.left.from == Operand::From::constant && node.right.from == Operand::From::constant)
            fail(first, "two constants are compared: one side must be a field");
        if (node.op == Op::contains || node.op == Op::matches) {
            want(node.left, FieldType::text, first, comparator.value);
            want(node.right, FieldType::text, second, comparator.value);
            if (node.op == Op::matches) compile(node, second);
            check_part(node, second);
            return;
        }
        if (node.op != Op::equal && node.op != Op::not_equal) {
            want(node.left, FieldType::integer, first, comparator.value);
            want(node.right, FieldType::integer, second, comparator.value);
            return;
        }
        for (const auto& [side, token] : {std::pair{&node.left, &first}, std::pair{&node.right, &second}})
            if (side->type == FieldType::list)
                fail(*token, what_is(*side) + ": ask it with 'has' or 'lacks'");
        if (node.left.type != node.right.type)
            fail(second,
                 fmt::format("{}, {}: they cannot be compared", what_is(node.left), what_is(node.right)));
        check_word(node.left, node.right, second);
        check_word(node.right, node.left, first);
    }

    /// Refuses a constant that a field of a closed list never is: the comparison would be decided before
    /// anything has happened.
    static void check_word(const Operand& field, const Operand& constant, const Token& token) {
        const auto* word = std::get_if<std::string>(&constant.constant);
        if (constant.from != Operand::From::constant || !word) return;
        check_width(field, *word, token);
        if (field.words.empty()) return;
        if (std::ranges::find(field.words, *word) != field.words.end()) return;
        const std::vector<std::string> known(field.words.begin(), field.words.end());
        const std::string nearest = nearest_name(*word, known);
        const std::string_view verb = field.type == FieldType::list ? "never holds" : "is never";
        const std::string others =
            nearest.empty() ? fmt::format("; its words are {}", fmt::join(known, ", ")) : "";
        fail(token, fmt::format("{} {} {}{}", name_of(field), verb, quote(std::string_view(*word)), others),
             nearest);
    }

    /// The same for a number of fixed length: 200 is no message type, 0200 is.
    static void check_width(const Operand& field, const std::string& digits, const Token& token) {
        if (field.width == 0 || digits.size() == field.width) return;
        const bool short_number = digits.size() < field.width && runtime::is_all_digits(digits);
        const std::string whole =
            short_number ? std::string(field.width - digits.size(), '0') + digits : std::string();
        fail(token,
             fmt::format("{} has {} characters, {} has {}", name_of(field), field.width,
                         quote(std::string_view(digits)), digits.size()),
             whole);
    }

    /// The same for a part of a word, or a pattern.
    static void check_part(const Node& node, const Token& token) {
        const Operand& field = node.left;
        if (field.words.empty() || node.right.from != Operand::From::constant) return;
        const auto& part = std::get<std::string>(node.right.constant);
        const auto fits = [&](std::string_view word) {
            return node.pattern
                       ? re2::RE2::PartialMatch(re2::StringPiece(word.data(), word.size()), *node.pattern)
                       : word.find(part) != std::string_view::npos;
        };
        if (std::ranges::any_of(field.words, fits)) return;
        fail(token, fmt::format("no word of {} {} {}; its words are {}", name_of(field),
                                node.pattern ? "matches" : "contains", quote(std::string_view(part)),
                                fmt::join(field.words, ", ")));
    }

    static void want(const Operand& side, FieldType type, const Token& token, std::string_view comparator) {
        if (side.type == type) return;
        const std::string_view hint =
            side.type == FieldType::list ? "; a list is asked with 'has' or 'lacks'" : "";
        const std::string_view plural = type == FieldType::text ? "texts" : "integers";
        fail(token, fmt::format("'{}' compares {}; {}{}", comparator, plural, what_is(side), hint));
    }

    static void compile(Node& node, const Token& token) {
        if (node.right.from != Operand::From::constant)
            fail(token, "the regular expression after 'matches' must be a text between quotes");
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(pattern_memory);
        auto pattern = std::make_shared<re2::RE2>(std::get<std::string>(node.right.constant), options);
        if (!pattern->ok()) fail(token, fmt::format("bad regular expression: {}", pattern->error()));
        node.pattern = std::move(pattern);
    }

    void membership(Node& node, const Token& first) {
        if (node.left.from == Operand::From::constant) fail(first, "before 'in' stands a field");
        if (node.left.type == FieldType::list)
            fail(first, what_is(node.left) + ": ask it with 'has' or 'lacks'");
        if (node.left.type == FieldType::boolean) fail(first, what_is(node.left) + ": 'in' takes none");
        if (!take_if("[")) fail(peek(), "after 'in' comes a list, as in ['6985', '6A81']");
        do {
            const Token& token = peek();
            Operand item = operand();
            if (item.from != Operand::From::constant) fail(token, "a list holds texts or integers only");
            if (item.type != node.left.type)
                fail(token,
                     fmt::format("{}, {}: they cannot be compared", what_is(node.left), what_is(item)));
            check_word(node.left, item, token);
            node.list.push_back(std::move(item.constant));
        } while (take_if(","));
        if (!take_if("]")) fail(peek(), "here comes ',' or ']'");
    }

    void ask_list(Node& node, const Token& first) {
        if (node.left.from == Operand::From::constant || node.left.type != FieldType::list)
            fail(first, fmt::format("{}: 'has' and 'lacks' ask a list", what_is(node.left)));
        const Token& token = peek();
        node.right = operand();
        if (node.right.from != Operand::From::constant || node.right.type != FieldType::text)
            fail(token, "here comes a text between single quotes");
        check_word(node.left, node.right, token);
    }

    void bare_field(const Node& node, const Token& first) const {
        if (node.left.type == FieldType::boolean) return;
        const std::string nearest = near_keyword(comparison_words());
        const bool list = node.left.type == FieldType::list;
        fail(nearest.empty() ? first : peek(),
             what_is(node.left) + (list ? ": ask it with 'has' or 'lacks'" : ": what is it compared with?"),
             nearest);
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    const std::map<std::string, Kind>& bound_;
    std::size_t at_ = 0;
    Kind kind_{};
};

}  // namespace

Result<Query, QueryError> Query::parse(std::string_view text, const std::map<std::string, Kind>& bound) {
    if (text.size() > longest_text)
        return QueryError{longest_text, fmt::format("a query has at most {} octets", longest_text), {}};
    auto tokens = tokenise(text);
    if (!tokens) return tokens.error();
    try {
        Parser parser(text, *std::move(tokens), bound);
        Query query;
        query.kind_ = parser.kind();
        query.where_ = parser.condition();
        query.text_ = std::string(text);
        return query;
    } catch (const QueryError& error) {
        return error;
    }
}

}  // namespace posbench::trace
