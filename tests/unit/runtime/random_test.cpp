#include "bench/runtime/random.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"

using namespace posbench::runtime;

TEST_CASE("SplitMix64 and xoshiro256** give the published numbers") {
    // SplitMix64 of seed 0 begins E220A8397B1DCDAF, 6E789E6AA1B965F4, 06C45D188009454F, F88BB8A8724C81EC
    // (Vigna, splitmix64.c); with those as its state, xoshiro256** gives rotl(6E789E6AA1B965F4 * 5, 7) * 9.
    Random random(0);
    const std::uint64_t second = 0x6E789E6AA1B965F4U;
    CHECK(random.next() == std::rotl(second * 5, 7) * 9);
    CHECK(random.next() == 0xBF6E1F784956452AU);
}

TEST_CASE("FNV-1a gives the published numbers") {
    CHECK(hash64("") == 0xCBF29CE484222325U);
    CHECK(hash64("a") == 0xAF63DC4C8601EC8CU);
    CHECK(hash64("foobar") == 0x85944171F73967E8U);
}

TEST_CASE("the same seed gives the same numbers, another seed others") {
    Random a(7), b(7), c(8);
    std::vector<std::uint64_t> from_a, from_b, from_c;
    for (int i = 0; i < 100; ++i) {
        from_a.push_back(a.next());
        from_b.push_back(b.next());
        from_c.push_back(c.next());
    }
    CHECK(from_a == from_b);
    CHECK(from_a != from_c);
}

TEST_CASE("a fork depends on the seed and the name only, never on what was drawn before") {
    Random fresh(7);
    Random used(7);
    for (int i = 0; i < 10; ++i) used.next();
    CHECK(fresh.fork("card").next() == used.fork("card").next());
    CHECK(fresh.fork("card").next() != fresh.fork("network").next());
}

TEST_CASE("bounds are inclusive and all values between them occur") {
    Random random(1);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.between(-2, 2));
    CHECK(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
    CHECK(random.between(5, 5) == 5);
    const std::int64_t any = random.between(INT64_MIN, INT64_MAX);
    CHECK(any >= INT64_MIN);
}

TEST_CASE("uniform and normal numbers have their mean and deviation") {
    Random random(42);
    constexpr int count = 200'000;
    double sum = 0, normal_sum = 0, normal_squares = 0;
    int hits = 0;
    for (int i = 0; i < count; ++i) {
        const double u = random.uniform();
        REQUIRE(u >= 0);
        REQUIRE(u < 1);
        sum += u;
        const double n = random.normal();
        REQUIRE(std::isfinite(n));
        normal_sum += n;
        normal_squares += n * n;
        hits += random.chance(0.3) ? 1 : 0;
    }
    CHECK(sum / count == Catch::Approx(0.5).margin(0.005));
    CHECK(normal_sum / count == Catch::Approx(0).margin(0.01));
    CHECK(normal_squares / count == Catch::Approx(1).margin(0.02));
    CHECK(static_cast<double>(hits) / count == Catch::Approx(0.3).margin(0.005));
    CHECK_FALSE(random.chance(0));
    CHECK(random.chance(1));
}

TEST_CASE("fill draws every octet") {
    Random random(3);
    std::array<std::uint8_t, 4096> bytes{};
    random.fill(bytes);
    CHECK(std::set<std::uint8_t>(bytes.begin(), bytes.end()).size() == 256);
}
