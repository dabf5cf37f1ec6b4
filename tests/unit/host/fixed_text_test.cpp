#include "drivers/host/acquirer/fixed_text.hpp"

#include <compare>
#include <string>

#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using host::FixedText;

namespace {

/// Few different octets, so that texts agree for long; zero and the highest among them.
std::string draw(runtime::Random& random, std::size_t most) {
    constexpr std::string_view octets(
        "\0\1"
        "0A\x7F\xFF",
        6);
    std::string text(static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(most))), '0');
    for (char& octet : text)
        if (random.between(0, 3) == 0) octet = octets[static_cast<std::size_t>(random.between(0, 5))];
    return text;
}

template <std::size_t Capacity>
void compare_random_texts() {
    runtime::Random random(Capacity);
    for (int i = 0; i < 20'000; ++i) {
        const std::string left = draw(random, Capacity), right = draw(random, Capacity);
        const FixedText<Capacity> fixed_left(left), fixed_right(right);
        if ((fixed_left <=> fixed_right) != (std::string_view(left) <=> std::string_view(right)) ||
            (fixed_left == fixed_right) != (left == right))
            FAIL("compared otherwise than texts of " << left.size() << " and " << right.size() << " octets");
    }
    SUCCEED();
}

}  // namespace

TEST_CASE("fixed texts have the order of texts") {
    compare_random_texts<1>();
    compare_random_texts<6>();
    compare_random_texts<8>();
    compare_random_texts<12>();
    compare_random_texts<19>();
    compare_random_texts<25>();
}
