#pragma once

#include "bench/runtime/task.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "drivers/terminal/emulated/prompts.hpp"

namespace posbench::terminal {

/// Loads the master key as two people bring it, each a component of 16 octets that the other does not see
/// (ISO 11568-2, dual control and split knowledge): the key is one exclusive-or the other. After each the
/// check value is shown, to be compared and confirmed, and with the outcome that of the key: the first four
/// octets of eight zero octets enciphered. A key of which both halves are the same, which is no more than one
/// of single length, is refused. The working keys, which are under the old key, go in the same write.
runtime::Task<End> load_master_key(Counter counter, Journal& journal, WorkingKeys& keys);

}  // namespace posbench::terminal
