#pragma once

#include "bench/cli/arguments.hpp"

namespace CLI {
class App;
}

namespace posbench::cli {

struct CardArguments {
    CardShowArguments show;
    CardApduArguments apdu;
    CardServeArguments serve;
    CardImportArguments import;
};

/// Adds `card` with its commands, which fill `arguments`.
void add_card(CLI::App& app, CardArguments& arguments);
/// What was chosen below `card`.
Command chosen_card_command(const CLI::App& card, const CardArguments& arguments);

}  // namespace posbench::cli
