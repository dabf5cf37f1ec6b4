#pragma once

#include "bench/cli/arguments.hpp"

namespace CLI {
class App;
}

namespace posbench::cli {

struct KeysArguments {
    KeysGenerateArguments generate;
    KeysShowArguments show;
    KeysCapkArguments capk;
};

/// Adds `keys` with its three commands, which fill `arguments`.
void add_keys(CLI::App& app, KeysArguments& arguments);
/// What was chosen below `keys`.
Command chosen_keys_command(const CLI::App& keys, const KeysArguments& arguments);

}  // namespace posbench::cli
