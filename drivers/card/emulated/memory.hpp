#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

struct Record;

/// An answer with a cryptogram of which the card cannot know that it arrived: no command came after it.
struct TornAnswer {
    emv::TlvMap given;  ///< by the terminal, up to then
    Bytes answer;
    std::uint8_t information = 0;  ///< 9F27
    crypto::Block8 cryptogram{};
    std::uint16_t atc = 0;
    emv::TlvMap dynamic;  ///< objects of this transaction that stand in records
};

/// What one application remembers from one transaction to the next (VIS 1.4 and PBOC 2.0 part 5: card
/// internal data).
struct ApplicationMemory {
    std::uint16_t atc = 0;              ///< 9F36
    std::uint16_t last_online_atc = 0;  ///< 9F13; 0: never was online
    bool blocked = false;
    std::int64_t offline_amount = 0;  ///< approved offline since then, minor units of the card's currency
    /// The issuer's addition to the transactions since then, which the consecutive limits are for.
    std::int32_t transactions_added = 0;
    std::uint8_t offline_transactions = 0;  ///< approved offline since then, in any currency; at most 255
    bool online_not_completed = false;
    bool issuer_authentication_failed = false;
    bool static_authentication_failed = false;   ///< and the transaction was declined offline
    bool dynamic_authentication_failed = false;  ///< the same
    bool go_online = false;                      ///< the issuer's wish in its card status update
    std::uint8_t script_commands = 0;            ///< of the last transaction that had some, at most 15
    bool script_failed = false;
    /// Data objects that GET DATA shows and PUT DATA changes, limits of risk management among them.
    emv::TlvMap objects;
    /// What UPDATE RECORD has made of a record of the image.
    struct ChangedRecord {
        const Record* record;  ///< of one application; another interface's of that number is another record
        Bytes octets;
    };
    std::vector<ChangedRecord> changed_records;
    std::vector<TornAnswer> torn;  ///< oldest first
    bool refills_balance = false;  ///< an approval online sets the balance 9F79 to its limit 9F77
};

/// What a chip keeps without power.
struct CardMemory {
    bool blocked = false;
    std::string pin;
    int pin_tries_left = 0;
    std::vector<ApplicationMemory> applications;  ///< by Application::slot
};

}  // namespace posbench::card
