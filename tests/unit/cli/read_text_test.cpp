#include "bench/cli/read_text.hpp"

#include "bench/config/value.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a file is read to its end, or to one octet more than is allowed") {
    const tests::TemporaryFolder folder;
    const std::string text(200'000, 'A');
    const std::string file = folder.write("script", text).string();
    CHECK(cli::read_text(file, text.size()) == text);
    CHECK(cli::read_text(file, 1'000'000) == text);
    CHECK(cli::read_text(file, text.size() - 1).size() == text.size());
    CHECK(cli::read_text(file, 10) == std::string(11, 'A'));
    // One without an end.
    CHECK(cli::read_text("/dev/zero", 100'000).size() == 100'001);
    CHECK(cli::read_text("/dev/null", 10).empty());
}

TEST_CASE("a file that cannot be read is named") {
    CHECK_THROWS_WITH(cli::read_text("/no/such/file", 10),
                      ContainsSubstring("/no/such/file: cannot be read"));
    CHECK_THROWS_WITH(cli::read_text("/", 10), ContainsSubstring("/: cannot be read"));
}
