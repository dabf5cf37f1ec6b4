#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/card/emulated/authentication.hpp"
#include "drivers/card/emulated/contactless.hpp"
#include "drivers/card/emulated/issuer_keys.hpp"
#include "drivers/card/emulated/records.hpp"
#include "drivers/card/interface.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// Octets of data that an answer to a command of the short form holds (ISO/IEC 7816-4 clause 5.1).
inline constexpr std::size_t longest_answer = 256;

/// One application of a chip, ready to answer.
struct Application {
    std::size_t slot = 0;  ///< its memory; the same for an application over both interfaces
    bool blocked = false;  ///< at the beginning
    Bytes aid;
    Bytes fci;              ///< answer to SELECT, template 6F
    Bytes directory_entry;  ///< template 61 in the directory (EMV book 1, table 12.3)
    std::uint8_t priority = 1;
    Bytes aip;
    Bytes afl;
    std::vector<emv::DolEntry> pdol, cdol1, cdol2, ddol;
    std::vector<Record> records;
    int response_format = 1;       ///< of GET PROCESSING OPTIONS and GENERATE AC: template 80 or 77
    bool online_required = false;  ///< ARQC where a TC was asked for
    Bytes currency;                ///< 9F42
    Bytes country;                 ///< 5F28
    IssuerKeys issuer;
    Authentication authentication;
    emv::TlvMap objects;                     ///< what GET DATA shows at the beginning, beside counters
    std::optional<Contactless> contactless;  ///< over the field
    /// What it is for a terminal that knows the SM algorithms, from GET PROCESSING OPTIONS on; null: the same
    /// as for others.
    std::shared_ptr<const Application> with_sm;
    bool is_sm = false;  ///< it is such a one

    std::vector<std::string> as_is;  ///< words of `as_is` under which something is wrong
    std::string pan;                 ///< of its account

    bool quick() const noexcept { return contactless && contactless->quick(); }
    /// By EXTERNAL AUTHENTICATE.
    bool authenticates_issuer() const noexcept { return (aip[0] & aip::issuer) != 0; }
    /// With the second GENERATE AC (book 3 clause 10.9).
    bool authenticates_issuer_by_cdol2() const noexcept;
};

/// Reads one [application.NAME] table, or what contactless_table() made of it.
/// @param own the table laid over that of an application that was read before: its contactless or sm table.
///     What it inherits was checked there, where it may show what these records do not, and take what is
///     wrong there alone
/// @throws config::ConfigError naming key and rule
Application read_application(config::Reader reader, const Account& card_account, Interface interface,
                             const config::Table* own = nullptr);

}  // namespace posbench::card
