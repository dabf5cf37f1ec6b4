#pragma once

#include <string>
#include <string_view>

/// The command line as records keep it: what a shell takes to run the same again, without secrets.
namespace posbench::cli {

/// The words after the program's name, quoted for a shell. Of a word PATH=VALUE (after --set, or after the
/// '=' of --set=) the value is replaced by "***", which no TOML value is, when recorded_override() says so.
std::string recorded_line(int argc, const char* const* argv);

/// `PATH=VALUE` as it is, or with "***" for the value when that may be a secret: when a part of the path or a
/// word of the value names one (a key, PIN, PAN, track or card verification value), when the value has 16 or
/// more hexadecimal digits in a row (blanks, '-', '_' and ':' between them do not count) or a PAN, or when it
/// has TOML escapes. A PAN in the path is masked.
std::string recorded_override(std::string_view text);

}  // namespace posbench::cli
