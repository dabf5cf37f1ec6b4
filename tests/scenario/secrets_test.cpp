#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// What a run writes is searched for the card data and keys of the fixtures that it ran with.

using namespace posbench;
using namespace posbench::tests;

namespace {

struct Secrets {
    std::set<std::string> pans, pins, expiries, keys;
    std::set<std::string> key_lines;  ///< of private keys in PEM
};

/// The lines between BEGIN and END.
void collect_pem(const std::string& text, Secrets& secrets) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("-----")) secrets.key_lines.insert(line);
}

/// Every entry below `value`, tables and arrays included.
void collect(const config::Value& value, const std::string& key, Secrets& secrets) {
    if (const auto* table = value.get<config::Table>())
        for (const auto& entry : table->entries()) collect(entry.value, entry.key, secrets);
    if (const auto* array = value.get<config::Array>())
        for (const config::Value& element : *array) collect(element, key, secrets);
    const auto* text = value.get<std::string>();
    if (!text || text->starts_with('@')) return;
    if (text->find("PRIVATE KEY-----") != std::string::npos) return collect_pem(*text, secrets);
    if (key == "pan") secrets.pans.insert(*text);
    if (key == "pin") secrets.pins.insert(*text);
    if (key == "expiry") secrets.expiries.insert(*text);
    if (key == "tmk" || key.starts_with("imk") || key.ends_with("_key")) secrets.keys.insert(*text);
}

Secrets secrets_of_fixtures() {
    Secrets secrets;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::string(POSBENCH_SOURCE_DIR) + "/fixtures"))
        if (entry.path().extension() == ".toml") collect(config::load_file(entry.path()), "", secrets);
    return secrets;
}

/// ISO 9564-1 format 0: the PIN field, and the PIN field with the PAN's twelve digits before the check digit.
std::vector<std::string> pin_blocks(const std::string& pin, const std::string& pan) {
    std::string field = "0" + std::to_string(pin.size()) + pin;
    field.resize(16, 'F');
    const std::string account = "0000" + pan.substr(pan.size() - 13, 12);
    std::string block;
    for (std::size_t i = 0; i < 16; ++i) {
        const int digit = std::stoi(field.substr(i, 1), nullptr, 16) ^ (account[i] - '0');
        block += "0123456789ABCDEF"[digit];
    }
    return {field, block};
}

/// PCI DSS 3.4.1 allows the first six and the last four digits of a PAN: one more is too much.
std::vector<std::string> forbidden(const Secrets& secrets) {
    std::vector<std::string> texts(secrets.keys.begin(), secrets.keys.end());
    texts.insert(texts.end(), secrets.key_lines.begin(), secrets.key_lines.end());
    for (const std::string& pan : secrets.pans) {
        texts.push_back(pan.substr(6));
        texts.push_back(pan.substr(0, pan.size() - 4));
        for (const std::string& expiry : secrets.expiries)
            for (const char* separator : {"D", "="})
                texts.push_back(pan.substr(pan.size() - 4) + separator + expiry);
        for (const std::string& pin : secrets.pins)
            for (const std::string& block : pin_blocks(pin, pan)) texts.push_back(block);
    }
    return texts;
}

std::string capitals(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

/// Capitals, so that a key is found however its octets are written.
std::string all_written(const ProgramResult& result, const std::filesystem::path& report) {
    std::string written = result.out + result.err;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(report))
        if (entry.is_regular_file()) written += read_file(entry.path());
    return capitals(written);
}

/// What stands around `word` where it is no part of a longer one; empty when it is nowhere.
std::string around_word(const std::string& text, const std::string& word) {
    const auto alone = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || alone(text[at - 1])) && (end == text.size() || alone(text[end])))
            return text.substr(at - std::min<std::size_t>(at, 60), 80);
    }
    return "";
}

void check_nothing_written(const std::string& written, const Secrets& secrets) {
    for (const std::string& text : forbidden(secrets)) {
        CAPTURE(text);
        CHECK(written.find(capitals(text)) == std::string::npos);
    }
    for (const std::string& pin : secrets.pins) {  // six digits stand in longer numbers too
        CAPTURE(pin);
        CHECK(around_word(written, pin) == "");
    }
}

}  // namespace

TEST_CASE("the fixtures' secrets are known to these tests") {
    const Secrets secrets = secrets_of_fixtures();
    CHECK(secrets.pans.size() >= 9);
    CHECK(secrets.pins.size() == 2);
    CHECK(secrets.keys.size() == 4);
    CHECK(secrets.key_lines.size() >= 40);
    CHECK(secrets.expiries.size() >= 2);
}

TEST_CASE("no card data and no key of a run is found in anything it wrote") {
    const TemporaryFolder folder;
    const auto report = folder.path() / "report";
    const auto result = run_posbench({"run", "--report", report.string()});
    REQUIRE(result.exit_code == 0);
    const std::string written = all_written(result, report);
    CHECK(written.find("621094******0011") != std::string::npos);
    check_nothing_written(written, secrets_of_fixtures());
}

TEST_CASE("nothing secret is written at the loopback station, where the terminal is another program") {
    const TemporaryFolder folder;
    const auto report = folder.path() / "report";
    const auto result = run_posbench({"run", "--station", "emulated-loopback", "--jobs", "32", "--report",
                                      report.string(), "--set", "terminal.timings.boot=\"10ms\"", "--only",
                                      "card.chip-sale", "--only", "card.bad-stripe*"});
    REQUIRE(result.exit_code == 0);
    const std::string written = all_written(result, report);
    CHECK(written.find("621094******0011") != std::string::npos);
    check_nothing_written(written, secrets_of_fixtures());
}

TEST_CASE("a key, a PIN and a PAN given with --set are used and not written") {
    const TemporaryFolder folder;
    const auto report = folder.path() / "report";
    const auto result = run_posbench(
        {"run", "--report", report.string(), "--set", "terminal.tmk=\"0123456789abcdeffedcba9876543210\"",
         "--set=cardholder.pin=\"864209\"", "--set", "card.account={ pan = \"6210948000000045\" }"});
    INFO(result.err);
    REQUIRE(result.exit_code == 1);  // the host knows neither the key nor the card
    const std::string written = all_written(result, report);
    CHECK(written.find("CARDHOLDER.PIN=***") != std::string::npos);
    Secrets secrets = secrets_of_fixtures();
    secrets.keys.insert("0123456789ABCDEFFEDCBA9876543210");
    secrets.pins.insert("864209");
    secrets.pans.insert("6210948000000045");
    check_nothing_written(written, secrets);
}
