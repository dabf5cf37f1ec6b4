#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/host/acquirer/delay.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

/// What a behaviour rule does (drivers/host/README.md lists the actions with their keys). A new one is a
/// class, and a row in the table of action_config.cpp.
namespace posbench::host {

class Exchange;

/// An empty text: the connection goes on. Else why it ends.
using Ending = std::string;

/// Takes the place of the honest answer to one request.
class RequestAction {
  public:
    virtual ~RequestAction() = default;
    virtual runtime::Task<Ending> act(Exchange& exchange) const = 0;
    /// Field 39 that it forces; empty when it forces none.
    virtual std::string_view forced_code() const noexcept { return {}; }
    /// It does something to the MAC of the answer, which must have one.
    virtual bool needs_mac() const noexcept { return false; }
};

/// The connection stands and is served only after `length`, as by a server that is too busy to accept.
struct SlowAccept {
    Delay length;
};
/// The connection stands, nothing is ever read from it, and it is closed after `length`.
struct Ignore {
    Delay length;
};
/// The port is closed.
struct RefuseConnections {};

struct Action {
    std::string_view name;  ///< as the profile writes it
    std::variant<std::shared_ptr<const RequestAction>, SlowAccept, Ignore, RefuseConnections> what;
};

/// What the figures of an action are checked against.
struct Terms {
    const iso8583::Dialect& dialect;
    const Currency& currency;
};

/// Takes an action out of `then`, and finishes it. @throws config::ConfigError
Action read_action(config::Reader& then, const Terms& terms);
/// The words for `action`.
std::vector<std::string> action_names();

}  // namespace posbench::host
