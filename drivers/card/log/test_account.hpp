#pragma once

#include <string>
#include <string_view>

#include "drivers/card/emulated/account.hpp"
#include "drivers/card/log/logged_card.hpp"

/// Nothing of a real card's account or holder gets into an image: what stands there instead.
namespace posbench::card {

/// The first six digits, zeros, and the check digit (ISO/IEC 7812-1 annex B), in the same length,
/// but 12 digits at least: an image takes no fewer. Precondition: 8 to 19 digits.
std::string test_pan(std::string_view pan);

/// For a PAN of which digits are masked, "622588******1234": its first six and last four digits, zeros
/// between them of which the last is changed so that the check digit holds. More than six and four do not
/// stay even when they are known. Without all of the first six they are those of the customary test PAN,
/// without all of the last four, or with fewer than 12 digits, the rest is that of test_pan().
/// Precondition: 8 to 19 digits and '*'.
std::string invented_pan(std::string_view masked);

/// The account of an application in a log, made into a test account: test_pan() or invented_pan(), TEST/CARD,
/// discretionary data of zeros. Sequence number, dates and service code are the card's own where they hold,
/// else customary.
Account test_account(const LoggedApplication& application);

/// All data objects of an application: of its records, then of what other commands brought, without what
/// masks hide. The first of a tag counts.
emv::TlvMap all_objects(const LoggedApplication& application);

}  // namespace posbench::card
