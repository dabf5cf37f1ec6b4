#include "bench/trace/quote.hpp"

#include <algorithm>

#include "bench/runtime/utf8.hpp"

namespace posbench::trace {
namespace {

/// Octets of the character at the front of a text; one that is not UTF-8 counts as a character.
std::size_t front(std::string_view text) {
    return std::max<std::size_t>(runtime::utf8_length(text), 1);
}

/// Characters around a difference: in front of it, and from it on, when a text is cut there.
constexpr std::size_t shown_before = 20;
constexpr std::size_t shown_behind = 10;

std::string quote_list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + quote(std::string_view(item));
    return out + "]";
}

}  // namespace

std::string quote(std::string_view text, std::size_t limit) {
    std::string out = "'";
    std::size_t characters = 0;
    for (; !text.empty(); ++characters) {
        if (characters == limit) {
            out += "…";
            break;
        }
        const std::size_t length = runtime::utf8_length(text);
        const bool control = length > 0 && runtime::is_control(runtime::utf8_character(text));
        if (text[0] == '\n') {
            out += " / ";
        } else if (length == 0 || control) {
            out += '?';
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(front(text));
    }
    return out + "'";
}

std::string quote(const FieldValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return quote(std::string_view(*text));
    return quote_list(std::get<std::vector<std::string>>(value));
}

QuotedDifference quote_difference(std::string_view left, std::string_view right) {
    std::size_t same = 0, at = 0, begin = 0;  // characters; octets; octets, `shown_before` characters earlier
    while (at < left.size() && at < right.size()) {
        const std::size_t length = front(left.substr(at));
        if (length != front(right.substr(at)) || left.substr(at, length) != right.substr(at, length)) break;
        at += length;
        if (++same > shown_before) begin += front(left.substr(begin));
    }
    const bool is_shown = same + shown_behind <= quote_limit;
    if (is_shown) return {quote(left), quote(right), same + 1, false};
    const auto quote_from = [begin](std::string_view text) {
        return quote(text.substr(begin)).insert(1, "…");
    };
    return {quote_from(left), quote_from(right), same + 1, true};
}

}  // namespace posbench::trace
