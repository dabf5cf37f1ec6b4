#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/card/emulated/account.hpp"
#include "drivers/card/log/logged_card.hpp"
#include "drivers/card/log/personal.hpp"

namespace posbench::card {

/// A record as an image writes it.
struct LaidRecord {
    std::uint8_t sfi = 0;
    std::uint8_t number = 0;
    std::vector<emv::Tag> holds;
    std::optional<Bytes> raw;  ///< in the place of `holds`, where objects alone do not give the record again
    std::string comment;
};

/// The records of an application with test data in them.
struct LaidRecords {
    std::vector<LaidRecord> records;
    std::vector<std::pair<emv::Tag, Bytes>> tags;     ///< values that the account does not give
    std::vector<std::pair<emv::Tag, Bytes>> control;  ///< further file control information
    std::vector<std::pair<emv::Tag, Bytes>> objects;  ///< what GET DATA gives besides the counters
    std::vector<std::string> comments;                ///< for the image
    std::vector<std::string> notes;                   ///< for the person who imports
};

/// Lays out the records that the file locator names, in its order; without a locator all of files 1 to 10.
/// Objects of the account get the test account's values. Left out are keys and certificates, whose private
/// halves nobody has; cryptograms and other values made for one transaction; what masks in the log hide; and
/// what is hidden by emv::is_hidden() or holds something of the holder's. A record that is no BER-TLV stays
/// as long as it was: of it only objects that the dictionary knows and that would be kept elsewhere are
/// there, tags and lengths of other known ones, and from the first unknown one on nothing but zeros.
LaidRecords lay_out_records(const LoggedApplication& application, const Account& account,
                            const Personal& personal);

}  // namespace posbench::card
