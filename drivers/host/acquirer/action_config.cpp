#include <algorithm>
#include <array>

#include "drivers/host/acquirer/action.hpp"
#include "drivers/host/acquirer/actions.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using What = decltype(Action::what);

template <auto Read>
What on_request(Reader& then, const Terms& terms) {
    return Read(then, terms);
}

template <class OnConnection>
What on_connection(Reader& then, const Terms&) {
    return OnConnection{then.require("duration", read_delay(then, "duration"))};
}

What refuse_connections(Reader&, const Terms&) {
    return RefuseConnections{};
}

struct Known {
    std::string_view name;
    What (*read)(Reader& then, const Terms& terms);
};
constexpr std::array known_actions{
    Known{"respond", on_request<actions::read_respond>},
    Known{"silence", on_request<actions::read_silence>},
    Known{"silence_after_posting", on_request<actions::read_silence_after_posting>},
    Known{"delay", on_request<actions::read_delay>},
    Known{"delay_after_posting", on_request<actions::read_delay_after_posting>},
    Known{"close", on_request<actions::read_close>},
    Known{"close_after_posting", on_request<actions::read_close_after_posting>},
    Known{"close_inside_reply", on_request<actions::read_close_inside_reply>},
    Known{"half_reply", on_request<actions::read_half_reply>},
    Known{"duplicate_reply", on_request<actions::read_duplicate_reply>},
    Known{"earlier_reply", on_request<actions::read_earlier_reply>},
    Known{"wrong_mac", on_request<actions::read_wrong_mac>},
    Known{"no_mac", on_request<actions::read_no_mac>},
    Known{"alter", on_request<actions::read_alter>},
    Known{"garbage", on_request<actions::read_garbage>},
    Known{"trickle", on_request<actions::read_trickle>},
    Known{"slow_accept", on_connection<SlowAccept>},
    Known{"ignore", on_connection<Ignore>},
    Known{"refuse_connections", refuse_connections},
};

}  // namespace

std::vector<std::string> action_names() {
    std::vector<std::string> names;
    for (const Known& known : known_actions) names.emplace_back(known.name);
    return names;
}

Action read_action(Reader& then, const Terms& terms) {
    const std::string name = then.require("action", then.choice("action", action_names()));
    const Known& known = *std::ranges::find(known_actions, name, &Known::name);
    Action action{known.name, known.read(then, terms)};
    then.finish();
    return action;
}

}  // namespace posbench::host
