#include "drivers/protocols/emv/masked_octets.hpp"

#include <algorithm>

#include "bench/runtime/ascii.hpp"

namespace posbench::emv {
namespace {

using runtime::is_hex_digit;

constexpr std::uint8_t first_digit = 0xF0, second_digit = 0x0F;

bool is_octet_digit(char c) noexcept {
    return is_hex_digit(c) || is_mask(c);
}

std::uint8_t value_of(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    return is_mask(c) ? 0 : static_cast<std::uint8_t>((c | 0x20) - 'a' + 10);
}

/// Of two characters that are digits or masks.
void add_octet(MaskedOctets& out, char high, char low) {
    out.add(static_cast<std::uint8_t>(value_of(high) << 4 | value_of(low)),
            static_cast<std::uint8_t>((is_mask(high) ? first_digit : 0) | (is_mask(low) ? second_digit : 0)));
}

/// Reads the text of data objects from its front: `octets` of them, or all.
class TlvText {
  public:
    explicit TlvText(std::string_view text) : text_(text) {}

    std::optional<MaskedOctets> read() && {
        while (!text_.empty())
            if (!read_object(1)) return std::nullopt;
        return std::move(out_);
    }

  private:
    bool take_octet() {
        if (text_.size() < 2 || !is_hex_digit(text_[0]) || !is_hex_digit(text_[1])) return false;
        add_octet(out_, text_[0], text_[1]);
        text_.remove_prefix(2);
        return true;
    }

    bool read_object(int depth) {
        if (depth > deepest_tlv || !take_octet()) return false;
        Tag tag = out_.octets.back();
        if (tag == 0x00) return true;  // between objects
        constexpr std::uint8_t long_tag = 0x1F, more = 0x80;
        if ((tag & long_tag) == long_tag) do {
                if (tag > 0xFFFF || !take_octet()) return false;
                tag = tag << 8 | out_.octets.back();
            } while ((tag & more) != 0);
        if (!take_octet()) return false;
        std::size_t length = out_.octets.back();
        if (length >= more) {
            std::size_t octets = length - more;
            if (octets < 1 || octets > 2) return false;
            for (length = 0; octets > 0; --octets) {
                if (!take_octet()) return false;
                length = length << 8 | out_.octets.back();
            }
        }
        return read_value(tag, length, depth);
    }

    bool read_value(Tag tag, std::size_t length, int depth) {
        const std::string_view hidden = text_.substr(0, length);
        constexpr Tag pan = 0x5A;
        if (tag != pan && length > 0 && hidden.size() == length && hidden.find_first_not_of('*') == npos) {
            for (std::size_t i = 0; i < length; ++i) add_octet(out_, '*', '*');
            text_.remove_prefix(length);
            return true;
        }
        const std::size_t end = out_.size() + length;
        if (is_constructed(tag)) {
            while (out_.size() < end)
                if (!read_object(depth + 1)) return false;
            return out_.size() == end;
        }
        const auto value = read_masked_hex(text_.substr(0, 2 * length));
        if (!value || value->size() != length) return false;
        out_.append(*value);
        text_.remove_prefix(2 * length);
        return true;
    }

    static constexpr std::size_t npos = std::string_view::npos;
    std::string_view text_;
    MaskedOctets out_;
};

class Unmasker {
  public:
    UnmaskedData read(const MaskedOctets& data) && {
        read_list(data.octets, data.masks, out_.octets, 1);
        return std::move(out_);
    }

  private:
    static bool any(ByteView masks) noexcept {
        return std::ranges::any_of(masks, [](std::uint8_t mask) { return mask != 0; });
    }

    /// False when the end of the list cannot be told, so that nothing behind it can be read either.
    bool read_list(ByteView octets, ByteView masks, Bytes& out, int depth) {
        while (!octets.empty()) {
            if (octets[0] == 0x00 && masks[0] == 0) {
                out.push_back(0x00);
                octets = octets.subspan(1);
                masks = masks.subspan(1);
                continue;
            }
            const auto header = parse_tlv_header(octets);
            constexpr std::size_t longest_header = 6;
            const std::size_t size = header ? header->size : std::min(longest_header, octets.size());
            if (any(masks.first(size))) {
                out_.lost += octets.size();
                return false;
            }
            if (!header) {  // no BER-TLV, masked or not
                out.insert(out.end(), octets.begin(), octets.end());
                return true;
            }
            read_object(*header, octets.subspan(header->size, header->length),
                        masks.subspan(header->size, header->length), octets.first(header->size), out, depth);
            octets = octets.subspan(header->size + header->length);
            masks = masks.subspan(header->size + header->length);
        }
        return true;
    }

    void read_object(const TlvHeader& header, ByteView value, ByteView masks, ByteView written, Bytes& out,
                     int depth) {
        const bool masked = any(masks);
        if (masked && is_constructed(header.tag) && depth < deepest_tlv) {
            Bytes inside;
            read_list(value, masks, inside, depth + 1);
            append_tlv(out, header.tag, inside);
            return;
        }
        if (masked)
            out_.masked.push_back({header.tag, MaskedOctets{Bytes(value.begin(), value.end()),
                                                            Bytes(masks.begin(), masks.end())}
                                                   .digits()});
        out.insert(out.end(), written.begin(), written.end());
        out.insert(out.end(), value.begin(), value.end());
    }

    UnmaskedData out_;
};

}  // namespace

bool MaskedOctets::masked() const noexcept {
    return std::ranges::any_of(masks, [](std::uint8_t mask) { return mask != 0; });
}

void MaskedOctets::add(std::uint8_t octet, std::uint8_t mask) {
    octets.push_back(octet);
    masks.push_back(mask);
}

void MaskedOctets::append(const MaskedOctets& more) {
    octets.insert(octets.end(), more.octets.begin(), more.octets.end());
    masks.insert(masks.end(), more.masks.begin(), more.masks.end());
}

MaskedOctets MaskedOctets::part(std::size_t from, std::size_t count) const {
    const auto cut = [&](const Bytes& all) {
        const ByteView kept = ByteView(all).subspan(from, count);
        return Bytes(kept.begin(), kept.end());
    };
    return {cut(octets), cut(masks)};
}

std::string MaskedOctets::digits() const {
    std::string text = to_hex(octets);
    for (std::size_t i = 0; i < masks.size(); ++i) {
        if ((masks[i] & first_digit) != 0) text[2 * i] = '*';
        if ((masks[i] & second_digit) != 0) text[2 * i + 1] = '*';
    }
    return text;
}

std::optional<MaskedOctets> read_masked_hex(std::string_view text) {
    MaskedOctets out;
    if (text.size() % 2 != 0 || !std::ranges::all_of(text, is_octet_digit)) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); i += 2) add_octet(out, text[i], text[i + 1]);
    return out;
}

std::optional<MaskedOctets> read_masked_tlv(std::string_view text) {
    return TlvText(text).read();
}

UnmaskedData unmask(const MaskedOctets& data) {
    if (!data.masked()) return {data.octets, {}, 0};
    return Unmasker().read(data);
}

TlvMap whole_objects(const UnmaskedData& data) {
    TlvMap objects;
    if (const auto list = parse_tlv(data.octets)) objects.absorb(*list);
    for (const MaskedObject& object : data.masked) objects.erase(object.tag);
    return objects;
}

}  // namespace posbench::emv
