#include "drivers/terminal/process/foreign.hpp"

#include <variant>
#include <vector>

#include "bench/runtime/utf8.hpp"
#include "bench/trace/mask.hpp"

namespace posbench::terminal::process {
namespace {

constexpr std::size_t longest_last_words = 300;

void mask(std::string_view name, std::string& text) {
    if (name == "pan") {
        std::erase_if(text, [](char c) { return c == ' ' || c == '-'; });
        text = trace::mask_pan(text);
    } else if (name != "mid") {
        text = trace::mask_text(text);
    }
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

void mask_fields(trace::Fields& fields) {
    for (trace::Field& field : fields) {
        if (auto* text = std::get_if<std::string>(&field.value)) mask(field.name, *text);
        if (auto* list = std::get_if<std::vector<std::string>>(&field.value))
            for (std::string& item : *list) mask(field.name, item);
    }
}

std::string last_words(std::string_view octets) {
    // Masked before it is cut, or the cut could leave part of a PAN that is no longer seen as one.
    const std::string masked = trace::mask_text(octets);
    std::string_view text = masked;
    if (text.size() > longest_last_words) {
        text.remove_prefix(text.size() - longest_last_words);
        while (!text.empty() && is_continuation(text.front())) text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);

    return runtime::printable(text);
}

}  // namespace posbench::terminal::process
