#include "drivers/card/emulated/as_is.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace posbench::card {
namespace {

struct KeyOfObject {
    std::string_view key;
    emv::Tag tag;
};
constexpr KeyOfObject keys[]{
    {"pan", 0x5A}, {"effective", 0x5F25}, {"expiry", 0x5F24},
    {"aip", 0x82}, {"cvm_list", 0x8E},    {"cdol2", 0x8D},
};

}  // namespace

emv::Tag read_tag(const config::Reader& reader, std::string_view key, std::string_view text) {
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

AsIs AsIs::read(config::Reader& reader, Names names) {
    constexpr std::string_view key = "as_is";
    AsIs as_is;
    const auto words =
        names == Names::account ? reader.choices(key, {"pan", "effective", "expiry"}) : reader.texts(key);
    if (!words) return as_is;
    for (const std::string& word : *words) {
        const auto* known = std::ranges::find(keys, word, &KeyOfObject::key);
        as_is.words_.push_back({word, known != std::end(keys) ? known->tag : read_tag(reader, key, word)});
    }
    return as_is;
}

bool AsIs::takes(emv::Tag tag) const noexcept {
    bool takes = false;
    for (const Word& word : words_)
        if (word.tag == tag) takes = word.needed = true;
    return takes;
}

void AsIs::check(const config::Reader& reader, std::string_view key, emv::Tag tag,
                 const std::string& fault) const {
    if (fault.empty() || takes(tag)) return;
    const auto* known = std::ranges::find(keys, key, &KeyOfObject::key);
    reader.fail(key, fmt::format("{} (as_is = [\"{}\"] takes it)", fault,
                                 known != std::end(keys) ? std::string(key) : emv::tag_to_string(tag)));
}

std::vector<std::string> AsIs::needed() const {
    std::vector<std::string> texts;
    for (const Word& word : words_)
        if (word.needed) texts.push_back(word.text);
    return texts;
}

void AsIs::finish(const config::Reader& reader) const {
    for (const Word& word : words_)
        if (!word.needed)
            reader.fail("as_is", fmt::format("'{}': nothing is wrong there; leave it out", word.text));
}

}  // namespace posbench::card
