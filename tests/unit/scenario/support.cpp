#include "tests/unit/scenario/support.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

#include <stdlib.h>

#include "tests/support/catch.hpp"
#include "tests/support/text_place.hpp"

namespace posbench::tests {
namespace {

constexpr std::string_view good = R"([scenario]
id     = "card.example"
title  = { en = "Example", zh = "示例" }
causes = ["K01", "N06"]
tags   = ["card", "smoke"]

[given]
card     = { image = "plain" }
host     = { profile = "unionpay", rules = [{ name = "one", then = { code = "90" } }] }
terminal = { profile = "countertop" }
network  = { profile = "clean" }

[bind]
request = "host.request where mti == '0200'"

[[step]]
do     = "terminal.sale"
amount = "12.34"
[[step]]
do = "card.insert"
[[step]]
on      = "host.request where mti == '0200'"
after   = "1.5s"
timeout = "2min"
do      = "network.cut"
mode    = "refused"
[[step]]
wait = "terminal.outcome"

[[criterion]]
id     = "approved"
expect = "terminal.outcome where stan == request.stan"
)";

}  // namespace

std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "(no ConfigError)";
}

std::string scenario_text(std::string_view more) {
    return std::string(good) + std::string(more);
}

std::string scenario_with(std::string_view from, std::string_view to) {
    std::string text(good);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::vector<scenario::Case> cases_of(const std::string& text, const scenario::Overrides& overrides) {
    return scenario::read_cases(config::load_text(text, "s.toml"), "s.toml", overrides);
}

std::string refusal_of(const std::string& text) {
    return refusal([&] { cases_of(text); });
}

std::string place_of(const std::string& text, std::string_view part) {
    return "s.toml:" + text_place(text, part);
}

const config::Value& at(const config::Value& root, std::string_view path) {
    const config::Value* value = &root;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto* table = value->get<config::Table>();
        REQUIRE(table != nullptr);
        value = table->find(path.substr(0, dot));
        REQUIRE(value != nullptr);
        path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    }
    return *value;
}

}  // namespace posbench::tests
