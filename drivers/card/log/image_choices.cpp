#include "drivers/card/log/image_choices.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "drivers/card/emulated/application_rules.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace posbench::card {

using emv::Tag;

namespace {

bool asks_for(const std::vector<emv::DolEntry>& dol, const emv::DolEntry& wanted) {
    return std::ranges::any_of(
        dol, [&](const auto& entry) { return entry.tag == wanted.tag && entry.length == wanted.length; });
}

/// The emulated card makes its cryptogram over all of these, whoever's card it was.
std::span<const emv::DolEntry> cryptogram_objects() {
    return emv::terminal_objects(emv::CryptogramRules::Data::card_results);
}

/// Registered application providers.
constexpr std::array<std::uint8_t, 5> visa_provider{0xA0, 0x00, 0x00, 0x00, 0x03};
constexpr std::array<std::uint8_t, 5> unionpay_provider{0xA0, 0x00, 0x00, 0x03, 0x33};

/// Primitive objects in records of files 1 to 10; the values are not those of the card.
struct Held {
    emv::TlvMap objects;
    std::vector<Tag> repeated;
    bool lays_out_files = false;
};

Held held_by(const LaidRecords& layout) {
    Held held;
    for (const LaidRecord& record : layout.records) {
        if (record.sfi > last_emv_file) continue;
        held.lays_out_files = true;
        std::vector<emv::Tlv> list;
        for (const Tag tag : record.holds) list.push_back({tag, {}, {}});
        if (record.raw)
            if (auto raw = emv::parse_tlv(*record.raw)) list = *std::move(raw);
        const auto repeated = held.objects.absorb(list);
        held.repeated.insert(held.repeated.end(), repeated.begin(), repeated.end());
    }
    return held;
}

}  // namespace

std::string name_of(Tag tag) {
    const emv::TagInfo* info = emv::find_tag(tag);
    return info ? std::string(info->name) : "not in the dictionary";
}

/// "9F4D (Log Entry), 9F11 (…)"
std::string named(const std::vector<Tag>& tags) {
    std::string text;
    for (const Tag tag : tags)
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", emv::tag_to_string(tag), name_of(tag));
    return text;
}

Version nearest_version(ByteView issuer_data, emv::Scheme scheme) {
    const bool mastercard = scheme == emv::Scheme::mastercard, unionpay = scheme == emv::Scheme::unionpay;
    Version version{{}, mastercard ? "MC-14" : unionpay ? "01" : "10", {}};
    const std::size_t index_at = mastercard ? 0 : 1, number_at = index_at + 1;
    const bool laid_out =
        mastercard ? emv::is_mchip_data(issuer_data)
                   : issuer_data.size() >= 7 && issuer_data[0] >= 6 && issuer_data[0] < issuer_data.size();
    if (!laid_out) {
        version.why = issuer_data.empty() ? "no cryptogram in the log: as the scheme does"
                                          : "9F10 is laid out as the emulated card does not: nearest";
        return version;
    }
    version.key_index = issuer_data[index_at];
    const std::uint8_t number = issuer_data[number_at];
    static constexpr struct {
        std::uint8_t number;
        std::string_view name;
        bool mastercard, unionpay;
    } known[]{{0x01, "01", false, true},    {0x0A, "10", false, false},   {0x12, "18", false, false},
              {0x10, "MC-10", true, false}, {0x11, "MC-11", true, false}, {0x14, "MC-14", true, false},
              {0x15, "MC-15", true, false}};
    for (const auto& one : known)
        if (one.number == number && one.mastercard == mastercard && one.unionpay == unionpay) {
            version.name = one.name;
            return version;
        }
    version.why = fmt::format("the card's own is {:02X}: nearest", number);
    return version;
}

List cdol1_of(ByteView value, const std::vector<emv::DolEntry>& pdol) {
    if (value.empty()) return {{}, "not in the log: the customary list"};
    auto entries = emv::parse_dol(value);
    if (!entries) return {{}, "the card's own is no data object list: the customary one"};
    Bytes octets(value.begin(), value.end());
    std::vector<Tag> added;
    for (const emv::DolEntry& wanted : cryptogram_objects()) {
        const bool other = std::ranges::any_of(*entries, [&](const emv::DolEntry& entry) {
            return entry.tag == wanted.tag && entry.length != wanted.length;
        });
        if (other) return {{}, "the card's own asks for lengths that the emulated card cannot use"};
        if (asks_for(*entries, wanted) || asks_for(pdol, wanted)) continue;
        emv::append_tag(octets, wanted.tag);
        octets.push_back(wanted.length);
        added.push_back(wanted.tag);
        entries->push_back(wanted);
    }
    if (octets.size() > longest_list || emv::dol_size(*entries) > longest_list)
        return {{}, "the card's own asks for more than a command holds: the customary one"};
    return {to_hex(octets),
            added.empty() ? "" : "added, for the cryptogram is made over it: " + named(added)};
}

List cdol2_of(ByteView value) {
    if (value.empty()) return {{}, "not in the log: the customary list"};
    const auto entries = emv::parse_dol(value);
    if (!entries || emv::dol_size(*entries) > longest_list || value.size() > longest_list)
        return {{}, "the card's own is no list that a command can answer: the customary one"};
    for (const emv::DolEntry& wanted : cryptogram_objects())
        for (const emv::DolEntry& entry : *entries)
            if (entry.tag == wanted.tag && entry.length != wanted.length)
                return {{}, "the card's own asks for lengths that the emulated card cannot use"};
    for (const emv::DolEntry& wanted : {emv::DolEntry{0x8A, 2}, emv::DolEntry{0x95, 5}})
        if (!asks_for(*entries, wanted))
            return {{},
                    fmt::format("the card's own does not ask for {}: the customary one",
                                emv::tag_to_string(wanted.tag))};
    return {to_hex(value), ""};
}

std::string_view field_profile(const LoggedApplication& application, Field field) {
    const auto of = [&](const std::array<std::uint8_t, 5>& provider) {
        return std::ranges::equal(ByteView(application.aid).first(provider.size()), provider);
    };
    if (field == Field::plain || !application.quick) return "emv";
    return of(visa_provider) ? "qvsdc" : of(unionpay_provider) ? "qpboc" : "emv";
}

ObjectFaults object_faults(const LaidRecords& layout) {
    Held held = held_by(layout);
    ObjectFaults faults;
    for (const Tag tag : mandatory_objects)
        if (held.lays_out_files && !held.objects.has(tag)) faults.missing.push_back(tag);
    faults.repeated = std::move(held.repeated);
    return faults;
}

}  // namespace posbench::card
