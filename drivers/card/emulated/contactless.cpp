#include "drivers/card/emulated/contactless.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "drivers/card/emulated/as_is.hpp"
#include "drivers/card/emulated/risk.hpp"

namespace posbench::card {
namespace {

struct ProfileName {
    std::string_view name;
    Profile profile;
    std::string_view kernel;  ///< customary, hexadecimal (EMV book B table 3-6)
};
constexpr ProfileName profiles[]{
    {"qpboc", Profile::qpboc, "07"},
    {"qvsdc", Profile::qvsdc, "03"},
    {"mastercard", Profile::mastercard, "02"},
    {"emv", Profile::emv, ""},
};

struct QualifierName {
    std::string_view name;
    std::uint8_t bit;
};
constexpr QualifierName qualifier_names[]{
    {"online_if_authentication_fails", ctq::online_if_authentication_fails},
    {"switch_if_authentication_fails", ctq::switch_if_authentication_fails},
    {"online_if_expired", ctq::online_if_expired},
    {"switch_for_cash", ctq::switch_for_cash},
    {"switch_for_cashback", ctq::switch_for_cashback},
};

constexpr std::string_view customary_drdol = "9F3704";

const ProfileName& read_profile(config::Reader& reader) {
    std::vector<std::string> names;
    for (const ProfileName& known : profiles) names.emplace_back(known.name);
    const auto name = reader.require("profile", reader.choice("profile", names));
    return *std::ranges::find(profiles, name, &ProfileName::name);
}

Bytes read_kernel(config::Reader& reader, std::string_view customary) {
    auto kernel = reader.bytes("kernel").value_or(hex(customary));
    constexpr std::size_t longest = 8;
    if (kernel.size() > longest)
        reader.fail("kernel", fmt::format("must be at most {} octets, not {}", longest, kernel.size()));
    return kernel;
}

std::uint8_t read_qualifiers(config::Reader& reader) {
    std::uint8_t octet = 0;
    std::vector<std::string> names;
    for (const QualifierName& known : qualifier_names) names.emplace_back(known.name);
    for (const std::string& word : reader.choices("qualifiers", names).value_or(std::vector<std::string>{}))
        octet |= std::ranges::find(qualifier_names, word, &QualifierName::name)->bit;
    return octet;
}

void read_verification(config::Reader& reader, Contactless& settings, emv::TlvMap& objects) {
    const auto words = reader.choices("cvm", {"online_pin", "online_pin_abroad", "signature"})
                           .value_or(std::vector<std::string>{});
    const auto has = [&words](std::string_view word) {
        return std::ranges::find(words, word) != words.end();
    };
    settings.online_pin = has("online_pin");
    settings.online_pin_abroad = has("online_pin_abroad");
    settings.signature = has("signature");
    settings.cvm_abroad = reader.boolean("cvm_abroad").value_or(false);
    read_amount(reader, "cvm_limit", quick_tag::cvm_limit, objects);
}

void read_low_value(config::Reader& reader, Contactless& settings, emv::TlvMap& objects) {
    auto table = reader.table("low_value", reader.what() + " low_value");
    if (!table) return;
    settings.low_value = true;
    read_amount(*table, "balance", quick_tag::balance, objects);
    if (!table->has("balance")) table->missing("balance");
    read_amount(*table, "balance_limit", quick_tag::balance_limit, objects);
    read_amount(*table, "transaction_limit", quick_tag::transaction_limit, objects);
    read_amount(*table, "reset_threshold", quick_tag::reset_threshold, objects);
    const ByteView limit = objects.get(quick_tag::balance_limit);
    if (!limit.empty() && packed_decimal(objects.get(quick_tag::balance)) > packed_decimal(limit))
        table->fail("balance", "is more than the balance limit");
    table->finish();
}

void read_quick(config::Reader& reader, Contactless& settings, emv::TlvMap& objects) {
    settings.qualifiers[0] = read_qualifiers(reader);
    read_verification(reader, settings, objects);
    settings.declines_abroad = reader.boolean("declines_abroad").value_or(false);
    settings.cumulative = reader.boolean("cumulative").value_or(false);
    settings.tells_available = reader.boolean("tells_available").value_or(false);
    read_low_value(reader, settings, objects);
}

void read_recovery(config::Reader& reader, Contactless& settings) {
    constexpr int most = 16;
    settings.torn_records = static_cast<std::size_t>(reader.integer("torn_records", 0, most).value_or(1));
    settings.drdol_octets = reader.bytes("drdol").value_or(hex(customary_drdol));
    auto drdol = emv::parse_dol(settings.drdol_octets);
    if (!drdol) reader.fail("drdol", drdol.error().what);
    settings.drdol = *std::move(drdol);
    if (settings.drdol.empty()) reader.fail("drdol", "must ask for something to know a transaction by");
    constexpr std::size_t longest = 252;
    if (emv::dol_size(settings.drdol) > longest)
        reader.fail("drdol", fmt::format("asks for {} octets, a command holds at most {}",
                                         emv::dol_size(settings.drdol), longest));
}

/// Keys of [application.NAME] that a profile does not take over.
bool laid_down(Profile profile, std::string_view key) {
    const auto is_one_of = [key](std::initializer_list<std::string_view> keys) {
        return std::ranges::find(keys, key) != keys.end();
    };
    switch (profile) {
        case Profile::qpboc:
        case Profile::qvsdc:
            return is_one_of({"aip", "pdol", "response_format", "record", "cdol1", "cdol2", "ddol"});
        case Profile::mastercard:
            return is_one_of({"aip", "pdol", "response_format"});
        case Profile::emv:
            break;
    }
    return false;
}

/// Data objects of GET DATA are in one memory for both interfaces: none can have a second value over the
/// field.
void check_shared_objects(config::Reader& own, const emv::TlvMap* over_contacts) {
    auto table = own.table("objects", own.what() + " objects");
    if (!table) return;
    for (const auto& entry : table->value().get<config::Table>()->entries()) {
        const emv::Tag tag = read_tag(*table, entry.key, entry.key);
        if (is_risk_object(tag))
            table->fail(entry.key, "belongs to the application, over both interfaces; write it under 'risk'");
        const Bytes* shared = over_contacts ? over_contacts->find(tag) : nullptr;
        if (shared && *shared != table->bytes(entry.key))
            table->fail(entry.key, "is another over contacts: one memory for both; leave it out here");
    }
}

/// Refuses keys of other profiles: at the key, or where it was inherited from another file at the profile.
void refuse_foreign_keys(const config::Reader& reader, std::string_view profile,
                         std::initializer_list<std::string_view> keys, std::string_view owners) {
    const auto file_of = [](const config::Source& source) { return source.file ? *source.file : ""; };
    const config::Source chosen = reader.source_of("profile");
    const bool chosen_last = file_of(chosen) == file_of(reader.value().laid_over());
    for (const std::string_view key : keys) {
        if (!reader.has(key)) continue;
        const config::Source written = reader.source_of(key);
        if (chosen_last && file_of(written) != file_of(chosen))
            reader.fail("profile", fmt::format("'{}' has no '{}' ({}), which belongs to {}; take it off with "
                                               "'remove'",
                                               profile, key, written.to_string(), owners));
        reader.fail(key, fmt::format("belongs to {}, not to '{}'", owners, profile));
    }
}

}  // namespace

std::string_view profile_name(Profile profile) noexcept {
    return std::ranges::find(profiles, profile, &ProfileName::profile)->name;
}

Contactless read_contactless(config::Reader& reader, emv::TlvMap& objects) {
    Contactless settings;
    const ProfileName& named = read_profile(reader);
    settings.profile = named.profile;
    settings.kernel = read_kernel(reader, named.kernel);
    if (settings.quick())
        read_quick(reader, settings, objects);
    else
        refuse_foreign_keys(reader, named.name,
                            {"qualifiers", "cvm", "cvm_limit", "cvm_abroad", "declines_abroad", "cumulative",
                             "tells_available", "low_value"},
                            "the quick profiles (profile = \"qpboc\", \"qvsdc\")");
    if (settings.profile == Profile::mastercard)
        read_recovery(reader, settings);
    else
        refuse_foreign_keys(reader, named.name, {"torn_records", "drdol"}, "profile = \"mastercard\"");
    return settings;
}

ProfileCustoms customs_of(Profile profile) noexcept {
    switch (profile) {
        case Profile::qpboc:
        case Profile::qvsdc:
            return {"0000", "9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704", 2};
        case Profile::mastercard:
            return {"1880", "", 2};
        case Profile::emv:
            break;
    }
    return {"1C00", "", 1};
}

std::span<const CustomaryRecord> quick_records() {
    static const std::vector<CustomaryRecord> records{
        {4, true, {0x5A, 0x5F24, 0x5F25, 0x5F28, 0x9F07, 0x9F42, 0x9F4A}},
        {5, false, {0x8F, 0x9F32, 0x92}},
        {5, false, {0x90}},
        {5, false, {0x9F46}},
        // The last record that the locator names has what belongs to the transaction (EMV book C-3).
        {5, false, {0x9F47, 0x9F48, 0x9F4B, 0x9F69}},
    };
    return records;
}

config::Value contactless_table(const config::Value& application, const std::string& what,
                                const emv::TlvMap* over_contacts) {
    const auto& contact = *application.get<config::Table>();
    const config::Value& own = *contact.find("contactless");
    config::Reader reader(own, what + " contactless");
    const Profile profile = read_profile(reader).profile;
    for (const std::string_view shared : {"aid", "blocked", "risk", "contactless", "interfaces"})
        if (reader.has(shared)) reader.fail(shared, "belongs to the application, over both interfaces");
    check_shared_objects(reader, over_contacts);

    config::Table inherited;
    for (const auto& entry : contact.entries())
        if (entry.key != "contactless" && entry.key != "interfaces" && entry.key != "sm" &&
            !(over_contacts && laid_down(profile, entry.key)))
            inherited.append(entry.key, entry.value, entry.key_source);
    config::Value table(std::move(inherited), application.source());
    config::merge(table, own);
    // What came last is what the other files are to be seen from, wherever in the table it stands.
    if (!own.laid_over().file && application.laid_over().file) table.set_laid_over(application.laid_over());
    return table;
}

}  // namespace posbench::card
