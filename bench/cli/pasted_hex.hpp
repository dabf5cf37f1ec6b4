#pragma once

#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"

namespace posbench::cli {

/// The octets in text that somebody copied from a log, a dump or a debugger. Read over: blanks, commas,
/// colons and hyphens between octets, 0x in front of them, quotes and brackets around them; the time in front
/// of a log's line ("2026-06-15 22:30:00.123", "[22:30:00]"); the address or line number at the beginning of
/// a line ("0010:", "0x0010:", "00000010  ", of od also in octal and decimal; "3)", "[12]" that count the
/// lines; those of cat -n and grep -n), and behind one the characters at its end ("|..09|", or behind two
/// blanks); "TX:" in front of a line; of an array "unsigned char m[] = { 0x00, … };" what is outside its
/// braces. The error names line and column of the character that is no hexadecimal.
Result<Bytes> pasted_hex(std::string_view pasted);

}  // namespace posbench::cli
