#pragma once

#include <string>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/as_is.hpp"

namespace posbench::card {

/// What is embossed on a card; chip and stripe derive their data from it. Texts of digits.
struct Account {
    std::string pan;
    std::string sequence_number = "00";  ///< tag 5F34
    std::string effective;               ///< YYMMDD, first day of use; may be empty
    std::string expiry;                  ///< YYMMDD, last day of use
    std::string holder;                  ///< 2 to 26 characters: "TEST/CARD"
    std::string service_code;
    std::string discretionary = "0000000000";

    /// As on the stripe: year and month.
    std::string expiry_yymm() const { return expiry.substr(0, 4); }
    /// In the centuries of emv::parse_date: 99 is before 03.
    bool effective_after_expiry() const;
};

/// Takes the keys of an account out of `reader`. Keys that are not there keep the value in `base`; without a
/// base pan, expiry, holder and service_code must be there. A PAN has a right check digit (ISO/IEC 7812-1
/// annex B) and a card is not effective after its expiry, unless `as_is` says so. Messages never repeat a
/// value.
Account read_account(config::Reader& reader, const AsIs& as_is, const Account* base = nullptr);

}  // namespace posbench::card
