#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/card/door.hpp"
#include "drivers/host/host.hpp"
#include "drivers/network/network.hpp"
#include "drivers/power/power.hpp"
#include "drivers/terminal/terminal.hpp"

/// The drivers this build knows. bench/ reaches concrete drivers only through here. A new driver is a folder
/// of its own and one line in registry.cpp.
namespace posbench::drivers {

/// What every driver of one run is given. All references outlive the driver.
struct Context {
    runtime::Clock& clock;
    trace::Recorder& trace;
    runtime::ResourceJournal& resources;
    /// The run's generator; a driver forks its own from it by name.
    runtime::Random random;
};

/// A driver's description. `prepare` reads and checks settings once, when a scenario is loaded, and throws
/// config::ConfigError; what it returns makes a fresh instance for each run and touches nothing before that.
template <class Make>
struct Driver {
    std::string_view name;
    std::string_view summary;
    bool virtual_time;  ///< works on a VirtualClock
    bool real_time;     ///< works on a RealClock
    Make (*prepare)(const config::Value& settings);
    /// Names what these settings or this verb ("network.cut") need and this driver cannot do; empty when it
    /// can. A scenario that needs it is skipped, with these words.
    std::vector<std::string> (*lacks)(const config::Value& settings, std::span<const std::string> verbs);
};

using MakeCard = std::function<std::unique_ptr<card::Card>(Context&)>;
using MakeNetwork = std::function<std::unique_ptr<network::Network>(Context&)>;
using MakeHost = std::function<std::unique_ptr<host::Host>(Context&, runtime::Listener&)>;
using MakeTerminal =
    std::function<std::unique_ptr<terminal::Terminal>(Context&, card::Reader*, network::Network&)>;
using MakePower = std::function<std::unique_ptr<power::Power>(Context&, terminal::Terminal&)>;

std::span<const Driver<MakeCard>> card_drivers();
std::span<const Driver<MakeNetwork>> network_drivers();
std::span<const Driver<MakeHost>> host_drivers();
std::span<const Driver<MakeTerminal>> terminal_drivers();
std::span<const Driver<MakePower>> power_drivers();

/// A reader outside of the bench that a card can be served to.
struct CardDoor {
    std::string_view name;
    std::string_view summary;
    runtime::Endpoint where;  ///< where it is customarily found
    /// @param connector to be one that acknowledges at once (runtime::Acknowledge)
    std::unique_ptr<card::Door> (*make)(runtime::Clock& clock, runtime::Connector& connector,
                                        runtime::Endpoint where, card::DoorWatch& watch);
};
std::span<const CardDoor> card_doors();

}  // namespace posbench::drivers
