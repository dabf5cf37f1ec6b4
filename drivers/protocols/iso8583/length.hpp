#pragma once

#include <cstddef>
#include <optional>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

/// Lengths of fields and frames.
namespace posbench::iso8583 {

/// The number that all of `octets` write; none where one of them is no digit, or two.
std::optional<std::size_t> read_number(Code code, ByteView octets) noexcept;

/// Puts `number` behind `out`, in `octets` octets; what does not fit into them is cut off in front.
void append_number(Bytes& out, Code code, std::size_t octets, std::size_t number);

}  // namespace posbench::iso8583
