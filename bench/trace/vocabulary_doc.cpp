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

}  // namespace

std::string vocabulary_markdown() {
    std::string out = "| kind | field | type | meaning |\n|---|---|---|---|\n";
    for (const KindSpec& kind : vocabulary()) {
        out += fmt::format("| **`{}`** | | | **{}** |\n", kind.name, cell(kind.meaning));
        for (const FieldSpec& field : kind.fields)
            out += fmt::format("| | `{}` | {}{} | {} |\n", field.name, to_string(field.type),
                               field.required ? "" : ", optional", cell(field.meaning));
    }
    return out;
}

}  // namespace posbench::trace
