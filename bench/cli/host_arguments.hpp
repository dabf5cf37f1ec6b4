#pragma once

#include "bench/cli/arguments.hpp"

namespace CLI {
class App;
}

namespace posbench::cli {

struct HostArguments {
    HostServeArguments serve;
    HostLoadArguments load;
    HostProxyArguments proxy;
};

/// Adds `host` with its commands, which fill `arguments`.
void add_host(CLI::App& app, HostArguments& arguments);
/// What was chosen below `host`.
Command chosen_host_command(const CLI::App& host, const HostArguments& arguments);

}  // namespace posbench::cli
