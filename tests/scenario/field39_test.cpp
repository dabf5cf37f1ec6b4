// Every response code of the protocol, brought to a real sale of the reference terminal: by what an account
// is where an account causes it, else by a rule of the host.

#include <map>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/codes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

using namespace posbench;
using namespace posbench::tests;

namespace {

using iso8583::CodeAction;

/// What the host's profile has to be for its own decision to bring the code.
const std::map<std::string_view, std::string_view> decisions{
    {"00", ""},
    {"01", "account.unionpay-credit.status = 'refer_to_issuer'"},
    {"04", "account.unionpay-credit.status = 'pick_up'"},
    {"05", "account.unionpay-credit.status = 'do_not_honour'"},
    {"10", "account.unionpay-credit.balance = '10.00'\naccount.unionpay-credit.partial = true"},
    {"11", "account.unionpay-credit.vip = true"},
    {"14", "account.unionpay-credit.pan = '6210948000000094'"},
    {"21", "account.unionpay-credit.status = 'dormant'"},
    {"34", "account.unionpay-credit.status = 'suspected'"},
    {"41", "account.unionpay-credit.status = 'lost'"},
    {"43", "account.unionpay-credit.status = 'stolen'"},
    {"51", "account.unionpay-credit.balance = '12.33'"},
    {"54", "account.unionpay-credit.expiry = '2512'"},
    {"55", "account.unionpay-debit.pin = '654321'"},
    {"57", "account.unionpay-credit.services = ['inquiry']"},
    {"58", "terminal.countertop.services = ['void']"},
    {"59", "account.unionpay-credit.imk_ac = '00112233445566778899AABBCCDDEEFF'"},
    {"61", "account.unionpay-credit.transaction_limit = '12.33'"},
    {"62", "account.unionpay-credit.status = 'restricted'"},
};

std::string host_of(std::string_view code) {
    const auto decided = decisions.find(code);
    if (decided != decisions.end()) return std::string(decided->second);
    return fmt::format(
        "rules = [ {{ name = 'code', when = {{ mti = '0200' }}, "
        "then = {{ action = 'respond', code = '{}' }} }} ]",
        code);
}

/// One that asks for the PIN where the code is about it.
std::string_view card_of(std::string_view code) {
    return code == "55" ? "unionpay-debit" : "unionpay-credit";
}

std::string criteria(std::string_view code, std::string_view text, CodeAction action) {
    const bool approved = action == CodeAction::approved || action == CodeAction::partly_approved;
    std::string criteria = fmt::format(
        "[[criterion]]\nid = 'text'\nexpect = \"terminal.outcome where transaction == 'sale' and "
        "outcome == '{}' and code == '{}' and text == '{}'\"\n",
        approved ? "approved" : "declined", code, text);
    criteria += "[[criterion]]\nid = 'money'\nledger = 'reconciled'\n[[criterion]]\nid = 'posted'\n";
    if (!approved) return criteria + "never = 'host.posted'\n";
    return criteria +
           fmt::format("expect = \"host.posted where entry == 'sale' and amount == {}\"\nexactly = 1\n",
                       action == CodeAction::partly_approved ? 1000 : 1234);
}

std::string scenario(std::string_view code, std::string_view text, CodeAction action) {
    std::string id(code);
    for (char& c : id) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return fmt::format(R"([scenario]
id    = "host.field-39-{}"
title = {{ en = "Response code", zh = "应答码" }}
[given]
card     = {{ image = "{}" }}
terminal = {{ profile = "countertop" }}
network  = {{ profile = "clean" }}
[given.host]
profile = "unionpay"
{}
[[step]]
do     = "terminal.sale"
amount = "12.34"
[[step]]
do = "card.insert"
[[step]]
wait = "terminal.outcome"
{})",
                       id, card_of(code), host_of(code), criteria(code, text, action));
}

}  // namespace

TEST_CASE("each response code ends a sale with its own text on the display, and the books agree") {
    const TemporaryFolder folder;
    std::vector<std::string> arguments{"run", "--no-report"};
    const auto add = [&](std::string_view code, std::string_view text, CodeAction action) {
        const std::string name = fmt::format("field-39-{}.toml", code);
        arguments.push_back(folder.write(name, scenario(code, text, action)).string());
    };
    for (const iso8583::ResponseCode& row : iso8583::response_codes()) add(row.code, row.text, row.action);
    add("Z9", "交易失败", CodeAction::declined);

    const auto result = run_posbench(arguments);
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    const auto count = iso8583::response_codes().size() + 1;
    CHECK_THAT(result.out, Catch::Matchers::ContainsSubstring(fmt::format("{} passed, 0 failed", count)));
}
