// Rules that bend an answer after it was decided, and those that act on connections: the octets on the wire.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "drivers/host/acquirer/behaviour.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;
using iso8583::Message;
using trace::Kind;
using namespace std::chrono_literals;

namespace {

/// A host that answers the third transaction (the second sale) by this rule.
struct Bent {
    explicit Bent(std::string_view then, std::uint64_t seed = 1)
        : bench(fmt::format("rules = [ {{ name = 'r', when = {{ stan = '000003' }}, then = {{ {} }} }} ]\n",
                            then),
                seed),
          client(bench) {
        client.sign_in();
        plain = client.hear(client.sale(100), 1s).octets;
        request = client.sale(200);
    }
    Heard hear(runtime::Duration length = 10s) { return client.hear(request, length); }
    std::int64_t spent() const { return 100000 - bench.host->ledger().balance(credit).minor(); }
    trace::Event told() const {
        const auto events = bench.events(Kind::host_rule);
        REQUIRE(events.size() == 1);
        return events[0];
    }
    std::string mac_told() const { return std::string(bench.events(Kind::host_response).back().text("mac")); }

    HostBench bench;
    Client client;
    Bytes plain;  ///< the answer to a sale that no rule bent: as long as that to `request`
    Message request;
};

/// The message of the one frame that these octets are.
Message message_of(ByteView octets) {
    REQUIRE(octets.size() > 2);
    const auto frame = iso8583::decode_frame(tests::unionpay(), octets.subspan(2));
    REQUIRE(frame.has_value());
    auto message = iso8583::decode(tests::unionpay(), frame->message);
    REQUIRE(message.has_value());
    return *std::move(message);
}

/// Fields that differ between two messages.
std::set<int> differences(const Message& one, const Message& other) {
    std::set<int> fields;
    for (int field = 2; field <= 64; ++field)
        if (one.has(field) != other.has(field) || one.get(field) != other.get(field)) fields.insert(field);
    return fields;
}

/// Fields that a change leaves in the answer to the sale, beside those that every answer has of its own.
struct Altered {
    explicit Altered(std::string_view then) : host(fmt::format("action = 'alter', {}", then)) {
        heard = host.hear();
        told = host.told();
        spent = host.spent();
    }
    Message reply() const { return message_of(heard.octets); }
    Bent host;
    Heard heard;
    trace::Event told;
    std::int64_t spent = 0;
};

std::string error_of(std::string_view when, std::string_view then) {
    try {
        host::read_profile(
            host_profile(fmt::format("rules = [ {{ when = {{ {} }}, then = {{ {} }} }} ]", when, then)));
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("dishonest: close_inside_reply sends so much of the answer and closes") {
    const auto [part, octets] =
        GENERATE(std::pair{"octets = 20", 20U}, std::pair{"octets = 0", 0U}, std::pair{"fraction = 0", 0U});
    Bent host(fmt::format("action = 'close_inside_reply', {}", part));
    const Heard heard = host.hear();
    CHECK(heard.ended);
    CHECK(heard.octets.size() == octets);
    CHECK(std::ranges::equal(heard.octets, ByteView(host.plain).first(octets)));
    CHECK(host.spent() == 300);
    CHECK(host.told().text("action") == "close_inside_reply");
    CHECK(host.told().text("detail") == fmt::format("{} of {} octets", octets, host.plain.size()));
    CHECK(host.bench.events(Kind::host_response).size() == 2);  // no third: there was no whole answer
    CHECK(host.bench.events(Kind::host_disconnected).back().text("reason") == "host closed");
}

TEST_CASE("dishonest: a fraction of all is all but one octet, and the default is half") {
    Bent most("action = 'close_inside_reply', fraction = 1.0");
    CHECK(most.hear().octets.size() == most.plain.size() - 1);
    Bent half("action = 'close_inside_reply'");
    CHECK(half.hear().octets.size() == half.plain.size() / 2);
}

TEST_CASE("dishonest: half_reply stops in the middle and holds the connection, deaf, to the idle limit") {
    Bent host("action = 'half_reply', octets = 30");
    Bytes twice = host.client.frame(host.request);
    append(twice, host.client.frame(host.client.sale(400)));
    const Heard heard = host.client.hear(twice, 30s);
    CHECK_FALSE(heard.ended);
    CHECK(heard.octets.size() == 30);
    CHECK(host.spent() == 300);  // the second request was not heard
    const auto idle = host.bench.events(Kind::host_disconnected).back();
    CHECK(idle.text("reason") == "peer closed");
}

TEST_CASE("dishonest: duplicate_reply sends the same octets again, after the gap") {
    Bent host("action = 'duplicate_reply', times = 3, gap = '2s'");
    const Heard heard = host.hear();
    const std::size_t size = host.plain.size();
    REQUIRE(heard.octets.size() == 3 * size);
    const ByteView all(heard.octets);
    CHECK(std::ranges::equal(all.first(size), all.subspan(size, size)));
    CHECK(std::ranges::equal(all.first(size), all.subspan(2 * size)));
    CHECK(heard.last - heard.first == 4s);
    CHECK(host.spent() == 300);
    CHECK(host.bench.events(Kind::host_response).size() == 5);
}

TEST_CASE("dishonest: earlier_reply is the answer to another transaction, octet for octet") {
    Bent host("action = 'earlier_reply'");
    const Heard heard = host.hear();
    CHECK(heard.octets == host.plain);
    CHECK(message_of(heard.octets).get(11) == "000002");
    CHECK(host.spent() == 300);
    CHECK(host.told().text("detail") == "reply to STAN 000002");
}

TEST_CASE("dishonest: earlier_reply without one answers as usual, and says so") {
    HostBench bench("rules = [ { then = { action = 'earlier_reply' } } ]\n");
    Client client(bench);
    CHECK(client.sign_in().get(39) == "00");
    CHECK(client.code(client.sale(100)) == "00");
    CHECK(bench.events(Kind::host_rule).at(0).text("detail") == "no earlier reply: answered as usual");
}

TEST_CASE("dishonest: wrong_mac and no_mac leave all else as it was decided") {
    Bent wrong("action = 'wrong_mac'");
    const auto exchange = wrong.client.exchange(wrong.request);
    REQUIRE(exchange.reply);
    CHECK(exchange.reply->has(64));
    CHECK_FALSE(exchange.mac_right);
    CHECK(exchange.reply->get(39) == "00");
    CHECK(wrong.mac_told() == "bad");
    CHECK(wrong.spent() == 300);

    Bent none("action = 'no_mac'");
    const Message reply = message_of(none.hear().octets);
    CHECK_FALSE(reply.has(64));
    CHECK(reply.get(39) == "00");
    CHECK(none.mac_told() == "absent");
    CHECK(none.spent() == 300);
}

TEST_CASE("dishonest: alter changes one field after posting, under a MAC that is right") {
    struct Case {
        std::string_view then;
        int field;
        std::string_view value;
    };
    const auto [then, field, value] = GENERATE(
        Case{"field = 4, value = '000000000999'", 4, "000000000999"},
        Case{"field = 4, add = -1", 4, "000000000199"}, Case{"field = 11, add = 999998", 11, "000001"},
        Case{"field = 41, value = '99999999'", 41, "99999999"}, Case{"field = 41, remove = true", 41, ""},
        Case{"field = 3, xor = '010000'", 3, "010000"}, Case{"field = 2, shorten = 1", 2, "621094800000001"},
        Case{"field = 2, lengthen = 2", 2, "621094800000001111"},
        Case{"field = 48, value = '0102'", 48, "0102"});
    Bent host(fmt::format("action = 'alter', {}", then));
    const auto exchange = host.client.exchange(host.request);
    REQUIRE(exchange.reply);
    CHECK(exchange.mac_right);
    CHECK(exchange.reply->get(field) == value);
    CHECK(exchange.reply->get(39) == "00");
    CHECK(host.spent() == 300);
    CHECK(host.mac_told() == "ok");
    CHECK(host.told().text("detail") == fmt::format("field {}", field));
    std::set<int> others = differences(*exchange.reply, message_of(host.plain));
    for (const int own : {field, 4, 11, 12, 37, 38, 64}) others.erase(own);
    CHECK(others.empty());
}

TEST_CASE("dishonest: a stale MAC was right before the change, a wrong one never was") {
    Bent stale("action = 'alter', field = 4, value = '000000000999', mac = 'stale'");
    const auto exchange = stale.client.exchange(stale.request);
    REQUIRE(exchange.reply);
    CHECK_FALSE(exchange.mac_right);
    CHECK(exchange.reply->get(4) == "000000000999");
    CHECK(stale.mac_told() == "bad");

    // The change taken back, the MAC is right.
    Bent same("action = 'alter', field = 4, value = '000000000200', mac = 'stale'");
    CHECK(same.client.exchange(same.request).mac_right);
    CHECK(same.mac_told() == "ok");

    Bent wrong("action = 'alter', field = 4, value = '000000000200', mac = 'wrong'");
    CHECK_FALSE(wrong.client.exchange(wrong.request).mac_right);
    Bent none("action = 'alter', field = 4, value = '000000000999', mac = 'none'");
    CHECK_FALSE(message_of(none.hear().octets).has(64));
}

TEST_CASE("dishonest: alter changes message type, TPDU and header, and a MAC covers the first alone") {
    CHECK(Altered("mti = '0230'").reply().mti() == "0230");
    const Altered tpdu("tpdu = '6000090006'");
    CHECK(to_hex(ByteView(tpdu.heard.octets).subspan(2, 5)) == "6000090006");
    CHECK(tpdu.host.mac_told() == "ok");
    const Altered header("header = '603100311F'");
    CHECK(to_hex(ByteView(header.heard.octets).subspan(7, 6)) == "603100311F02");
    CHECK(header.heard.octets.size() == header.host.plain.size() - 1);
    CHECK(header.heard.octets[1] == header.host.plain[1] - 1);
}

TEST_CASE("dishonest: alter tells another length than the frame has") {
    const Altered fixed("length = 513");
    CHECK(to_hex(ByteView(fixed.heard.octets).first(2)) == "0201");
    CHECK(fixed.heard.octets.size() == fixed.host.plain.size());
    const Altered fewer("length = { add = -1 }");
    CHECK(fewer.heard.octets[1] == fewer.host.plain[1] - 1);
    CHECK(fewer.heard.octets.size() == fewer.host.plain.size());
}

TEST_CASE("dishonest: what no dialect could write, alter writes") {
    // A bit of the bitmap without its field: as many octets as before, one bit more.
    const Altered bit("bit = 48");
    REQUIRE(bit.heard.octets.size() == bit.host.plain.size());
    const std::size_t bitmap = 2 + 5 + 6 + 2;
    for (std::size_t i = 0; i < 8; ++i)
        CHECK((bit.heard.octets[bitmap + i] ^ bit.host.plain[bitmap + i]) == (i == 5 ? 0x01 : 0x00));

    // A field that the dialect has not, between 62 and 64 no length and no rule says where it ends.
    const Altered unknown("field = 5, value = 'AABBCC'");
    CHECK(unknown.heard.octets.size() == unknown.host.plain.size() + 3);
    CHECK((unknown.heard.octets[bitmap] ^ unknown.host.plain[bitmap]) == 0x08);

    // A field of fixed length with digits more and fewer.
    CHECK(Altered("field = 4, lengthen = 2").heard.octets.size() == bit.host.plain.size() + 1);
    CHECK(Altered("field = 4, shorten = 12").heard.octets.size() == bit.host.plain.size() - 6);
}

TEST_CASE("dishonest: what is not in the answer is not changed, and that is told") {
    const Altered absent("field = 54, remove = true");
    CHECK(absent.told.text("detail") == "field 54: not in the reply, sent as it is");
    CHECK(absent.reply().get(39) == "00");
}

TEST_CASE("dishonest: what would have changed nothing is told as such") {
    const auto told = [](std::string_view then, std::string_view when = "stan = '000001'") {
        HostBench bench(fmt::format("rules = [ {{ when = {{ {} }}, then = {{ {} }} }} ]", when, then));
        Client client(bench);
        CHECK(client.sign_in().get(39) == "00");  // an answer without MAC
        CHECK(bench.events(Kind::host_response).at(0).text("mac") == "absent");
        return std::string(bench.events(Kind::host_rule).at(0).text("detail"));
    };
    const std::string no_mac = "MAC: not in the reply, sent as it is";
    CHECK(told("action = 'wrong_mac'") == no_mac);
    CHECK(told("action = 'no_mac'") == no_mac);
    CHECK(told("action = 'alter', field = 11, add = 1, mac = 'wrong'") == no_mac);
    CHECK(told("action = 'alter', field = 39, value = '00', mac = 'none'") == no_mac);
    const std::string same = "field 41: as it was decided, sent as it is";
    CHECK(told("action = 'alter', field = 41, value = '00000001'") == same);

    // The mask reaches farther than this answer's field does.
    const Altered behind("field = 2, xor = '000000000000000001'");
    CHECK(behind.told.text("detail") == "field 2: as it was decided, sent as it is");
    CHECK(behind.reply().get(2) == credit);
}

TEST_CASE("dishonest: garbage has the octets and the length that were asked for, from the seed") {
    const auto wire = [](std::string_view length, std::uint64_t seed = 1) {
        Bent host(fmt::format("action = 'garbage', octets = 40, length = '{}'", length), seed);
        const Heard heard = host.hear();
        CHECK(host.spent() == 300);
        CHECK_FALSE(heard.ended);
        return heard.octets;
    };
    const Bytes valid = wire("valid");
    REQUIRE(valid.size() == 42);
    CHECK(to_hex(ByteView(valid).first(2)) == "0028");
    CHECK(valid == wire("valid"));
    CHECK(valid != wire("valid", 2));
    CHECK(wire("none").size() == 40);
    CHECK(to_hex(wire("zero")) == "0000");
    const Bytes oversized = wire("oversized");
    CHECK(oversized.size() == 42);
    CHECK(to_hex(ByteView(oversized).first(2)) == "FFFF");
    const Bytes truncated = wire("truncated");
    CHECK(truncated.size() == 42);
    CHECK(to_hex(ByteView(truncated).first(2)) == "0050");
}

TEST_CASE("dishonest: trickle sends an octet at a time until the peer is gone") {
    Bent host("action = 'trickle', every = '100ms'");
    const Heard heard = host.hear(60s);
    CHECK_FALSE(heard.ended);
    // After the 80 ms of the decision, one each 100 ms: more than the whole answer has.
    CHECK(heard.octets.size() == 600);
    CHECK(to_hex(ByteView(heard.octets).first(2)) == "0800");
    CHECK(std::ranges::equal(ByteView(heard.octets).subspan(2, 30), ByteView(host.plain).subspan(2, 30)));
    host.bench.run_for(1s);
    CHECK(host.bench.events(Kind::host_disconnected).back().text("reason") == "peer closed");
    CHECK(host.spent() == 300);
}

TEST_CASE("dishonest: slow_accept serves a connection late, ignore never reads it") {
    HostBench slow(
        "rules = [ { when = { count = 1 }, then = { action = 'slow_accept', duration = '7s' } } ]");
    Client client(slow);
    CHECK(client.sign_in().get(39) == "00");
    CHECK(slow.clock.now() == runtime::TimePoint(7080ms));
    CHECK(slow.events(Kind::host_connected).at(0).at == runtime::TimePoint(7s));
    CHECK(client.exchange(client.sale(100)).took == 80ms);

    HostBench deaf("rules = [ { when = { count = 1 }, then = { action = 'ignore', duration = '40s' } } ]");
    Client unheard(deaf);
    const Heard heard = unheard.hear(unheard.sale(100), 60s);
    CHECK(heard.ended);
    CHECK(heard.octets.empty());
    CHECK(deaf.events(Kind::host_request).empty());
    CHECK(deaf.events(Kind::host_rule).at(0).integer("delay_ms") == 40000);
    CHECK(deaf.events(Kind::host_disconnected).at(0).at == runtime::TimePoint(40s));
    CHECK(unheard.sign_in().get(39) == "00");
}

TEST_CASE("dishonest: a delay is drawn from its distribution, the same from the same seed") {
    const auto delays = [](std::string_view law) {
        HostBench bench(
            fmt::format("rules = [ {{ when = {{ mti = '0200' }}, then = {{ action = 'delay', "
                        "duration = {{ {} }} }} }} ]",
                        law));
        Client client(bench);
        client.sign_in();
        std::vector<std::int64_t> all;
        for (int i = 0; i < 400; ++i) {
            client.exchange(client.sale(1), 1h);
            all.push_back(bench.events(Kind::host_rule).back().integer("delay_ms").value_or(0));
        }
        std::ranges::sort(all);
        return all;
    };
    const auto mean = [](const std::vector<std::int64_t>& all) {
        std::int64_t sum = 0;
        for (const std::int64_t one : all) sum += one;
        return sum / static_cast<std::int64_t>(all.size());
    };
    const auto uniform = delays("distribution = 'uniform', min = '1s', max = '3s'");
    CHECK(uniform.front() >= 1000);
    CHECK(uniform.back() <= 3000);
    CHECK(std::abs(mean(uniform) - 2000) < 150);
    CHECK(uniform == delays("distribution = 'uniform', min = '1s', max = '3s'"));
    const auto normal = delays("distribution = 'normal', mean = '1s', deviation = '800ms'");
    CHECK(normal.front() == 0);
    CHECK(std::abs(normal[200] - 1000) < 150);
    const auto exponential = delays("distribution = 'exponential', mean = '1s'");
    CHECK(std::abs(mean(exponential) - 1000) < 200);
    CHECK(std::abs(exponential[200] - 693) < 150);
    const auto pareto = delays("distribution = 'pareto', min = '1s', shape = 1.5");
    CHECK(pareto.front() >= 1000);
    CHECK(std::abs(pareto[200] - 1587) < 200);
    CHECK(pareto.back() > 10000);
}

TEST_CASE("rules: each mistake of an action is refused where it stands") {
    const auto alter = [](std::string_view rest) {
        return error_of("", fmt::format("action = 'alter', {}", rest));
    };
    CHECK_THAT(error_of("", "action = 'close_inside_reply', octets = 1, fraction = 0.5"),
               ContainsSubstring("exclude"));
    CHECK_THAT(error_of("", "action = 'duplicate_reply', times = 1"), ContainsSubstring("times"));
    CHECK_THAT(error_of("", "action = 'garbage', length = 'vallid'"), ContainsSubstring("valid"));
    CHECK_THAT(error_of("", "action = 'garbage', octets = 4001"), ContainsSubstring("octets"));
    CHECK_THAT(error_of("", "action = 'trickle', every = '1us'"), ContainsSubstring("1ms"));
    CHECK_THAT(error_of("", "action = 'slow_accept'"), ContainsSubstring("duration"));
    CHECK_THAT(error_of("mti = '0200'", "action = 'ignore', duration = '1s'"),
               ContainsSubstring("'between', 'count', 'probability'"));
    CHECK_THAT(error_of("", "action = 'delay', duration = { min = '1s', max = '2s' }"),
               ContainsSubstring("distribution"));
    CHECK_THAT(
        error_of("", "action = 'delay', duration = { distribution = 'uniform', min = '2s', max = '1s' }"),
        ContainsSubstring("below min"));
    CHECK_THAT(
        error_of("", "action = 'delay', duration = { distribution = 'pareto', min = '2s', max = '3s' }"),
        ContainsSubstring("shape"));
    CHECK_THAT(error_of("", "action = 'delay', duration = '25h'"), ContainsSubstring("24h"));
    CHECK_THAT(error_of("transaction = 'sail'", "action = 'silence'"), ContainsSubstring("sale"));
    CHECK_THAT(error_of("condition_code = '1'", "action = 'silence'"), ContainsSubstring("2 digits"));
    CHECK_THAT(alter("mac = 'wrong'"), ContainsSubstring("'field', 'mti'"));
    CHECK_THAT(alter("mti = '0230', bit = 5"), ContainsSubstring("not both"));
    CHECK_THAT(alter("mti = '23'"), ContainsSubstring("4 digits"));
    CHECK_THAT(alter("field = 4"), ContainsSubstring("'value', 'add'"));
    CHECK_THAT(alter("field = 65, value = '00'"), ContainsSubstring("64"));
    CHECK_THAT(alter("field = 64, value = '00'"), ContainsSubstring("say what becomes of it with 'mac'"));
    CHECK_THAT(alter("field = 4, value = '12'"), ContainsSubstring("field 4: 2 digits instead of 12"));
    CHECK_THAT(alter("field = 5, remove = true"), ContainsSubstring("not in dialect"));
    CHECK_THAT(alter("field = 37, add = 1"), ContainsSubstring("field 37 is none"));
    CHECK_THAT(alter("field = 4, xor = '0000'"), ContainsSubstring("a bit that is set"));
    CHECK_THAT(alter("field = 4, add = 1, mac = 'rong'"), ContainsSubstring("wrong"));
    CHECK_THAT(alter("tpdu = '60'"), ContainsSubstring("5 octets"));
    CHECK_THAT(alter("tpdu = '6000000000', mac = 'stale'"), ContainsSubstring("covers"));
    CHECK_THAT(alter("length = { plus = 1 }"), ContainsSubstring("add"));
    CHECK_THAT(alter("length = { add = 0 }"), ContainsSubstring("as it is"));
}

TEST_CASE("rules: what would change nothing is refused where that can be known") {
    const auto alter = [](std::string_view rest) {
        return error_of("", fmt::format("action = 'alter', {}", rest));
    };
    CHECK_THAT(alter("field = 4, add = 0"), ContainsSubstring("leaves every digit of field 4"));
    CHECK_THAT(alter("field = 11, add = 3000000"), ContainsSubstring("leaves every digit of field 11"));
    CHECK(alter("field = 11, add = 3000001") == "no error");
    CHECK_THAT(alter("field = 4, xor = '00000000000001'"),
               ContainsSubstring("7 octets, and field 4 has 6 at most"));
    CHECK(alter("field = 4, xor = '000000000001'") == "no error");
    for (const char* mti : {"0800", "0820"})
        for (const char* then : {"action = 'wrong_mac'", "action = 'no_mac'",
                                 "action = 'alter', field = 11, add = 1, mac = 'wrong'"})
            CHECK_THAT(error_of(fmt::format("mti = '{}'", mti), then), ContainsSubstring("have no MAC"));
    CHECK(error_of("mti = '0800'", "action = 'alter', field = 11, add = 1") == "no error");
    CHECK(error_of("mti = '0200'", "action = 'wrong_mac'") == "no error");
}

TEST_CASE("rules: a code that a terminal would believe is no alteration, or the books would not agree") {
    const auto alter = [](std::string_view how) {
        return error_of("", fmt::format("action = 'alter', field = 39, {}", how));
    };
    // Terminals check the MAC of approvals alone.
    CHECK_THAT(alter("value = '51'"), ContainsSubstring("respond"));
    CHECK_THAT(alter("value = '51', mac = 'wrong'"), ContainsSubstring("respond"));
    CHECK_THAT(alter("xor = '3030', mac = 'none'"), ContainsSubstring("respond"));
    CHECK_THAT(alter("value = '00'"), ContainsSubstring("mac = \"wrong\""));
    for (const char* good : {"value = '00', mac = 'wrong'", "value = '11', mac = 'stale'", "remove = true",
                             "shorten = 1", "lengthen = 1"})
        CHECK(alter(good) == "no error");
}

TEST_CASE("dishonest: an approval that was never decided has no MAC that is right") {
    HostBench bench(
        "rules = [ { when = { mti = '0200' }, then = { action = 'alter', field = 39, value = '00', "
        "mac = 'stale' } } ]");
    Client client(bench);
    client.sign_in();
    const auto exchange = client.exchange(client.sale(10'000'000));  // 51
    REQUIRE(exchange.reply);
    CHECK(exchange.reply->get(39) == "00");
    CHECK_FALSE(exchange.mac_right);
    CHECK(bench.events(Kind::host_posted).empty());
}

TEST_CASE("rules: conditions on the transaction and on field 25") {
    const auto acts = [](std::string_view when) {
        HostBench bench(fmt::format(
            "rules = [ {{ when = {{ {} }}, then = {{ action = 'respond', code = '91' }} }} ]", when));
        Client client(bench);
        client.sign_in();
        return client.code(client.sale(100)) == "91";
    };
    CHECK(acts("transaction = 'sale'"));
    CHECK_FALSE(acts("transaction = 'void'"));
    CHECK_FALSE(acts("transaction = 'reversal'"));
    CHECK(acts("condition_code = '00'"));
    CHECK_FALSE(acts("condition_code = '06'"));
}

TEST_CASE("rules: maintenance on weekdays, on dates and in several windows") {
    // The bench begins on Monday, 15 June 2026, at 10:00.
    const auto closed_after = [](std::string_view windows) {
        HostBench bench(fmt::format(
            "rules = [ {{ when = {{ between = {} }}, then = {{ action = 'refuse_connections' }} }} ]",
            windows));
        std::string hours;
        for (int hour = 10; hour < 10 + 72; ++hour) {
            if (!bench.network.connect_now()) hours += fmt::format("{}.{} ", 15 + hour / 24, hour % 24);
            bench.run_for(1h);
        }
        return hours;
    };
    CHECK(closed_after("{ days = ['tue'], from = '22:00', to = '01:00' }") == "16.22 16.23 17.0 ");
    CHECK(closed_after("{ dates = ['2026-06-17'], from = '03:00', to = '05:00' }") == "17.3 17.4 ");
    CHECK(closed_after("[ { days = ['mon'], from = '23:00' }, { days = ['wed'], to = '01:00' } ]") ==
          "15.23 17.0 ");
    CHECK(closed_after("{ dates = ['2026-06-14'], from = '12:00', to = '11:00' }") == "15.10 ");
    CHECK_THAT(error_of("between = { days = ['tues'] }", "action = 'silence'"), ContainsSubstring("tue"));
    CHECK_THAT(error_of("between = { dates = ['2026-02-30'] }", "action = 'silence'"),
               ContainsSubstring("no date"));
    CHECK_THAT(error_of("between = { days = ['tue'], dates = ['2026-02-03'] }", "action = 'silence'"),
               ContainsSubstring("exclude"));
    CHECK_THAT(error_of("between = { from = '08:00', to = '08:00' }", "action = 'silence'"),
               ContainsSubstring("same time"));
    CHECK_THAT(error_of("between = { form = '08:00' }", "action = 'silence'"), ContainsSubstring("from"));
}
