#pragma once

#include "bench/runtime/bytes.hpp"
#include "drivers/terminal/emulated/settings.hpp"

namespace posbench::terminal {

/// Applies downloaded parameters (field 62 of the answer to 360): entries of a number n2 and a value of fixed
/// length, in characters. 11 reply time in seconds n2; 12 connection attempts n1; 17 tips n1 (0: none); 18
/// tip limit in percent n2; 19 card numbers may be typed n1; 20 automatic sign-off n1; 21 merchant's name
/// ans40, printable ASCII; 22 resends of a reversal n1; 31 and 32 largest sale and refund n12 (32 of zero: no
/// refunds); 33 capacity of the journal n4. All or nothing: false, and nothing of it applied, when an entry
/// is unknown, cut short or out of its range.
bool apply_parameters(ByteView field62, TerminalSettings& settings);

/// What is in force after `brought` on top of `kept`, each entry once: an entry that only the earlier
/// download named stays. Precondition: apply_parameters() takes both.
Bytes merge_parameters(ByteView kept, ByteView brought);

}  // namespace posbench::terminal
