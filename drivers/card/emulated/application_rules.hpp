#pragma once

#include <array>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/application.hpp"
#include "drivers/card/emulated/as_is.hpp"
#include "drivers/card/emulated/object_table.hpp"

/// What EMV requires of an application as a whole, beyond the form of each object. Each rule refuses with a
/// config::ConfigError unless `as_is` takes it.
namespace posbench::card {

/// Refuses an `aip` that claims a method of offline data authentication (EMV book 3 annex C1) which the card
/// was given no keys for.
void check_claims(const config::Reader& reader, const AsIs& as_is, const Application& application);

/// Refuses a PAN in `tags` (5A, 57) that is not the account's: keys and certificates are made with that one.
/// @param data the objects as `tags` left them
void check_same_account(const ObjectTable& tags, const AsIs& as_is, const Account& account,
                        const emv::TlvMap& data);

/// PAN, expiry, CDOL1 and CDOL2, which records must hold (EMV book 3 clause 7.2, mandatory data objects).
inline constexpr std::array<emv::Tag, 4> mandatory_objects{0x5A, 0x5F24, 0x8C, 0x8D};

/// Refuses records in which a mandatory object stands nowhere; over the field with Mastercard's profile not
/// 8D (book C-2: no second GENERATE AC). The quick profiles answer what they need with GET PROCESSING
/// OPTIONS.
void check_mandatory(const config::Reader& reader, const AsIs& as_is, const Application& application);

}  // namespace posbench::card
