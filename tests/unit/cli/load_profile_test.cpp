// What a load reads of a host's profile.

#include "bench/cli/load_profile.hpp"

#include "bench/config/reader.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;
using Catch::Matchers::ContainsSubstring;

namespace {

config::Value profile(const std::string& more) {
    auto settings = config::load_text(
        "[terminal.one]\ntid = '00000001'\nmid = '104110045110012'\n"
        "tmk = 'CA5D92598DCA48CE8A4C76361A9269E9'\n"
        "[account.credit]\npan = '6210948000000011'\n" +
            more,
        "load.toml");
    config::at_path(settings, "dialect") = tests::dialect_table("unionpay-pos");
    return settings;
}

}  // namespace

TEST_CASE("a load takes terminals and the first account, and refuses a host that speaks TLS") {
    const auto read = cli::read_load_profile(profile(""));
    REQUIRE(read.terminals.size() == 1);
    CHECK(read.terminals[0].batch == "000001");
    CHECK(read.pan == "6210948000000011");
    CHECK_THROWS_WITH(cli::read_load_profile(profile("[tls]\nname = 'acquirer.test'\n")),
                      ContainsSubstring("load.toml:") && ContainsSubstring("plain TCP only"));
}
