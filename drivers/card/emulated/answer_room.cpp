#include "drivers/card/emulated/answer_room.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace posbench::card {
namespace {

constexpr emv::Tag signature_tag = 0x9F4B;

/// Refuses an image that makes an answer longer than one can be; `key` is what it is long by.
void require_answer(const config::Reader& reader, std::string_view key, std::string_view command,
                    std::size_t size) {
    if (size > longest_answer)
        reader.fail(key, fmt::format("makes an answer to {} of {} octets, at most {} fit into one", command,
                                     size, longest_answer));
}

/// Octets of a template 77 around `objects`.
std::size_t response_size(ByteView objects) {
    Bytes answer;
    emv::append_tlv(answer, 0x77, objects);
    return answer.size();
}

/// Octets of the answer to GET PROCESSING OPTIONS where a GENERATE AC follows.
std::size_t options_size(const Application& application) {
    Bytes content;
    if (application.response_format == 1) {
        content.resize(application.aip.size() + application.afl.size());
    } else {
        emv::append_tlv(content, 0x82, application.aip);
        emv::append_tlv(content, 0x94, application.afl);
    }
    return response_size(content);  // template 80 is no shorter
}

/// Octets of the answer to GENERATE AC that has the cryptogram inside a signature.
std::size_t combined_size(const Application& application) {
    emv::IssuerApplicationData issuer_data;
    issuer_data.version = application.issuer.version;
    issuer_data.counters.resize(emv::mchip_counters_size);
    Bytes objects;
    emv::append_tlv(objects, 0x9F27, Bytes(1));
    emv::append_tlv(objects, 0x9F36, Bytes(2));
    emv::append_tlv(objects, signature_tag, Bytes(application.authentication.longest_signature()));
    emv::append_tlv(objects, 0x9F10, issuer_data.octets());
    return response_size(objects);
}

/// Octets of the longest answer to GET PROCESSING OPTIONS without a signature.
std::size_t quick_answer_size(const Application& application, std::size_t records) {
    const Contactless& own = *application.contactless;
    constexpr std::size_t bytes_of_locator_entry = 4, longest_issuer_data = 8;
    Bytes objects;
    for (const auto& [tag, size] :
         std::initializer_list<std::pair<emv::Tag, std::size_t>>{{0x82, 2},
                                                                 {0x94, bytes_of_locator_entry * records},
                                                                 {0x9F36, 2},
                                                                 {0x9F26, 8},
                                                                 {0x9F27, 1},
                                                                 {0x9F10, longest_issuer_data},
                                                                 {quick_tag::qualifiers, 2}})
        emv::append_tlv(objects, tag, Bytes(size));
    if (own.tells_available) emv::append_tlv(objects, quick_tag::available_amount, Bytes(6));
    for (const auto& entry : own.answered.entries()) emv::append_tlv(objects, entry.tag, entry.value);
    return response_size(objects);
}

/// Where the signature goes, and room for it in the records; what was taken off stays off.
void prepare_signature(const config::Reader& reader, Application& application, std::size_t answer_size,
                       const std::vector<RecordLayout>& layouts, const std::vector<emv::Tag>& taken_off,
                       emv::TlvMap& data) {
    const auto is_off = [&taken_off](emv::Tag tag) {
        return std::ranges::find(taken_off, tag) != taken_off.end();
    };
    if (!is_off(quick_tag::authentication_data)) data.set(quick_tag::authentication_data, Bytes(7));
    constexpr std::size_t tag_and_length = 4, longer_template_length = 1;
    const std::size_t signature_size = application.authentication.longest_signature();
    const bool fits =
        answer_size + tag_and_length + signature_size + longer_template_length <= longest_answer;
    const auto holds_signature = [](const RecordLayout& layout) {
        return std::ranges::find(layout.tags, signature_tag) != layout.tags.end();
    };
    const bool own_files = lays_out_files(layouts);
    const bool laid_out = own_files && std::ranges::any_of(layouts, holds_signature);
    if (!fits && own_files && !laid_out)
        reader.fail("record", "must hold 9F4B, for which the answer to GET PROCESSING OPTIONS has no room");
    application.contactless->signature_in_record = laid_out || !fits;
    if (application.contactless->signature_in_record && !is_off(signature_tag))
        data.set(signature_tag, Bytes(signature_size));
}

}  // namespace

void check_answers(const config::Reader& reader, const Application& application) {
    require_answer(reader, reader.has("fci") ? "fci" : "pdol", "SELECT", application.fci.size());
    if (application.quick()) return;
    require_answer(reader, "record", "GET PROCESSING OPTIONS", options_size(application));
    if (application.authentication.combined)
        require_answer(reader, "authentication", "GENERATE AC with CDA", combined_size(application));
}

void prepare_quick(const config::Reader& reader, Application& application,
                   const std::vector<RecordLayout>& layouts, const std::vector<emv::Tag>& taken_off,
                   emv::TlvMap& data) {
    Contactless& own = *application.contactless;
    for (const emv::Tag tag : answered_objects)
        if (const Bytes* value = data.find(tag)) own.answered.set(tag, *value);
    const auto named = std::ranges::count(layouts, true, &RecordLayout::in_locator);
    const std::size_t size = quick_answer_size(application, static_cast<std::size_t>(named));
    if (size > longest_answer)
        reader.fail("tags", fmt::format("make an answer to GET PROCESSING OPTIONS of {} octets, at most {} "
                                        "fit into one",
                                        size, longest_answer));
    const bool signs = application.authentication.dynamic_data;
    if (own.approves_offline() && !signs)
        reader.fail(own.low_value ? "low_value" : "cumulative",
                    "needs 'authentication' with DDA: no reader believes an approval without a signature");
    if (signs) prepare_signature(reader, application, size, layouts, taken_off, data);
}

}  // namespace posbench::card
