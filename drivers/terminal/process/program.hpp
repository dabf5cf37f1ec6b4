#pragma once

#include "bench/runtime/system.hpp"

namespace posbench::terminal::process {

/// The program posbench-terminal: the emulated terminal behind the protocol of README.md, until `input` ends.
/// Both descriptors are stream sockets, or one socket twice.
/// @throws std::exception when it cannot go on: a greeting or a line that breaks the protocol, settings that
///         do not hold, a flash file that is damaged, a failure of the application
void serve(runtime::FileDescriptor input, runtime::FileDescriptor output);

}  // namespace posbench::terminal::process
