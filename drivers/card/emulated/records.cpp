#include "drivers/card/emulated/records.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace posbench::card {
namespace {

using emv::Tag;

/// Digits as packed nibbles; D is the separator of track 2; an odd one is filled up with F.
Bytes pack(std::string digits) {
    if (digits.size() % 2 != 0) digits += 'F';
    return hex(digits);
}

bool is_record_template(ByteView octets) {
    const auto list = emv::parse_tlv(octets);
    return list && list->size() == 1 && list->front().tag == 0x70;
}

RecordLayout read_layout(config::Reader& reader) {
    const auto sfi = static_cast<std::uint8_t>(reader.require("sfi", reader.integer("sfi", 1, 30)));
    const auto number = static_cast<std::uint8_t>(reader.require("number", reader.integer("number", 1, 255)));
    const bool authenticated = reader.boolean("authenticated").value_or(false);
    const bool in_locator = reader.boolean("in_locator").value_or(true);
    if (authenticated && !in_locator)
        reader.fail("authenticated",
                    "only records of the file locator take part in offline data "
                    "authentication; leave out in_locator = false");
    auto raw = reader.bytes("raw");
    const auto holds = reader.texts("holds");
    if (raw.has_value() == holds.has_value())
        reader.fail(raw ? "raw" : "holds", "a record has either 'holds' or 'raw'");
    RecordLayout layout{sfi, number, authenticated, in_locator, {}, std::move(raw), reader};
    if (holds)
        for (const std::string& text : *holds) layout.tags.push_back(read_tag(reader, "holds", text));
    return layout;
}

/// The key of an application that fills a data object of records, beside `tags`; empty for none.
std::string_view own_key(Tag tag) {
    switch (tag) {
        case 0x8C:
            return "cdol1";
        case 0x8D:
            return "cdol2";
        case 0x8E:
            return "cvm_list";
        case 0x9F49:
            return "ddol";
        case 0x9F51:
            return "drdol";
        default:
            return {};
    }
}

/// Told at the record where the image lays it out, else at the longest of its objects that the image writes.
[[noreturn]] void refuse_length(const RecordLayout& layout, const emv::TlvMap& data, const Record& record) {
    const std::string message =
        fmt::format("makes record {} of file {} {} octets long, which holds at most {}", record.number,
                    record.sfi, record.octets.size(), longest_record);
    config::Reader where = layout.where;
    if (layout.raw) where.fail("raw", message);
    if (where.has("holds")) where.fail("holds", message);
    std::vector<Tag> tags = layout.tags;
    std::ranges::stable_sort(tags, std::ranges::greater(), [&](Tag tag) { return data.get(tag).size(); });
    const auto table = where.table("tags", "tags");
    for (const Tag tag : tags) {
        if (table)
            for (const auto& entry : table->value().get<config::Table>()->entries())
                if (read_tag(*table, entry.key, entry.key) == tag) table->fail(entry.key, message);
        if (const auto key = own_key(tag); !key.empty() && where.has(key)) where.fail(key, message);
    }
    where.fail("record", message);
}

/// @throws config::ConfigError for a tag that has no value, or more than a record holds
Record make_record(const RecordLayout& layout, const emv::TlvMap& data, const std::vector<Tag>& taken_off) {
    Record record{layout.sfi, layout.number, {}, layout.authenticated, layout.in_locator};
    if (layout.raw) {
        record.octets = *layout.raw;
    } else {
        Bytes objects;
        for (const Tag tag : layout.tags) {
            if (const Bytes* value = data.find(tag))
                emv::append_tlv(objects, tag, *value);
            else if (std::ranges::find(taken_off, tag) == taken_off.end())
                layout.where.fail("holds", fmt::format("tag {} has no value; give it one under 'tags'",
                                                       emv::tag_to_string(tag)));
        }
        emv::append_tlv(record.octets, 0x70, objects);
    }
    if (record.octets.size() > longest_record) refuse_length(layout, data, record);
    return record;
}

}  // namespace

std::span<const CustomaryRecord> contact_records() {
    static const std::vector<CustomaryRecord> records{
        {1, false, {0x57, 0x5F20, 0x9F1F}},
        {2, true, {0x5A, 0x5F34, 0x5F24, 0x5F25, 0x5F28, 0x5F30, 0x9F07, 0x9F08, 0x9F42, 0x9F44, 0x9F4A}},
        {2, true, {0x8C, 0x8D, 0x8E, 0x9F0D, 0x9F0E, 0x9F0F, 0x9F51}},
        {3, false, {0x8F, 0x9F32, 0x92, 0x9F49}},
        {3, false, {0x90}},
        {3, false, {0x93}},
        {3, false, {0x9F46}},
        {3, false, {0x9F47, 0x9F48}},
        {3, false, {0x9F2D}},
        {3, false, {0x9F2E, 0x9F2F}},
    };
    return records;
}

void derive_account_data(const Account& account, emv::TlvMap& data) {
    data.set(0x57,
             pack(account.pan + 'D' + account.expiry_yymm() + account.service_code + account.discretionary));
    data.set(0x5A, pack(account.pan));
    data.set(0x5F20, as_bytes(account.holder));
    data.set(0x5F24, hex(account.expiry));
    if (!account.effective.empty()) data.set(0x5F25, hex(account.effective));
    data.set(0x5F30, hex('0' + account.service_code));
    data.set(0x5F34, hex(account.sequence_number));
    data.set(0x9F1F, as_bytes(account.discretionary));
}

std::vector<RecordLayout> read_layouts(config::Reader& application, bool authenticated,
                                       std::span<const CustomaryRecord> customary) {
    std::vector<RecordLayout> layouts;
    for (config::Reader& reader : application.tables("record", application.what() + " record")) {
        RecordLayout layout = read_layout(reader);
        const bool twice = std::ranges::any_of(layouts, [&layout](const RecordLayout& other) {
            return other.sfi == layout.sfi && other.number == layout.number;
        });
        if (twice)
            reader.fail("number",
                        fmt::format("record {} of file {} is there already", layout.number, layout.sfi));
        reader.finish();
        layouts.push_back(std::move(layout));
    }
    if (lays_out_files(layouts)) return layouts;
    std::vector<RecordLayout> first;
    for (const CustomaryRecord& record : customary)
        first.push_back(
            {record.sfi, 0, authenticated && record.authenticated, true, record.tags, {}, application});
    layouts.insert(layouts.begin(), first.begin(), first.end());
    return layouts;
}

bool lays_out_files(const std::vector<RecordLayout>& layouts) {
    return std::ranges::any_of(layouts, [](const RecordLayout& layout) {
        return layout.number != 0 && layout.sfi <= last_emv_file;
    });
}

std::vector<Record> make_records(const std::vector<RecordLayout>& layouts, const emv::TlvMap& data,
                                 const std::vector<Tag>& taken_off) {
    std::vector<Record> records;
    for (RecordLayout layout : layouts) {
        if (layout.number == 0) {  // customary
            std::erase_if(layout.tags, [&data](Tag tag) { return !data.has(tag); });
            if (layout.tags.empty()) continue;
            layout.number = records.empty() || records.back().sfi != layout.sfi
                                ? std::uint8_t{1}
                                : static_cast<std::uint8_t>(records.back().number + 1);
        }
        records.push_back(make_record(layout, data, taken_off));
    }
    return records;
}

void check_single_objects(const std::vector<RecordLayout>& layouts, const emv::TlvMap& data,
                          const std::vector<Tag>& taken_off, const AsIs& as_is) {
    emv::TlvMap seen;
    for (const RecordLayout& layout : layouts) {
        const bool customary = layout.number == 0;  // each object stands in one of them
        if (customary || !layout.in_locator || layout.sfi > last_emv_file) continue;
        const auto list = emv::parse_tlv(make_record(layout, data, taken_off).octets);
        if (!list) continue;
        for (const Tag tag : seen.absorb(*list))
            as_is.check(layout.where, layout.raw ? "raw" : "holds", tag,
                        fmt::format("{} stands in the records already: a terminal ends the transaction (EMV "
                                    "book 3 clause 10.2)",
                                    emv::tag_to_string(tag)));
    }
}

std::vector<Record> make_authenticated_records(const std::vector<RecordLayout>& layouts,
                                               const emv::TlvMap& data, const std::vector<Tag>& taken_off) {
    std::vector<RecordLayout> authenticated;
    for (const RecordLayout& layout : layouts) {
        if (!layout.authenticated) continue;
        if (layout.raw && layout.sfi <= last_emv_file && !is_record_template(*layout.raw))
            layout.where.fail("raw",
                              "must be one template 70 to take part in offline data authentication "
                              "(EMV book 3 clause 10.3)");
        authenticated.push_back(layout);
    }
    return make_records(authenticated, data, taken_off);
}

Bytes application_file_locator(const std::vector<Record>& records) {
    Bytes afl;
    for (const Record& record : records) {
        if (!record.in_locator) continue;
        const auto file = static_cast<std::uint8_t>(record.sfi << 3);
        const std::size_t last = afl.size();
        const bool follows = last >= 4 && afl[last - 4] == file && afl[last - 2] + 1 == record.number;
        // Authenticated records are counted from the run's first: one after another that is not begins a run.
        const bool counted = follows && afl[last - 1] == afl[last - 2] - afl[last - 3] + 1;
        if (follows && (!record.authenticated || counted)) {
            afl[last - 2] = record.number;
            if (record.authenticated) ++afl[last - 1];
        } else {
            afl.insert(afl.end(), {file, record.number, record.number,
                                   static_cast<std::uint8_t>(record.authenticated ? 1 : 0)});
        }
    }
    return afl;
}

}  // namespace posbench::card
