#include "bench/runtime/system.hpp"

#include "tests/support/catch.hpp"

namespace posbench::runtime {
namespace {

TEST_CASE("A thread knows what it had of the processors", "[system]") {
    const auto before = processor_use();
    REQUIRE(before);
    // The kernel's count moves with the work, not with the clock: some of it is enough.
    auto after = before;
    for (std::uint64_t i = 0; after && after->ran <= before->ran && i < 1'000'000; ++i)
        after = processor_use();
    REQUIRE(after);
    CHECK(after->ran > before->ran);
    CHECK(after->waited >= before->waited);
    CHECK(after->ran > Duration(0));
}

}  // namespace
}  // namespace posbench::runtime
