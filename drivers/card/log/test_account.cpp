#include "drivers/card/log/test_account.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view test_holder = "TEST/CARD";
constexpr std::string_view customary_pan = "6210940000000000";
constexpr std::string_view customary_service_code = "220";
constexpr std::string_view customary_expiry = "491231";
constexpr std::size_t fewest_digits = 12, most_digits = 19, most_discretionary = 13;

bool all_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_pan(std::string_view text) noexcept {
    return all_digits(text) && text.size() >= fewest_digits && text.size() <= most_digits;
}

std::string unpadded(ByteView packed) {
    std::string digits = to_hex(packed);
    digits.erase(std::min(digits.find_last_not_of('F') + 1, digits.size()));
    return digits;
}

/// The parts of track 2 equivalent data (EMV book 3 annex A): PAN D YYMM service code, discretionary data.
struct TrackTwo {
    std::string pan, expiry, service_code, discretionary;
};
TrackTwo split_track2(ByteView value) {
    const std::string text = unpadded(value);
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

}  // namespace

std::string test_pan(std::string_view pan) {
    std::string digits(pan.substr(0, 6));
    digits.resize(pan.size(), '0');
    while (!magstripe::luhn_valid(digits) && digits.back() != '9') ++digits.back();
    return digits;
}

Account test_account(const emv::TlvMap& data) {
    const TrackTwo track = split_track2(data.get(0x57));
    Account account;
    std::string pan = unpadded(data.get(0x5A));
    if (!is_pan(pan)) pan = track.pan;
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

    if (const std::string psn = to_hex(data.get(0x5F34)); psn.size() == 2 && all_digits(psn))
        account.sequence_number = psn;
    const std::string service_code = to_hex(data.get(0x5F30));
    account.service_code = customary_service_code;
    if (service_code.size() == 4 && all_digits(service_code))
        account.service_code = service_code.substr(1);
    else if (track.service_code.size() == 3 && all_digits(track.service_code))
        account.service_code = track.service_code;
    if (!track.pan.empty())
        account.discretionary.assign(std::min(track.discretionary.size(), most_discretionary), '0');
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
            learn(objects);
        }
        learn(application.control);
        learn(application.counters);
    }
}

void Personal::learn(const emv::TlvMap& data) {
    std::string name_on_track;
    for (const std::string& pan :
         {unpadded(data.get(0x5A)), split_track2(data.get(0x57)).pan, split_track2(data.get(0x9F6B)).pan,
          split_track1(data.get(0x56), name_on_track).pan})
        if (is_pan(pan) && pan != test_pan(pan)) learn(digits_, pan, "more than 64 account numbers");
    for (const std::string& name :
         {name_in(data.get(0x5F20)), name_in(data.get(0x9F0B)), name_in(as_bytes(name_on_track))})
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
