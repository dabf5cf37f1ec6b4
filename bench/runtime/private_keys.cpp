#include "bench/runtime/private_keys.hpp"

#include <algorithm>
#include <string_view>

namespace posbench::runtime {

std::string mask_private_keys(std::string text) {
    constexpr std::string_view begin = "-----BEGIN ", end = "-----END ", label_end = "PRIVATE KEY-----";
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
        at += begin.size();
        const std::size_t label = text.find(label_end, at);
        if (label == std::string::npos) break;
        if (std::string_view(text).substr(at, label - at).find('-') != std::string_view::npos)
            continue;  // the label of a later block
        const std::size_t from = label + label_end.size();
        const std::size_t to = std::min(text.find(end, from), text.size());
        std::replace_if(
            text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(to),
            [](char c) { return c != '\n' && c != '\r'; }, '*');
        at = to;
    }
    return text;
}

}  // namespace posbench::runtime
