#pragma once

#include <cstdint>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// A record of a linear file, as READ RECORD gives it: template 70 with its data objects, or raw octets.
struct Record {
    std::uint8_t sfi = 1;
    std::uint8_t number = 1;
    Bytes octets;
};

/// The data objects that stand for an account: 57, 5A, 5F20, 5F24, 5F25, 5F30, 5F34, 9F1F.
void derive_account_data(const Account& account, emv::TlvMap& data);

/// Lays the table `tags` over `data`: keys are tags ("9F0D") or names of the dictionary, values hexadecimal;
/// an empty value takes the object off the card. Returns the tags taken off.
std::vector<emv::Tag> override_data(config::Reader& application, emv::TlvMap& data);

/// The records that `record` lays out, or the customary three when it is absent.
std::vector<Record> read_records(config::Reader& application, const emv::TlvMap& data,
                                 const std::vector<emv::Tag>& taken_off);

/// Application file locator, tag 94: one entry for each run of records; none takes part in offline data
/// authentication.
Bytes application_file_locator(const std::vector<Record>& records);

}  // namespace posbench::card
