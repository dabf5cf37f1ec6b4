#include "drivers/card/emulated/image.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/directory.hpp"
#include "drivers/card/emulated/sm_application.hpp"
#include "drivers/card/emulated/transport.hpp"
#include "drivers/protocols/emv/directory.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view customary_atr = "3BE000008131FE45EB";  // T=1, IFSC 254, BWI 4, CWI 5
/// Frames of 256 octets, FWI 7 (38.7 ms, the longest that EMV allows), a card identifier allowed.
constexpr std::string_view customary_ats = "0578807002";

std::string read_pin(config::Reader& reader) {
    auto pin = reader.text("pin").value_or("");
    const bool digits = std::ranges::all_of(pin, [](char c) { return c >= '0' && c <= '9'; });
    if (!pin.empty() && (!digits || pin.size() < 4 || pin.size() > 12))
        reader.fail("pin", "must be 4 to 12 digits, or empty for a card without a PIN");
    return pin;
}

/// @param as_is takes octets that cannot be read, that a terminal must reject, or that lead to another
///     protocol than the card's; refused when they are none of that
AnswerToReset read_atr(const config::Reader& reader, std::string_view key, Bytes octets, emv::Reset reset,
                       bool as_is) {
    constexpr std::size_t longest = 64;
    if (octets.empty() || octets.size() > longest)
        reader.fail(key, fmt::format("must be 1 to {} octets, not {}", longest, octets.size()));
    const auto read = emv::parse_atr(octets);
    const bool spoken = read && speaks_protocol_of(*read);
    const auto rejected = read ? emv::refuse_atr(*read, reset) : std::nullopt;
    if (as_is && spoken && !rejected)
        reader.fail("as_is", fmt::format("'{}': nothing is wrong there; leave it out", key));
    if (as_is) return {std::move(octets), spoken ? *read : emv::parse_atr(hex("3B00")).value()};
    if (spoken && !rejected) return {std::move(octets), *read};
    std::string why;
    if (!read)
        why = read.error().what;
    else if (!spoken)
        why = fmt::format("leads to T={}, which this card does not speak", read->protocol());
    else
        why = fmt::format("a terminal rejects it: {} (EMV book 1 clause 8.3)", rejected->what);
    reader.fail(key, fmt::format("{} (as_is = [\"{}\"] takes it)", why, key));
}

void read_atrs(config::Reader& reader, CardImage& image) {
    const auto as_is = reader.choices("as_is", {"atr", "atr_warm"}).value_or(std::vector<std::string>());
    const auto takes = [&](std::string_view key) { return std::ranges::find(as_is, key) != as_is.end(); };
    image.atr = read_atr(reader, "atr", reader.bytes("atr").value_or(hex(customary_atr)), emv::Reset::cold,
                         takes("atr"));
    const auto warm = reader.bytes("atr_warm");
    if (!warm && takes("atr_warm")) reader.fail("as_is", "'atr_warm': there is none; leave it out");
    image.atr_warm =
        warm ? read_atr(reader, "atr_warm", *warm, emv::Reset::warm, takes("atr_warm")) : image.atr;
}

void read_ats(config::Reader& reader, CardImage& image) {
    image.ats = reader.bytes("ats").value_or(image.contactless.empty() ? Bytes() : hex(customary_ats));
    if (image.ats.empty()) return;
    const auto read = emv::parse_ats(image.ats);
    if (!read) reader.fail("ats", read.error().what);
    image.ats_read = *read;
}

/// The interfaces over which an application is there: those that it names, else contacts, and the field when
/// it has a table for it.
struct Interfaces {
    bool contact = false, contactless = false;
};

/// Part of the table at `table` stands in the file in which `key` does.
bool written_with(const config::Reader& reader, std::string_view table, std::string_view key) {
    const config::Value& value = *reader.value().get<config::Table>()->find(table);
    const auto file_of = [](const config::Source& source) { return source.file ? *source.file : ""; };
    const std::string file = file_of(reader.source_of(key));
    return file_of(value.source()) == file || (value.laid_over().file && file_of(value.laid_over()) == file);
}

Interfaces read_interfaces(config::Reader& reader) {
    const bool has_table = reader.has("contactless");
    const auto names = reader.choices("interfaces", {"contact", "contactless"});
    if (!names) return {true, has_table};
    Interfaces interfaces;
    for (const std::string& name : *names)
        (name == "contact" ? interfaces.contact : interfaces.contactless) = true;
    if (!interfaces.contact && !interfaces.contactless) reader.fail("interfaces", "names none");
    if (interfaces.contactless && !has_table) reader.missing("contactless");
    if (!interfaces.contact && reader.has("sm"))
        reader.fail("sm", "is for contacts, and 'interfaces' does not name them");
    // A table that was inherited is left unused; one beside it is a contradiction.
    if (!interfaces.contactless && has_table && written_with(reader, "contactless", "interfaces"))
        reader.fail("contactless", "is there, but 'interfaces' does not name it");
    return interfaces;
}

void order(config::Reader& reader, std::vector<Application>& applications) {
    std::ranges::stable_sort(applications, {}, &Application::priority);
    for (std::size_t i = 1; i < applications.size(); ++i)
        for (std::size_t other = 0; other < i; ++other)
            if (applications[i].aid == applications[other].aid)
                reader.fail("application", fmt::format("two applications have the identifier {}",
                                                       to_hex(applications[i].aid)));
}

/// Over the field all entries of the directory come in one answer.
void check_directory(const config::Reader& reader, const CardImage& image) {
    if (!image.directory || image.contactless.empty()) return;
    const std::size_t size = contactless_directory_answer(image.contactless).size();
    if (size > longest_answer)
        reader.fail("application", fmt::format("makes an answer to SELECT {} of {} octets, at most {} fit "
                                               "into one",
                                               emv::contactless_directory, size, longest_answer));
}

Application read_contact(config::Reader& reader, const Account& account, std::size_t slot) {
    const bool has_sm = reader.raw("sm") != nullptr;
    Application application = read_application(reader, account, Interface::contact);
    application.slot = slot;
    if (!has_sm) return application;
    require_sm_indicator(reader, application);
    const config::Value merged = sm_table(reader.value(), reader.what());
    const auto* own = reader.raw("sm")->get<config::Table>();
    Application with_sm =
        read_application(config::Reader(merged, reader.what() + " sm"), account, Interface::contact, own);
    with_sm.slot = slot;
    with_sm.is_sm = true;
    application.with_sm = std::make_shared<const Application>(std::move(with_sm));
    return application;
}

/// One slot of memory an application, whatever the interfaces and algorithms.
void read_applications(config::Reader& reader, const Account& account, CardImage& image) {
    const auto table = reader.table("application", "[application]");
    if (!table) return;
    std::size_t slot = 0;
    for (const auto& entry : table->value().get<config::Table>()->entries()) {
        const std::string what = fmt::format("[application.{}]", entry.key);
        config::Reader application(entry.value, what);
        const Interfaces interfaces = read_interfaces(application);
        if (interfaces.contact) {
            application.raw("contactless");  // read below, or left unused
            image.applications.push_back(read_contact(application, account, slot));
        }
        if (interfaces.contactless) {
            const config::Value merged = contactless_table(
                entry.value, what, interfaces.contact ? &image.applications.back().objects : nullptr);
            const auto* own = entry.value.get<config::Table>()->find("contactless")->get<config::Table>();
            image.contactless.push_back(read_application(config::Reader(merged, what + " contactless"),
                                                         account, Interface::contactless,
                                                         interfaces.contact ? own : nullptr));
            image.contactless.back().slot = slot;
        }
        ++slot;
    }
    order(reader, image.applications);
    order(reader, image.contactless);
    check_directory(reader, image);
}

/// Replaces `time` when the key is there.
void read_time(config::Reader& reader, std::string_view key, runtime::Duration longest,
               runtime::Duration& time) {
    time = reader.duration(key).value_or(time);
    if (time > longest) reader.fail(key, fmt::format("must be at most {}", config::format_duration(longest)));
}

/// Bounds the arithmetic: of the longest command, in the smallest blocks and with the most guard time, an
/// octet a second takes far less than the 292 years of a duration.
Timing read_timing(config::Reader& reader) {
    constexpr runtime::Duration longest = std::chrono::hours(1), longest_octet = std::chrono::seconds(1);
    Timing timing;
    auto table = reader.table("timing", "[timing]");
    if (!table) return timing;
    read_time(*table, "reset", longest, timing.reset);
    read_time(*table, "command", longest, timing.command);
    read_time(*table, "per_octet", longest_octet, timing.per_octet);
    if (auto field = table->table("contactless", "[timing.contactless]")) {
        Timing::Contactless& contactless = timing.contactless;
        read_time(*field, "activation", longest, contactless.activation);
        read_time(*field, "command", longest, contactless.command);
        read_time(*field, "per_octet", longest_octet, contactless.per_octet);
        field->finish();
    }
    table->finish();
    return timing;
}

/// The longest first: one may be the beginning of another, which then could not be found any more.
std::vector<std::string> all_pans(const Account& account, const CardImage& image) {
    std::vector<std::string> pans{account.pan, image.stripe.pan};
    for (const auto* list : {&image.applications, &image.contactless})
        for (const Application& application : *list) {
            pans.push_back(application.pan);
            if (application.with_sm) pans.push_back(application.with_sm->pan);
        }
    std::sort(pans.begin(), pans.end(), [](const std::string& left, const std::string& right) {
        return left.size() != right.size() ? left.size() > right.size() : left < right;
    });
    pans.erase(std::unique(pans.begin(), pans.end()), pans.end());
    return pans;
}

/// What can happen to this card.
Reachable reachable_of(const CardImage& image) {
    const auto speaks_t0 = [](const AnswerToReset& atr) { return atr.read.protocol() == 0; };
    return {image.chip, !image.ats.empty(), speaks_t0(image.atr) || speaks_t0(image.atr_warm)};
}

}  // namespace

CardImage read_card_image(const config::Value& settings) {
    config::Reader reader(settings, "the card image");
    CardImage image;
    image.name = reader.text("image").value_or("unnamed");
    reader.title();
    image.pin = read_pin(reader);
    image.pin_tries = static_cast<int>(reader.integer("pin_tries", 0, 15).value_or(image.pin_tries));
    read_atrs(reader, image);
    image.directory = reader.boolean("directory").value_or(image.directory);
    image.blocked = reader.boolean("blocked").value_or(image.blocked);

    auto account_table = reader.require("account", reader.table("account", "[account]"));
    const AsIs as_is = AsIs::read(account_table, AsIs::Names::account);
    const Account account = read_account(account_table, as_is);
    as_is.finish(account_table);
    account_table.finish();
    read_applications(reader, account, image);
    const bool has_applications = !image.applications.empty() || !image.contactless.empty();
    image.chip = reader.boolean("chip").value_or(has_applications);
    if (image.chip && !has_applications) reader.fail("chip", "a chip needs at least one [application.NAME]");
    read_ats(reader, image);
    auto stripe_table = reader.table("stripe", "[stripe]");
    image.stripe = read_stripe(stripe_table ? &*stripe_table : nullptr, account_table, account);
    image.pans = all_pans(account, image);
    image.timing = read_timing(reader);
    image.faults = read_fault_programme(reader, reachable_of(image));
    reader.offer({"extends", "remove"}, {"image"});
    reader.finish();
    return image;
}

}  // namespace posbench::card
