#pragma once

#include <string>

namespace posbench::runtime {

/// `text` with '*' for every character of a private key in PEM (RFC 7468): what stands between the lines
/// BEGIN and END, or behind BEGIN where END is missing. Line ends stay, and so does the length.
std::string mask_private_keys(std::string text);

}  // namespace posbench::runtime
