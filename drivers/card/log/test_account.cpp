#include "drivers/card/log/test_account.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view test_holder = "TEST/CARD";
constexpr std::string_view customary_pan = "6210940000000000";
constexpr std::string_view customary_service_code = "220";
constexpr std::string_view customary_expiry = "491231";
constexpr std::size_t fewest_digits = 12, most_digits = 19, most_discretionary = 13;

bool is_pan(std::string_view text) noexcept {
    return runtime::is_all_digits(text) && text.size() >= fewest_digits && text.size() <= most_digits;
}

/// Digits, and '*' for those that are masked.
bool is_masked_pan(std::string_view text) {
    return text.size() >= fewest_digits && text.size() <= most_digits &&
           text.find_first_not_of("0123456789*") == std::string_view::npos;
}

std::string unpadded(std::string digits) {
    digits.erase(std::min(digits.find_last_not_of('F') + 1, digits.size()));
    return digits;
}

/// The parts of track 2 equivalent data (EMV book 3 annex A): PAN D YYMM service code, discretionary data.
struct TrackTwo {
    std::string pan, expiry, service_code, discretionary;
};
TrackTwo split_track2(std::string digits) {
    const std::string text = unpadded(std::move(digits));
    const std::size_t separator = std::min(text.find('D'), text.size());
    const std::string_view rest = std::string_view(text).substr(std::min(separator + 1, text.size()));
    const auto part = [&](std::size_t at, std::size_t size) {
        return std::string(rest.substr(std::min(at, rest.size()), size));
    };
    return {text.substr(0, separator), part(0, 4), part(4, 3), part(7, rest.size())};
}

/// The field between '^' and '^' of track 1 data, and the digits before it (ISO/IEC 7813, format B).
TrackTwo split_track1(ByteView value, std::string& name) {
    const std::string_view text = as_text(value);
    const std::size_t first = text.find('^');
    if (first == std::string_view::npos) return {};
    const std::size_t second = std::min(text.find('^', first + 1), text.size());
    name = std::string(text.substr(first + 1, second - first - 1));
    const std::size_t digits = std::min(text.find_first_of("0123456789"), first);
    return {std::string(text.substr(digits, first - digits)), {}, {}, {}};
}

/// Letters of a name without blanks around it; empty when there is too little to know it again by.
std::string name_in(ByteView value) {
    std::string name(as_text(value));
    name.erase(name.find_last_not_of(" /") + 1);
    name.erase(0, name.find_first_not_of(" /"));
    constexpr std::size_t fewest = 4;
    return name.size() < fewest ? "" : name;
}

/// The hexadecimal digits of the first object with this tag, '*' for what is masked; empty: there is none.
std::string digits_of(const LoggedRecord& record, emv::Tag tag) {
    for (const MaskedObject& object : record.masked)
        if (object.tag == tag) return object.digits;
    emv::TlvMap objects;
    if (const auto list = emv::parse_tlv(record.octets)) objects.absorb(*list);
    return to_hex(objects.get(tag));
}
std::string digits_of(const LoggedApplication& application, emv::Tag tag) {
    std::string masked;
    for (const LoggedRecord& record : application.records) {
        const std::string digits = digits_of(record, tag);
        if (!digits.empty() && digits.find('*') == std::string::npos) return digits;
        if (masked.empty()) masked = digits;
    }
    const ByteView other = application.control.get(tag);
    return other.empty() ? masked : to_hex(other);
}

/// Without an end that can be told it is as long as most are.
std::string pan_on_track(const std::string& digits) {
    constexpr std::size_t customary_length = 16;
    std::string pan = split_track2(digits).pan;
    const bool endless = digits.find('D') == std::string::npos && digits.find('*') != std::string::npos;
    return endless ? pan.substr(0, customary_length) : pan;
}

}  // namespace

std::string test_pan(std::string_view pan) {
    std::string digits(pan.substr(0, 6));
    digits.resize(pan.size(), '0');
    while (!magstripe::luhn_valid(digits) && digits.back() != '9') ++digits.back();
    return digits;
}

std::string invented_pan(std::string_view masked) {
    constexpr std::size_t first = 6, last = 4;
    const auto told = [](std::string_view digits) { return digits.find('*') == std::string_view::npos; };
    const std::string_view issuer = masked.substr(0, first);
    std::string digits(told(issuer) ? issuer : customary_pan.substr(0, first));
    digits.resize(masked.size(), '0');
    const std::string_view end = masked.substr(masked.size() - last);
    if (!told(end)) return test_pan(digits);
    digits.replace(digits.size() - last, last, end);
    char& free = digits[digits.size() - last - 1];
    while (!magstripe::luhn_valid(digits) && free != '9') ++free;
    return digits;
}

std::vector<std::string> pans_of(const LoggedApplication& application) {
    std::vector<std::string> pans;
    const auto add = [&](const std::string& pan) {
        if (is_masked_pan(pan) && pan.find_first_not_of('*') != std::string::npos &&
            pans.size() < Personal::most && std::ranges::find(pans, pan) == pans.end())
            pans.push_back(pan);
    };
    for (const LoggedRecord& record : application.records) {
        add(unpadded(digits_of(record, 0x5A)));
        add(pan_on_track(digits_of(record, 0x57)));
    }
    add(unpadded(to_hex(application.control.get(0x5A))));
    add(pan_on_track(to_hex(application.control.get(0x57))));
    return pans;
}

std::string masked_pan(const LoggedApplication& application) {
    const std::vector<std::string> pans = pans_of(application);
    return pans.empty() || std::ranges::any_of(pans, is_pan) ? "" : pans.front();
}

Account test_account(const LoggedApplication& application) {
    const emv::TlvMap data = all_objects(application);
    const TrackTwo track = split_track2(digits_of(application, 0x57));
    const std::string masked = masked_pan(application);
    Account account;
    std::string pan = unpadded(to_hex(data.get(0x5A)));
    if (!is_pan(pan)) pan = track.pan;
    if (!masked.empty())
        account.pan = invented_pan(masked);
    else
        account.pan = test_pan(is_pan(pan) ? std::string_view(pan) : customary_pan);
    account.holder = test_holder;

    const std::string expiry = to_hex(data.get(0x5F24)), effective = to_hex(data.get(0x5F25));
    account.expiry = customary_expiry;
    if (emv::parse_date(expiry))
        account.expiry = expiry;
    else if (const auto month = emv::parse_month(track.expiry))
        account.expiry =
            fmt::format("{}{:02}", track.expiry, static_cast<unsigned>((*month / std::chrono::last).day()));
    if (emv::parse_date(effective)) account.effective = effective;

    if (const std::string psn = to_hex(data.get(0x5F34)); psn.size() == 2 && runtime::is_all_digits(psn))
        account.sequence_number = psn;
    const std::string service_code = to_hex(data.get(0x5F30));
    account.service_code = customary_service_code;
    if (service_code.size() == 4 && runtime::is_all_digits(service_code))
        account.service_code = service_code.substr(1);
    else if (track.service_code.size() == 3 && runtime::is_all_digits(track.service_code))
        account.service_code = track.service_code;
    // Of the 40 characters of track 2 (ISO/IEC 7811-2) PAN and discretionary data have 29.
    const std::size_t room = std::min(most_discretionary, 29 - account.pan.size());
    if (!track.pan.empty()) account.discretionary.assign(std::min(track.discretionary.size(), room), '0');
    return account;
}

emv::TlvMap all_objects(const LoggedApplication& application) {
    emv::TlvMap all;
    const auto add = [&all](const emv::TlvMap& objects) {
        for (const auto& [tag, value] : objects.entries())
            if (!all.has(tag)) all.set(tag, value);
    };
    for (const LoggedRecord& record : application.records) {
        emv::TlvMap objects;
        if (const auto list = emv::parse_tlv(record.octets)) objects.absorb(*list);
        for (const MaskedObject& object : record.masked) objects.erase(object.tag);
        add(objects);
    }
    add(application.control);
    add(application.counters);
    return all;
}

Personal::Personal(const LoggedCard& card) {
    for (const LoggedApplication& application : card.applications) {
        // Each record by itself: another one may bear another number under the same tag.
        for (const LoggedRecord& record : application.records) {
            emv::TlvMap objects;
            if (const auto list = emv::parse_tlv(record.octets)) objects.absorb(*list);
            learn(objects, record.masked);
        }
        learn(application.control);
        learn(application.counters);
    }
}

void Personal::learn(const emv::TlvMap& data, const std::vector<MaskedObject>& masked) {
    const auto object_of = [&](emv::Tag tag) {
        const auto found = std::ranges::find(masked, tag, &MaskedObject::tag);
        return found == masked.end() ? nullptr : &*found;
    };
    // Of a track the PAN may be whole where the rest is masked.
    const auto digits = [&](emv::Tag tag) {
        const MaskedObject* object = object_of(tag);
        return object ? object->digits : to_hex(data.get(tag));
    };
    const auto text = [&](emv::Tag tag) { return object_of(tag) ? ByteView() : data.get(tag); };
    std::string name_on_track;
    for (const std::string& pan :
         {unpadded(digits(0x5A)), split_track2(digits(0x57)).pan, split_track2(digits(0x9F6B)).pan,
          split_track1(text(0x56), name_on_track).pan})
        if (is_pan(pan) && pan != test_pan(pan)) learn(digits_, pan, "more than 64 account numbers");
    for (const std::string& name :
         {name_in(text(0x5F20)), name_in(text(0x9F0B)), name_in(as_bytes(name_on_track))})
        if (!name.empty() && name != test_holder) learn(names_, name, "more than 64 names of holders");
}

void Personal::learn(std::vector<std::string>& parts, std::string part, std::string_view excess) {
    static_assert(most == 64, "stands in the texts");
    if (std::ranges::find(parts, part) != parts.end()) return;
    if (parts.size() >= most)
        excess_ = excess;
    else
        parts.push_back(std::move(part));
}

bool Personal::is_in(ByteView value) const {
    return is_in(to_hex(value)) || is_in(as_text(value));
}

bool Personal::is_in(std::string_view text) const {
    const auto holds = [text](const std::string& part) { return text.find(part) != std::string_view::npos; };
    return std::ranges::any_of(digits_, holds) || std::ranges::any_of(names_, holds);
}

}  // namespace posbench::card
