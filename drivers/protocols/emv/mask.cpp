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

/// Reads a masked list of data objects back, from left to right.
class MaskedList {
  public:
    explicit MaskedList(std::string_view text) : text_(text) {}

    std::optional<Bytes> octets() {
        while (!text_.empty())
            if (!object(1)) return std::nullopt;
        return std::move(octets_);
    }

  private:
    std::optional<std::uint8_t> octet() {
        const auto read = from_hex(text_.substr(0, 2));
        if (text_.size() < 2 || !read || read->size() != 1) return std::nullopt;
        text_.remove_prefix(2);
        octets_.push_back(read->front());
        return read->front();
    }

    bool object(int depth) {
        const std::size_t begin = octets_.size();
        auto next = octet();
        if (!next || depth > deepest_tlv) return false;
        if (*next == 0x00) return true;
        if ((*next & 0x1F) == 0x1F) do {
                next = octet();
            } while (next && (*next & 0x80) != 0);
        if (!next || octets_.size() - begin > 3) return false;
        Tag tag = 0;
        for (std::size_t i = begin; i < octets_.size(); ++i) tag = tag << 8 | octets_[i];
        const auto length = read_length();
        return length && value(tag, *length, depth);
    }

    std::optional<std::size_t> read_length() {
        constexpr std::uint8_t long_form = 0x80;
        const auto first = octet();
        if (!first || *first < long_form) return first;
        const int more = *first - long_form;
        if (more < 1 || more > 2) return std::nullopt;
        std::size_t length = 0;
        for (int i = 0; i < more; ++i) {
            const auto next = octet();
            if (!next) return std::nullopt;
            length = length << 8 | *next;
        }
        return length;
    }

    bool value(Tag tag, std::size_t length, int depth) {
        const bool starred = length > 0 && text_.starts_with('*');
        if (starred || is_hidden(tag, length))
            return hidden(length * (tag == pan_tag ? 2 : 1), tag == pan_tag);
        if (!is_constructed(tag)) {
            for (std::size_t i = 0; i < length; ++i)
                if (!octet()) return false;
            return true;
        }
        const std::size_t end = octets_.size() + length;
        while (octets_.size() < end)
            if (!object(depth + 1)) return false;
        return octets_.size() == end;
    }

    /// Asterisks, or the digits of a PAN with some among them.
    bool hidden(std::size_t characters, bool is_pan) {
        if (text_.size() < characters) return false;
        std::string shown(text_.substr(0, characters));
        text_.remove_prefix(characters);
        if (!is_pan) {
            octets_.insert(octets_.end(), characters, 0);
            return shown.find_first_not_of('*') == std::string::npos;
        }
        std::ranges::replace(shown, '*', '0');
        const auto digits = from_hex(shown);
        if (digits) octets_.insert(octets_.end(), digits->begin(), digits->end());
        return digits.has_value();
    }

    std::string_view text_;
    Bytes octets_;
};

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

std::optional<Bytes> octets_of_masked_tlv(std::string_view masked) {
    return MaskedList(masked).octets();
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
