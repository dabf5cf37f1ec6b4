#include "drivers/card/log/explained_log.hpp"

#include <algorithm>

#include "bench/runtime/ascii.hpp"
#include "drivers/card/log/log_line.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::uint8_t whole_octet = 0xFF;

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

std::optional<emv::MaskedOctets> read_value(emv::Tag tag, std::string_view text) {
    constexpr emv::Tag pan = 0x5A;
    if (text.starts_with('"') && text.ends_with('"') && text.size() >= 2) {
        emv::MaskedOctets out;
        for (const char c : text.substr(1, text.size() - 2))
            out.add(c == '*' ? 0x00 : static_cast<std::uint8_t>(c), c == '*' ? whole_octet : 0x00);
        return out;
    }
    if (tag == pan) return emv::read_masked_hex(std::string(text) + (text.size() % 2 == 1 ? "F" : ""));
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
    if (!rest.empty() && !(rest.size() > 2 && rest[0] == ' ' && runtime::is_letter(rest[1])))
        return std::nullopt;
    return emv::read_masked_hex(line.substr(2, digits));
}

bool ExplainedAnswer::take(std::string_view line) {
    constexpr std::size_t least_indent = 4, most_indent = 64;
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == npos || indent < least_indent || indent > most_indent) return false;
    const std::string_view text = trimmed(line);
    if (text.starts_with("·")) {
        hidden_ = hidden_ || (indent == least_indent && objects_.empty());
        return true;
    }
    const std::string_view digits = text.substr(0, text.find(' '));
    const auto tag = from_hex(digits);
    if (!tag || tag->empty() || tag->size() > 3) return false;
    Object object{indent, 0, {}};
    for (const std::uint8_t octet : *tag) object.tag = object.tag << 8 | octet;
    if (const std::size_t gap = text.find("  "); gap != npos) {
        object.value = read_value(object.tag, trimmed(text.substr(gap)));
        // Of a data object list the lengths are told, under the list itself: that is no answer's object.
        const bool under_value =
            !objects_.empty() && objects_.back().indent < indent && objects_.back().value;
        if (!object.value && !under_value && text.find(" octet", gap) == npos) hidden_ = true;
    }
    objects_.push_back(std::move(object));
    return true;
}

std::optional<emv::MaskedOctets> ExplainedAnswer::octets() const {
    if (hidden_) return std::nullopt;
    std::size_t at = 0;
    return list(at, 0, false);
}

emv::MaskedOctets ExplainedAnswer::list(std::size_t& at, std::size_t indent, bool values_alone) const {
    emv::MaskedOctets out;
    while (at < objects_.size() && objects_[at].indent > indent) {
        const Object& object = objects_[at++];
        // What is under a value explains it.
        std::size_t inside = at;
        while (at < objects_.size() && objects_[at].indent > object.indent) ++at;
        emv::MaskedOctets value;
        if (object.value)
            value = *object.value;
        else
            value = list(inside, object.indent, !emv::is_constructed(object.tag));
        out.append(values_alone ? value : object_of(object.tag, value));
    }
    return out;
}

}  // namespace posbench::card
