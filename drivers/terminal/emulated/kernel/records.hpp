#pragma once

#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/terminal/emulated/kernel/card_channel.hpp"

namespace posbench::terminal {

/// Reading ended before its end.
struct UnreadRecords {
    ChipFailure failure;
    std::string_view where;
};

/// Reads what an application file locator names (EMV book 3 clause 10.2) into `card`, and gives the records
/// that take part in offline data authentication. Of files 11 to 30 nothing else is used. An object that
/// stands twice in the records ends it; so do a locator that names no file or record, and too many records.
runtime::Task<Result<std::vector<emv::AuthenticatedRecord>, UnreadRecords>> read_records(CardChannel& channel,
                                                                                         ByteView locator,
                                                                                         emv::TlvMap& card);

}  // namespace posbench::terminal
