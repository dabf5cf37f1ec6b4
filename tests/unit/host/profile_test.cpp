#include "drivers/host/acquirer/profile.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/host/acquirer/driver.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The error of this profile laid on a right one; fails the test when there is none.
std::string error_of(std::string_view over) {
    try {
        host::prepare(host_profile(over));
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    FAIL("accepted: " << over);
    return {};
}

std::string error_of_rule(std::string_view when, std::string_view then) {
    return error_of(fmt::format("\n\nrules = [ {{ when = {{ {} }}, then = {{ {} }} }} ]", when, then));
}

constexpr std::string_view busy = "action = 'respond', code = '91'";

/// The fixture with its "@FILE.NAME" replaced, as binding does.
void replace_keys(config::Value& value) {
    if (auto* table = value.get<config::Table>())
        for (const auto& entry : table->entries()) replace_keys(*table->find(entry.key));
    if (auto* array = value.get<config::Array>())
        for (config::Value& element : *array) replace_keys(element);
    const auto* text = value.get<std::string>();
    if (!text || !text->starts_with('@')) return;
    const auto point = text->find('.');
    const std::string file = text->substr(1, point - 1);
    const auto keys =
        config::load_file(std::string(POSBENCH_SOURCE_DIR) + "/fixtures/keys/" + file + ".toml");
    const config::Value* key = keys.get<config::Table>()->find(text->substr(point + 1));
    REQUIRE(key);
    value = config::Value(*key);
}

}  // namespace

TEST_CASE("profile: the shipped one holds, with accounts for the cards of the bench") {
    const std::string root(POSBENCH_SOURCE_DIR);
    auto settings = config::load_file(root + "/fixtures/hosts/unionpay.toml");
    config::at_path(settings, "dialect") = tests::dialect_table("unionpay-pos");
    replace_keys(settings);
    const auto profile = host::read_profile(settings);
    for (const auto pan : {"6210948000000011", "6210948000000029", "6210948000000052", "4761739001010119",
                           "5413330089020011"}) {
        INFO(pan);
        const auto account = std::ranges::find(profile.accounts, pan, &host::AccountProfile::pan);
        REQUIRE(account != profile.accounts.end());
        CHECK(account->balance.minor() == 10'000'000);
        CHECK(account->master_key);
    }
    REQUIRE(profile.terminals.size() == 1);
    CHECK(profile.terminals.front().tid == tid);
    CHECK(profile.terminals.front().mid == mid);
    CHECK(to_hex(profile.terminals.front().master_key) == tmk);
    CHECK_FALSE(profile.downloads.parameters.empty());
    CHECK(profile.downloads.authority_keys.size() >= 5);
    CHECK(profile.downloads.applications.size() >= 5);
    CHECK(profile.rules.empty());
}

TEST_CASE("profile: an unknown key is refused with its place and the nearest name") {
    CHECK_THAT(error_of("\nprocesing = '1s'"),
               ContainsSubstring("over:2:1") && ContainsSubstring("processing"));
    CHECK_THAT(error_of("[terminal.one]\ntidd = '1'"),
               ContainsSubstring("over:2:1") && ContainsSubstring("tid"));
    CHECK_THAT(error_of("[account.credit]\nballance = '1'"), ContainsSubstring("balance"));
}

TEST_CASE("profile: each value is checked where it stands") {
    CHECK_THAT(error_of("\ntpdu = '60'"), ContainsSubstring("over:2") && ContainsSubstring("5 octets"));
    CHECK_THAT(error_of("idle = '0s'"), ContainsSubstring("idle"));
    CHECK_THAT(error_of("connections = 0"), ContainsSubstring("connections"));
    CHECK_THAT(error_of("currency = 'XXX'"), ContainsSubstring("currency"));
    CHECK_THAT(error_of("fallback = 'refuze'"), ContainsSubstring("refuse"));
    CHECK_THAT(error_of("[terminal.one]\ntid = '123'"), ContainsSubstring("8 characters"));
    CHECK_THAT(error_of("[terminal.one]\nbatch = '12345A'"), ContainsSubstring("6 digits"));
    CHECK_THAT(error_of("[account.credit]\nstatus = 'losst'"), ContainsSubstring("lost"));
    CHECK_THAT(error_of("[account.credit]\nexpiry = '3013'"), ContainsSubstring("month"));
    CHECK_THAT(error_of("[account.credit]\nservices = ['sales']"), ContainsSubstring("sale"));
    CHECK_THAT(error_of("[account.credit]\nbalance = '-1'"), ContainsSubstring("balance"));
    CHECK_THAT(error_of("[account.credit]\nwindow = '1min'"), ContainsSubstring("count_limit"));
    CHECK_THAT(error_of("[account.credit]\ncount_limit = 2\nwindow = '0s'"), ContainsSubstring("longer"));
    CHECK_THAT(error_of("[account.credit]\ncvv = '12'"), ContainsSubstring("3 digits"));
    CHECK_THAT(error_of("[account.credit]\ncvv_at = 1"), ContainsSubstring("needs 'cvv'"));
    CHECK_THAT(error_of("hours = { between = ['9:00', '18:00'] }"), ContainsSubstring("time of day"));
    CHECK_THAT(error_of("hours = {}"), ContainsSubstring("between"));
    CHECK_THAT(error_of("tip_limit = 101"), ContainsSubstring("tip_limit"));
    CHECK_THAT(error_of("history = 0"), ContainsSubstring("history"));
    CHECK_THAT(error_of("processing_requirement = ['keys']"), ContainsSubstring("authority_keys"));
    CHECK_THAT(error_of("account = 7"), ContainsSubstring("account must be tables"));
    CHECK_THAT(error_of("terminal = []"), ContainsSubstring("[terminal.NAME]"));
}

TEST_CASE("profile: what terminals download must fit the messages that bring it") {
    CHECK_THAT(error_of("[parameters]\nreply_seconds = 100"), ContainsSubstring("reply_seconds"));
    for (const std::string& name : {std::string("商户"), std::string("银联测试商户银联测试商户银联"),
                                    std::string(41, 'A'), std::string(), std::string("  ")})
        CHECK_THAT(error_of("[parameters]\nmerchant_name = '" + name + "'"),
                   ContainsSubstring("1 to 40 characters of ASCII"));
    CHECK_NOTHROW(
        host::prepare(host_profile("[parameters]\nmerchant_name = '" + std::string(40, 'A') + "'")));
    CHECK_THAT(error_of("[parameters]\nreply_secs = 1"), ContainsSubstring("reply_seconds"));
    CHECK_THAT(error_of("[[application]]\naid = 'A000'"), ContainsSubstring("5 to 16 octets"));
    CHECK_THAT(error_of("[[application]]\naid = 'A0000000031010'\ntac_denial = '00'"),
               ContainsSubstring("5 octets"));
    CHECK_THAT(error_of("[[application]]\naid = 'A0000000031010'\nfloor_limit = '42949672.96'"),
               ContainsSubstring("four octets"));
    CHECK_THAT(error_of(fmt::format("[[application]]\naid = 'A0000000031010'\nddol = '{:0506}'", 0)),
               ContainsSubstring("252"));
    CHECK_THAT(error_of("[[application]]\naid = 'A0000000031010'\n[[application]]\naid = 'A0000000031010'"),
               ContainsSubstring("same aid"));
    std::string many;
    for (int i = 0; i < 100; ++i) many += fmt::format("[[application]]\naid = 'A00000000310{:02}'\n", i);
    CHECK_THAT(error_of(many), ContainsSubstring("99 applications"));
}

TEST_CASE("profile: scripts that cannot go out are refused where they stand, without their PIN") {
    const std::string keys =
        "[account.credit]\nimk_ac = '9E15204313F7318ACB79B90BD986AD29'\n"
        "imk_mac = '2315208C9110AD402315208C9110AD40'\n";
    const std::string encipherment = "imk_enc = 'DCEADF736EEF52BFDCEADF736EEF52BF'\n";
    const std::string change = "{ command = 'pin_change', pin = '123456' }";
    CHECK_THAT(error_of("[account.credit]\nscripts = { command = 'card_block' }"),
               ContainsSubstring("imk_mac"));
    auto without_cryptogram_key = config::load_text(
        fmt::format(
            "[terminal.one]\ntid='{}'\nmid='{}'\ntmk='{}'\n[account.credit]\npan='{}'\nbalance='1.00'\n"
            "imk_mac = '2315208C9110AD402315208C9110AD40'\nscripts = {{ command = 'card_block' }}",
            tid, mid, tmk, credit),
        "profile");
    config::at_path(without_cryptogram_key, "dialect") = tests::dialect_table("unionpay-pos");
    config::at_path(without_cryptogram_key, "header") =
        config::Value(config::Value::Data(std::string("603100311003")));
    CHECK_THROWS_WITH(host::read_profile(without_cryptogram_key),
                      ContainsSubstring("profile:9:1") && ContainsSubstring("imk_ac"));
    CHECK_THAT(error_of(keys + "scripts = " + change),
               ContainsSubstring("over:4") && ContainsSubstring("imk_enc"));
    CHECK_THAT(error_of(keys + encipherment + "scripts = { command = 'pin_chnge' }"),
               ContainsSubstring("pin_change"));
    CHECK_THAT(error_of(keys + encipherment + "scripts = { command = 'pin_change' }"),
               ContainsSubstring("pin"));
    CHECK_THAT(error_of(keys + encipherment + "scripts = { command = 'pin_change', pin = '98765X' }"),
               ContainsSubstring("4 to 12 digits") && !ContainsSubstring("98765"));
    CHECK_THAT(error_of(keys + "scripts = { command = 'card_block', pin = '123456' }"),
               ContainsSubstring("pin") && !ContainsSubstring("123456"));
    CHECK_THAT(error_of(fmt::format("{}{}mac_size = 8\nscripts = [ {}, {}, {}, {} ]", keys, encipherment,
                                    change, change, change, change)),
               ContainsSubstring("scripts of 131 octets: a terminal takes 128"));
    const std::string both =
        "scripts = [{ command = 'card_block', before = true }, { command = 'card_block' }]";
    CHECK_THAT(
        error_of(keys + "scheme = 'mastercard'\n" + both),
        ContainsSubstring("over:5") && ContainsSubstring("scripts: must go into one template with M/Chip"));
    CHECK_NOTHROW(host::prepare(host_profile(keys + "scheme = 'visa'\n" + both)));
    CHECK_NOTHROW(host::prepare(host_profile(fmt::format("{}{}scripts = [ {}, {}, {}, {} ]", keys,
                                                         encipherment, change, change, change, change))));
}

TEST_CASE("profile: the same terminal or card twice is refused") {
    CHECK_THAT(error_of(fmt::format("[terminal.two]\ntid='{}'\nmid='{}'\ntmk='{}'", tid, mid, tmk)),
               ContainsSubstring("twice"));
    CHECK_THAT(error_of(fmt::format("[account.two]\npan='{}'\nbalance='1.00'", credit)),
               ContainsSubstring("two accounts"));
}

TEST_CASE("profile: accounts may be listed instead of named") {
    const auto settings = host_profile("[[account]]\npan = '4761739001010119'\nbalance = '5.00'");
    const auto profile = host::read_profile(settings);
    REQUIRE(profile.accounts.size() == 1);
    CHECK(profile.accounts[0].pan == "4761739001010119");
}

TEST_CASE("profile: no message repeats a key or a PIN") {
    CHECK_THAT(error_of("[terminal.one]\ntmk = 'CA5D92598DCA48CE8A4C76361A9269'"),
               !ContainsSubstring("CA5D92"));
    CHECK_THAT(error_of("[account.credit]\npin = '12345678901234'"), !ContainsSubstring("1234567"));
    CHECK_THAT(error_of("[account.credit]\npan = '621094800000001X'"), !ContainsSubstring("62109480"));
}

TEST_CASE("rules: each mistake is refused where it stands") {
    CHECK_THAT(error_of_rule("mtii = '0200'", busy), ContainsSubstring("over:3") && ContainsSubstring("mti"));
    CHECK_THAT(error_of_rule("mti = '020'", busy), ContainsSubstring("4 digits"));
    CHECK_THAT(error_of_rule("stan = '1'", busy), ContainsSubstring("6 digits"));
    CHECK_THAT(error_of_rule("pan = '62x'", busy), ContainsSubstring("pan"));
    CHECK_THAT(error_of_rule("amount = '1.234'", busy), ContainsSubstring("amount"));
    CHECK_THAT(error_of_rule("amount = { min = '2.00', max = '1.00' }", busy),
               ContainsSubstring("below min"));
    CHECK_THAT(error_of_rule("count = 0", busy), ContainsSubstring("count"));
    CHECK_THAT(error_of_rule("count = { from = 3, to = 2 }", busy), ContainsSubstring("below from"));
    CHECK_THAT(error_of_rule("between = ['22:00']", busy), ContainsSubstring("two times"));
    CHECK_THAT(error_of_rule("between = ['22:00', '24:00']", busy), ContainsSubstring("24:00"));
    CHECK_THAT(error_of_rule("between = ['22:00', '2200x']", busy), ContainsSubstring("2200x"));
    CHECK_THAT(error_of_rule("between = ['22:00', '22:00']", busy), ContainsSubstring("same time"));
    CHECK_THAT(error_of_rule("probability = 1.5", busy), ContainsSubstring("probability"));
    CHECK_THAT(error_of_rule("", "action = 'respont', code = '91'"), ContainsSubstring("respond"));
    CHECK_THAT(error_of_rule("", "action = 'respond'"), ContainsSubstring("code"));
    CHECK_THAT(error_of_rule("", "action = 'respond', code = '911'"), ContainsSubstring("code"));
    CHECK_THAT(error_of_rule("", "action = 'delay'"), ContainsSubstring("duration"));
    CHECK_THAT(error_of_rule("", "action = 'silence', code = '91'"), ContainsSubstring("code"));
    CHECK_THAT(error_of_rule("mti = '0200'", "action = 'refuse_connections'"), ContainsSubstring("between"));
    CHECK_THAT(error_of("rules = [ { when = {} } ]"), ContainsSubstring("then"));
    CHECK_THAT(error_of("rules = 7"), ContainsSubstring("table"));
}

TEST_CASE("rules: an approval cannot be forced, or the books would not agree") {
    const auto code = GENERATE("00", "10", "11");
    CHECK_THAT(error_of_rule("", fmt::format("action = 'respond', code = '{}'", code)),
               ContainsSubstring("approves"));
}

TEST_CASE("rules: a reversal is not settled by force, or the books would not agree") {
    const auto code = GENERATE("12", "25");
    const std::string then = fmt::format("action = 'respond', code = '{}'", code);
    CHECK_THAT(error_of_rule("", then),
               ContainsSubstring("over:3") && ContainsSubstring("settles a reversal"));
    CHECK_THAT(error_of_rule("mti = '0400'", then), ContainsSubstring("settles a reversal"));
    CHECK_THAT(error_of_rule("stan = '000002'", then), ContainsSubstring("0400"));
    CHECK_NOTHROW(host::prepare(
        host_profile(fmt::format("rules = [ {{ when = {{ mti = '0200' }}, then = {{ {} }} }} ]", then))));
}

TEST_CASE("the driver lacks nothing a scenario can ask of a host") {
    const std::vector<std::string> verbs{"host.rules", "host.behave"};
    CHECK(host::lacks(host_profile(), verbs).empty());
}

TEST_CASE("profile: a dialect that cannot carry UnionPay's messages is refused") {
    for (const char* name : {"iso1987-bcd", "iso1987-ascii", "iso1993-ascii"}) {
        auto settings = host_profile("");
        config::at_path(settings, "dialect") = tests::dialect_table(name);
        config::at_path(settings, "header") = config::Value(config::Value::Data(std::string()));
        CHECK_THROWS_WITH(host::read_profile(settings),
                          ContainsSubstring("is not as UnionPay's terminals fill it"));
    }
    for (const auto& [field, format] : {std::pair{"15", "n 2"}, std::pair{"48", "ans ..100 LLL"},
                                        std::pair{"54", "ans ..19 LLL"}, std::pair{"61", "n ..15 LLL"}})
        CHECK_THROWS_WITH(
            host::read_profile(host_profile(fmt::format("[dialect.field]\n{}.format = '{}'", field, format))),
            ContainsSubstring(fmt::format("field {} is not as UnionPay's terminals fill it", field)));
    auto settings = host_profile("[dialect]\nmac = 'none'");
    CHECK_THROWS_WITH(host::read_profile(settings), ContainsSubstring("mac must be 'unionpay'"));
}

TEST_CASE("profile: wallets, and how long an order waits") {
    const auto profile = host::read_profile(host_profile(R"(
[wallet.one]
code = "6212345678901234"
balance = "10.00"
[wallet.two]
code = "621234567890123456789012"
balance = "0.00"
confirms = "8s"
[wallet.three]
code = "6212345678901235"
balance = "0.00"
confirms = "never"
[wallet.four]
code = "6212345678901236"
balance = "0.00"
refuses = true
)"));
    REQUIRE(profile.wallets.size() == 4);
    CHECK(profile.wallets[0].name == "one");
    CHECK(profile.wallets[0].balance == Amount(1000, cny));
    CHECK(profile.wallets[0].confirms == runtime::Duration());
    CHECK(profile.wallets[1].confirms == std::chrono::seconds(8));
    CHECK_FALSE(profile.wallets[2].confirms);
    CHECK(profile.wallets[3].refuses);
    CHECK(profile.wallets[0].account != profile.wallets[1].account);
    CHECK(profile.order_lifetime == std::chrono::seconds(120));

    const auto wallet = [](std::string_view keys) { return error_of(fmt::format("[wallet.one]\n{}", keys)); };
    constexpr std::string_view good = "code = '6212345678901234'\nbalance = '1.00'\n";
    CHECK_THAT(wallet("code = '621234567890123'\nbalance = '1.00'"),
               ContainsSubstring("code must be 16 to 24 digits") && !ContainsSubstring("621234567890123"));
    CHECK_THAT(wallet("code = '6212345678901234'"), ContainsSubstring("balance"));
    CHECK_THAT(wallet(fmt::format("{}confirms = 'soon'", good)), ContainsSubstring("confirms"));
    CHECK_THAT(wallet(fmt::format("{}confirms = 'refuse'\nrefuses = false", good)),
               ContainsSubstring("confirms"));
    CHECK_THAT(wallet(fmt::format("{}confirms = '25h'", good)), ContainsSubstring("at most a day"));
    CHECK_THAT(wallet(fmt::format("{}pin = '1234'", good)), ContainsSubstring("unknown key 'pin'"));
    CHECK_THAT(wallet(fmt::format("{0}[wallet.two]\n{0}", good)),
               ContainsSubstring("two wallets show this payment code"));
    CHECK_THAT(error_of(fmt::format("[[wallet]]\n{}", good)), ContainsSubstring("[wallet.NAME]"));
    CHECK_THAT(error_of(fmt::format("scan.wallet = 'on'\n[wallet.one]\n{}", good)),
               ContainsSubstring("did you mean 'one'?"));
    CHECK_THAT(error_of("scan.wallet = 'one'"), ContainsSubstring("wallet"));
    CHECK_THAT(error_of("order_lifetime = '0s'"), ContainsSubstring("order_lifetime"));
    CHECK_THAT(error_of("order_lifetime = '25h'"), ContainsSubstring("at most a day"));
}
