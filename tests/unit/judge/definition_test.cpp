#include <array>

#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/judge/story.hpp"

using namespace posbench;
using namespace posbench::judge;
using namespace posbench::judge::test;

namespace {

constexpr std::string_view whole = R"(
[bind]
original = "host.request where mti == '0200'"

[[criterion]]
id = "reversed"
because = "PBOC"
expect = "host.request where mti == '0400' and stan == original.stan"
after = "network.restored"
within = "120s"
exactly = 1

[[criterion]]
id = "shown"
level = "suggested"
order = ["terminal.display", "terminal.outcome"]

[[criterion]]
id = "all"
every = "host.request where mti == '0200'"
satisfies = "amount == original.amount"

[[criterion]]
id = "books"
ledger = "reconciled"

[[measure]]
name = "card_to_decision"
from = "card.inserted"
to = "terminal.outcome"
limit = { each = "40s", p95 = "30s" }

[[measure]]
name = "boot"
from = "terminal.power"
to = "terminal.sign_in"
limit = "60s"
)";

struct Wrong {
    const char* toml;
    std::uint32_t line, column;
    const char* message;
    const char* nearest;
};

}  // namespace

TEST_CASE("a definition is read from TOML") {
    const Definition definition = define(whole);
    REQUIRE(definition.bindings.size() == 1);
    CHECK(definition.bound_kinds().at("original") == Kind::host_request);
    REQUIRE(definition.criteria.size() == 4);
    const Criterion& reversed = definition.criteria[0];
    CHECK(reversed.id == "reversed");
    CHECK(reversed.form == Criterion::Form::expect);
    CHECK(reversed.because == "PBOC");
    CHECK(reversed.after->text() == "network.restored");
    CHECK(reversed.within == 120s);
    CHECK(reversed.at_least == 1);
    CHECK(reversed.at_most == 1);
    CHECK(definition.criteria[1].level == Level::suggested);
    CHECK(definition.criteria[1].queries.size() == 2);
    CHECK(definition.criteria[2].satisfies->text() == "host.request where amount == original.amount");
    CHECK(definition.criteria[3].form == Criterion::Form::ledger);
    REQUIRE(definition.measures.size() == 2);
    CHECK(definition.measures[0].limit == 40s);
    CHECK(definition.measures[0].limit_p95 == 30s);
    CHECK(definition.measures[1].limit == 60s);
    CHECK_FALSE(definition.measures[1].limit_p95.has_value());
}

TEST_CASE("a definition survives the way through JSON, its places included") {
    Definition definition = define(whole);
    definition.limit = 600s;
    const std::string json = to_json(definition);
    const auto back = definition_from_json(json);
    REQUIRE(back.has_value());
    CHECK(to_json(*back) == json);
    CHECK(back->limit == 600s);
    CHECK(back->criteria[0].source.to_string() == definition.criteria[0].source.to_string());
    CHECK(back->criteria[0].within == 120s);
    CHECK(back->measures[0].limit_p95 == 30s);
}

TEST_CASE("wrong words are refused at their place with the nearest right one") {
    const std::array wrongs{
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.reqest\"", 3, 11, "no kind of event 'host.reqest'",
              "host.request"},
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.request where mit == '1'\"", 3, 30,
              "no field 'mit'", "mti"},
        Wrong{"[[criterion]]\nid = \"c\"\nnever = \"terminal.display where text contains '交易' adn text == "
              "''\"",
              3, 52, "'and', 'or' or nothing", "and"},
        Wrong{"[[criterion]]\nid = \"c\"\nevery = \"host.request\"\nsatisfies = \"mit == '1'\"", 4, 14,
              "no field 'mit'", "mti"},
        Wrong{"[[criterion]]\nid = \"c\"\norder = [\"host.request\",\n  \"host.respnse\"]", 4, 4,
              "host.respnse", "host.response"},
        // Behind an escape, and on another line than it begins, the place inside a text is not known: its own
        // is.
        Wrong{
            "[[criterion]]\nid = \"c\"\nnever = \"terminal.display where text contains '\\u4EA4' adn text == "
            "''\"",
            3, 9, "'and', 'or' or nothing", "and"},
        Wrong{"[[criterion]]\nid = \"c\"\nnever = \"\"\"\nhost.request where\nmit == '1'\"\"\"", 3, 9,
              "no field 'mit'", "mti"},
        Wrong{"[[criterion]]\nid = \"c\"\nnever = \"terminal.state where state == 'idel'\"", 3, 40,
              "'state' is never 'idel'", "idle"},
        Wrong{"[[criterion]]\nid = \"c\"\nevery = \"terminal.chip\"\nsatisfies = \"outcome in ['done', "
              "'dnoe']\"",
              4, 34, "'outcome' is never 'dnoe'", "done"},
        Wrong{"[[criterion]]\nid = \"c\"\nexpct = \"host.request\"", 3, 1, "unknown key 'expct'", "expect"},
        Wrong{"[[criterion]]\nid = \"c\"\nwithin = \"1s\"", 1, 0, "one of expect, never", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.request\"\nwitin = \"1s\"", 4, 1, "witin",
              "within"},
        Wrong{"[[criterion]]\nexpect = \"host.request\"", 1, 0, "id", ""},
        Wrong{"[[criterion]]\nid = \"C 1\"\nexpect = \"host.request\"", 2, 0, "small letters", ""},
        Wrong{"[[criterion]]\nid = \"bench\"\nexpect = \"host.request\"", 2, 0, "the bench's own", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.request\"\nnever = \"host.request\"", 4, 0,
              "one form", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.request\"\nexactly = 0", 4, 0, "exactly", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.request\"\nexactly = 1\nat_most = 2", 4, 0,
              "stands alone", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nexpect = \"host.request\"\nat_least = 3\nat_most = 2", 4, 0,
              "more than at_most", ""},
        Wrong{"[[criterion]]\nid = \"c\"\norder = [\"host.request\"]", 3, 0, "two queries or more", ""},
        Wrong{"[[criterion]]\nid = \"c\"\norder = \"host.request\"", 3, 0, "array of queries", ""},
        Wrong{"[[criterion]]\nid = \"c\"\norder = [1, 2]", 3, 10, "holds queries", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nevery = \"host.request\"", 1, 0, "satisfies", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nledger = \"reconcild\"", 3, 0, "ledger", "reconciled"},
        Wrong{"[[criterion]]\nid = \"c\"\nlevel = \"suggested\"\nledger = \"reconciled\"", 3, 0,
              "always mandatory", ""},
        Wrong{"[[criterion]]\nid = \"c\"\nlevel = \"sugested\"\nnever = \"host.request\"", 3, 0, "level",
              "suggested"},
        Wrong{"[[criterion]]\nid = \"c\"\nnever = \"host.request\"\n[[criterion]]\nid = \"c\"\nnever = "
              "\"host.request\"",
              5, 0, "another one already", ""},
        Wrong{"[bind]\nOne = \"host.request\"", 2, 1, "is no name", ""},
        Wrong{"[bind]\none = 1", 2, 0, "one", ""},
        Wrong{"[bind]\na = \"host.request\"\nb = \"host.request where stan == a.stan\"", 3, 33,
              "nothing is bound", ""},
        Wrong{"[[measure]]\nname = \"m\"\nfrom = \"card.inserted\"", 1, 0, "to", ""},
        Wrong{
            "[[measure]]\nname = \"m\"\nfrom = \"card.inserted\"\nto = \"terminal.outcome\"\nlimit = \"0s\"",
            5, 0, "cannot be kept", ""},
        Wrong{"[[measure]]\nname = \"m\"\nfrom = \"card.inserted\"\nto = \"terminal.outcome\"\nlimit = { p59 "
              "= \"1s\" "
              "}",
              5, 0, "p59", "p95"},
    };
    for (const Wrong& wrong : wrongs) {
        INFO(wrong.toml);
        try {
            define(wrong.toml);
            FAIL("it was taken");
        } catch (const config::ConfigError& error) {
            INFO(error.what());
            CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring(wrong.message));
            CHECK(error.nearest() == wrong.nearest);
            CHECK(error.source().line == wrong.line);
            if (wrong.column > 0) CHECK(error.source().column == wrong.column);
        }
    }
}

TEST_CASE("hostile definitions in a trace are refused with the member that is wrong") {
    struct Hostile {
        const char* json;
        const char* message;
    };
    for (
        const Hostile& one : {
            Hostile{"", "not JSON"},
            Hostile{"[]", "definition is no object"},
            Hostile{R"({"bind":{}})", "'bind' must be an array"},
            Hostile{R"({"bind":[1]})", "bind is no object"},
            Hostile{R"({"bind":[{"name":"a"}]})", "'query' is missing"},
            Hostile{R"({"criteria":[{"id":"c"}]})", "'form' is missing"},
            Hostile{R"({"criteria":[{"id":"c","form":"sometimes"}]})", "none that this posbench knows"},
            Hostile{R"({"criteria":[{"id":"c","form":"expect"}]})", "wrong number of queries"},
            Hostile{R"({"criteria":[{"id":"c","form":"order","queries":["host.request"]}]})", "wrong number"},
            Hostile{R"({"criteria":[{"id":"c","form":"ledger","queries":["host.request"]}]})",
                    "wrong number"},
            Hostile{R"({"criteria":[{"id":"c","form":"every","queries":["host.request"]}]})", "form every"},
            Hostile{
                R"({"criteria":[{"id":"c","form":"every","queries":["host.request"],"satisfies":"host.port"}]})",
                "another kind"},
            Hostile{R"({"criteria":[{"id":"c","form":"never","queries":["host.reqest"]}]})",
                    "octet 0: there is no"},
            Hostile{R"({"criteria":[{"id":"c","form":"never","queries":[1]}]})", "must hold texts"},
            Hostile{R"({"criteria":[{"id":1}]})", "'id' must be a text"},
            Hostile{R"({"criteria":[{"id":"c","form":"never","queries":["host.port"],"within_ns":-1}]})",
                    "from 0"},
            Hostile{R"({"criteria":[{"id":"c","form":"never","queries":["host.port"],"within_ns":1e3}]})",
                    "integer"},
            Hostile{R"({"limit_ns":18446744073709551615})", "63 bits"},
            Hostile{R"({"measures":[{"name":"m","from":"host.port"}]})", "'to' is missing"},
        }) {
        INFO(one.json);
        const auto definition = definition_from_json(one.json);
        REQUIRE_FALSE(definition.has_value());
        CHECK_THAT(definition.error().what, Catch::Matchers::ContainsSubstring(one.message));
    }
    CHECK_FALSE(definition_from_json(std::string(2 << 20, ' ')).has_value());
    CHECK_FALSE(definition_from_json(std::string(1 << 20, '[')).has_value());
}

TEST_CASE("random changes of a definition never crash its reader nor the judge") {
    runtime::Random random(4);
    const std::string json = to_json(define(whole));
    Story story;
    story.request(2000, "0200", "000001").end(3000);
    for (int round = 0; round < 3000; ++round) {
        std::string changed = json;
        for (auto i = random.between(1, 3); i > 0; --i)
            changed[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(json.size()) - 1))] =
                static_cast<char>(random.between(0x20, 0x7E));
        const auto definition = definition_from_json(changed);
        if (definition) CHECK_FALSE(judge::judge(*definition, story.events()).findings.empty());
    }
}
