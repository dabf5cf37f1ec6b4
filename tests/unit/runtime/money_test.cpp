#include "bench/runtime/money.hpp"

#include <stdexcept>

#include "tests/support/catch.hpp"

using namespace posbench;

namespace {

const Currency yen = find_currency("JPY").value();

}  // namespace

TEST_CASE("a currency is found by its alphabetic and by its numeric code") {
    CHECK(find_currency("CNY") == cny);
    CHECK(find_currency("156") == cny);
    CHECK(find_currency("392")->exponent == 0);
    CHECK_FALSE(find_currency("cny"));
    CHECK_FALSE(find_currency("15"));
    CHECK_FALSE(find_currency(""));
}

TEST_CASE("an amount is read in full minor units or not at all") {
    CHECK(Amount::parse("12.34", cny) == Amount(1234, cny));
    CHECK(Amount::parse("0.01", cny) == Amount(1, cny));
    CHECK(Amount::parse("12", cny) == Amount(1200, cny));
    CHECK(Amount::parse("9999999999.99", cny) == Amount(999'999'999'999, cny));
    CHECK(Amount::parse("500", yen) == Amount(500, yen));
    for (const char* wrong : {"", ".", "12.", ".50", "12.3", "12.345", "-1.00", "+1.00", "1e2", "1,000.00",
                              "1 0", "0x10", "12.3a", "10000000000.00", "9999999999999"}) {
        INFO(wrong);
        CHECK_FALSE(Amount::parse(wrong, cny));
    }
    CHECK_FALSE(Amount::parse("1.0", yen));
}

TEST_CASE("an amount reads back as it is written") {
    CHECK(Amount(1234, cny).to_string() == "12.34 CNY");
    CHECK(Amount(5, cny).to_string() == "0.05 CNY");
    CHECK(Amount(-1, cny).to_string() == "-0.01 CNY");
    CHECK(Amount(0, yen).to_string() == "0 JPY");
}

TEST_CASE("amounts of one currency are added and ordered; of two never") {
    CHECK(Amount(100, cny) + Amount(23, cny) == Amount(123, cny));
    CHECK(Amount(100, cny) - Amount(123, cny) == Amount(-23, cny));
    CHECK(Amount(1, cny) < Amount(2, cny));
    CHECK_FALSE(Amount(1, cny) == Amount(1, yen));
    CHECK_THROWS_AS(Amount(1, cny) + Amount(1, yen), std::logic_error);
    CHECK_THROWS_AS(Amount(1, cny) < Amount(1, yen), std::logic_error);
}
