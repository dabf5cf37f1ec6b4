#pragma once

#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

namespace posbench::cli {

/// The octets that `text` gives: hexadecimal as people copy it (pasted_hex.hpp), or, when it is no text at
/// all or a message in the characters of the dialect, as it stands.
Result<Bytes> given_octets(const iso8583::Dialect& dialect, const std::string& text);

/// Dialects of this installation, by name, in which the octets that `text` gives are messages from the first
/// to the last. Looks at a few dozen dialects at most; what is wrong in one of their files is not told here.
std::vector<std::string> dialects_that_read(const std::string& text);

}  // namespace posbench::cli
