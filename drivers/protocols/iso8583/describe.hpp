#pragma once

#include <cstddef>
#include <string_view>

#include "bench/trace/event.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::iso8583 {

/// The PAN in clear, of field 2 or else of track 2 (35); empty where there is neither, or track 2 is
/// enciphered and its PAN does not end before that part. Valid until the message is changed.
std::string_view pan_of(const Message& message);

/// A message of UnionPay's as fields of a trace event (bench/trace/vocabulary.cpp), masked. `mac`: ok, bad,
/// absent or unchecked.
trace::Fields describe(const Message& message, std::string_view mac, std::size_t wire_octets);

}  // namespace posbench::iso8583
