#include "drivers/card/log/test_account.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/card/log/account_numbers.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view test_holder = "TEST/CARD";
constexpr std::string_view customary_pan = "6210940000000000";
constexpr std::string_view customary_service_code = "220";
constexpr std::string_view customary_expiry = "491231";
constexpr std::size_t most_discretionary = 13;
constexpr std::size_t fewest_digits = 12;  ///< of an account number in an image

}  // namespace

std::string test_pan(std::string_view pan) {
    std::string digits(pan.substr(0, 6));
    digits.resize(std::max(pan.size(), fewest_digits), '0');
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
    // Of a shorter one little is hidden, and the check digit tells that.
    if (!told(end) || masked.size() < fewest_digits) return test_pan(digits);
    digits.replace(digits.size() - last, last, end);
    char& free = digits[digits.size() - last - 1];
    while (!magstripe::luhn_valid(digits) && free != '9') ++free;
    return digits;
}

Account test_account(const LoggedApplication& application) {
    const emv::TlvMap data = all_objects(application);
    const TrackTwo track = split_track2(digits_of(application, 0x57));
    const std::string masked = masked_pan(application);
    Account account;
    std::string pan = emv::without_padding(to_hex(data.get(0x5A)));
    if (!is_pan(pan)) {
        const std::vector<std::string> pans = pans_of(application);
        const auto whole = std::ranges::find_if(pans, is_pan);
        pan = whole == pans.end() ? "" : *whole;
    }
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
    if (!track.expiry.empty())  // else masks hide where they begin
        account.discretionary.assign(std::min(track.discretionary.size(), room), '0');
    return account;
}

emv::TlvMap all_objects(const LoggedApplication& application) {
    emv::TlvMap all;
    for (const emv::UnmaskedData* data : told_by(application)) {
        const emv::TlvMap objects = emv::whole_objects(*data);
        for (const auto& [tag, value] : objects.entries())
            if (!all.has(tag)) all.set(tag, value);
    }
    return all;
}

}  // namespace posbench::card
