#include "drivers/power/emulated/driver.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "bench/config/reader.hpp"
#include "drivers/power/emulated/power.hpp"

namespace posbench::power::emulated {
namespace {

constexpr std::array<std::string_view, 2> known_verbs{"power.cut", "power.restore"};

}  // namespace

drivers::MakePower prepare(const config::Value& settings) {
    config::Reader(settings, "power settings").finish();
    return [](drivers::Context& context, terminal::Terminal& terminal) -> std::unique_ptr<Power> {
        return std::make_unique<EmulatedPower>(context.trace, terminal);
    };
}

std::vector<std::string> lacks(const config::Value&, std::span<const std::string> verbs) {
    std::vector<std::string> lacking;
    for (const std::string& verb : verbs)
        if (verb.starts_with("power.") && std::ranges::find(known_verbs, verb) == known_verbs.end())
            lacking.push_back(verb);
    return lacking;
}

}  // namespace posbench::power::emulated
