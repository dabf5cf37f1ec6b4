#include <functional>
#include <string>

#include "bench/config/reader.hpp"
#include "bench/config/value.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench::config;
using posbench::tests::TemporaryFolder;

namespace {

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "(no ConfigError)";
}

std::string refusal(std::string_view text) {
    return message_of([&] { load_text(text, "t.toml"); });
}

/// What is said of a file with this content, its name replaced by FILE.
std::string refusal_of_file(std::string_view content) {
    const TemporaryFolder folder;
    const auto file = folder.write("t.toml", content);
    const std::string message = message_of([&] { load_file(file); });
    const std::string name = file.generic_string();
    return message.starts_with(name) ? "FILE" + message.substr(name.size()) : message;
}

const Value& at(const Value& root, std::string_view key) {
    const auto* table = root.get<Table>();
    REQUIRE(table != nullptr);
    const Value* value = table->find(key);
    REQUIRE(value != nullptr);
    return *value;
}

}  // namespace

TEST_CASE("a document becomes values that know their place", "[config]") {
    const Value root = load_text(
        "# 说明\n"
        "zeta = true\n"
        "alpha = 12\n"
        "ratio = 0.5\n"
        "title = { en = 'a', zh = '交易', x = 1 }\n"
        "when = 2026-06-15T22:30:00\n"
        "day = 2026-06-15\n"
        "[[step]]\n"
        "do = \"wait\"\n"
        "[[step]]\n"
        "do = \"card.insert\"\n",
        "t.toml");
    CHECK(*at(root, "zeta").get<bool>());
    CHECK(*at(root, "alpha").get<std::int64_t>() == 12);
    CHECK(*at(root, "ratio").get<double>() == 0.5);
    CHECK(at(root, "when").get<Value::DateTime>()->text == "2026-06-15T22:30:00");
    CHECK(at(root, "day").get<Value::DateTime>()->text == "2026-06-15");
    CHECK(at(root, "alpha").source().to_string() == "t.toml:3:9");
    CHECK(at(at(root, "title"), "zh").source().to_string() == "t.toml:5:26");
    // Columns count characters, not octets: the two of 交易 are two.
    CHECK(at(at(root, "title"), "x").source().to_string() == "t.toml:5:36");

    const auto& steps = *at(root, "step").get<Array>();
    REQUIRE(steps.size() == 2);
    CHECK(at(steps[1], "do").source().line == 11);
    CHECK(steps[1].source().line == 10);
}

TEST_CASE("keys keep the order of the file", "[config]") {
    const Value root = load_text("z = 1\na = 2\nm = 3\n", "t.toml");
    std::string order;
    for (const auto& entry : root.get<Table>()->entries()) order += entry.key;
    CHECK(order == "zam");
    CHECK(root.get<Table>()->entries()[1].key_source.to_string() == "t.toml:2:1");
}

TEST_CASE("an octet inside a plain string has a place of its own", "[config]") {
    const Value root = load_text(
        "plain = \"交易 where\"\n"
        "single = 'card where'\n"
        "escaped = \"a\\\"b where\"\n"
        "multi = '''\none\n'''\n",
        "t.toml");
    CHECK(at(root, "plain").source_inside(0).column == 10);
    CHECK(at(root, "plain").source_inside(7).column == 13);  // 交易 and a blank: seven octets, three columns
    CHECK(at(root, "single").source_inside(5).to_string() == "t.toml:2:16");
    CHECK(at(root, "escaped").source_inside(5).to_string() == "t.toml:3:11");  // the string's own start
    CHECK(at(root, "multi").source_inside(2).to_string() == "t.toml:4:9");
}

TEST_CASE("what is not TOML is refused at its place", "[config]") {
    CHECK(refusal("a = 1\nb = \n").starts_with("t.toml:2:"));
    CHECK(refusal("a = 1\na = 2\n").starts_with("t.toml:2:"));
    CHECK_THAT(refusal("a = 1\na = 2\n"), Catch::Matchers::ContainsSubstring("redefine"));
    CHECK(refusal("[scenario]\nid = 'x'\n[scenario]\n").starts_with("t.toml:3:"));
    CHECK(refusal("x = 'never closed\n").starts_with("t.toml:1:"));
    CHECK(refusal("d = 2026-13-01\n").starts_with("t.toml:1:"));
}

TEST_CASE("what is not UTF-8 is refused at the first wrong octet", "[config]") {
    CHECK(refusal("a = 1\nb = '\xBD\xBB'\n") ==
          "t.toml:2:6: not UTF-8: octet 0xBD is out of place here; save the file as UTF-8");
    CHECK(refusal("b = '交\xFF'").starts_with("t.toml:1:7: not UTF-8: octet 0xFF"));
    CHECK(refusal("\xFF\xFE"
                  "a")
              .starts_with("t.toml:1:1: not UTF-8"));                       // UTF-16
    CHECK(refusal("a = '\xC0\xAF'").starts_with("t.toml:1:6: not UTF-8"));  // overlong
    CHECK(refusal("a = '\xE0\x80\xAF'").starts_with("t.toml:1:6: not UTF-8"));
    CHECK(refusal("a = '\xED\xA0\x80'").starts_with("t.toml:1:6: not UTF-8"));      // surrogate
    CHECK(refusal("a = '\xF4\x90\x80\x80'").starts_with("t.toml:1:6: not UTF-8"));  // above U+10FFFF
    CHECK(refusal("a = '\xE4\xBA").starts_with("t.toml:1:6: not UTF-8"));           // ends inside a character
    CHECK(refusal("a = '\xF0\x9F\x92\xB3'\n") == "(no ConfigError)");
}

TEST_CASE("nesting is bounded wherever it comes from", "[config]") {
    const auto repeat = [](std::string_view part, int times) {
        std::string text;
        for (int i = 0; i < times; ++i) text += part;
        return text;
    };
    CHECK_THAT(refusal(repeat("a.", 400'000) + "a = 1\n"),
               Catch::Matchers::ContainsSubstring("nested deeper than 32 levels"));
    CHECK_THAT(refusal("[" + repeat("a.", 400'000) + "a]\n"),
               Catch::Matchers::ContainsSubstring("nested deeper"));
    CHECK_THAT(refusal("x = " + repeat("[", 100'000)), Catch::Matchers::ContainsSubstring("nested deeper"));
    CHECK_THAT(refusal("x = " + repeat("{a=", 100'000)), Catch::Matchers::ContainsSubstring("nested deeper"));
    // Dots and brackets in strings and comments do not nest.
    CHECK(refusal("# " + repeat("[.", 100) + "\nx = '" + repeat("[.", 100) + "'\ny = \"\\\"" +
                  repeat("{.", 100) + "\"\nz = '''\n" + repeat("{.", 100) + "''''\nw = \"\"\"" +
                  repeat("[.", 100) + "\"\"\"\"\"\n") == "(no ConfigError)");
    CHECK(refusal(repeat("x = 1.5\n", 0) + "a = [" + repeat("1.5, ", 1000) + "]\n") == "(no ConfigError)");
}

TEST_CASE("many keys in one table cost no more than linear time", "[config]") {
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += "k" + std::to_string(i) + "=1\n";
    const Value root = load_text(text, "t.toml");
    CHECK(root.get<Table>()->entries().size() == 60'000);
}

TEST_CASE("files that cannot be used are refused by name", "[config]") {
    CHECK(message_of([] { load_file("/nonexistent/x.toml"); }) == "/nonexistent/x.toml: no such file");
    CHECK(message_of([] { load_file("/"); }) == "/: not a file");
    CHECK(refusal_of_file("") == "FILE:1:1: the file is empty");
    CHECK(refusal_of_file(" \n\t\r\n") == "FILE:1:1: the file is empty");
    CHECK(refusal_of_file(std::string(1024 * 1024 + 1, '#')) == "FILE: larger than 1048576 octets");
    CHECK(refusal_of_file("a = 1\n") == "(no ConfigError)");
}

TEST_CASE("merging lays tables over tables and replaces all else whole", "[config]") {
    Value base =
        load_text("a = 1\nlist = [1, 2]\n[chip]\nx = 'one'\ny = 'two'\n[flat]\nz = 1\n", "base.toml");
    const Value over = load_text("list = [3]\nflat = 'text'\nnew = true\n[chip]\ny = 'three'\n", "over.toml");
    merge(base, over);
    CHECK(*at(base, "a").get<std::int64_t>() == 1);
    CHECK(at(base, "list").get<Array>()->size() == 1);
    CHECK(*at(base, "flat").get<std::string>() == "text");
    CHECK(*at(base, "new").get<bool>());
    CHECK(*at(at(base, "chip"), "x").get<std::string>() == "one");
    CHECK(*at(at(base, "chip"), "y").get<std::string>() == "three");
    // Each value still knows which file it came from.
    CHECK(at(at(base, "chip"), "x").source().to_string() == "base.toml:4:5");
    CHECK(at(at(base, "chip"), "y").source().to_string() == "over.toml:5:5");
}

TEST_CASE("an error in a merged table names the file that says it, and the other", "[config]") {
    Value root = load_text("[chip]\nsize = 1\nlist = 'a'\n[own]\nx = 1\n", "base.toml");
    merge(root, load_text("[chip]\nsize = 2\n", "middle.toml"));
    merge(root, load_text("[chip]\nkind = 'b'\n", "over.toml"));
    Reader reader(root, "test");
    auto chip = *reader.table("chip", "[chip]");
    const auto fails = [](Reader& table, const char* key) {
        return message_of([&] { table.fail(key, "is wrong"); });
    };
    CHECK(fails(chip, "kind") == "over.toml:2:8: kind: is wrong");
    CHECK(fails(chip, "size") == "middle.toml:2:8: size: is wrong; over.toml:1:1 is laid over it");
    CHECK(fails(chip, "list") == "base.toml:3:8: list: is wrong; over.toml:1:1 is laid over it");
    CHECK(fails(chip, "absent") == "over.toml:1:1: absent: is wrong; laid over base.toml:1:1");
    CHECK(message_of([&] { chip.missing("absent"); }) ==
          "over.toml:1:1: [chip] lacks 'absent'; laid over base.toml:1:1");
    auto own = *reader.table("own", "[own]");
    CHECK(fails(own, "x") == "base.toml:5:5: x: is wrong");
    CHECK(fails(own, "absent") == "base.toml:4:1: absent: is wrong");
}

TEST_CASE("a dotted path makes the tables it needs", "[config]") {
    Value root = load_text("[card]\nimage = 'a'\n", "t.toml");
    at_path(root, "card.image") = Value(std::string("b"));
    at_path(root, "host.issuer.delay") = Value(std::string("1s"));
    CHECK(*at(at(root, "card"), "image").get<std::string>() == "b");
    CHECK(*at(at(at(root, "host"), "issuer"), "delay").get<std::string>() == "1s");
    root = load_text("card = 'x'\n", "t.toml");
    CHECK(message_of([&] { at_path(root, "card.image"); }) ==
          "t.toml:1:8: 'card.image' has no place in a string");
}

TEST_CASE("the nearest name is found and a far one is not", "[config]") {
    const std::vector<std::string> names{"terminal.sale", "terminal.sign_in", "card.insert", "wait"};
    CHECK(nearest_name("terminal.sael", names) == "terminal.sale");         // neighbours swapped
    CHECK(nearest_name("card.inserted", names) == "card.insert");           // two too many
    CHECK(nearest_name("Terminal.Sale", names) == "terminal.sale");         // case
    CHECK(nearest_name("terminal", {"terminal.sale"}) == "terminal.sale");  // a prefix
    CHECK(nearest_name("te", {"terminal.sale"}).empty());
    CHECK(nearest_name("power.cut", names).empty());
    CHECK(nearest_name("x", {"y"}).empty());
    CHECK(nearest_name("", names).empty());
    CHECK(nearest_name(std::string(1'000'000, 'a'), names).empty());
    CHECK(nearest_name("wait", {"walt", "wait"}) == "wait");
}

TEST_CASE("errors read as compilers' do", "[config]") {
    const ConfigError error({std::make_shared<const std::string>("f.toml"), 12, 3}, "no such thing", "thing");
    CHECK(std::string(error.what()) == "f.toml:12:3: no such thing (did you mean 'thing'?)");
    CHECK(error.nearest() == "thing");
    CHECK(error.source().line == 12);
    CHECK(Source{}.to_string() == "(built in)");
    CHECK(std::string(ConfigError({}, "no such thing").what()) == "no such thing");
}
