#include "drivers/network/loopback/driver.hpp"

#include "bench/config/reader.hpp"
#include "bench/runtime/real_clock.hpp"
#include "drivers/network/loopback/network.hpp"
#include "drivers/network/profile.hpp"

namespace posbench::network::loopback {
namespace {

struct Settings {
    Profile profile;
    bool tcp_figures = false;  ///< [tcp] of the virtual network; the kernel keeps its own
};

Settings read_settings(const config::Value& value) {
    config::Reader reader(value, "network profile");
    Settings settings;
    settings.profile = read_profile(reader);
    settings.tcp_figures = reader.raw("tcp") != nullptr;
    reader.finish();
    return settings;
}

}  // namespace

drivers::MakeNetwork prepare(const config::Value& value) {
    const Settings settings = read_settings(value);
    return [name = settings.profile.name](drivers::Context& context) -> std::unique_ptr<Network> {
        runtime::RealClock& clock = runtime::require_real(context.clock, "loopback");
        return std::make_unique<LoopbackNetwork>(clock, context.trace, name);
    };
}

std::vector<std::string> lacks(const config::Value& value, std::span<const std::string> verbs) {
    const Settings settings = read_settings(value);
    const std::string name = settings.profile.name.empty() ? "(unnamed)" : settings.profile.name;
    std::vector<std::string> lacking;
    if (!settings.profile.clean()) lacking.push_back("network impairment '" + name + "'");
    if (settings.tcp_figures) lacking.push_back("[tcp] figures of network profile '" + name + "'");
    for (const std::string& verb : verbs)
        if (verb.starts_with("network.") && verb != "network.restore") lacking.push_back(verb);
    return lacking;
}

}  // namespace posbench::network::loopback
