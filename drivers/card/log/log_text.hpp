#pragma once

#include <string>
#include <string_view>

/// The characters of a log, whoever wrote them.
namespace posbench::card {

/// A line without escape sequences: colours of a terminal.
std::string without_escapes(std::string_view line);

/// UTF-16 with a byte order mark, as Windows programs and PowerShell write it, in UTF-8; anything else as it
/// is. Without the mark. What is beyond the basic plane of UTF-16 becomes question marks: nothing of a log's
/// own stands there.
std::string utf8_of(std::string_view text);

}  // namespace posbench::card
