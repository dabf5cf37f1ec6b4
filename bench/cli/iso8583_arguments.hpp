#pragma once

#include "bench/cli/arguments.hpp"

namespace CLI {
class App;
}

namespace posbench::cli {

struct Iso8583Arguments {
    Iso8583DecodeArguments decode;
    Iso8583EncodeArguments encode;
};

/// Adds `iso8583` with its commands, which fill `arguments`.
void add_iso8583(CLI::App& app, Iso8583Arguments& arguments);
/// What was chosen below `iso8583`.
Command chosen_iso8583_command(const CLI::App& iso8583, const Iso8583Arguments& arguments);

}  // namespace posbench::cli
