#pragma once

#include <string>

namespace posbench::trace {

/// The vocabulary as one Markdown table, as it stands in bench/trace/README.md between the two markers.
std::string vocabulary_markdown();

}  // namespace posbench::trace
