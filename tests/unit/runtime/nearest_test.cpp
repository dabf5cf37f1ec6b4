#include "bench/runtime/nearest.hpp"

#include "tests/support/catch.hpp"

using posbench::runtime::nearest_name;

TEST_CASE("the nearest name forgives slips of the hand and finds longer names") {
    const std::vector<std::string> names{"host.request", "host.response", "stan", "mti"};
    CHECK(nearest_name("host.reqest", names) == "host.request");
    CHECK(nearest_name("host.repsonse", names) == "host.response");
    CHECK(nearest_name("STAN", names) == "stan");
    CHECK(nearest_name("mit", names) == "mti");
    CHECK(nearest_name("host", names) == "host.request");
}

TEST_CASE("what is far from every name has no nearest") {
    const std::vector<std::string> names{"host.request", "mti"};
    CHECK(nearest_name("cardholder", names).empty());
    CHECK(nearest_name("", names).empty());
    CHECK(nearest_name("x", names).empty());
    CHECK(nearest_name(std::string(1000, 'x'), {std::string(1000, 'x')}).empty());
}
