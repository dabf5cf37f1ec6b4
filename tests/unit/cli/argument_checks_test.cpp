#include "bench/cli/argument_checks.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::cli;

TEST_CASE("an address is numeric or a name, with a port") {
    for (const char* good :
         {"127.0.0.1:1", "::1:65535", "localhost:8583", "a-b.example:80", "10.example:80"}) {
        INFO(good);
        CHECK(check_address(good).empty());
    }
    for (const char* bad : {"", "127.0.0.1", ":80", "1.2.3:80", "256.0.0.1:80", "a b:80", "a_b:80", "host:0",
                            "host:65536", "host:80x", "host:", "host:-1", "http://host:80"}) {
        INFO(bad);
        CHECK(check_address(bad) == "'" + std::string(bad) + "' is not ADDRESS:PORT");
    }
    CHECK(check_address(std::string(254, 'a') + ":80") != "");
    CHECK(check_listen_address("localhost:0").empty());
}

TEST_CASE("a name stands for its address; a numeric address is nobody's to look up") {
    const auto local = endpoint_of("localhost:8583");
    CHECK((local.address == "127.0.0.1" || local.address == "::1"));
    CHECK(local.port == 8583);
    CHECK(endpoint_of("192.0.2.7:1").address == "192.0.2.7");
    CHECK(endpoint_of("::1:9").address == "::1");
}
