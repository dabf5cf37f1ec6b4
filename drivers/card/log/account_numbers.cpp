#include "drivers/card/log/account_numbers.hpp"

#include <algorithm>

#include "bench/runtime/ascii.hpp"
#include "drivers/card/log/personal.hpp"
#include "drivers/protocols/emv/mask.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t fewest_digits = 8, most_digits = 19;

/// Digits, and '*' for those that are masked.
bool is_masked_pan(std::string_view text) {
    return text.size() >= fewest_digits && text.size() <= most_digits &&
           text.find_first_not_of("0123456789*") == std::string_view::npos &&
           text.find_first_not_of('*') != std::string_view::npos;
}

/// Without an end that can be told it is as long as most are.
std::string pan_on_track(const std::string& digits) {
    constexpr std::size_t customary_length = 16;
    std::string pan = split_track2(digits).pan;
    const bool endless = digits.find('D') == std::string::npos && digits.find('*') != std::string::npos;
    return endless ? pan.substr(0, customary_length) : pan;
}

/// Tag and length at the front of `octets`, whether the value is all there or not; a tag of 0 when they
/// cannot be read.
struct Front {
    emv::Tag tag = 0;
    std::size_t size = 0, length = 0;
};
Front read_front(ByteView octets) {
    if (const auto header = emv::parse_tlv_header(octets)) return {header->tag, header->size, header->length};
    // Cut, or longer than what is around it: the value ends with the octets.
    constexpr std::uint8_t long_tag = 0x1F, more = 0x80;
    Front front;
    if (octets.empty()) return front;
    emv::Tag tag = octets[0];
    std::size_t at = 1;
    if ((tag & long_tag) == long_tag) do {
            if (at == octets.size() || at > 2) return front;
            tag = tag << 8 | octets[at];
        } while ((octets[at++] & more) != 0);
    if (at == octets.size()) return front;
    const std::uint8_t length = octets[at++];
    if (length >= more) at += length - more;
    if (at >= octets.size()) return front;
    return {tag, at, octets.size() - at};
}

using Heard = std::function<void(emv::Tag, ByteView)>;
void walk(ByteView octets, const Heard& hear, int depth) {
    while (!octets.empty()) {
        if (octets[0] == 0x00) {
            octets = octets.subspan(1);
            continue;
        }
        const Front front = read_front(octets);
        if (front.tag == 0) return;
        const ByteView value = octets.subspan(front.size, front.length);
        if (emv::is_constructed(front.tag) && depth < emv::deepest_tlv)
            walk(value, hear, depth + 1);
        else
            hear(front.tag, value);
        octets = octets.subspan(front.size + front.length);
    }
}

}  // namespace

bool is_pan(std::string_view text) noexcept {
    return runtime::is_all_digits(text) && text.size() >= fewest_digits && text.size() <= most_digits;
}

TrackTwo split_track2(std::string digits) {
    const std::string text = emv::without_padding(std::move(digits));
    const std::size_t separator = std::min(text.find('D'), text.size());
    const std::string_view rest = std::string_view(text).substr(std::min(separator + 1, text.size()));
    const auto part = [&](std::size_t at, std::size_t size) {
        return std::string(rest.substr(std::min(at, rest.size()), size));
    };
    return {text.substr(0, separator), part(0, 4), part(4, 3), part(7, rest.size())};
}

void for_each_object(const emv::UnmaskedData& data,
                     const std::function<void(emv::Tag, const std::string& digits)>& hear) {
    walk(
        data.octets,
        [&](emv::Tag tag, ByteView value) {
            if (std::ranges::find(data.masked, tag, &emv::MaskedObject::tag) == data.masked.end())
                hear(tag, to_hex(value));
        },
        1);
    for (const emv::MaskedObject& object : data.masked) hear(object.tag, object.digits);
}

std::vector<const emv::UnmaskedData*> told_by(const LoggedApplication& application) {
    std::vector<const emv::UnmaskedData*> all;
    for (const LoggedRecord& record : application.records) all.push_back(&record.data);
    for (const emv::UnmaskedData& answer : application.answers) all.push_back(&answer);
    return all;
}

std::string digits_of(const LoggedApplication& application, emv::Tag tag) {
    std::string whole, masked;
    for (const emv::UnmaskedData* data : told_by(application)) {
        for_each_object(*data, [&](emv::Tag found, const std::string& digits) {
            if (found != tag || digits.empty()) return;
            std::string& first = digits.find('*') == std::string::npos ? whole : masked;
            if (first.empty()) first = digits;
        });
        if (!whole.empty()) return whole;
    }
    return masked;
}

std::vector<std::string> pans_of(const LoggedApplication& application) {
    std::vector<std::string> pans;
    const auto add = [&](const std::string& pan) {
        if (is_masked_pan(pan) && pans.size() < Personal::most && std::ranges::find(pans, pan) == pans.end())
            pans.push_back(pan);
    };
    for (const emv::UnmaskedData* data : told_by(application)) {
        // The number by itself is told better than on a track.
        for_each_object(*data, [&](emv::Tag tag, const std::string& digits) {
            if (tag == 0x5A) add(emv::without_padding(digits));
        });
        for_each_object(*data, [&](emv::Tag tag, const std::string& digits) {
            if (tag == 0x57 || tag == 0x9F6B) add(pan_on_track(digits));
        });
    }
    return pans;
}

std::string masked_pan(const LoggedApplication& application) {
    const std::vector<std::string> pans = pans_of(application);
    return pans.empty() || std::ranges::any_of(pans, is_pan) ? "" : pans.front();
}

}  // namespace posbench::card
