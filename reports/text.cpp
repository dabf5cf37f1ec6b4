#include "reports/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/runtime/utf8.hpp"

namespace posbench::reports {
namespace {

bool is_wide(char32_t c) {
    return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
           (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x20000 && c <= 0x3FFFD);
}

/// The character at the front of a text: its octets, and the columns it takes. An octet that is not UTF-8
/// counts as a character.
struct Character {
    std::size_t octets;
    std::size_t columns;
};

Character front(std::string_view text) {
    const std::size_t octets = runtime::utf8_length(text);
    if (octets == 0) return {1, 1};
    return {octets, is_wide(runtime::utf8_character(text)) ? std::size_t{2} : std::size_t{1}};
}

}  // namespace

std::string human_duration(std::chrono::nanoseconds duration) {
    const double s = std::chrono::duration<double>(duration).count();
    if (s < 1e-3) return fmt::format("{:.0f} µs", s * 1e6);
    if (s < 1) return fmt::format("{:.3g} ms", s * 1e3);
    if (s < 100) return fmt::format("{:.2f} s", s);
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string seconds(std::chrono::nanoseconds duration) {
    return fmt::format("{:.6f}", std::chrono::duration<double>(duration).count());
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = front(text.substr(at));
        width += character.columns;
        at += character.octets;
    }
    return width;
}

namespace {

/// The octets of the front of a text that fit into `columns`.
std::size_t front_within(std::string_view text, std::size_t columns) {
    std::size_t used = 0, at = 0;
    while (at < text.size()) {
        const Character character = front(text.substr(at));
        if (used + character.columns > columns) break;
        used += character.columns;
        at += character.octets;
    }
    return at;
}

std::string padded(std::string text, std::size_t width) {
    const std::size_t needed = display_width(text);
    return needed < width ? text + std::string(width - needed, ' ') : text;
}

}  // namespace

std::string fit(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return padded(std::string(text), width);
    const std::size_t octets = front_within(text, width > 0 ? width - 1 : 0);
    return padded(std::string(text.substr(0, octets)) + "…", width);
}

std::string fit_ends(std::string_view text, std::size_t width) {
    const std::size_t needed = display_width(text);
    if (needed <= width || width < 3) return fit(text, width);
    const std::size_t beginning = (width - 1) / 2;
    const std::size_t end = width - 1 - beginning;
    // Of a wide character that the cut would go through nothing is kept.
    std::size_t from = front_within(text, needed - end);
    if (display_width(text.substr(from)) > end) from += front(text.substr(from)).octets;
    return padded(
        std::string(text.substr(0, front_within(text, beginning))) + "…" + std::string(text.substr(from)),
        width);
}

std::string title_of(const judge::CaseRecord& record, Language language) {
    const auto wanted = record.title.find(language == Language::zh ? "zh" : "en");
    if (wanted != record.title.end()) return wanted->second;
    return record.title.empty() ? record.scenario : record.title.begin()->second;
}

std::string run_name(const judge::CaseRecord& record) {
    return record.repetition == 1 ? record.case_id : fmt::format("{}#{}", record.case_id, record.repetition);
}

std::string_view family_of(std::string_view scenario) {
    return scenario.substr(0, scenario.find('.'));
}

std::vector<const judge::CaseRecord*> worst_first(const judge::RunRecord& run) {
    std::vector<const judge::CaseRecord*> records;
    for (const auto& record : run.cases) records.push_back(&record);
    const auto rank = [](const judge::CaseRecord* record) {
        switch (record->verdict()) {
            case judge::Verdict::error:
                return 0;
            case judge::Verdict::fail:
                return 1;
            case judge::Verdict::inconclusive:
                return 2;
            case judge::Verdict::none:
                return 3;
            case judge::Verdict::pass:
            case judge::Verdict::skipped:
                break;
        }
        return 4;
    };
    std::ranges::stable_sort(records, {}, rank);
    return records;
}

}  // namespace posbench::reports
