#include "bench/trace/vocabulary_doc.hpp"

#include <fmt/format.h>

#include "bench/trace/vocabulary.hpp"

namespace posbench::trace {
namespace {

/// A bar would end the cell.
std::string cell(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

/// "`on`, `off` (its supply)".
std::string describe(const FieldSpec& field) {
    std::string out;
    for (std::string_view word : field.words) out += fmt::format("{}`{}`", out.empty() ? "" : ", ", word);
    return out.empty() ? cell(field.meaning) : fmt::format("{} ({})", out, cell(field.meaning));
}

}  // namespace

std::string vocabulary_markdown() {
    std::string out = "| kind | field | type | meaning |\n|---|---|---|---|\n";
    for (const KindSpec& kind : vocabulary()) {
        out += fmt::format("| **`{}`** | | | **{}** |\n", kind.name, cell(kind.meaning));
        for (const FieldSpec& field : kind.fields)
            out += fmt::format("| | `{}` | {}{} | {} |\n", field.name, to_string(field.type),
                               field.required ? "" : ", optional", describe(field));
    }
    return out;
}

}  // namespace posbench::trace
