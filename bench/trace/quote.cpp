#include "bench/trace/quote.hpp"

#include <algorithm>

#include "bench/runtime/utf8.hpp"

namespace posbench::trace {
namespace {

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
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out + "'";
}

std::string quote(const FieldValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return quote(std::string_view(*text));
    return quote_list(std::get<std::vector<std::string>>(value));
}

}  // namespace posbench::trace
