#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/describe.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// The transaction log of a card (EMV book 3 annex D): where it is, and its records for people.
namespace posbench::card {

inline constexpr emv::Tag log_entry_tag = 0x9F4D, log_format_tag = 0x9F4F;

/// The file of the log by the log entry 9F4D of the control information (SFI, number of records); 0 where
/// `log_entry` is none.
std::uint8_t log_file(ByteView log_entry) noexcept;

/// A record: values one after the other as the log format 9F4F lays them out, without tags. Where the format
/// has another length, one line that says so; but a record in a template 70 is read as any other.
/// @param format empty: not known, and `no_format` says why
emv::Lines describe_log_record(const std::vector<emv::DolEntry>& format, std::string_view no_format,
                               ByteView record, const emv::Reading& reading, int depth = 0);

}  // namespace posbench::card
