#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"

/// What the readers of a host profile's parts share.
namespace posbench::host {

/// A text of digits. The message does not repeat it: it may be a PIN.
std::optional<std::string> read_digits(config::Reader& reader, std::string_view key, std::size_t least,
                                       std::size_t most);
/// So many octets in hexadecimal. The message does not repeat them: they may be a key.
std::optional<Bytes> read_octets(config::Reader& reader, std::string_view key, std::size_t length);

/// Tables under `key`, named ([account.credit]: a scenario can override one figure of one of them) or listed
/// ([[account]]).
std::vector<config::Reader> read_entries(config::Reader& reader, std::string_view key);

}  // namespace posbench::host
