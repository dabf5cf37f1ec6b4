#include "drivers/network/virtual/driver.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "bench/config/reader.hpp"
#include "drivers/network/profile.hpp"
#include "drivers/network/virtual/network.hpp"

namespace posbench::network::virtual_net {
namespace {

constexpr std::array<std::string_view, 3> known_verbs{"network.cut", "network.restore", "network.change"};

void read_tcp(config::Reader& settings, TcpSettings& tcp) {
    auto table = settings.table("tcp", "[tcp]");
    if (!table) return;
    const auto take = [&](std::string_view key, std::int64_t low, std::int64_t high, auto& figure) {
        if (const auto value = table->integer(key, low, high))
            figure = static_cast<std::remove_reference_t<decltype(figure)>>(*value);
    };
    take("mss", 64, 65'000, tcp.mss);
    take("syn_retries", 0, 20, tcp.syn_retries);
    take("syn_ack_retries", 0, 20, tcp.syn_ack_retries);
    take("retries", 0, 30, tcp.retries);
    table->finish();
}

}  // namespace

drivers::MakeNetwork prepare(const config::Value& value) {
    config::Reader reader(value, "network profile");
    Settings settings;
    settings.profile = read_profile(reader);
    read_tcp(reader, settings.tcp);
    reader.finish();
    return [settings = std::move(settings)](drivers::Context& context) -> std::unique_ptr<Network> {
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
