#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/card/emulated/records.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// One application of a chip, ready to answer.
struct Application {
    Bytes aid;
    Bytes fci;              ///< answer to SELECT, template 6F
    Bytes directory_entry;  ///< template 61 in the directory (EMV book 1, table 12.3)
    std::uint8_t priority = 1;
    Bytes aip;
    Bytes afl;
    std::vector<emv::DolEntry> pdol, cdol1, cdol2;
    std::vector<Record> records;
    int response_format = 1;  ///< of GET PROCESSING OPTIONS and GENERATE AC: template 80 or 77
    bool online_required = false;
    emv::CryptogramVersion cryptogram_version = emv::CryptogramVersion::unionpay_01;
    std::uint8_t key_index = 1;
    crypto::Block16 master_key{};

    bool authenticates_issuer() const noexcept { return (aip[0] & 0x04) != 0; }
};

/// Reads one [application.NAME] table. @throws config::ConfigError naming key and rule
Application read_application(config::Reader reader, const Account& card_account);

}  // namespace posbench::card
