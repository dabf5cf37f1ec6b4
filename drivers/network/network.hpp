#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/time.hpp"

namespace posbench::network {

/// The link between terminal and host. Role "network".
class Network {
  public:
    enum class Cut {
        link,        ///< both directions silent: a pulled cable
        refused,     ///< connection attempts are answered with a reset
        blackholed,  ///< connection attempts vanish; connections that stand go on
    };
    enum class Why { step, closing };
    virtual ~Network() = default;

    /// Puts the profile in force at the start of the run.
    virtual void start() = 0;
    /// Changes figures of the profile in the run: a table with the keys of a network profile.
    /// Checked when the scenario was loaded.
    virtual void change(const config::Value& figures) = 0;
    virtual void cut(Cut mode) = 0;
    virtual void restore(Why why) = 0;
    /// Ends the run: writes network.verified for each impairment that was asked for.
    virtual void verify() = 0;

    /// Where terminals find the host.
    virtual runtime::Endpoint host_endpoint() const = 0;
    /// The host's port, behind the impairment.
    virtual runtime::Listener& listener() = 0;
    /// The network interface of a terminal inside this process; null when terminals are outside.
    virtual runtime::Connector* connector() noexcept = 0;
};

}  // namespace posbench::network
