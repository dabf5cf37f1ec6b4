#include "bench/runtime/system.hpp"

#include <unistd.h>

namespace posbench::runtime {

void FileDescriptor::close() noexcept {
    if (number_ >= 0) ::close(release());
}

}  // namespace posbench::runtime
