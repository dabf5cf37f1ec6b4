#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/log/apdu_log.hpp"
#include "drivers/protocols/emv/masked_octets.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What a log tells of the card in it.
namespace posbench::card {

/// Different data objects of an application: of more no image is made, for each is searched for among all.
inline constexpr std::size_t most_objects = 1000;

struct LoggedRecord {
    std::uint8_t sfi = 0;
    std::uint8_t number = 0;
    emv::UnmaskedData data;  ///< as READ RECORD gave them
};

struct LoggedApplication {
    Bytes aid;
    emv::TlvMap control;     ///< file control information: 50, 87, 5F2D, 9F38, 9F11, ...
    emv::TlvMap further;     ///< of these what stands in A5 itself and has no key in images: 9F11, 9F12, ...
    int options_format = 0;  ///< of GET PROCESSING OPTIONS: 1 in template 80, 2 in 77, 0 never answered
    Bytes aip, afl;
    int cryptogram_format = 0;  ///< of GENERATE AC
    Bytes issuer_data;     ///< 9F10 of the first cryptogram, of a quick card that of GET PROCESSING OPTIONS
    bool blocked = false;  ///< SELECT was answered with control information and 6283
    bool quick = false;    ///< gave a cryptogram with GET PROCESSING OPTIONS
    bool went_online = false;           ///< gave an ARQC where a TC was asked for
    std::vector<LoggedRecord> records;  ///< the first answer of each, in the order of the log
    emv::TlvMap counters;               ///< what GET DATA gave, up to one more than most_objects
    /// What SELECT, GET PROCESSING OPTIONS, GENERATE AC and GET DATA brought, each time.
    std::vector<emv::UnmaskedData> answers;
};

struct LoggedCard {
    Bytes atr;
    std::optional<bool> directory;  ///< SELECT 1PAY.SYS.DDF01 was answered, refused, never sent
    bool contactless = false;       ///< over the field, see over_the_field() in logged_card.cpp
    bool fetches = false;           ///< GET RESPONSE brought answers
    std::vector<LoggedApplication> applications;
    std::vector<Bytes> listed;  ///< identifiers in the directory
    /// Of `listed`, hexadecimal: nobody selected it. "<16 octets>" when it may be an account number.
    std::vector<std::string> unselected;
    std::vector<std::string> failures;  ///< "READ RECORD 00B2020C: 6A83 record not found", each once
    /// "the answer to SELECT in line 3 is no BER-TLV: no label and no lists from it", each once.
    std::vector<std::string> unread;
    /// "READ RECORD 00B2010C in line 9: what is selected since line 7 is not known", each once.
    std::vector<std::string> unplaced;
    /// The answers of these: what they tell of the holder counts.
    std::vector<emv::UnmaskedData> unplaced_answers;
    /// What masks hide outside the records: "9F38 of the answer to SELECT in line 12", each once.
    std::vector<std::string> masked;
};

/// What is selected is what the last SELECT with success selected, until a reset, or a SELECT of which nobody
/// knows how it ended: answers behind that are unplaced.
/// Pure; never fails: what is not understood or masked is passed over. The answer to reset is the first that
/// is told.
LoggedCard read_logged_card(const ApduLog& log);

}  // namespace posbench::card
