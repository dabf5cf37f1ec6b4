#include "bench/trace/query.hpp"

#include <array>
#include <string>

#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::trace;

namespace {

using Kinds = std::map<std::string, Kind>;

Event request() {
    return {runtime::TimePoint(std::chrono::seconds(12)),
            Kind::host_request,
            {{"mti", "0200"},
             {"amount", 1234},
             {"stan", "000002"},
             {"code", "00"},
             {"mid", "it's"},
             {"tvr", std::vector<std::string>{"expired application", "new card"}},
             {"has_pin", true},
             {"has_icc", false}}};
}

bool holds(std::string_view condition, const Event& event = request(), const Bindings& bindings = {},
           const Kinds& bound = {}) {
    INFO(condition);
    const auto query =
        Query::parse(std::string(spec(event.kind).name) + " where " + std::string(condition), bound);
    INFO((query ? std::string() : query.error().message));
    REQUIRE(query.has_value());
    return query->matches(event, bindings);
}

struct Refusal {
    const char* text;
    std::size_t offset;
    const char* message;
    const char* nearest;
};

}  // namespace

TEST_CASE("a query without a condition matches every event of its kind") {
    const auto query = Query::parse("host.request");
    REQUIRE(query.has_value());
    CHECK(query->kind() == Kind::host_request);
    CHECK(query->text() == "host.request");
    CHECK(query->matches(request()));
    CHECK_FALSE(query->matches(Event{{}, Kind::host_response, {{"mti", "0210"}}}));
}

TEST_CASE("comparisons of texts, integers and booleans") {
    CHECK(holds("mti == '0200'"));
    CHECK_FALSE(holds("mti == '0400'"));
    CHECK(holds("mti != '0400'"));
    CHECK(holds("'0200' == mti"));
    CHECK(holds("mid == 'it''s'"));
    CHECK(holds("amount == 1234"));
    CHECK(holds("amount > 1233 and amount >= 1234 and amount < 1235 and amount <= 1234"));
    CHECK_FALSE(holds("amount > 1234 or amount < 1234"));
    CHECK(holds("amount > -1"));
    CHECK(holds("has_pin"));
    CHECK_FALSE(holds("has_icc"));
    CHECK(holds("not has_icc"));
    CHECK(holds("has_pin != has_icc"));
}

TEST_CASE("contains, matches, in, has and lacks") {
    CHECK(holds("mti contains '20'"));
    CHECK_FALSE(holds("mti contains '40'"));
    CHECK(holds("mti matches '^02[0-9]0$'"));
    CHECK_FALSE(holds("mti matches '^2'"));
    CHECK(holds("mti in ['0100', '0200']"));
    CHECK(holds("mti not in ['0100', '0400']"));
    CHECK_FALSE(holds("mti not in ['0200']"));
    CHECK(holds("amount in [1, 1234]"));
    CHECK(holds("tvr has 'new card'"));
    CHECK_FALSE(holds("tvr has 'SDA failed'"));
    CHECK(holds("tvr lacks 'SDA failed'"));
    CHECK_FALSE(holds("tvr lacks 'new card'"));
}

TEST_CASE("'and' binds tighter than 'or', 'not' tightest, parentheses decide") {
    CHECK(holds("mti == '0200' or mti == '0400' and stan == '000009'"));
    CHECK_FALSE(holds("(mti == '0200' or mti == '0400') and stan == '000009'"));
    CHECK(holds("not mti == '0400' and stan == '000002'"));
    CHECK_FALSE(holds("not (mti == '0200' and stan == '000002')"));
    CHECK(holds("not not has_pin"));
}

TEST_CASE("a comparison with a field the event lacks is false whatever it asks") {
    for (const char* condition : {"rrn == 'x'", "rrn != 'x'", "rrn contains 'x'", "rrn matches '.*'",
                                  "rrn in ['x']", "rrn not in ['x']", "fields has '2'", "fields lacks '2'",
                                  "bytes < 1", "bytes >= 1", "has_track2", "rrn != mti"}) {
        CHECK_FALSE(holds(condition));
        CHECK(holds(std::string("not (") + condition + ")"));
    }
}

TEST_CASE("a bound event's fields are compared, and with one that never came nothing matches") {
    const Event original{{}, Kind::terminal_outcome, {{"stan", "000002"}, {"amount", 1234}}};
    const Kinds bound{{"original", Kind::terminal_outcome}};
    const Bindings there = [&](std::string_view name) { return name == "original" ? &original : nullptr; };
    const Bindings absent = [](std::string_view) { return nullptr; };
    CHECK(holds("stan == original.stan", request(), there, bound));
    CHECK(holds("amount == original.amount", request(), there, bound));
    CHECK_FALSE(holds("stan != original.stan", request(), there, bound));
    CHECK_FALSE(holds("stan == original.stan", request(), absent, bound));
    CHECK_FALSE(holds("stan == original.stan", request(), {}, bound));
    CHECK_FALSE(holds("code == original.code", request(), there, bound));
}

TEST_CASE("what is wrong in a query is named with its place and the nearest right word") {
    const std::array refusals{
        Refusal{"", 0, "a query begins with a kind of event", ""},
        Refusal{"host.reqest", 0, "there is no kind of event 'host.reqest'", "host.request"},
        Refusal{"host.request were mid == '1'", 13, "after the kind comes 'where'", "where"},
        Refusal{"host.request where", 18, "here comes a field", ""},
        Refusal{"host.request where mit == '1'", 19, "host.request has no field 'mit'", "mti"},
        Refusal{"card.swiped where zzzzzz == '1'", 18, "card.swiped has no field 'zzzzzz'; it may have ", ""},
        Refusal{"host.request where stan == orignal.stan", 27, "nothing is bound to 'orignal'", "original"},
        Refusal{"host.request where stan == original.stn", 36, "terminal.outcome has no field 'stn'", "stan"},
        Refusal{"host.request where mti == 200", 26, "'mti' is a text, the constant is an integer", ""},
        Refusal{"host.request where amount == '1'", 29, "'amount' is an integer, the constant is a text", ""},
        Refusal{"host.request where mti < '0300'", 19, "'<' compares integers; 'mti' is a text", ""},
        Refusal{"host.request where mti == amount", 26, "they cannot be compared", ""},
        Refusal{"host.request where tvr == 'x'", 19, "ask it with 'has' or 'lacks'", ""},
        Refusal{"host.request where 'x' == tvr", 26, "ask it with 'has' or 'lacks'", ""},
        Refusal{"host.request where tvr contains 'x'", 19, "a list is asked with 'has' or 'lacks'", ""},
        Refusal{"host.request where amount contains '1'", 19, "'contains' compares texts", ""},
        Refusal{"host.request where mti has '0'", 19, "'has' and 'lacks' ask a list", ""},
        Refusal{"host.request where tvr has 3", 27, "here comes a text", ""},
        Refusal{"host.request where mti", 19, "'mti' is a text: what is it compared with?", ""},
        Refusal{"host.request where mti contians '0'", 23, "what is it compared with?", "contains"},
        Refusal{"host.request where 'a' == 'a'", 19, "two constants are compared", ""},
        Refusal{"host.request where mti = '0200'", 23, "a comparison is written '=='", "=="},
        Refusal{"host.request where mti == \"0200\"", 26, "a text stands between single quotes", ""},
        Refusal{"host.request where mti == '0200", 26, "has no closing quote", ""},
        Refusal{"host.request where mti matches '('", 31, "bad regular expression: missing )", ""},
        Refusal{"host.request where mti matches stan", 31, "must be a text between quotes", ""},
        Refusal{"host.request where mti in []", 27, "here comes a field, a text or an integer", ""},
        Refusal{"host.request where mti in '0200'", 26, "after 'in' comes a list", ""},
        Refusal{"host.request where mid in ['1', 2]", 32, "they cannot be compared", ""},
        Refusal{"host.request where mid in ['1', stan]", 32, "a list holds texts or integers only", ""},
        Refusal{"host.request where mid in ['1' '2']", 31, "here comes ',' or ']'", ""},
        Refusal{"host.request where has_pin in ['1']", 19, "'in' takes none", ""},
        Refusal{"host.request where (mid == '1'", 30, "a ')' is missing", ""},
        Refusal{"host.request where mid == '1' adn has_pin", 30, "here comes 'and', 'or' or nothing", "and"},
        Refusal{"host.request where mid == '1' )", 30, "here comes 'and', 'or' or nothing", ""},
        Refusal{"host.request where amount == 99999999999999999999", 29, "an integer has 63 bits", ""},
        Refusal{"host.request where amount == 12.34", 31, "an integer has digits only", ""},
        Refusal{"host.request where a.b.c == '1'", 19, "nothing is bound to 'a'", ""},
        Refusal{"host.request where mid == '1' § x", 30, "octet C2 begins no word", ""},
    };
    const Kinds bound{{"original", Kind::terminal_outcome}};
    for (const Refusal& refusal : refusals) {
        INFO(refusal.text);
        const auto query = Query::parse(refusal.text, bound);
        REQUIRE_FALSE(query.has_value());
        CHECK(query.error().offset == refusal.offset);
        CHECK_THAT(query.error().message, Catch::Matchers::ContainsSubstring(refusal.message));
        CHECK(query.error().nearest == refusal.nearest);
    }
}

TEST_CASE("a value that never came makes a comparison neither true nor false, and so its negation") {
    const Event original{{}, Kind::terminal_outcome, {{"stan", "000002"}}};
    const Kinds bound{{"original", Kind::terminal_outcome}};
    const Bindings there = [&](std::string_view) { return &original; };
    const Bindings absent = [](std::string_view) -> const Event* { return nullptr; };
    const auto truth = [&](std::string_view condition, const Bindings& bindings) {
        const auto query = Query::parse("host.request where " + std::string(condition), bound);
        return query.value().truth(request(), bindings);
    };
    CHECK(truth("stan == original.stan", absent) == Truth::unknown);
    CHECK(truth("not (stan == original.stan)", absent) == Truth::unknown);
    CHECK(truth("stan != original.stan", absent) == Truth::unknown);
    CHECK(truth("code == original.code", there) == Truth::unknown);
    CHECK(truth("mti == '0200' and stan == original.stan", absent) == Truth::unknown);
    CHECK(truth("mti == '0400' and stan == original.stan", absent) == Truth::no);
    CHECK(truth("mti == '0200' or stan == original.stan", absent) == Truth::yes);
    CHECK(truth("mti == '0400' or stan == original.stan", absent) == Truth::unknown);
    CHECK(truth("rrn == original.stan", absent) == Truth::no);  // the event's own field is not there
    CHECK(truth("stan == original.stan", there) == Truth::yes);
    CHECK(truth("not (stan == original.stan)", there) == Truth::no);

    const auto missing = [&](std::string_view condition, const Bindings& bindings) {
        return Query::parse("host.request where " + std::string(condition), bound).value().missing(bindings);
    };
    CHECK(missing("mti == '0400' and not (stan == original.stan)", absent) == "original never came");
    CHECK(missing("code == original.code", there) == "original came without code");
    CHECK(missing("stan == original.stan", there).empty());
    CHECK(missing("mti == '0400'", absent).empty());
}

TEST_CASE("a word that a field never is, is refused where it stands, with the nearest that it is") {
    const auto refusal = GENERATE(
        Refusal{"terminal.state where state == 'idel'", 30, "'state' is never 'idel'", "idle"},
        Refusal{"host.request where mti == '200'", 26, "'mti' has 4 characters, '200' has 3", "0200"},
        Refusal{"host.request where '12' != stan", 19, "'stan' has 6 characters, '12' has 2", "000012"},
        Refusal{"host.response where code in ['00', '051']", 35, "'code' has 2 characters, '051' has 3", ""},
        Refusal{"terminal.outcome where currency == 'CNYX'", 35, "'currency' has 3 characters, 'CNYX' has 4",
                ""},
        Refusal{"terminal.state where 'idel' == state", 21, "'state' is never 'idel'", "idle"},
        Refusal{"terminal.state where not (state != 'wating')", 35, "'state' is never 'wating'", "waiting"},
        Refusal{"terminal.outcome where outcome in ['failed', 'canceled']", 45,
                "'outcome' is never 'canceled'", "cancelled"},
        Refusal{"card.apdu where tvr has 'expired aplication'", 24, "'tvr' never holds 'expired aplication'",
                "expired application"},
        Refusal{"card.apdu where tvr lacks 'nonsense at all'", 26,
                "'tvr' never holds 'nonsense at all'; its words are offline data", ""},
        Refusal{"network.segment where direction == 'sideways'", 35,
                "'direction' is never 'sideways'; its words are up, down", ""},
        Refusal{"terminal.outcome where reason contains 'mismatsh'", 39,
                "no word of 'reason' contains 'mismatsh'", ""},
        Refusal{"terminal.outcome where reason matches '^mismatch$'", 38,
                "no word of 'reason' matches '^mismatch$'", ""},
        Refusal{"host.request where mti == '0400' and original.outcome == 'aproved'", 57,
                "'original.outcome' is never 'aproved'", "approved"});
    INFO(refusal.text);
    const auto query = Query::parse(refusal.text, {{"original", Kind::terminal_outcome}});
    REQUIRE(query.has_error());
    CHECK(query.error().offset == refusal.offset);
    CHECK_THAT(query.error().message, Catch::Matchers::StartsWith(refusal.message));
    CHECK(query.error().nearest == refusal.nearest);
}

TEST_CASE("words that a field can be pass, and so does any text where the list is open") {
    for (const char* text :
         {"terminal.state where state == 'idle'", "terminal.outcome where reason contains 'mismatch'",
          "terminal.outcome where reason matches '^mismatch_'", "terminal.chip where tvr has 'B4 b1'",
          "terminal.display where text == 'idel'", "host.disconnected where reason == 'whatever'",
          "network.cut where mode in ['link', 'refused']"}) {
        INFO(text);
        CHECK(Query::parse(text).has_value());
    }
}

TEST_CASE("length and depth are bounded") {
    const std::string open(31, '(');
    const std::string close(31, ')');
    CHECK(Query::parse("host.request where " + open + "has_pin" + close).has_value());
    CHECK_FALSE(Query::parse("host.request where (" + open + "has_pin" + close + ")").has_value());
    std::string negations = "host.request where ";
    for (int i = 0; i < 1000; ++i) negations += "not ";
    CHECK_THAT(Query::parse(negations + "has_pin").error().message,
               Catch::Matchers::ContainsSubstring("nested more than 32 deep"));
    const auto long_query = Query::parse("host.request where mti == '" + std::string(5000, 'x') + "'");
    REQUIRE_FALSE(long_query.has_value());
    CHECK_THAT(long_query.error().message, Catch::Matchers::ContainsSubstring("4096 octets"));
}

TEST_CASE("a regular expression that explodes elsewhere stays linear") {
    Event event = request();
    event.fields[0].value = std::string(20000, 'a') + "b";
    CHECK_FALSE(holds("mti matches '^(a+)+$'", event));
}

TEST_CASE("why an event does not match is told by what it has instead") {
    const auto mismatch = [](std::string_view text, const Kinds& bound = {}, const Bindings& bindings = {}) {
        return Query::parse(text, bound).value().mismatch(request(), bindings);
    };
    CHECK(mismatch("host.request").failed == 0);
    CHECK(mismatch("host.request where mti == '0200'").failed == 0);

    const Mismatch two = mismatch("host.request where mti == '0400' and amount == 1234 and rrn == '1'");
    CHECK(two.failed == 2);
    CHECK(two.text == "mti is '0200', no field rrn");

    CHECK(mismatch("host.request where mti == '0400' and stan == '000009' or amount > 2000").text ==
          "amount is 1234");
    // Of two that lack as much the one that is the event asked for by `==`.
    CHECK(mismatch("host.request where mti == '0400' or amount > 2000").text == "amount is 1234");
    CHECK(mismatch("host.request where amount > 2000").unequal == 0);
    CHECK(two.unequal == 2);
    CHECK(mismatch("host.request where not has_pin").text == "has_pin is true");
    CHECK(mismatch("host.request where tvr lacks 'new card'").text ==
          "tvr is ['expired application', 'new card']");
    const Kinds bound{{"original", Kind::terminal_outcome}};
    CHECK(mismatch("host.request where stan == original.stan", bound).text ==
          "stan is '000002' and original never came");
}

TEST_CASE("random queries neither crash nor hang") {
    static constexpr std::array words{
        "host.request", "where",   "mti", "==", "!=",     "<",        "'0200'", "and", "or",
        "not",          "(",       ")",   "in", "[",      "]",        ",",      "has", "lacks",
        "matches",      "'.*'",    "'('", "1",  "amount", "tvr",      "-",      "'",   "original.stan",
        "contains",     "has_pin", "§",   "\n", ".",      "card.apdu"};
    runtime::Random random(11);
    const Kinds bound{{"original", Kind::terminal_outcome}};
    int parsed = 0;
    for (int round = 0; round < 50000; ++round) {
        std::string text = round % 2 ? "host.request where " : "";
        const auto length = random.between(0, 12);
        for (std::int64_t i = 0; i < length; ++i) {
            if (random.chance(0.9))
                text += words[static_cast<std::size_t>(random.between(0, words.size() - 1))];
            else
                text += static_cast<char>(random.between(0, 255));
            if (random.chance(0.9)) text += ' ';
        }
        const auto query = Query::parse(text, bound);
        if (query) {
            ++parsed;
            if (query->kind() == Kind::host_request)
                CHECK(query->matches(request()) == (query->mismatch(request()).failed == 0));
        } else {
            REQUIRE(query.error().offset <= text.size());
            REQUIRE_FALSE(query.error().message.empty());
        }
    }
    CHECK(parsed > 100);
}

TEST_CASE(
    "an unknown field that is near none is answered with those that there are, as far as a line holds") {
    for (const Kind kind :
         {Kind::host_request, Kind::terminal_outcome, Kind::card_removed, Kind::terminal_chip}) {
        const std::string text(spec(kind).name);
        const auto query = Query::parse(text + " where qqqqqqqqqq == 'x'");
        REQUIRE(query.has_error());
        const std::string& message = query.error().message;
        INFO(message);
        CHECK(query.error().nearest.empty());
        CHECK(message.starts_with(text + " has no field 'qqqqqqqqqq'; it "));
        CHECK(message.size() < 160);
        const auto names = field_names(kind);
        std::size_t told = 0;
        for (const std::string& name : names)
            if (message.find(" " + name) != std::string::npos) ++told;
        CHECK((told == names.size() || message.find(", +") != std::string::npos));
    }
}
