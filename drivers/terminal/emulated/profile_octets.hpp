#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"

namespace posbench::terminal {

/// Hexadecimal of exactly N octets in a profile; `fallback` when the key is absent.
/// @throws config::ConfigError for another number of them
template <std::size_t N>
std::array<std::uint8_t, N> read_octets(config::Reader& reader, std::string_view key,
                                        std::string_view fallback) {
    const Bytes bytes = reader.bytes(key).value_or(hex(fallback));
    if (bytes.size() != N) reader.fail(key, fmt::format("must be {} octets, not {}", N, bytes.size()));
    std::array<std::uint8_t, N> result{};
    std::ranges::copy(bytes, result.begin());
    return result;
}

}  // namespace posbench::terminal
