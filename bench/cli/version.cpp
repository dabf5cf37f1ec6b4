#include "bench/cli/commands.hpp"

namespace posbench::cli {

std::string version() {
    return POSBENCH_VERSION;
}

}  // namespace posbench::cli
