#include "drivers/network/virtual/driver.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "drivers/network/virtual/network.hpp"
#include "drivers/network/virtual/settings.hpp"

namespace posbench::network::virtual_net {
namespace {

constexpr std::array<std::string_view, 3> known_verbs{"network.cut", "network.restore", "network.change"};

}  // namespace

drivers::MakeNetwork prepare(const config::Value& value) {
    return [settings = read_settings(value)](drivers::Context& context) -> std::unique_ptr<Network> {
        return std::make_unique<VirtualNetwork>(context.clock, context.trace, context.random, settings);
    };
}

std::vector<std::string> lacks(const config::Value&, std::span<const std::string> verbs) {
    std::vector<std::string> lacking;
    for (const std::string& verb : verbs)
        if (verb.starts_with("network.") && std::ranges::find(known_verbs, verb) == known_verbs.end())
            lacking.push_back(verb);
    return lacking;
}

}  // namespace posbench::network::virtual_net
