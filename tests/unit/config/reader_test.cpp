#include "bench/config/reader.hpp"

#include <functional>

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::config;
using namespace std::chrono_literals;

namespace {

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "(no ConfigError)";
}

/// What `ask` says of a document with one key `x`.
std::string refusal(const std::string& value, const std::function<void(Reader&)>& ask) {
    const Value root = load_text("x = " + value + "\n", "t.toml");
    return message_of([&] {
        Reader reader(root, "test");
        ask(reader);
    });
}

}  // namespace

TEST_CASE("typed keys are taken out of a table", "[config]") {
    const Value root = load_text(
        "name = 'n'\non = true\nport = 8583\nloss = 1\nwait = '1.5s'\namount = '12.34'\nkey = '01 0a FF'\n"
        "mode = 'link'\ntags = ['a', 'b']\nnow = 2026-06-15T22:30:00\nthen = '2026-06-15T22:30:00.25'\n"
        "[sub]\nx = 1\n[[rule]]\ny = 1\n[[rule]]\ny = 2\n",
        "t.toml");
    Reader reader(root, "test");
    CHECK(reader.text("name") == "n");
    CHECK(reader.boolean("on") == true);
    CHECK(reader.integer("port", 1, 65535) == 8583);
    CHECK(reader.number("loss", 0, 1) == 1.0);
    CHECK(reader.duration("wait") == 1500ms);
    CHECK(reader.amount("amount", cny)->minor() == 1234);
    CHECK(reader.bytes("key") == hex("010AFF"));
    CHECK(reader.choice("mode", {"link", "refused"}) == "link");
    CHECK(reader.texts("tags") == std::vector<std::string>{"a", "b"});
    const runtime::WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 22h + 30min;
    CHECK((reader.wall_time("now") == now));
    CHECK((reader.wall_time("then") == now + 250ms));
    auto sub = reader.table("sub", "[sub]");
    REQUIRE(sub);
    CHECK(sub->integer("x", 0, 9) == 1);
    sub->finish();
    auto rules = reader.tables("rule", "[[rule]]");
    REQUIRE(rules.size() == 2);
    CHECK(rules[1].integer("y", 0, 9) == 2);
    CHECK_FALSE(reader.text("absent"));
    CHECK_FALSE(reader.table("absent_table", "x"));
    CHECK(reader.tables("absent_tables", "x").empty());
    CHECK_NOTHROW(reader.finish());
}

TEST_CASE("a single table stands for an array of one", "[config]") {
    const Value root = load_text("rule = { y = 3 }\n", "t.toml");
    Reader reader(root, "test");
    auto rules = reader.tables("rule", "rule");
    REQUIRE(rules.size() == 1);
    CHECK(rules[0].integer("y", 0, 9) == 3);
}

TEST_CASE("a value of another type is refused at its place", "[config]") {
    CHECK(refusal("5", [](Reader& r) { r.text("x"); }) == "t.toml:1:5: x must be a string, not an integer");
    CHECK(refusal("'a'", [](Reader& r) { r.integer("x", 0, 1); }) ==
          "t.toml:1:5: x must be an integer, not a string");
    CHECK(refusal("1.5", [](Reader& r) { r.boolean("x"); }) ==
          "t.toml:1:5: x must be true or false, not a float");
    CHECK(refusal("['a', 5]", [](Reader& r) { r.texts("x"); }) ==
          "t.toml:1:11: x must be an array of strings, not an integer");
    CHECK(refusal("'a'", [](Reader& r) { r.table("x", "[x]"); }) ==
          "t.toml:1:5: [x] must be a table, not a string");
    CHECK(refusal("1979-05-27", [](Reader& r) { r.text("x"); }) ==
          "t.toml:1:5: x must be a string, not a date or time");
}

TEST_CASE("numbers keep their bounds", "[config]") {
    CHECK(refusal("0", [](Reader& r) { r.integer("x", 1, 65535); }) ==
          "t.toml:1:5: x must be between 1 and 65535, not 0");
    CHECK(refusal("1.01", [](Reader& r) { r.number("x", 0, 1); }) ==
          "t.toml:1:5: x must be between 0 and 1, not 1.01");
    CHECK(
        refusal("nan", [](Reader& r) { r.number("x", 0, 1); }).starts_with("t.toml:1:5: x must be between"));
}

TEST_CASE("amounts have no sign and the currency's decimals", "[config]") {
    const auto ask = [](Reader& r) { r.amount("x", cny); };
    CHECK(refusal("'-1.00'", ask) ==
          "t.toml:1:5: x must be an amount of CNY such as \"12.34\", without a sign, not '-1.00'");
    CHECK(refusal("12.34", ask) == "t.toml:1:5: x must be an amount of CNY such as \"12.34\", not a float");
    CHECK(refusal("'1.234'", ask).starts_with("t.toml:1:5: x must be an amount"));
    CHECK(refusal("'1e3'", ask).starts_with("t.toml:1:5: x must be an amount"));
    CHECK(refusal("'12'", ask) == "(no ConfigError)");
    CHECK(refusal("'1.00'", [](Reader& r) { r.amount("x", *find_currency("JPY")); }) ==
          "t.toml:1:5: x must be an amount of JPY such as \"1200\", without a sign, not '1.00'");
}

TEST_CASE("hexadecimal is refused without being repeated", "[config]") {
    const auto message = refusal("'0123456789ABCDEG'", [](Reader& r) { r.bytes("x"); });
    CHECK(message.starts_with("t.toml:1:5: x must be pairs of hexadecimal digits"));
    CHECK(message.find("ABCDE") == std::string::npos);
}

TEST_CASE("a wrong word is refused with the nearest", "[config]") {
    CHECK(refusal("'lnik'", [](Reader& r) {
              r.choice("x", {"refused", "link"});
          }) == "t.toml:1:5: x must be one of refused, link, not 'lnik' (did you mean 'link'?)");
}

TEST_CASE("of a list of words the wrong one is refused, at its own place, with the nearest", "[config]") {
    const auto ask = [](Reader& r) { r.choices("x", {"SDA", "DDA", "CDA"}); };
    CHECK(refusal("['SDA', 'DDDA']", ask) ==
          "t.toml:1:13: x: 'DDDA' is none of SDA, DDA, CDA (did you mean 'DDA'?)");
    CHECK(refusal("'SDA'", ask) == "t.toml:1:5: x must be an array of strings, not a string");

    const Value root = load_text("both = ['b', 'a']\nnone = []\n", "t.toml");
    Reader reader(root, "test");
    CHECK(reader.choices("both", {"a", "b"}) == std::vector<std::string>{"b", "a"});
    CHECK(reader.choices("none", {"a", "b"}) == std::vector<std::string>{});
    CHECK_FALSE(reader.choices("absent", {"a", "b"}));
    CHECK_NOTHROW(reader.finish());
}

TEST_CASE("what a caller refuses stands at the value and names the key", "[config]") {
    CHECK(refusal("'abc'", [](Reader& r) { r.fail("x", "must be 8 letters", "abcdefgh"); }) ==
          "t.toml:1:5: x: must be 8 letters (did you mean 'abcdefgh'?)");
    CHECK(refusal("'abc'", [](Reader& r) { r.fail("y", "is due"); }) == "t.toml:1:1: y: is due");
}

TEST_CASE("rig time has no zone", "[config]") {
    const auto ask = [](Reader& r) { r.wall_time("x"); };
    CHECK(refusal("2026-06-15T22:30:00+08:00", ask).find("without a zone") != std::string::npos);
    CHECK(refusal("'2026-02-29T00:00:00'", ask).starts_with("t.toml:1:5"));
    CHECK(refusal("'2028-02-29T00:00:00'", ask) == "(no ConfigError)");
    CHECK(refusal("'2026-06-15T24:00:00'", ask).starts_with("t.toml:1:5"));
    CHECK(refusal("2026-06-15", ask).starts_with("t.toml:1:5"));
    CHECK(refusal("'2026-06-15T22:30:00.'", ask).starts_with("t.toml:1:5"));
    CHECK(refusal("'2026-06-15T22:30:0x'", ask).starts_with("t.toml:1:5"));
}

TEST_CASE("a key nobody asked for is refused at the key with the nearest", "[config]") {
    const Value root = load_text("title = 'a'\n  amuont = '1.00'\n", "t.toml");
    Reader reader(root, "[[step]]");
    reader.text("title");
    reader.text("amount");
    CHECK(message_of([&] { reader.finish(); }) ==
          "t.toml:2:3: unknown key 'amuont' in [[step]] (did you mean 'amount'?)");

    const Value far = load_text("zzz = 1\n", "t.toml");
    Reader other(far, "[x]");
    other.text("title");
    other.text("amount");
    CHECK(message_of([&] { other.finish(); }) ==
          "t.toml:1:1: unknown key 'zzz' in [x]; it may have title, amount");
}

TEST_CASE("the keys told are each told once, with those taken before and without those written elsewhere",
          "[config]") {
    const Value root = load_text("zzz = 1\n", "t.toml");
    Reader reader(root, "[x]");
    for (const char* key : {"title", "issuer", "title", "image"}) reader.text(key);
    reader.offer({"extends"}, {"image"});
    CHECK(message_of([&] { reader.finish(); }) ==
          "t.toml:1:1: unknown key 'zzz' in [x]; it may have title, issuer, extends");
    const Value near = load_text("imag = 1\n", "t.toml");
    Reader other(near, "[x]");
    other.text("image");
    other.offer({"extends"}, {"image"});
    CHECK(message_of([&] { other.finish(); }) ==
          "t.toml:1:1: unknown key 'imag' in [x]; it may have extends");
    const Value taken = load_text("extends = 1\n", "t.toml");
    Reader late(taken, "[x]");
    late.offer({"extends"}, {});
    CHECK(message_of([&] { late.finish(); }) == "t.toml:1:1: extends cannot stand here, in [x]");
}

TEST_CASE("a missing key is named at its table, or where it was misspelt", "[config]") {
    const Value root = load_text("[scenario]\nx = 1\n", "t.toml");
    Reader reader(root, "document");
    auto scenario = reader.table("scenario", "[scenario]");
    CHECK(message_of([&] { scenario->require("id", scenario->text("id")); }) ==
          "t.toml:1:1: [scenario] lacks 'id'");

    const Value misspelt = load_text("titel = 'x'\n", "t.toml");
    Reader other(misspelt, "[scenario]");
    CHECK(message_of([&] { other.require("title", other.text("title")); }) ==
          "t.toml:1:1: unknown key 'titel' in [scenario] (did you mean 'title'?)");
}

TEST_CASE("durations have a number and a unit", "[config]") {
    CHECK(parse_duration("250us") == 250us);
    CHECK(parse_duration("40ms") == 40ms);
    CHECK(parse_duration("1.5s") == 1500ms);
    CHECK(parse_duration("2min") == 2min);
    CHECK(parse_duration("1h") == 1h);
    CHECK(parse_duration("0s") == 0ns);
    CHECK(parse_duration("0.000001s") == 1us);
    CHECK(parse_duration("1.25h") == 75min);
    for (const char* wrong : {"", "5", "s", "-1s", "1 s", "1m", "1.s", ".5s", "1.2.3s", "0.5ns", "1.0000001s",
                              "99999999999999999999s", "9999999999h", "1e3s", "s1", "１s"})
        CHECK_FALSE(parse_duration(wrong));
}

TEST_CASE("a duration is shown as the shortest text that reads back", "[config]") {
    CHECK(format_duration(1500ms) == "1.5s");
    CHECK(format_duration(40ms) == "40ms");
    CHECK(format_duration(45s) == "45s");
    CHECK(format_duration(2min) == "2min");
    CHECK(format_duration(15min) == "900s");
    CHECK(format_duration(0ns) == "0s");
    CHECK(format_duration(-2s) == "-2s");
    for (const std::int64_t ns : {1L, 999L, 1'001L, 1'234'567L, 60'000'000'000L, 86'399'999'999'999L})
        CHECK(parse_duration(format_duration(runtime::Duration(ns))) == runtime::Duration(ns));
}

TEST_CASE("a word is small letters, digits and what else is allowed, and not empty", "[config]") {
    CHECK(is_word("card2", ""));
    CHECK(is_word("a.b-c", "-."));
    CHECK_FALSE(is_word("a.b", "-"));
    for (const char* text : {"", "Card", "a b", "交"}) CHECK_FALSE(is_word(text, "-."));
}

TEST_CASE("an error never repeats a private key that was put where it does not belong", "[config]") {
    const std::string key =
        "\"\"\"\n-----BEGIN PRIVATE KEY-----\nMIIB+abc\n-----END PRIVATE KEY-----\n\"\"\"";
    const auto says = [&](const std::function<void(Reader&)>& ask) {
        const std::string error = refusal(key, ask);
        CHECK_THAT(error, Catch::Matchers::ContainsSubstring("x must be"));
        CHECK(error.find("MIIB") == std::string::npos);
    };
    says([](Reader& reader) { reader.choice("x", {"link", "refused"}); });
    says([](Reader& reader) { reader.duration("x"); });
    says([](Reader& reader) { reader.bytes("x"); });
    says([](Reader& reader) { reader.wall_time("x"); });
    try {
        throw ConfigError({}, "not '-----BEGIN PRIVATE KEY-----MIIB'");
    } catch (const ConfigError& error) {
        CHECK(error.message() == "not '-----BEGIN PRIVATE KEY-----*****");
    }
}

TEST_CASE("an error does not repeat a key or PAN that was typed as a key of a table", "[config]") {
    const auto unknown = [](const std::string& key) {
        const Value root = load_text(key + " = 1\n", "t.toml");
        return message_of([&] {
            Reader reader(root, "test");
            reader.text("pan");
            reader.finish();
        });
    };
    CHECK(unknown("6210948000000011") ==
          "t.toml:1:1: unknown key '621094******0011' in test; it may have pan");
    CHECK(unknown("0123456789ABCDEFFEDCBA9876543210") ==
          "t.toml:1:1: unknown key '********************************' in test; it may have pan");
    CHECK(unknown("A000000333010101") ==
          "t.toml:1:1: unknown key 'A000000333010101' in test; it may have pan");
    // A file must be found again.
    const ConfigError error({std::make_shared<const std::string>("6210948000000011.toml"), 1, 2},
                            "no '6210948000000011'", "6210948000000011");
    CHECK(std::string(error.what()) ==
          "6210948000000011.toml:1:2: no '621094******0011' (did you mean '621094******0011'?)");
    CHECK(error.message() == "no '621094******0011'");
    CHECK(error.nearest() == "621094******0011");
}
