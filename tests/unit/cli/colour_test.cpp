#include "bench/cli/colour.hpp"

#include "tests/support/catch.hpp"

using posbench::cli::wants_colour;

TEST_CASE("colour: on a terminal that knows it, unless the environment says no") {
    CHECK(wants_colour("auto", true, nullptr, "xterm"));
    CHECK(wants_colour("auto", true, nullptr, nullptr));
    CHECK_FALSE(wants_colour("auto", true, nullptr, "dumb"));
    CHECK_FALSE(wants_colour("auto", true, "1", "xterm"));
    CHECK_FALSE(wants_colour("auto", false, nullptr, "xterm"));
    CHECK(wants_colour("always", false, "1", "dumb"));
    CHECK_FALSE(wants_colour("never", true, nullptr, "xterm"));
}
