#include "drivers/card/emulated/object_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/object_form.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t longest_object = 252;

bool holds(std::span<const emv::Tag> tags, emv::Tag tag) {
    return std::ranges::find(tags, tag) != tags.end();
}

std::string fault_of(emv::Tag tag, ByteView value) {
    constexpr emv::Tag pan = 0x5A;
    std::string fault = emv::object_fault(tag, value);
    if (!fault.empty() || tag != pan) return fault;
    const std::string digits = to_hex(value);
    return magstripe::luhn_valid(digits.substr(0, digits.find('F'))) ? "" : "the check digit is wrong";
}

/// What to write in place of an object that no record holds.
std::string hint_for(emv::Tag tag) {
    static constexpr struct {
        emv::Tag tag;
        std::string_view hint;
    } own[]{
        {0x50, "stands in no record; write 'label'"},
        {0x82, "stands in no record, but is answered to GET PROCESSING OPTIONS; write 'aip'"},
        {0x84, "stands in no record, but is the application's name; write 'aid'"},
        {0x87, "stands in no record; write 'priority'"},
        {0x94, "stands in no record, but names them; lay them out with [[record]]"},
        {0x5F2D, "stands in no record; write 'languages'"},
        {0x9F10,
         "stands in no record, but comes with the cryptogram; write 'cryptogram_version', 'key_index'"},
        {0x9F26, "stands in no record: the card makes the cryptogram; write 'issuer_key'"},
        {0x9F27, "stands in no record: the card decides it; write 'online_required', or a 'risk' table"},
        {0x9F36, "stands in no record: it is the card's own counter"},
        {0x9F38, "stands in no record; write 'pdol'"},
    };
    for (const auto& [known, hint] : own)
        if (known == tag) return std::string(hint);
    return "no record holds it; name it under 'holds' of a [[record]], or write it under 'fci' (SELECT) or "
           "'objects' (GET DATA)";
}

/// The object, or one in its template, is `wanted` with another value than `own`.
bool brings_other(emv::Tag tag, ByteView value, emv::Tag wanted, ByteView own) {
    if (tag == wanted) return !std::ranges::equal(value, own);
    const auto inside = emv::is_constructed(tag) ? emv::parse_tlv(value) : std::vector<emv::Tlv>();
    return inside && std::ranges::any_of(*inside, [&](const emv::Tlv& object) {
               return brings_other(object.tag, object.value, wanted, own);
           });
}

/// Hexadecimal, with a hint for the objects in which a digit is easily forgotten.
Bytes read_value(config::Reader& table, const std::string& key, emv::Tag tag) {
    constexpr emv::Tag pan = 0x5A, track2 = 0x57;
    const auto* text = table.value().get<config::Table>()->find(key)->get<std::string>();
    const auto digits = text ? std::ranges::count_if(*text, [](char c) { return c != ' '; }) : 0;
    if ((tag == pan || tag == track2) && digits % 2 != 0)
        table.fail(key, "has an odd number of digits: fill up the last octet with F");
    return *table.bytes(key);
}

}  // namespace

ObjectTable::ObjectTable(config::Reader& application, std::string_view key, const AsIs& as_is,
                         emv::TlvMap& data) {
    auto table = application.table(key, fmt::format("{} {}", application.what(), key));
    if (!table) return;
    for (const auto& entry : table->value().get<config::Table>()->entries()) {
        const emv::Tag tag = read_tag(*table, entry.key, entry.key);
        const auto same = std::ranges::find(entries_, tag, &Entry::tag);
        if (same != entries_.end())
            table->fail(entry.key, fmt::format("is the same object as '{}' ({}); leave one of them out",
                                               same->key, emv::tag_to_string(tag)));
        const Bytes value = read_value(*table, entry.key, tag);
        if (value.size() > longest_object)
            table->fail(entry.key,
                        fmt::format("has {} octets, a data object at most {} (EMV book 3 annex A1)",
                                    value.size(), longest_object));
        entries_.push_back({entry.key, tag, value, value.empty(), data.has(tag)});
        if (value.empty()) {
            data.erase(tag);
            taken_off_.push_back(tag);
        } else {
            as_is.check(*table, entry.key, tag, fault_of(tag, value));
            data.set(tag, value);
        }
    }
    reader_ = std::move(table);
}

void ObjectTable::check_removals() const {
    for (const Entry& entry : entries_)
        if (entry.removes && !entry.was_there)
            reader_->fail(entry.key, "is not there and cannot be taken off; leave the line out");
}

void ObjectTable::check_shown(std::span<const emv::Tag> shown, std::span<const emv::Tag> later,
                              const config::Table* own) const {
    for (const Entry& entry : entries_) {
        if (own && !own->find(entry.key)) continue;
        if (entry.removes) {
            if (!entry.was_there && !holds(later, entry.tag))
                reader_->fail(entry.key, "is not there and cannot be taken off; leave the line out");
        } else if (!holds(shown, entry.tag)) {
            reader_->fail(entry.key, hint_for(entry.tag));
        }
    }
}

void ObjectTable::check_list(emv::Tag tag, ByteView own, std::string_view own_key, const AsIs& as_is) const {
    const std::string fault =
        own_key.empty() ? "a quick profile has no such list"
                        : fmt::format("the card goes by its own list; write '{}' for another", own_key);
    for (const Entry& entry : entries_)
        if (!entry.removes && brings_other(entry.tag, entry.value, tag, own))
            as_is.check(
                *reader_, entry.key, tag,
                entry.tag == tag ? fault : fmt::format("{} in it: {}", emv::tag_to_string(tag), fault));
}

void ObjectTable::check(emv::Tag tag, const AsIs& as_is, const std::string& fault) const {
    for (const Entry& entry : entries_)
        if (entry.tag == tag && !entry.removes) as_is.check(*reader_, entry.key, tag, fault);
}

void ObjectTable::refuse(emv::Tag tag, const std::string& message) const {
    for (const Entry& entry : entries_)
        if (entry.tag == tag) reader_->fail(entry.key, message);
}

}  // namespace posbench::card
