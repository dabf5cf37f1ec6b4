#include "drivers/terminal/emulated/applications.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/terminal/emulated/profile_octets.hpp"

namespace posbench::terminal {
namespace {

using config::Reader;

constexpr std::int64_t any_percentage = 99;

Bytes data_object_list(Reader& reader, std::string_view key, const Bytes& fallback) {
    Bytes list = reader.bytes(key).value_or(fallback);
    const auto entries = emv::parse_dol(list);
    if (!entries) reader.fail(key, "is no data object list: " + entries.error().what);
    return list;
}

ContactlessLimits read_contactless(Reader reader, const Currency& currency) {
    const auto limit = [&](std::string_view key) {
        return reader.require(key, reader.amount(key, currency));
    };
    ContactlessLimits limits;
    limits.transaction = limit("transaction_limit");
    limits.floor = reader.amount("floor_limit", currency).value_or(Amount(0, currency));
    limits.cvm = limit("cvm_limit");
    reader.finish();
    return limits;
}

void read_random_selection(Reader& reader, const Currency& currency, AcceptedApplication& application) {
    application.threshold = reader.amount("threshold", currency).value_or(Amount(0, currency));
    if (application.threshold > application.floor_limit)
        reader.fail("threshold", fmt::format("is above the floor limit, {} (EMV book 3 clause 10.6.2)",
                                             application.floor_limit.to_string()));
    const auto percentage = [&reader](std::string_view key, int low) {
        return static_cast<int>(reader.integer(key, low, any_percentage).value_or(low));
    };
    application.target_percentage = percentage("target_percentage", 0);
    application.max_target_percentage = percentage("max_target_percentage", application.target_percentage);
}

AcceptedApplication read_application(Reader reader, const Currency& currency, Amount floor_limit) {
    AcceptedApplication application;
    application.aid = reader.require("aid", reader.bytes("aid"));
    if (application.aid.size() < 5 || application.aid.size() > 16)
        reader.fail("aid", fmt::format("must be 5 to 16 octets, not {}", application.aid.size()));
    application.partial = reader.boolean("partial").value_or(true);
    const auto octets = [&reader]<std::size_t Size>(std::string_view key,
                                                    std::array<std::uint8_t, Size>& value) {
        value = read_octets<Size>(reader, key, to_hex(value));
    };
    octets("version", application.version);
    octets("tac_denial", application.tac_denial);
    octets("tac_online", application.tac_online);
    octets("tac_default", application.tac_default);
    application.floor_limit = read_floor_limit(reader, currency, floor_limit);
    read_random_selection(reader, currency, application);
    application.default_ddol = data_object_list(reader, "default_ddol", application.default_ddol);
    application.default_tdol = data_object_list(reader, "default_tdol", application.default_tdol);
    application.online_pin = reader.boolean("online_pin").value_or(application.online_pin);
    if (auto table = reader.table("contactless", "[application.contactless]"))
        application.contactless = read_contactless(*std::move(table), currency);
    reader.finish();
    return application;
}

}  // namespace

Amount read_floor_limit(Reader& reader, const Currency& currency, Amount fallback) {
    constexpr std::int64_t largest = 0xFFFF'FFFF;
    const Amount limit = reader.amount("floor_limit", currency).value_or(fallback);
    if (limit.minor() > largest)
        reader.fail("floor_limit", fmt::format("is larger than {}, the most that tag 9F1B holds",
                                               Amount(largest, currency).to_string()));
    return limit;
}

std::vector<AcceptedApplication> read_applications(Reader& profile, const Currency& currency,
                                                   Amount floor_limit) {
    std::vector<AcceptedApplication> applications;
    for (Reader& table : profile.tables("application", "[[application]]"))
        applications.push_back(read_application(table, currency, floor_limit));
    return applications;
}

}  // namespace posbench::terminal
