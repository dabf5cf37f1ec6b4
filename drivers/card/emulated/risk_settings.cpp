#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/card/emulated/contactless.hpp"
#include "drivers/card/emulated/risk.hpp"

namespace posbench::card {
namespace {

struct ActionName {
    std::string_view name;
    std::uint16_t action;
};
constexpr ActionName action_names[]{
    {"failed_issuer_authentication_online_next", default_action::failed_issuer_authentication_online_next},
    {"failed_issuer_authentication_declined", default_action::failed_issuer_authentication_declined},
    {"missing_issuer_authentication_declined", default_action::missing_issuer_authentication_declined},
    {"new_card_online", default_action::new_card_online},
    {"new_card_declined_offline", default_action::new_card_declined_offline},
    {"pin_blocked_blocks_application", default_action::pin_blocked_blocks_application},
    {"pin_blocked_declined", default_action::pin_blocked_declined},
    {"pin_blocked_online", default_action::pin_blocked_online},
    {"pin_blocked_declined_offline", default_action::pin_blocked_declined_offline},
    {"script_failed_online", default_action::script_failed_online},
    {"pin_blocked_declined_and_blocked", default_action::pin_blocked_declined_and_blocked},
};

void read_default_action(config::Reader& reader, emv::TlvMap& objects) {
    std::vector<std::string> names;
    for (const ActionName& known : action_names) names.emplace_back(known.name);
    const auto words = reader.choices("default_action", names);
    if (!words) return;
    Bytes octets(2);
    for (const std::string& word : *words) {
        const std::uint16_t action = std::ranges::find(action_names, word, &ActionName::name)->action;
        octets[(action >> 8) - 1u] |= static_cast<std::uint8_t>(action & 0xFF);
    }
    objects.set(risk_tag::default_action, octets);
}

void read_count(config::Reader& reader, std::string_view key, emv::Tag tag, emv::TlvMap& objects) {
    if (const auto count = reader.integer(key, 0, 255))
        objects.set(tag, Bytes{static_cast<std::uint8_t>(*count)});
}

constexpr std::size_t size_of_amount = 6;

/// What the card decides by.
struct Limit {
    emv::Tag tag;
    std::size_t size;    ///< octets; of amounts n12
    bool quick = false;  ///< of quick profiles alone
};
constexpr Limit limits[]{
    {risk_tag::default_action, 2},
    {risk_tag::amount_limit, size_of_amount},
    {risk_tag::issuer_authentication, 1},
    {risk_tag::lower_consecutive_limit, 1},
    {risk_tag::upper_consecutive_limit, 1},
    {risk_tag::upper_amount_limit, size_of_amount},
    {quick_tag::cvm_limit, size_of_amount, true},
    {quick_tag::reset_threshold, size_of_amount, true},
    {quick_tag::balance_limit, size_of_amount, true},
    {quick_tag::transaction_limit, size_of_amount, true},
    {quick_tag::balance, size_of_amount, true},
};

}  // namespace

void read_amount(config::Reader& reader, std::string_view key, emv::Tag tag, emv::TlvMap& objects) {
    if (const auto minor = reader.integer(key, 0, most_amount)) objects.set(tag, packed_amount(*minor));
}

bool is_risk_object(emv::Tag tag) noexcept {
    const auto* known = std::ranges::find(limits, tag, &Limit::tag);
    return known != std::end(limits) && !known->quick;
}

void check_objects(const config::Reader& application, const emv::TlvMap& objects, bool quick) {
    for (const emv::Tag counter : {0x9F36u, 0x9F13u, 0x9F17u})
        if (objects.has(counter))
            application.fail("objects",
                             fmt::format("{} is the card's own counter", emv::tag_to_string(counter)));
    for (const Limit& limit : limits) {
        const Bytes* value = objects.find(limit.tag);
        if (!value || (limit.quick && !quick)) continue;
        const std::string tag = emv::tag_to_string(limit.tag);
        if (value->size() != limit.size)
            application.fail("objects", fmt::format("{} must be {}, not {}", tag,
                                                    runtime::counted(limit.size, "octet"), value->size()));
        if (limit.size == size_of_amount && !is_packed_decimal(*value))
            application.fail("objects",
                             fmt::format("{} must be decimal digits, two an octet (format n)", tag));
    }
}

void read_risk(config::Reader& application, emv::TlvMap& objects) {
    auto reader = application.table("risk", application.what() + " risk");
    if (!reader) return;
    read_default_action(*reader, objects);
    if (const auto mandatory = reader->boolean("issuer_authentication_mandatory"))
        objects.set(risk_tag::issuer_authentication, Bytes{static_cast<std::uint8_t>(*mandatory ? 0x80 : 0)});
    read_count(*reader, "lower_consecutive_limit", risk_tag::lower_consecutive_limit, objects);
    read_count(*reader, "upper_consecutive_limit", risk_tag::upper_consecutive_limit, objects);
    read_amount(*reader, "amount_limit", risk_tag::amount_limit, objects);
    read_amount(*reader, "upper_amount_limit", risk_tag::upper_amount_limit, objects);
    reader->finish();
}

}  // namespace posbench::card
