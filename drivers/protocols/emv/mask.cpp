#include "drivers/protocols/emv/mask.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"

namespace posbench::emv {
namespace {

constexpr Tag pan_tag = 0x5A;

/// Writes a list of data objects out masked; false when it is none.
bool append_list(std::string& out, ByteView data, int depth) {
    while (!data.empty()) {
        if (depth > deepest_tlv) return false;
        if (data[0] == 0x00) {  // padding between objects
            out += "00";
            data = data.subspan(1);
            continue;
        }
        const auto header = parse_tlv_header(data);
        if (!header) return false;
        const ByteView value = data.subspan(header->size, header->length);
        out += to_hex(data.first(header->size));
        data = data.subspan(header->size + header->length);
        if (is_hidden(header->tag, value)) {
            const std::string masked = mask_value(header->tag, value);
            out += masked;
            if (header->tag == pan_tag) out.append(2 * value.size() - masked.size(), 'F');
        } else if (!is_constructed(header->tag)) {
            out += to_hex(without_pan(value));
        } else if (!append_list(out, value, depth + 1)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_hidden(Tag tag, std::size_t octets) noexcept {
    constexpr std::size_t harmless = 4;
    const TagInfo* info = find_tag(tag);
    if (info && info->secrecy != Secrecy::free) return info->secrecy == Secrecy::sensitive;
    return !is_constructed(tag) && octets > harmless;
}

bool is_hidden(Tag tag, ByteView value) noexcept {
    if (is_hidden(tag, value.size())) return true;
    constexpr std::size_t shortest_pan = 6;
    const auto is_control = [](std::uint8_t octet) { return octet < ' ' || octet == 0x7F; };
    const TagInfo* info = find_tag(tag);
    return info && info->format == Format::text && value.size() >= shortest_pan &&
           std::ranges::any_of(value, is_control);
}

std::string without_padding(std::string digits) {
    digits.erase(std::min(digits.find_last_not_of('F') + 1, digits.size()));
    return digits;
}

std::string mask_value(Tag tag, ByteView value) {
    if (tag != pan_tag) return std::string(value.size(), '*');
    return trace::mask_pan(without_padding(to_hex(value)));
}

Bytes without_pan(ByteView value) {
    constexpr std::ptrdiff_t shortest_pan = 12;
    Bytes out(value.begin(), value.end());
    const auto is_digit = [](std::uint8_t octet) { return octet >= '0' && octet <= '9'; };
    // Full-width digits are three octets each, of which none is a digit.
    const auto is_wide = [](std::uint8_t octet) { return octet == 0xEF; };
    if (std::ranges::count_if(value, is_digit) + std::ranges::count_if(value, is_wide) < shortest_pan)
        return out;
    std::ranges::copy(as_bytes(trace::mask_text(as_text(value))), out.begin());
    return out;
}

std::string without_known_pan(std::string text, std::string_view pan) {
    const std::string masked = trace::mask_pan(pan);
    for (std::size_t at = text.find(pan); !pan.empty() && at != std::string::npos; at = text.find(pan, at))
        text.replace(at, pan.size(), masked);
    return text;
}

std::string mask_tlv(ByteView data) {
    std::string out;
    out.reserve(data.size() * 2);
    if (!append_list(out, data, 1)) return fmt::format("<{} bytes>", data.size());
    return out;
}

std::optional<Bytes> octets_of_masked_values(std::string_view masked) {
    std::string digits;
    for (const char c : masked) digits += c == '*' ? std::string("00") : std::string(1, c);
    return from_hex(digits);
}

std::string mask_dol_data(const std::vector<DolEntry>& dol, ByteView octets) {
    std::string out;
    for (const DolEntry& entry : dol) {
        const ByteView value = octets.first(entry.length);
        octets = octets.subspan(entry.length);
        out += !find_tag(entry.tag) || is_hidden(entry.tag, value) ? std::string(value.size(), '*')
                                                                   : to_hex(without_pan(value));
    }
    return out;
}

}  // namespace posbench::emv
