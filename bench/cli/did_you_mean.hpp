#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace posbench::cli {

/// Of a line that `app` refused: the first word that is no command where one must stand, or no option of the
/// command before it, with the nearest that is ("no command 'rnu': did you mean 'run'?"), or with all
/// commands when none is near. Empty when the fault is another one. What looks like a secret is masked.
/// @param words without the program's name
std::string did_you_mean(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace posbench::cli
