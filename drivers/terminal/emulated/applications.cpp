#include "drivers/terminal/emulated/applications.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/terminal/emulated/profile_octets.hpp"

namespace posbench::terminal {
namespace {

using config::Reader;

constexpr std::int64_t any_percentage = 99;

Bytes data_object_list(Reader& reader, std::string_view key, std::string_view fallback) {
    Bytes list = reader.bytes(key).value_or(hex(fallback));
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
    application.version = read_octets<2>(reader, "version", "0030");
    application.tac_denial = read_octets<5>(reader, "tac_denial", "0010000000");
    application.tac_online = read_octets<5>(reader, "tac_online", "DC4004F800");
    application.tac_default = read_octets<5>(reader, "tac_default", "DC4000A800");
    application.floor_limit = read_floor_limit(reader, currency, floor_limit);
    read_random_selection(reader, currency, application);
    application.default_ddol = data_object_list(reader, "default_ddol", "9F3704");
    application.default_tdol = data_object_list(reader, "default_tdol", "");
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
