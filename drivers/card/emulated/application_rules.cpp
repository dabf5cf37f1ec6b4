#include "drivers/card/emulated/application_rules.hpp"

#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/bytes.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag pan_tag = 0x5A, track2_tag = 0x57, profile_tag = 0x82;

/// Those that the profile asks for.
std::span<const emv::Tag> mandatory_for(const Application& application) {
    const std::span<const emv::Tag> all = mandatory_objects;
    if (!application.contactless) return all;
    if (application.quick()) return {};
    return application.contactless->profile == Profile::mastercard ? all.first(all.size() - 1) : all;
}

/// Digits up to the first other nibble: the separator of track 2, or the padding.
std::string leading_digits(ByteView value) {
    const std::string digits = to_hex(value);
    return digits.substr(0, digits.find_first_not_of("0123456789"));
}

}  // namespace

void check_claims(const config::Reader& reader, const AsIs& as_is, const Application& application) {
    if (!reader.has("aip")) return;
    const Authentication& own = application.authentication;
    std::string lacking;
    const auto claims = [&](std::uint8_t bit, bool method, std::string_view name) {
        if ((application.aip[0] & bit) != 0 && !method)
            lacking += fmt::format("{}{}", lacking.empty() ? "" : ", ", name);
    };
    claims(aip::static_data, own.static_data, "SDA");
    claims(aip::dynamic_data, own.dynamic_data, "DDA");
    claims(aip::combined, own.combined, "CDA");
    if (lacking.empty()) return;
    as_is.check(reader, "aip", profile_tag,
                fmt::format("claims {}, which no 'methods' of an 'authentication' table names", lacking));
}

void check_same_account(const ObjectTable& tags, const AsIs& as_is, const Account& account,
                        const emv::TlvMap& data) {
    for (const emv::Tag tag : {pan_tag, track2_tag}) {
        const Bytes* value = data.find(tag);
        if (value && leading_digits(*value) != account.pan)
            tags.check(tag, as_is, "is another PAN than the account's; write 'pan' for another card");
    }
}

void check_mandatory(const config::Reader& reader, const AsIs& as_is, const Application& application) {
    emv::TlvMap shown;
    for (const Record& record : application.records)
        if (const auto list = emv::parse_tlv(record.octets); list && record.sfi <= last_emv_file)
            shown.absorb(*list);
    std::vector<std::string> missing;
    for (const emv::Tag tag : mandatory_for(application))
        if (!shown.has(tag) && !as_is.takes(tag)) missing.push_back(emv::tag_to_string(tag));
    if (missing.empty()) return;
    reader.fail(reader.has("record") ? "record" : "tags",
                fmt::format("no record holds {0}, which {1} mandatory (EMV book 3 clause 7.2; as_is = "
                            "[\"{2}\"] takes it)",
                            fmt::join(missing, ", "), missing.size() == 1 ? "is" : "are",
                            fmt::join(missing, "\", \"")));
}

}  // namespace posbench::card
