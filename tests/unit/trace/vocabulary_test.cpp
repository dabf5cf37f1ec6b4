#include "bench/trace/vocabulary.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "bench/trace/vocabulary_doc.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::trace;

namespace {

const std::string begin_marker = "<!-- vocabulary:begin -->\n";
const std::string end_marker = "<!-- vocabulary:end -->";

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("every kind is found by its name, which begins with its role") {
    std::set<std::string_view> names;
    for (const KindSpec& kind : vocabulary()) {
        CHECK(names.insert(kind.name).second);
        CHECK(find_kind(kind.name) == kind.kind);
        CHECK(kind.name.starts_with(std::string(to_string(kind.role)) + "."));
    }
    CHECK_FALSE(find_kind("host.reqest").has_value());
}

TEST_CASE("no field takes a name that JSON Lines or queries need, and none comes twice in a kind") {
    const std::set<std::string_view> taken{"t",        "kind",    "where", "and",   "or", "in",
                                           "contains", "matches", "has",   "lacks", "not"};
    for (const KindSpec& kind : vocabulary()) {
        std::set<std::string_view> names;
        for (const FieldSpec& field : kind.fields) {
            INFO(kind.name << " " << field.name);
            CHECK(taken.count(field.name) == 0);
            CHECK(names.insert(field.name).second);
            CHECK_FALSE(field.meaning.empty());
        }
    }
}

TEST_CASE("lists of words belong to texts and lists, and hold each word once") {
    for (const KindSpec& kind : vocabulary())
        for (const FieldSpec& field : kind.fields) {
            INFO(kind.name << " " << field.name);
            const std::set<std::string_view> words(field.words.begin(), field.words.end());
            CHECK(words.size() == field.words.size());
            CHECK((words.empty() || field.type == FieldType::text || field.type == FieldType::list));
        }
}

TEST_CASE("the README holds the vocabulary as it is in the code", "[docs]") {
    const std::string path = std::string(POSBENCH_SOURCE_DIR) + "/bench/trace/README.md";
    std::string text = read_file(path);
    const auto begin = text.find(begin_marker);
    REQUIRE(begin != std::string::npos);
    const auto from = begin + begin_marker.size();
    const auto end = text.find(end_marker, from);
    REQUIRE(end != std::string::npos);
    if (std::getenv("POSBENCH_UPDATE_DOCS")) {
        text.replace(from, end - from, vocabulary_markdown());
        std::ofstream(path) << text;
        return;
    }
    INFO("run POSBENCH_UPDATE_DOCS=1 unit_trace '[docs]' to write the table anew");
    CHECK(text.substr(from, end - from) == vocabulary_markdown());
}
