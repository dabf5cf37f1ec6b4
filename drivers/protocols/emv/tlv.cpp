#include "drivers/protocols/emv/tlv.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::emv {
namespace {

constexpr std::uint8_t constructed_bit = 0x20;
constexpr std::uint8_t long_tag = 0x1F;
constexpr std::uint8_t more = 0x80;

/// First octet of a tag as BER writes it.
std::uint8_t leading_octet(Tag tag) noexcept {
    while (tag > 0xFF) tag >>= 8;
    return static_cast<std::uint8_t>(tag);
}

/// Walks over octets and remembers where in the whole it stands.
class Cursor {
  public:
    Cursor(ByteView octets, std::size_t base) noexcept : octets_(octets), base_(base) {}

    bool at_end() const noexcept { return next_ == octets_.size(); }
    std::size_t offset() const noexcept { return base_ + next_; }
    std::size_t left() const noexcept { return octets_.size() - next_; }
    std::uint8_t peek() const noexcept { return octets_[next_]; }
    std::uint8_t take() noexcept { return octets_[next_++]; }
    ByteView take(std::size_t count) noexcept {
        const ByteView taken = octets_.subspan(next_, count);
        next_ += count;
        return taken;
    }

  private:
    ByteView octets_;
    std::size_t base_;
    std::size_t next_ = 0;
};

Result<Tag, TlvError> read_tag(Cursor& cursor) {
    const std::size_t start = cursor.offset();
    Tag tag = cursor.take();
    if ((tag & long_tag) != long_tag) return tag;
    for (int octets = 2; octets <= 3; ++octets) {
        if (cursor.at_end())
            return TlvError{
                start, fmt::format("tag {} at octet {}: ends inside the tag", tag_to_string(tag), start)};
        const std::uint8_t next = cursor.take();
        if (octets == 2 && next == more)
            return TlvError{start, fmt::format("tag {}80 at octet {}: its number begins with zeros",
                                               tag_to_string(tag), start)};
        tag = tag << 8 | next;
        if ((next & more) == 0) return tag;
    }
    return TlvError{start,
                    fmt::format("tag {} at octet {}: longer than three octets", tag_to_string(tag), start)};
}

Result<std::size_t, TlvError> read_length(Cursor& cursor, Tag tag, std::size_t start) {
    const auto wrong = [&](std::string_view what) {
        return TlvError{start, fmt::format("tag {} at octet {}: {}", tag_to_string(tag), start, what)};
    };
    if (cursor.at_end()) return wrong("no length");
    const std::uint8_t first = cursor.take();
    if (first < 0x80) return std::size_t{first};
    if (first != 0x81 && first != 0x82)
        return wrong(fmt::format("length octet {:02X} is not of one to three octets", first));
    const std::size_t octets = first - 0x80u;
    if (cursor.left() < octets) return wrong("ends inside the length");
    std::size_t length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8 | cursor.take();
    return length;
}

Result<TlvHeader, TlvError> read_header(Cursor& cursor) {
    const std::size_t start = cursor.offset();
    const auto tag = read_tag(cursor);
    if (!tag) return tag.error();
    const auto length = read_length(cursor, *tag, start);
    if (!length) return length.error();
    if (*length > cursor.left())
        return TlvError{start,
                        fmt::format("tag {} at octet {}: length {} exceeds the {} left", tag_to_string(*tag),
                                    start, *length, runtime::counted(cursor.left(), "octet"))};
    return TlvHeader{*tag, cursor.offset() - start, *length};
}

Result<std::vector<Tlv>, TlvError> parse_at(ByteView octets, std::size_t base, int depth) {
    std::vector<Tlv> list;
    Cursor cursor(octets, base);
    while (!cursor.at_end()) {
        if (cursor.peek() == 0x00) {
            cursor.take();
            continue;
        }
        const std::size_t start = cursor.offset();
        const auto header = read_header(cursor);
        if (!header) return header.error();
        const Tag tag = header->tag;
        const std::size_t inside = cursor.offset();
        const ByteView value = cursor.take(header->length);
        Tlv object{tag, Bytes(value.begin(), value.end()), {}};
        if (object.constructed()) {
            if (depth == deepest_tlv)
                return TlvError{start, fmt::format("tag {} at octet {}: nested deeper than {} levels",
                                                   tag_to_string(tag), start, deepest_tlv)};
            auto children = parse_at(value, inside, depth + 1);
            if (!children) return children.error();
            object.children = *std::move(children);
        }
        list.push_back(std::move(object));
    }
    return list;
}

/// One object of a DOL: `value` cut or padded to `length` as its format asks.
void append_fitted(Bytes& out, ByteView value, std::size_t length, Format format) {
    const std::size_t kept = std::min(value.size(), length);
    const std::size_t padding = length - kept;
    if (format == Format::numeric) {
        out.insert(out.end(), padding, 0x00);
        const ByteView last = value.last(kept);
        out.insert(out.end(), last.begin(), last.end());
    } else {
        const ByteView first = value.first(kept);
        out.insert(out.end(), first.begin(), first.end());
        out.insert(out.end(), padding, format == Format::compressed_numeric ? 0xFF : 0x00);
    }
}

}  // namespace

void throw_exception_from_error(const TlvError& error, const boost::source_location&) {
    throw std::runtime_error(error.what);
}

bool is_constructed(Tag tag) noexcept {
    return (leading_octet(tag) & constructed_bit) != 0;
}

bool Tlv::constructed() const noexcept {
    return is_constructed(tag);
}

Result<TlvHeader, TlvError> parse_tlv_header(ByteView octets) {
    Cursor cursor(octets, 0);
    if (cursor.at_end()) return TlvError{0, "no data object: there is no octet"};
    return read_header(cursor);
}

Result<std::vector<Tlv>, TlvError> parse_tlv(ByteView octets) {
    return parse_at(octets, 0, 1);
}

void append_tag(Bytes& out, Tag tag) {
    if (tag > 0xFFFF) out.push_back(static_cast<std::uint8_t>(tag >> 16));
    if (tag > 0xFF) out.push_back(static_cast<std::uint8_t>(tag >> 8));
    out.push_back(static_cast<std::uint8_t>(tag));
}

void append_length(Bytes& out, std::size_t length) {
    if (length > 0xFFFF) throw std::length_error(fmt::format("a data object of {} octets", length));
    if (length > 0xFF) {
        out.push_back(0x82);
        out.push_back(static_cast<std::uint8_t>(length >> 8));
    } else if (length > 0x7F) {
        out.push_back(0x81);
    }
    out.push_back(static_cast<std::uint8_t>(length));
}

void append_tlv(Bytes& out, Tag tag, ByteView value) {
    append_tag(out, tag);
    append_length(out, value.size());
    out.insert(out.end(), value.begin(), value.end());
}

void TlvMap::set(Tag tag, ByteView value) {
    const auto found = std::ranges::find(entries_, tag, &Entry::tag);
    if (found != entries_.end())
        found->value.assign(value.begin(), value.end());
    else
        entries_.push_back({tag, Bytes(value.begin(), value.end())});
}

const Bytes* TlvMap::find(Tag tag) const noexcept {
    const auto found = std::ranges::find(entries_, tag, &Entry::tag);
    return found != entries_.end() ? &found->value : nullptr;
}

ByteView TlvMap::get(Tag tag) const noexcept {
    const Bytes* value = find(tag);
    return value ? ByteView(*value) : ByteView();
}

bool TlvMap::erase(Tag tag) noexcept {
    return std::erase_if(entries_, [tag](const Entry& entry) { return entry.tag == tag; }) != 0;
}

std::vector<Tag> TlvMap::absorb(const std::vector<Tlv>& list) {
    std::vector<Tag> repeated;
    for (const Tlv& object : list) {
        if (object.constructed()) {
            const auto inside = absorb(object.children);
            repeated.insert(repeated.end(), inside.begin(), inside.end());
            continue;
        }
        if (has(object.tag)) repeated.push_back(object.tag);
        set(object.tag, object.value);
    }
    return repeated;
}

Result<std::vector<DolEntry>, TlvError> parse_dol(ByteView octets) {
    std::vector<DolEntry> dol;
    Cursor cursor(octets, 0);
    while (!cursor.at_end()) {
        const std::size_t start = cursor.offset();
        const auto tag = read_tag(cursor);
        if (!tag) return tag.error();
        if (cursor.at_end())
            return TlvError{start, fmt::format("tag {} at octet {}: no length in the data object list",
                                               tag_to_string(*tag), start)};
        dol.push_back({*tag, cursor.take()});
    }
    return dol;
}

Bytes build_dol(const std::vector<DolEntry>& dol, const TlvMap& data) {
    Bytes out;
    for (const DolEntry& entry : dol) {
        const Bytes* value = is_constructed(entry.tag) ? nullptr : data.find(entry.tag);
        if (!value) {
            out.insert(out.end(), entry.length, 0x00);
            continue;
        }
        const TagInfo* info = find_tag(entry.tag);
        append_fitted(out, *value, entry.length, info ? info->format : Format::binary);
    }
    return out;
}

std::size_t dol_size(const std::vector<DolEntry>& dol) noexcept {
    std::size_t size = 0;
    for (const DolEntry& entry : dol) size += entry.length;
    return size;
}

void read_dol(const std::vector<DolEntry>& dol, ByteView octets, TlvMap& data) {
    for (const DolEntry& entry : dol) {
        data.set(entry.tag, octets.first(entry.length));
        octets = octets.subspan(entry.length);
    }
}

std::string tag_to_string(Tag tag) {
    Bytes octets;
    append_tag(octets, tag);
    return to_hex(octets);
}

std::optional<std::string> compressed_numeric(ByteView value) {
    const std::string nibbles = to_hex(value);
    const std::size_t end = std::min(nibbles.find('F'), nibbles.size());
    const bool sound = nibbles.find_first_not_of('F', end) == std::string::npos &&
                       nibbles.find_first_not_of("0123456789") >= end;
    return sound ? std::optional(nibbles.substr(0, end)) : std::nullopt;
}

}  // namespace posbench::emv
