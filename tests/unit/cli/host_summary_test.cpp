// The closing figures of a host that was served.

#include "bench/cli/host_summary.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("books balance where debits are credits and each account has what its transactions come to") {
    const host::Figures figures;
    const Amount twenty(20, cny), ten(10, cny);
    const auto told = [&](const host::Totals& totals) {
        const auto books = nlohmann::json::parse(cli::summary_json(figures, totals, 1s))["books"];
        const std::string words = cli::summary(figures, totals, 1s);
        CHECK(books["balance"] == (words.find("they balance") != std::string::npos));
        CHECK(books.contains("fault") == !books["balance"]);
        return words;
    };
    CHECK_THAT(told({twenty, twenty}), ContainsSubstring("credits 0.20 CNY: they balance"));
    CHECK_THAT(told({twenty, ten}), ContainsSubstring("THEY DO NOT BALANCE: debits and credits differ"));
    CHECK_THAT(told({twenty, twenty, "merchant 1 got 0.20 CNY, by the transactions 0.10 CNY"}),
               ContainsSubstring("THEY DO NOT BALANCE: merchant 1 got 0.20 CNY"));
}

TEST_CASE("orders are told by what became of them, and are no part of a host that has none") {
    host::Figures figures;
    const host::Totals none{Amount(0, cny), Amount(0, cny)};
    CHECK_FALSE(nlohmann::json::parse(cli::summary_json(figures, none, 1s)).contains("orders"));
    figures.orders = {{"pending", 2}, {"paid", 1}, {"closed", 1}};
    const auto orders = nlohmann::json::parse(cli::summary_json(figures, none, 1s))["orders"];
    CHECK(orders == nlohmann::json{{"pending", 2}, {"paid", 1}, {"closed", 1}});
    CHECK_THAT(cli::summary(figures, none, 1s), ContainsSubstring("orders pending"));
}
