#include "drivers/protocols/emv/describe.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "drivers/protocols/emv/text.hpp"

namespace posbench::emv {
namespace {

/// In quotes, with its code where that is not ASCII; none for what is no text.
std::optional<std::string> quoted(ByteView value, const Reading& reading) {
    auto read = read_text(value, reading.code_table, reading.scheme);
    if (!read) return std::nullopt;
    // Once more: digits of another code than ASCII were none before.
    if (reading.secrets == Secrets::masked) read->text = trace::mask_text(read->text);
    return read->code.empty() ? fmt::format("\"{}\"", read->text)
                              : fmt::format("\"{}\" ({})", read->text, read->code);
}

/// Names of directories are texts in a binary object.
bool is_name(Tag tag) noexcept {
    return tag == 0x4F || tag == 0x84;
}

bool is_ascii(ByteView value) noexcept {
    return std::ranges::all_of(value, [](std::uint8_t c) { return c >= ' ' && c <= '~'; });
}

/// Of a track that the tag has with one scheme, another has a limit.
bool hides(const Reading& reading, Tag tag, ByteView value) noexcept {
    constexpr Tag track2_or_limit = 0x9F6B;
    constexpr std::size_t limit_size = 6;
    const bool limit = tag == track2_or_limit && value.size() == limit_size &&
                       (reading.scheme == Scheme::visa || reading.scheme == Scheme::unionpay);
    return reading.secrets == Secrets::masked && !limit && is_hidden(tag, value);
}

std::string show(Tag tag, ByteView value, const Reading& reading) {
    const bool masked = reading.secrets == Secrets::masked;
    if (hides(reading, tag, value)) return mask_value(tag, value);
    const Bytes shown = masked ? without_pan(value) : Bytes(value.begin(), value.end());
    const TagInfo* info = find_tag(tag);
    if (!info) return to_hex(shown);
    if (info->format == Format::compressed_numeric) return without_padding(to_hex(shown));
    const auto text = info->format == Format::text || (is_name(tag) && is_ascii(shown))
                          ? quoted(shown, reading)
                          : std::nullopt;
    if (!text) return to_hex(shown);
    return is_name(tag) ? fmt::format("{} {}", to_hex(shown), *text) : *text;
}

std::string name_of(Tag tag, Scheme scheme) {
    const TagInfo* info = find_tag(tag);
    return info ? std::string(name_in(info->name, scheme)) : "(not in the dictionary)";
}

/// The issuer code table index that stands beside texts it is for.
std::uint8_t code_table_of(const std::vector<Tlv>& list, std::uint8_t otherwise) noexcept {
    for (const Tlv& object : list)
        if (object.tag == 0x9F11 && object.value.size() == 1) return object.value.front();
    return otherwise;
}

void describe_list(Lines& lines, const std::vector<Tlv>& list, Reading reading, int depth) {
    reading.code_table = code_table_of(list, reading.code_table);
    for (const Tlv& object : list) {
        const bool hidden = hides(reading, object.tag, object.value);
        if (!object.constructed() || hidden) {
            append(lines, describe_object(object.tag, object.value, reading, depth));
            continue;
        }
        lines.push_back({depth, tag_to_string(object.tag), name_of(object.tag, reading.scheme), {}});
        describe_list(lines, object.children, reading, depth + 1);
    }
}

}  // namespace

Lines describe_tlv(ByteView octets, Reading reading, int depth) {
    const auto list = parse_tlv(octets);
    if (!list)
        return {{depth,
                 {},
                 fmt::format("no BER-TLV: {}", list.error().what),
                 fmt::format("<{} bytes>", octets.size())}};
    Lines lines;
    describe_list(lines, *list, reading, depth);
    return lines;
}

Lines describe_object(Tag tag, ByteView value, Reading reading, int depth) {
    Lines lines{{depth, tag_to_string(tag), name_of(tag, reading.scheme), show(tag, value, reading)}};
    append(lines, describe_parts(tag, value, reading.scheme, depth + 1));
    return lines;
}

Lines describe_dol_data(const std::vector<DolEntry>& dol, ByteView octets, Reading reading, int depth) {
    Lines lines;
    for (const DolEntry& entry : dol) {
        const ByteView value = octets.first(entry.length);
        octets = octets.subspan(entry.length);
        if (find_tag(entry.tag) || reading.secrets == Secrets::clear)
            append(lines, describe_object(entry.tag, value, reading, depth));
        else
            lines.push_back({depth, tag_to_string(entry.tag), name_of(entry.tag, reading.scheme),
                             std::string(value.size(), '*')});
    }
    return lines;
}

}  // namespace posbench::emv
