#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/log/logged_card.hpp"

/// Account numbers (PANs) and tracks in what a log tells of a card.
namespace posbench::card {

/// 8 to 19 digits.
bool is_pan(std::string_view text) noexcept;

/// The parts of track 2 equivalent data (EMV book 3 annex A): PAN D YYMM service code, discretionary data.
struct TrackTwo {
    std::string pan, expiry, service_code, discretionary;
};
TrackTwo split_track2(std::string digits);

/// Calls `hear` with each primitive object, those in templates too, as far as octets can be read; the last
/// one may be cut. Objects with masked digits come last, from UnmaskedData::masked.
/// @param hear gets the tag and the value as hexadecimal with '*' for masked digits
void for_each_object(const emv::UnmaskedData& data,
                     const std::function<void(emv::Tag, const std::string& digits)>& hear);

/// All that an application said: its records, then what other commands brought.
std::vector<const emv::UnmaskedData*> told_by(const LoggedApplication& application);

/// The first value of an object that is told whole, else the first with masked digits ('*'); hexadecimal,
/// empty when there is none.
std::string digits_of(const LoggedApplication& application, emv::Tag tag);

/// Account numbers of an application, each once and at most Personal::most: digits, '*' for masked ones, 8
/// to 19 of both.
std::vector<std::string> pans_of(const LoggedApplication& application);

/// The first of pans_of(), when masks hide a part of each; else empty.
std::string masked_pan(const LoggedApplication& application);

}  // namespace posbench::card
