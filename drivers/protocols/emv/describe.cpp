#include "drivers/protocols/emv/describe.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "drivers/protocols/emv/mask.hpp"

namespace posbench::emv {
namespace {

std::string without_padding(std::string digits) {
    digits.erase(std::min(digits.find_last_not_of('F') + 1, digits.size()));
    return digits;
}

bool is_text(ByteView value) noexcept {
    return !value.empty() && std::ranges::all_of(value, [](std::uint8_t c) { return c >= ' ' && c <= '~'; });
}

std::string in_clear(Format format, ByteView value) {
    switch (format) {
        case Format::text:
            return is_text(value) ? fmt::format("\"{}\"", as_text(value)) : to_hex(value);
        case Format::compressed_numeric:
            return without_padding(to_hex(value));
        case Format::binary:
        case Format::numeric:
        case Format::variable:
            break;
    }
    return to_hex(value);
}

/// Names of directories are texts in a binary object.
bool is_name(Tag tag) noexcept {
    return tag == 0x4F || tag == 0x84;
}

std::string show(Tag tag, ByteView value, Secrets secrets) {
    if (secrets == Secrets::masked && is_hidden(tag, value.size())) return mask_value(tag, value);
    const TagInfo* info = find_tag(tag);
    if (!info) return to_hex(value);
    std::string text = in_clear(info->format, value);
    if (is_name(tag) && is_text(value)) text += fmt::format(" \"{}\"", as_text(value));
    return text;
}

std::string name_of(Tag tag) {
    const TagInfo* info = find_tag(tag);
    return info ? std::string(info->name) : "(not in the dictionary)";
}

void append(Lines& lines, Lines more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void describe_list(Lines& lines, const std::vector<Tlv>& list, Secrets secrets, int depth) {
    for (const Tlv& object : list) {
        const bool hidden = secrets == Secrets::masked && is_hidden(object.tag, object.value.size());
        if (!object.constructed() || hidden) {
            append(lines, describe_object(object.tag, object.value, secrets, depth));
            continue;
        }
        lines.push_back({depth, tag_to_string(object.tag), name_of(object.tag), {}});
        describe_list(lines, object.children, secrets, depth + 1);
    }
}

}  // namespace

Lines describe_tlv(ByteView octets, Secrets secrets, int depth) {
    const auto list = parse_tlv(octets);
    if (!list)
        return {{depth,
                 {},
                 fmt::format("no BER-TLV: {}", list.error().what),
                 fmt::format("<{} bytes>", octets.size())}};
    Lines lines;
    describe_list(lines, *list, secrets, depth);
    return lines;
}

Lines describe_object(Tag tag, ByteView value, Secrets secrets, int depth) {
    Lines lines{{depth, tag_to_string(tag), name_of(tag), show(tag, value, secrets)}};
    append(lines, describe_parts(tag, value, depth + 1));
    return lines;
}

Lines describe_dol_data(const std::vector<DolEntry>& dol, ByteView octets, Secrets secrets, int depth) {
    Lines lines;
    for (const DolEntry& entry : dol) {
        const ByteView value = octets.first(entry.length);
        octets = octets.subspan(entry.length);
        if (find_tag(entry.tag) || secrets == Secrets::clear)
            append(lines, describe_object(entry.tag, value, secrets, depth));
        else
            lines.push_back(
                {depth, tag_to_string(entry.tag), name_of(entry.tag), std::string(value.size(), '*')});
    }
    return lines;
}

}  // namespace posbench::emv
