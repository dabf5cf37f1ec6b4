// The trace knows no driver: the names of this one's enumerations are held against the trace's lists here.

#include "bench/trace/vocabulary.hpp"
#include "drivers/network/virtual/link.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::network;
using namespace posbench::network::virtual_net;
using trace::Kind;

TEST_CASE("the trace knows every direction, fate, flag and way to cut of the virtual network") {
    for (const Kind kind : {Kind::network_segment, Kind::network_applied, Kind::network_verified})
        for (const Direction one : {Direction::up, Direction::down})
            CHECK(trace::find_field(kind, "direction")->takes(to_string(one)));
    for (const Fate one : {Fate::delivered, Fate::lost, Fate::queue_full, Fate::cut})
        CHECK(trace::find_field(Kind::network_segment, "fate")->takes(to_string(one)));
    for (const auto one : {Network::Cut::link, Network::Cut::refused, Network::Cut::blackholed})
        for (const Kind kind : {Kind::network_cut, Kind::network_restored})
            CHECK(trace::find_field(kind, "mode")->takes(to_string(one)));
    for (std::uint8_t flags = 0; flags < 16; ++flags) {
        Segment segment;
        segment.flags = flags;
        for (const std::size_t payload : {0U, 1U})
            CHECK(trace::find_field(Kind::network_segment, "flags")->takes(segment.name(payload)));
    }
}
