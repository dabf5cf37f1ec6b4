#include "drivers/card/log/explained_log.hpp"

#include <algorithm>
#include <utility>

#include "bench/runtime/ascii.hpp"
#include "drivers/card/log/log_line.hpp"
#include "drivers/protocols/emv/text.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::uint8_t whole_octet = 0xFF;
constexpr std::string_view part_mark = "·", challenge = "· challenge";

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = text.find_first_not_of(' '); at != npos; at = text.find_first_not_of(' ', at)) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

emv::MaskedOctets hidden(std::size_t octets) {
    emv::MaskedOctets out;
    for (std::size_t i = 0; i < octets; ++i) out.add(0x00, whole_octet);
    return out;
}

/// Hexadecimal, or one '*' an octet.
std::optional<emv::MaskedOctets> read_octets(std::string_view text) {
    if (text.find_first_not_of('*') == npos) return hidden(text.size());
    return emv::read_masked_hex(text);
}

/// "TEST/CARD", "银联" (GB18030). An asterisk, full-width or not, stands for a character that was masked.
std::optional<emv::MaskedOctets> read_quoted(std::string_view text) {
    constexpr std::string_view wide_mask = "\xEF\xBC\x8A";  // U+FF0A
    std::string code;
    if (const std::size_t end = text.rfind("\" ("); end != npos && end > 0 && text.ends_with(')')) {
        code = text.substr(end + 3, text.size() - end - 4);
        text = text.substr(0, end + 1);
    }
    if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
    text = text.substr(1, text.size() - 2);
    emv::MaskedOctets out;
    while (!text.empty()) {
        const std::size_t mask = std::min({text.find('*'), text.find(wide_mask), text.size()});
        const std::size_t masked = mask > 0 ? 0 : text.front() == '*' ? 1 : wide_mask.size();
        const auto octets = emv::octets_of({std::string(text.substr(0, mask + masked)), code});
        if (!octets) return std::nullopt;
        for (const std::uint8_t octet : *octets)
            out.add(masked > 0 ? 0x00 : octet, masked > 0 ? whole_octet : 0x00);
        text.remove_prefix(mask + masked);
    }
    return out;
}

std::optional<emv::MaskedOctets> read_value(emv::Tag tag, std::string_view text) {
    if (text.starts_with('"')) return read_quoted(text);
    // Of a name that is a text its octets stand before it.
    if (const std::size_t quoted = text.find(" \""); quoted != npos)
        return read_octets(text.substr(0, quoted));
    const emv::TagInfo* info = emv::find_tag(tag);
    const bool padded =
        info && info->format == emv::Format::compressed_numeric && text.find_first_not_of('*') != npos;
    if (padded) return emv::read_masked_hex(std::string(text) + (text.size() % 2 == 1 ? "F" : ""));
    return read_octets(text);
}

emv::MaskedOctets object_of(emv::Tag tag, const emv::MaskedOctets& value) {
    Bytes header;
    emv::append_tlv(header, tag, value.octets);
    header.resize(header.size() - value.size());
    emv::MaskedOctets out;
    for (const std::uint8_t octet : header) out.add(octet);
    out.append(value);
    return out;
}

}  // namespace

std::optional<emv::MaskedOctets> read_explained_command(std::string_view line) {
    // Before it there is nothing, or the time: "    0.442705 s > SELECT".
    const std::size_t mark = line.find("> ");
    if (mark == npos || line.substr(0, mark).find_first_not_of(" 0123456789.s") != npos) return std::nullopt;
    const std::string_view text = line.substr(mark + 2);
    const std::size_t gap = text.rfind("  ");
    if (gap == npos || text.empty() || !runtime::is_letter(text[0])) return std::nullopt;
    const std::vector<std::string_view> words = words_of(text.substr(gap));
    constexpr std::size_t header_digits = 8;
    if (words.empty() || words[0].size() != header_digits) return std::nullopt;
    auto command = emv::read_masked_hex(words[0]);
    if (!command || command->masked()) return std::nullopt;
    if (words.size() >= 3) {
        const auto length = emv::read_masked_hex(words[1]);
        const auto data = read_octets(words[2]);
        if (!length || length->size() != 1 || !data || data->size() != length->octets[0]) return std::nullopt;
        command->append(*length);
        command->append(*data);
    }
    return command;
}

std::optional<emv::MaskedOctets> read_explained_status(std::string_view line) {
    constexpr std::size_t digits = 4;
    if (!line.starts_with("< ") || line.size() < 2 + digits) return std::nullopt;
    const std::string_view rest = line.substr(2 + digits);
    if (!rest.empty() && rest[0] != ' ') return std::nullopt;
    return emv::read_masked_hex(line.substr(2, digits));
}

bool ExplainedAnswer::take(std::string_view line) {
    constexpr std::size_t least_indent = 4, most_indent = 64;
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == npos || indent < least_indent || indent > most_indent) return false;
    const std::string_view text = trimmed(line);
    while (!open_.empty() && objects_[open_.back()].indent >= indent) open_.pop_back();
    const Object* above = open_.empty() ? nullptr : &objects_[open_.back()];
    const std::size_t gap = text.find("  ");
    if (text.starts_with(part_mark)) {
        // Alone it is the whole answer, or says something of it; under a value it explains that.
        if (!above && objects_.empty() && !raw_)
            take_alone(text);
        else if (!above)
            over_ = true;
        else if (!above->value && !above->unread && !emv::is_constructed(above->tag) && gap != npos)
            hidden_ = true;  // octets of which nobody knew the object
        return true;
    }
    const std::string_view digits = text.substr(0, text.find(' '));
    const auto tag = from_hex(digits);
    if (!tag || tag->empty() || tag->size() > 3) return false;
    // Under a value there is what it means: of a data object list the objects that it asks for.
    if (over_ || (above && (above->value || above->unread))) return true;
    Object object{indent, 0, {}};
    for (const std::uint8_t octet : *tag) object.tag = object.tag << 8 | octet;
    if (gap != npos) {
        object.value = read_value(object.tag, trimmed(text.substr(gap)));
        object.unread = !object.value;
        // Without tags what stands behind it could not be told from it.
        if (object.unread && above && !emv::is_constructed(above->tag)) hidden_ = true;
        if (object.unread) unread_ = object.tag;
    }
    open_.push_back(objects_.size());
    objects_.push_back(std::move(object));
    return true;
}

/// A challenge has no tag; of anything else there is only a number of octets.
void ExplainedAnswer::take_alone(std::string_view text) {
    const std::size_t gap = text.find("  ");
    if (text.starts_with(challenge) && gap == challenge.size())
        raw_ = emv::read_masked_hex(trimmed(text.substr(gap)));
    hidden_ = hidden_ || !raw_;
}

std::optional<emv::MaskedOctets> ExplainedAnswer::octets() const {
    if (hidden_) return std::nullopt;
    if (raw_) return raw_;
    std::size_t at = 0;
    return list(at, 0, false);
}

emv::MaskedOctets ExplainedAnswer::list(std::size_t& at, std::size_t indent, bool values_alone) const {
    emv::MaskedOctets out;
    while (at < objects_.size() && objects_[at].indent > indent) {
        const Object& object = objects_[at++];
        if (object.unread) continue;
        const emv::MaskedOctets value =
            object.value ? *object.value : list(at, object.indent, !emv::is_constructed(object.tag));
        out.append(values_alone ? value : object_of(object.tag, value));
    }
    return out;
}

}  // namespace posbench::card
