#include "drivers/host/acquirer/driver.hpp"

#include <memory>

#include "drivers/host/acquirer/acquirer_host.hpp"
#include "drivers/host/acquirer/profile.hpp"

namespace posbench::host {

drivers::MakeHost prepare(const config::Value& settings) {
    auto profile = std::make_shared<const Profile>(read_profile(settings));
    return [profile](drivers::Context& context, runtime::Listener& listener) -> std::unique_ptr<Host> {
        return std::make_unique<AcquirerHost>(profile, context, listener);
    };
}

std::vector<std::string> lacks(const config::Value&, std::span<const std::string>) {
    return {};
}

}  // namespace posbench::host
