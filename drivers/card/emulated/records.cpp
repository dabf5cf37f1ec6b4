#include "drivers/card/emulated/records.hpp"

#include <algorithm>
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

/// A tag as an image writes it: its octets in hexadecimal, or its name in the dictionary.
Tag read_tag(const config::Reader& reader, std::string_view key, std::string_view text) {
    if (const auto named = emv::find_tag_by_name(text)) return *named;
    const auto octets = from_hex(text);
    if (octets && !octets->empty()) {
        Bytes object(*octets);
        object.push_back(0x00);  // an empty data object: only the tag can be wrong
        const auto parsed = emv::parse_tlv(object);
        if (parsed && parsed->size() == 1) return parsed->front().tag;
    }
    std::vector<std::string> names;
    for (const emv::TagInfo& info : emv::tag_dictionary()) names.emplace_back(info.name);
    reader.fail(key, fmt::format("'{}' is neither a tag in hexadecimal nor a name of the dictionary", text),
                config::nearest_name(text, names));
}

struct Layout {
    std::uint8_t sfi, number;
    std::vector<Tag> tags;
};

const std::vector<Layout>& customary_layout() {
    static const std::vector<Layout> layout{
        {1, 1, {0x57, 0x5F20, 0x9F1F}},
        {2, 1, {0x5A, 0x5F34, 0x5F24, 0x5F25, 0x5F28, 0x5F30, 0x9F07, 0x9F08, 0x9F42, 0x9F44}},
        {2, 2, {0x8C, 0x8D, 0x8E, 0x9F0D, 0x9F0E, 0x9F0F}},
    };
    return layout;
}

Record make_record(const Layout& layout, const emv::TlvMap& data) {
    Bytes objects;
    for (const Tag tag : layout.tags)
        if (const Bytes* value = data.find(tag)) emv::append_tlv(objects, tag, *value);
    Record record{layout.sfi, layout.number, {}};
    emv::append_tlv(record.octets, 0x70, objects);
    return record;
}

Record read_record(config::Reader& reader, const emv::TlvMap& data, const std::vector<Tag>& taken_off) {
    Layout layout;
    layout.sfi = static_cast<std::uint8_t>(reader.require("sfi", reader.integer("sfi", 1, 30)));
    layout.number = static_cast<std::uint8_t>(reader.require("number", reader.integer("number", 1, 255)));
    auto raw = reader.bytes("raw");
    const auto holds = reader.texts("holds");
    if (raw.has_value() == holds.has_value())
        reader.fail(raw ? "raw" : "holds", "a record has either 'holds' or 'raw'");
    if (raw) return {layout.sfi, layout.number, *std::move(raw)};
    for (const std::string& text : *holds) {
        const Tag tag = read_tag(reader, "holds", text);
        if (!data.has(tag) && std::ranges::find(taken_off, tag) == taken_off.end())
            reader.fail("holds", fmt::format("tag {} has no value; give it one under 'tags'",
                                             emv::tag_to_string(tag)));
        layout.tags.push_back(tag);
    }
    return make_record(layout, data);
}

}  // namespace

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

std::vector<Tag> override_data(config::Reader& application, emv::TlvMap& data) {
    std::vector<Tag> taken_off;
    auto tags = application.table("tags", application.what() + " tags");
    if (!tags) return taken_off;
    for (const auto& entry : tags->value().get<config::Table>()->entries()) {
        const Tag tag = read_tag(*tags, entry.key, entry.key);
        const Bytes value = *tags->bytes(entry.key);
        if (value.size() > 252)
            tags->fail(entry.key, fmt::format("has {} octets, a record holds at most 252", value.size()));
        if (value.empty()) {
            data.erase(tag);
            taken_off.push_back(tag);
        } else {
            data.set(tag, value);
        }
    }
    return taken_off;
}

std::vector<Record> read_records(config::Reader& application, const emv::TlvMap& data,
                                 const std::vector<Tag>& taken_off) {
    std::vector<Record> records;
    const auto place = [&](const config::Reader& reader, Record record) {
        constexpr std::size_t longest = 255;
        if (record.octets.size() > longest)
            reader.fail("holds", fmt::format("the record has {} octets, at most {} fit into an answer",
                                             record.octets.size(), longest));
        const bool twice = std::ranges::any_of(records, [&record](const Record& other) {
            return other.sfi == record.sfi && other.number == record.number;
        });
        if (twice)
            reader.fail("number",
                        fmt::format("record {} of file {} is there already", record.number, record.sfi));
        records.push_back(std::move(record));
    };
    if (!application.has("record"))
        for (const Layout& layout : customary_layout()) place(application, make_record(layout, data));
    for (config::Reader& reader : application.tables("record", application.what() + " record")) {
        place(reader, read_record(reader, data, taken_off));
        reader.finish();
    }
    return records;
}

Bytes application_file_locator(const std::vector<Record>& records) {
    Bytes afl;
    for (const Record& record : records) {
        const auto file = static_cast<std::uint8_t>(record.sfi << 3);
        const std::size_t last = afl.size();
        if (last >= 4 && afl[last - 4] == file && afl[last - 2] + 1 == record.number)
            afl[last - 2] = record.number;
        else
            afl.insert(afl.end(), {file, record.number, record.number, 0});
    }
    return afl;
}

}  // namespace posbench::card
