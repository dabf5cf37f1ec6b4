#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/card/emulated/as_is.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// A record of a linear file, as READ RECORD gives it: template 70 with its data objects, or raw octets.
struct Record {
    std::uint8_t sfi = 1;
    std::uint8_t number = 1;
    Bytes octets;
    bool authenticated = false;  ///< takes part in offline data authentication
    bool in_locator = true;      ///< the application file locator names it; READ RECORD gives it anyway
};

/// Octets of a record, tag and length of its template counted (EMV book 2 annex D1).
inline constexpr std::size_t longest_record = 254;

/// Files of which the records are templates 70 (EMV book 3 clause 5.3.2.2): 1 to this one.
inline constexpr std::uint8_t last_emv_file = 10;

/// The data objects that stand for an account: 57, 5A, 5F20, 5F24, 5F25, 5F30, 5F34, 9F1F.
void derive_account_data(const Account& account, emv::TlvMap& data);

/// A record of a card whose image lays out none; it is left out when none of its objects has a value.
struct CustomaryRecord {
    std::uint8_t sfi;
    bool authenticated;  ///< on a card with offline data authentication
    std::vector<emv::Tag> tags;
};
std::span<const CustomaryRecord> contact_records();

/// What a record is to hold: data objects, or octets as they are.
struct RecordLayout {
    std::uint8_t sfi = 1;
    std::uint8_t number = 1;
    bool authenticated = false;
    bool in_locator = true;
    std::vector<emv::Tag> tags;
    std::optional<Bytes> raw;
    config::Reader where;  ///< for what is said about it
};
/// The records that `record` lays out; where it lays out none of files 1 to 10, behind the customary ones,
/// which are numbered 0 until they are made.
/// @param authenticated the card has offline data authentication: without `record` the account's and the
///     rules' take part
std::vector<RecordLayout> read_layouts(config::Reader& application, bool authenticated,
                                       std::span<const CustomaryRecord> customary = contact_records());

/// Files 1 to 10 are not the customary ones.
bool lays_out_files(const std::vector<RecordLayout>& layouts);

/// The records with the values in `data`. Of what was taken off a record has nothing; any other tag without a
/// value is refused. A customary record without any object is left out, and the others move up.
std::vector<Record> make_records(const std::vector<RecordLayout>& layouts, const emv::TlvMap& data,
                                 const std::vector<emv::Tag>& taken_off);
/// Refuses a primitive object that stands twice in the records of files 1 to 10 that the locator names (EMV
/// book 3 clause 10.2), unless `as_is` takes it. @throws config::ConfigError
void check_single_objects(const std::vector<RecordLayout>& layouts, const emv::TlvMap& data,
                          const std::vector<emv::Tag>& taken_off, const AsIs& as_is);
/// Only those that take part in offline data authentication: the others may need their certificates.
std::vector<Record> make_authenticated_records(const std::vector<RecordLayout>& layouts,
                                               const emv::TlvMap& data,
                                               const std::vector<emv::Tag>& taken_off);

/// Application file locator, tag 94, of those that are in it: one entry for each run of records, of which
/// those that take part in offline data authentication come first (EMV book 3 clause 10.2).
Bytes application_file_locator(const std::vector<Record>& records);

}  // namespace posbench::card
