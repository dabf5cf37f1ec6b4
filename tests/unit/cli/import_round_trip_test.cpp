#include <array>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/cli/commands.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/card/image_import.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

/// What the bench prints of its own cards is read again: each image of the library, over each interface.

using namespace posbench;
using card::Application, card::CardImage, card::Interface, card::Record;

namespace {

/// What std::cout gets as long as this lives.
class Printed {
  public:
    Printed() : before_(std::cout.rdbuf(text_.rdbuf())) {}
    ~Printed() { std::cout.rdbuf(before_); }
    Printed(const Printed&) = delete;
    Printed& operator=(const Printed&) = delete;
    std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::streambuf* before_;
};

/// Directory, each application with all its records, and some of what GET DATA tells.
std::string session(const std::string& name, const std::vector<Application>& applications,
                    Interface interface, bool clear) {
    cli::CardApduArguments arguments;
    arguments.image = name;
    arguments.contactless = interface == Interface::contactless;
    arguments.clear = clear;
    const auto add = [&arguments](const std::vector<std::string>& commands) {
        arguments.commands.insert(arguments.commands.end(), commands.begin(), commands.end());
    };
    add({arguments.contactless ? "select ppse" : "select pse"});
    for (std::size_t i = 1; !arguments.contactless && i <= applications.size() + 1; ++i)
        add({fmt::format("read 1 {}", i)});
    for (const Application& application : applications) {
        add({"select " + to_hex(application.aid), "gpo", "records"});
        // A quick card that asks the issuer names no records, and gives them all the same.
        if (application.quick())
            for (const Record& record : application.records)
                add({fmt::format("read {} {}", record.sfi, record.number)});
        add({"get 9F36", "get 9F17", "challenge"});
    }
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    const Printed printed;
    cli::card_apdu(arguments, {});  // 1 where the card refuses: it is to be imported all the same
    return printed.text();
}

/// As `card serve` prints the same: the time before each command, and the answer to reset in other words.
std::string as_served(const std::string& printed) {
    std::string served;
    std::istringstream lines(printed);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("✗")) continue;  // of `card apdu` alone
        if (const std::string reset = "reset  ATR"; line.starts_with(reset))
            line.replace(0, reset.size(), "reset: ATR");
        if (line.starts_with("> ") || line.starts_with("reset"))
            line.insert(0, fmt::format("{:12.6f} s ", 0.01 * ++number));
        served += line + '\n';
    }
    return served;
}

CardImage loaded(const std::string& toml) {
    config::Value settings = config::load_text(toml, "image.toml");
    test::resolve_keys(settings);
    return card::read_card_image(settings);
}

/// Objects that an import keeps: nothing of the account, no certificates, nothing of one transaction, no
/// transaction log.
emv::TlvMap open_objects(ByteView octets) {
    constexpr std::array<emv::Tag, 18> left_out{0x9F4D, 0x9F69, 0x8F,   0x90,   0x92,   0x93,
                                                0x9F2D, 0x9F2E, 0x9F2F, 0x9F32, 0x9F46, 0x9F47,
                                                0x9F48, 0x9F26, 0x9F45, 0x9F4B, 0x9F4C, 0x9F10};
    emv::TlvMap objects, open;
    if (const auto list = emv::parse_tlv(octets)) objects.absorb(*list);
    for (const auto& [tag, value] : objects.entries())
        if (!emv::is_hidden(tag, value) && std::ranges::find(left_out, tag) == left_out.end())
            open.set(tag, value);
    return open;
}

std::vector<std::string> lines_of(const emv::TlvMap& objects) {
    std::vector<std::string> lines;
    for (const auto& [tag, value] : objects.entries())
        lines.push_back(emv::tag_to_string(tag) + " " + to_hex(value));
    std::ranges::sort(lines);
    return lines;
}

bool in_locator(const Application& application, const Record& record) {
    for (std::size_t i = 0; i + 3 < application.afl.size(); i += 4)
        if (application.afl[i] >> 3 == record.sfi && record.number >= application.afl[i + 1] &&
            record.number <= application.afl[i + 2])
            return true;
    return false;
}

const Record* find_record(const Application& application, const Record& like) {
    for (const Record& record : application.records)
        if (record.sfi == like.sfi && record.number == like.number && in_locator(application, record))
            return &record;
    return nullptr;
}

/// @return records that no log of named objects can tell
std::size_t compare(const Application& original, const Application& again) {
    INFO(to_hex(original.aid));
    CHECK(to_hex(again.aid) == to_hex(original.aid));
    CHECK(lines_of(open_objects(again.fci)) == lines_of(open_objects(original.fci)));
    emv::TlvMap entry = open_objects(original.directory_entry),
                same_entry = open_objects(again.directory_entry);
    entry.erase(0x9F2A);  // of the profile, and an import knows fewer of them
    same_entry.erase(0x9F2A);
    CHECK(lines_of(same_entry) == lines_of(entry));
    CHECK(again.blocked == original.blocked);
    if (original.blocked) return 0;  // it gave no processing options
    // Without the keys there is no offline data authentication: no SDA, DDA, CDA (EMV book 3 annex C1).
    Bytes aip = original.aip;
    aip[0] &= 0x9E;
    CHECK(to_hex(again.aip) == to_hex(aip));
    std::size_t unreadable = 0;
    for (const Record& record : original.records) {
        if (!in_locator(original, record)) continue;
        INFO(fmt::format("record {} of SFI {}", record.number, record.sfi));
        if (!emv::parse_tlv(record.octets)) {
            ++unreadable;
            continue;
        }
        const emv::TlvMap open = open_objects(record.octets);
        const Record* same = find_record(again, record);
        if (open.entries().empty() && !same) continue;  // certificates alone
        REQUIRE(same);
        CHECK(lines_of(open_objects(same->octets)) == lines_of(open));
    }
    return unreadable;
}

void round_trip(const std::string& log, const CardImage& original, Interface interface) {
    const auto image = card::import_image(log, "log");
    INFO(log);
    if (original.blocked) {  // each SELECT answers 6A81
        REQUIRE(image.has_error());
        CHECK(image.error().what == "log: no application was selected in it by name and answered");
        return;
    }
    if (!image) FAIL(image.error().what);
    INFO(image->toml);
    const CardImage card = loaded(image->toml);
    if (interface == Interface::contact) CHECK(card.directory == original.directory);
    const auto& before = interface == Interface::contact ? original.applications : original.contactless;
    const auto& after = interface == Interface::contact ? card.applications : card.contactless;
    REQUIRE(after.size() == before.size());
    std::size_t unreadable = 0;
    for (std::size_t i = 0; i < before.size(); ++i) unreadable += compare(before[i], after[i]);
    const auto left_out =
        std::ranges::count_if(image->notes, [](const std::string& note) { return note.starts_with("log:"); });
    INFO(fmt::format("{}", fmt::join(image->notes, "\n")));
    CHECK(static_cast<std::size_t>(left_out) == unreadable);
}

}  // namespace

TEST_CASE("Import: what `card apdu` and `card serve` print of each card of the library is that card again") {
    std::size_t sessions = 0;
    for (const std::string& name : test::card_names()) {
        const CardImage image = test::load_card(name);
        if (!image.chip) continue;
        for (const Interface interface : {Interface::contact, Interface::contactless}) {
            const auto& applications =
                interface == Interface::contact ? image.applications : image.contactless;
            if (applications.empty()) continue;
            ++sessions;
            for (const bool clear : {false, true}) {
                INFO(fmt::format("{}, {}, {}", name, interface == Interface::contact ? "slot" : "field",
                                 clear ? "in clear" : "masked"));
                const std::string printed = session(name, applications, interface, clear);
                round_trip(printed, image, interface);
                if (!clear) round_trip(as_served(printed), image, interface);
            }
        }
    }
    CHECK(sessions >= 40);
}
