#include "drivers/host/acquirer/behaviour.hpp"

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using namespace std::chrono_literals;

namespace {

std::string rule(std::string_view when, std::string_view then) {
    return fmt::format("rules = [ {{ name = 'r', when = {{ {} }}, then = {{ {} }} }} ]\n", when, then);
}

struct SignedIn {
    explicit SignedIn(std::string_view profile = {}) : bench(profile), client(bench) { client.sign_in(); }
    std::string code_of_sale(std::int64_t amount = 100) { return client.code(client.sale(amount)); }
    std::int64_t spent() const { return 100000 - bench.host->ledger().balance(credit).minor(); }
    HostBench bench;
    Client client;
};

constexpr std::string_view busy = "action = 'respond', code = '91'";

/// Whether the rule with this condition acts on a sale of 12.34 at 10:00.
bool acts(std::string_view when) {
    SignedIn host(rule(when, busy));
    return host.code_of_sale(1234) == "91";
}

}  // namespace

TEST_CASE("behaviour: respond answers with its code and a MAC, and posts nothing") {
    const auto code = GENERATE("90", "91", "96", "Z9");
    SignedIn host(rule("mti = '0200'", fmt::format("action = 'respond', code = '{}'", code)));
    const auto exchange = host.client.exchange(host.client.sale(100));
    REQUIRE(exchange.reply);
    CHECK(exchange.reply->get(39) == code);
    CHECK(exchange.mac_right);
    CHECK(exchange.took == 80ms);
    CHECK(host.spent() == 0);
    const auto acted = host.bench.events(trace::Kind::host_rule);
    REQUIRE(acted.size() == 1);
    CHECK(acted[0].text("rule") == "r");
    CHECK(acted[0].text("action") == "respond");
    CHECK(acted[0].text("code") == code);
    CHECK(acted[0].text("stan") == exchange.reply->get(11));
}

TEST_CASE("behaviour: respond acts on a sign-in as well, and can take its time") {
    HostBench bench(rule("mti = '0800'", "action = 'respond', code = '96', delay = '2s'"));
    Client client(bench);
    CHECK(client.sign_in().get(39) == "96");
    CHECK(bench.clock.now() == runtime::TimePoint(2080ms));
}

TEST_CASE("behaviour: silence swallows the request before any decision") {
    SignedIn host(rule("mti = '0200'", "action = 'silence'"));
    const auto exchange = host.client.exchange(host.client.sale(100));
    CHECK(exchange.error == runtime::NetError::timed_out);
    CHECK(host.spent() == 0);
    CHECK(host.bench.events(trace::Kind::host_posted).empty());
    CHECK(host.bench.events(trace::Kind::host_rule).size() == 1);
}

TEST_CASE("behaviour: silence_after_posting takes the money and says nothing") {
    SignedIn host(rule("mti = '0200'", "action = 'silence_after_posting'"));
    const auto exchange = host.client.exchange(host.client.sale(100));
    CHECK(exchange.error == runtime::NetError::timed_out);
    CHECK(host.spent() == 100);
    CHECK(host.bench.events(trace::Kind::host_rule).at(0).text("action") == "silence_after_posting");
}

TEST_CASE("behaviour: delay decides late, delay_after_posting only answers late") {
    const auto [action, posted_after] =
        GENERATE(std::pair{"delay", 20080ms}, std::pair{"delay_after_posting", 80ms});
    SignedIn host(rule("mti = '0200'", fmt::format("action = '{}', duration = '20s'", action)));
    const auto begun = host.bench.clock.now();
    const auto exchange = host.client.exchange(host.client.sale(100));
    REQUIRE(exchange.reply);
    CHECK(exchange.reply->get(39) == "00");
    CHECK(exchange.took == 20080ms);
    CHECK(host.bench.events(trace::Kind::host_posted).at(0).at == begun + posted_after);
    CHECK(host.bench.events(trace::Kind::host_rule).at(0).integer("delay_ms") == 20000);
}

TEST_CASE("behaviour: a late reply goes to a terminal that has left, and the reversal stands") {
    SignedIn host(rule("mti = '0200'", "action = 'delay_after_posting', duration = '45s'"));
    const Message sale = host.client.sale(100);
    CHECK(host.client.exchange(sale, 30s).error == runtime::NetError::timed_out);
    CHECK(host.client.code(host.client.reversal(sale)) == "00");
    host.bench.run_for(30s);
    CHECK(host.spent() == 0);
}

TEST_CASE("behaviour: close ends the connection instead of answering, before or after posting") {
    const auto [action, spent] = GENERATE(std::pair{"close", 0}, std::pair{"close_after_posting", 100});
    SignedIn host(rule("mti = '0200'", fmt::format("action = '{}'", action)));
    CHECK(host.client.exchange(host.client.sale(100)).ended);
    CHECK(host.spent() == spent);
    CHECK(host.bench.events(trace::Kind::host_disconnected).back().text("reason") == "host closed");
}

TEST_CASE("behaviour: refuse_connections closes the port until behave()") {
    HostBench bench(rule("", "action = 'refuse_connections'"));
    CHECK(bench.network.connect_now() == nullptr);
    const auto ports = bench.events(trace::Kind::host_port);
    REQUIRE(ports.size() == 2);
    CHECK(ports[1].text("state") == "closed");
    CHECK(bench.events(trace::Kind::host_rule).at(0).text("action") == "refuse_connections");

    bench.host->behave();
    CHECK(bench.events(trace::Kind::host_port).back().text("state") == "open");
    Client client(bench);
    CHECK(client.sign_in().get(39) == "00");
}

TEST_CASE("behaviour: refuse_connections follows its window, every day") {
    HostBench bench(rule("between = ['22:00', '23:30']", "action = 'refuse_connections'"));
    const auto open = [&] { return bench.network.connect_now() != nullptr; };
    CHECK(open());
    bench.run_for(12h - 1s);
    CHECK(open());
    bench.run_for(1s);
    CHECK_FALSE(open());
    bench.run_for(90min);
    CHECK(open());
    bench.run_for(22h + 30min);
    CHECK_FALSE(open());
    CHECK(bench.events(trace::Kind::host_port).size() == 4);
}

TEST_CASE("behaviour: rules can be added in the run, and behave() removes all") {
    SignedIn host;
    CHECK(host.code_of_sale() == "00");
    host.bench.add_rules(rule("mti = '0200'", busy));
    CHECK(host.code_of_sale() == "91");
    host.bench.host->behave();
    CHECK(host.code_of_sale() == "00");
    host.bench.add_rules(rule("", "action = 'refuse_connections'"));
    CHECK(host.bench.network.connect_now() == nullptr);
    host.bench.host->behave();
    CHECK(host.code_of_sale() == "00");
}

TEST_CASE("behaviour: each condition narrows a rule") {
    CHECK(acts(""));
    CHECK(acts("mti = '0200'"));
    CHECK_FALSE(acts("mti = '0400'"));
    CHECK(acts("processing_code = '000000'"));
    CHECK_FALSE(acts("processing_code = '310000'"));
    CHECK(acts("network_management = '000'"));
    CHECK_FALSE(acts("network_management = '301'"));
    CHECK(acts("stan = '000002'"));
    CHECK_FALSE(acts("stan = '000003'"));
    CHECK(acts("tid = '00000001'"));
    CHECK_FALSE(acts("tid = '00000002'"));
    CHECK(acts("pan = '621094'"));
    CHECK(acts("pan = '6210948000000011'"));
    CHECK(acts("pan = '621094******0011'"));
    CHECK_FALSE(acts("pan = '621094******0029'"));
    CHECK_FALSE(acts("pan = '621094*****0011'"));
    CHECK_FALSE(acts("pan = '476173'"));
    CHECK(acts("amount = '12.34'"));
    CHECK_FALSE(acts("amount = '12.35'"));
    CHECK(acts("amount = { min = '12.34' }"));
    CHECK(acts("amount = { max = '12.34' }"));
    CHECK_FALSE(acts("amount = { min = '12.35' }"));
    CHECK_FALSE(acts("amount = { min = '1.00', max = '12.33' }"));
    CHECK(acts("between = ['10:00', '10:01']"));
    CHECK(acts("between = ['23:00', '10:30']"));
    CHECK_FALSE(acts("between = ['10:00:05', '10:00:00']"));
    CHECK_FALSE(acts("between = ['22:00', '23:30']"));
    CHECK(acts("probability = 1"));
    CHECK_FALSE(acts("probability = 0"));
}

TEST_CASE("behaviour: a count picks the n-th requests that meet the other conditions") {
    const auto codes = [](std::string_view count) {
        SignedIn host(rule(fmt::format("mti = '0200', amount = '1.00', count = {}", count), busy));
        host.code_of_sale(999);
        std::vector<std::string> all;
        for (int i = 0; i < 4; ++i) all.push_back(host.code_of_sale());
        return all;
    };
    CHECK(codes("1") == std::vector<std::string>{"91", "00", "00", "00"});
    CHECK(codes("{ from = 2, to = 3 }") == std::vector<std::string>{"00", "91", "91", "00"});
    CHECK(codes("{ from = 3 }") == std::vector<std::string>{"00", "00", "91", "91"});
}

TEST_CASE("behaviour: a probability is drawn for each request, from the run's seed") {
    const auto acted = [](std::uint64_t seed) {
        HostBench bench(rule("mti = '0200', probability = 0.5", busy), seed);
        Client client(bench);
        client.sign_in();
        std::string codes;
        for (int i = 0; i < 200; ++i) codes += client.code(client.sale(1)) == "91" ? '1' : '0';
        return codes;
    };
    const std::string codes = acted(7);
    const auto ones = std::count(codes.begin(), codes.end(), '1');
    CHECK(ones > 70);
    CHECK(ones < 130);
    CHECK(codes == acted(7));
    CHECK(codes != acted(8));
}

TEST_CASE("behaviour: the first rule that meets a request acts, alone") {
    SignedIn host(R"(rules = [
        { when = { amount = "5.00" }, then = { action = "respond", code = "61" } },
        { when = { mti = "0200" }, then = { action = "respond", code = "65" } } ])");
    CHECK(host.code_of_sale(500) == "61");
    CHECK(host.code_of_sale(100) == "65");
    CHECK(host.bench.events(trace::Kind::host_rule).at(0).text("rule") == "1");
    CHECK(host.bench.events(trace::Kind::host_rule).at(1).text("rule") == "2");
}
