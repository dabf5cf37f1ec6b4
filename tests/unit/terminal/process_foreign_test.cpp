#include "bench/runtime/clock.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/terminal/process/foreign.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::terminal::process;

namespace {

std::string masked(std::string_view name, std::string text) {
    trace::Fields fields{{name, std::move(text)}};
    mask_fields(fields);
    return std::get<std::string>(fields[0].value);
}

}  // namespace

TEST_CASE("a field that holds a PAN is masked whatever its digits are") {
    CHECK(masked("pan", "6210948000000011") == "621094******0011");
    CHECK(masked("pan", "6210948000000012") == "621094******0012");  // Luhn says no
    CHECK(masked("pan", "6210 9480 0000 0012") == "621094******0012");
    CHECK(masked("pan", "621094******0011") == "621094******0011");
    CHECK(masked("pan", "**** **** **** 0011") == "************0011");
    CHECK(masked("pan", "62109480****0011") == "621094******0011");
    CHECK(masked("pan", "6210948000000011D3012") == std::string(21, '*'));
}

TEST_CASE("digits that look like a PAN are masked in every other field") {
    for (const auto name : {"text", "detail", "rrn", "auth_code", "reason", "stan", "entry"})
        CHECK(masked(name, "6210948000000011") == "621094******0011");
    CHECK(masked("rrn", "061510000002") == "061510000002");
    CHECK(masked("mid", "104110045110014") == "104110045110014");
    CHECK(masked("mid", "6210948000000011") == "621094******0011");  // no merchant number is so long
    CHECK(masked("mid", "104110045110015 6210948000000011") == "104110045110015 621094******0011");
    trace::Fields list{{"tvr", std::vector<std::string>{"expired application", "6210948000000011"}}};
    mask_fields(list);
    CHECK(std::get<std::vector<std::string>>(list[0].value) ==
          std::vector<std::string>{"expired application", "621094******0011"});
}

TEST_CASE("a code that was scanned is masked wherever it is said, with or without a check digit that holds") {
    const std::string code = "134567890123456783", longer = code + "12";
    ScannedCodes codes;
    for (const std::string& scanned : {code, longer, code, std::string("123456789012345"), std::string()})
        codes.add(scanned);
    codes.add("付款码 0123456789");
    trace::Fields fields{{"text", "code " + code + code + " read\n123456789012345 " + longer},
                         {"payment_code", code},
                         {"tvr", std::vector<std::string>{"x" + code}},
                         {"detail", "付款码 0123456789"}};
    mask_fields(fields, codes);
    CHECK(std::get<std::string>(fields[0].value) ==
          "code 134567********6783134567********6783 read\n123456789012345 134567**********8312");
    CHECK(std::get<std::string>(fields[1].value) == "134567********6783");
    CHECK(std::get<std::vector<std::string>>(fields[2].value) ==
          std::vector<std::string>{"x134567********6783"});
    CHECK(std::get<std::string>(fields[3].value) == std::string(20, '*'));
    CHECK(last_words(code + std::string(290, 'x'), codes) == "******6783" + std::string(290, 'x'));
}

TEST_CASE("texts of an event are cut between characters, and say so") {
    trace::Fields fields{{"text", std::string(65'535, 'x') + "银行"},
                         {"detail", std::string(300'000, '\x7F')}};
    CHECK_FALSE(bound_fields(fields));
    CHECK(std::get<std::string>(fields[0].value) == std::string(65'535, 'x') + "…[cut: 65541 octets]");
    // What the first has left of 96 KiB.
    CHECK(std::get<std::string>(fields[1].value) ==
          std::string(98'304 - 65'535, '\x7F') + "…[cut: 300000 octets]");

    trace::Fields whole{{"text", std::string(65'536, 'x')}, {"detail", "short"}};
    CHECK_FALSE(bound_fields(whole));
    CHECK(std::get<std::string>(whole[0].value) == std::string(65'536, 'x'));
    CHECK(std::get<std::string>(whole[1].value) == "short");
}

TEST_CASE("a list of an event is bounded in items; no word of the vocabulary is ever cut") {
    const std::vector<std::string> most(256, std::string(64, 'x'));
    trace::Fields fields{{"text", std::string(98'304, 'x')}, {"fields", most}};
    CHECK_FALSE(bound_fields(fields));
    CHECK(std::get<std::vector<std::string>>(fields[1].value) == most);
    trace::Fields more{{"fields", std::vector<std::string>(257)}};
    CHECK(bound_fields(more) == "'fields' holds more than 256 items");
    for (const trace::KindSpec& kind : trace::vocabulary())
        for (const trace::FieldSpec& field : kind.fields)
            for (const std::string_view word : field.words) CHECK(word.size() <= 64);
}

TEST_CASE(
    "whatever a program says in an event, the recorder takes it: the bounds leave room for every escape") {
    runtime::VirtualClock clock{runtime::WallTime{}};
    for (const trace::KindSpec& kind : trace::vocabulary()) {
        if (kind.role != trace::Role::terminal) continue;
        trace::Fields fields;
        for (const trace::FieldSpec& field : kind.fields) {
            const std::string item =
                field.words.empty() ? std::string(80'000, '\x7F') : std::string(field.words[0]);
            if (field.type == trace::FieldType::boolean) fields.emplace_back(field.name, true);
            if (field.type == trace::FieldType::integer) fields.emplace_back(field.name, INT64_MIN);
            if (field.type == trace::FieldType::text) fields.emplace_back(field.name, item);
            if (field.type == trace::FieldType::list)
                fields.emplace_back(field.name, std::vector<std::string>(256, item));
        }
        REQUIRE_FALSE(bound_fields(fields));
        trace::Recorder recorder{clock};
        CHECK_NOTHROW(recorder.emit(kind.kind, std::move(fields)));
    }
}

TEST_CASE("what a program may say in one power cycle is bounded in octets and in events") {
    Budget budget(10, 2);
    CHECK_FALSE(budget.take_line(4));
    CHECK_FALSE(budget.take_line(6));
    CHECK(budget.take_line(1) == "said too much: more than 10 octets");
    CHECK_FALSE(budget.take_event());
    CHECK_FALSE(budget.take_event());
    CHECK(budget.take_event() == "said too much: more than 2 events");
}

TEST_CASE("last words are printable: what is not is written as an escape") {
    CHECK(last_words("out of memory\r\n\n") == "out of memory");
    CHECK(last_words("one\ntwo\tthree") == "one\ntwo\tthree");
    CHECK(last_words("\033[31mred\177") == "\\x1B[31mred\\x7F");
    CHECK(last_words(std::string_view("a\0b", 3)) == "a\\x00b");
    CHECK(last_words("caf\303\251 \351t\351") == "caf\303\251 \\xE9t\\xE9");
    CHECK(last_words("\302\205 \302\240") == "\\xC2\\x85 \302\240");
    CHECK(last_words("").empty());
}

TEST_CASE("last words are the end, cut between characters, and no PAN is cut in two") {
    const std::string long_text = "\351\223\266" + std::string(299, 'x');  // the cut falls into a character
    CHECK(last_words(long_text) == std::string(299, 'x'));
    const std::string pan = "6210948000000011" + std::string(290, 'x');
    CHECK(last_words(pan) == "******0011" + std::string(290, 'x'));
}
