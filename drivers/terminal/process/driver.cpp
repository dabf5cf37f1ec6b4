#include "drivers/terminal/process/driver.hpp"

#include <filesystem>
#include <memory>
#include <utility>

#include "bench/config/reader.hpp"
#include "drivers/terminal/emulated/driver.hpp"
#include "drivers/terminal/emulated/settings.hpp"
#include "drivers/terminal/process/terminal.hpp"

namespace posbench::terminal::process {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view program_key = "program";

fs::path own_program() {
    return fs::read_symlink("/proc/self/exe").parent_path() / "posbench-terminal";
}

/// The profile without the key that is meant for this driver.
config::Value profile_of(const config::Value& settings) {
    config::Table profile;
    for (const config::Table::Entry& entry : settings.get<config::Table>()->entries())
        if (entry.key != program_key) profile.set(entry.key, entry.value);
    return config::Value(std::move(profile), settings.source());
}

}  // namespace

drivers::MakeTerminal prepare(const config::Value& settings) {
    config::Reader reader(settings, "terminal settings");
    const auto program = reader.text(program_key);
    if (program && !fs::path(*program).is_absolute()) reader.fail(program_key, "must be an absolute path");
    config::Value profile = profile_of(settings);
    if (!program) {
        read_settings(profile);
    } else if (const config::Value* condition = reader.raw("condition")) {
        read_condition(*condition);  // the bench's own words, whatever else the program's profile is
    }
    return [program = program ? fs::path(*program) : own_program(), profile = std::move(profile)](
               drivers::Context& context, card::Reader* card,
               network::Network& network) -> std::unique_ptr<Terminal> {
        return std::make_unique<ProcessTerminal>(context, program, profile, card, network.host_endpoint());
    };
}

std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs) {
    // Another program says itself what it lacks, when it is asked.
    const bool own = settings.get<config::Table>()->find(program_key) == nullptr;
    return own ? terminal::lacks(settings, verbs) : std::vector<std::string>{};
}

}  // namespace posbench::terminal::process
