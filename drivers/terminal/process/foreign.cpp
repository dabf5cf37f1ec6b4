#include "drivers/terminal/process/foreign.hpp"

#include <algorithm>
#include <functional>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "bench/runtime/utf8.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::terminal::process {
namespace {

constexpr std::size_t longest_last_words = 300;
constexpr std::size_t longest_mid = 15;          // ISO 8583, field 42
constexpr std::size_t longest_text = 64 << 10;   // octets of a text
constexpr std::size_t longest_texts = 96 << 10;  // of all texts of an event
constexpr std::size_t always_kept = 64;          // no word of the vocabulary is longer
constexpr std::size_t longest_list = 256;

void mask(std::string_view name, std::string& text) {
    if (name == "pan" || name == "payment_code") {
        std::erase_if(text, [](char c) { return c == ' ' || c == '-'; });
        text = trace::mask_pan(text);
    } else if (name != "mid" || text.size() > longest_mid) {
        text = trace::mask_text(text);
    }
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Cuts `text` to what there is room for, which becomes less by it.
void cut(std::string& text, std::size_t& room) {
    const std::size_t octets = text.size();
    if (octets <= always_kept) return;
    std::size_t kept = std::min({octets, longest_text, room});
    if (kept < octets) {
        while (kept > 0 && is_continuation(text[kept])) --kept;
        text.resize(kept);
        text += fmt::format("…[cut: {} octets]", octets);
    }
    room -= kept;
}

}  // namespace

void ScannedCodes::add(std::string_view code) {
    const bool known = std::ranges::find(codes_, code) != codes_.end();
    if (known || code.size() < iso8583::shortest_payment_code) return;
    codes_.emplace_back(code);
    std::ranges::stable_sort(codes_, std::ranges::greater(), &std::string::size);
}

void ScannedCodes::mask(std::string& text) const {
    for (const std::string& code : codes_) {
        const std::string masked =
            iso8583::is_payment_code(code) ? iso8583::mask_payment_code(code) : std::string(code.size(), '*');
        for (std::size_t at = text.find(code); at != std::string::npos; at = text.find(code, at + 1))
            text.replace(at, code.size(), masked);
    }
}

// Codes go first: of a PAN that is found in one of them more digits would be left.
void mask_fields(trace::Fields& fields, const ScannedCodes& codes) {
    const auto mask_both = [&codes](std::string_view name, std::string& text) {
        codes.mask(text);
        mask(name, text);
    };
    for (trace::Field& field : fields) {
        if (auto* text = std::get_if<std::string>(&field.value)) mask_both(field.name, *text);
        if (auto* list = std::get_if<std::vector<std::string>>(&field.value))
            for (std::string& item : *list) mask_both(field.name, item);
    }
}

std::optional<std::string> bound_fields(trace::Fields& fields) {
    std::size_t room = longest_texts;
    for (trace::Field& field : fields) {
        if (auto* text = std::get_if<std::string>(&field.value)) cut(*text, room);
        auto* list = std::get_if<std::vector<std::string>>(&field.value);
        if (!list) continue;
        if (list->size() > longest_list)
            return fmt::format("'{}' holds more than {} items", field.name, longest_list);
        for (std::string& item : *list) cut(item, room);
    }
    return std::nullopt;
}

std::optional<std::string> Budget::take_line(std::size_t octets) {
    if (octets > octets_left_) return fmt::format("said too much: more than {} octets", octets_);
    octets_left_ -= octets;
    return std::nullopt;
}

std::optional<std::string> Budget::take_event() {
    if (events_left_ == 0) return fmt::format("said too much: more than {} events", events_);
    --events_left_;
    return std::nullopt;
}

std::string last_words(std::string_view octets, const ScannedCodes& codes) {
    // Masked before it is cut, or the cut could leave part of a PAN that is no longer seen as one.
    std::string masked(octets);
    codes.mask(masked);
    masked = trace::mask_text(masked);
    std::string_view text = masked;
    if (text.size() > longest_last_words) {
        text.remove_prefix(text.size() - longest_last_words);
        while (!text.empty() && is_continuation(text.front())) text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);

    return runtime::printable(text);
}

}  // namespace posbench::terminal::process
