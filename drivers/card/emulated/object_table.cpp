#include "drivers/card/emulated/object_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/object_form.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {
namespace {

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

}  // namespace

ObjectTable::ObjectTable(config::Reader& application, std::string_view key, const AsIs& as_is,
                         emv::TlvMap& data) {
    auto table = application.table(key, fmt::format("{} {}", application.what(), key));
    if (!table) return;
    for (const auto& entry : table->value().get<config::Table>()->entries()) {
        const emv::Tag tag = read_tag(*table, entry.key, entry.key);
        const Bytes value = *table->bytes(entry.key);
        if (value.size() > 252)
            table->fail(entry.key, fmt::format("has {} octets, a record holds at most 252", value.size()));
        entries_.push_back({entry.key, tag, value.empty(), data.has(tag)});
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
            reader_->fail(entry.key,
                          "no record holds it; name it under 'holds' of a [[record]], or "
                          "write it under 'fci' (SELECT) or 'objects' (GET DATA)");
        }
    }
}

void ObjectTable::check_list(emv::Tag tag, ByteView own, std::string_view own_key, const AsIs& as_is,
                             const emv::TlvMap& data) const {
    for (const Entry& entry : entries_)
        if (entry.tag == tag && !entry.removes && !std::ranges::equal(data.get(tag), own))
            as_is.check(*reader_, entry.key, tag,
                        fmt::format("the card goes by its own list; write '{}' for another", own_key));
}

void ObjectTable::refuse(emv::Tag tag, const std::string& message) const {
    for (const Entry& entry : entries_)
        if (entry.tag == tag) reader_->fail(entry.key, message);
}

}  // namespace posbench::card
