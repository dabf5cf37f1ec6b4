#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/card/log/logged_card.hpp"

/// Nothing of a real card's account or holder gets into an image: what stands there instead.
namespace posbench::card {

/// The first six digits, zeros, and the check digit (ISO/IEC 7812-1 annex B), in the same length.
/// Precondition: 12 to 19 digits.
std::string test_pan(std::string_view pan);

/// For a PAN of which digits are masked, "622588******1234": its first six and last four digits, zeros
/// between them of which the last is changed so that the check digit holds. More than six and four do not
/// stay even when they are known. Without all of the first six they are those of the customary test PAN,
/// without all of the last four the rest is that of test_pan(). Precondition: 12 to 19 digits and '*'.
std::string invented_pan(std::string_view masked);

/// Account numbers in the records and control information of an application, each once and at most 64:
/// digits, '*' for masked ones, 12 to 19 of both.
std::vector<std::string> pans_of(const LoggedApplication& application);

/// The first of pans_of(), when masks hide a part of each; else empty.
std::string masked_pan(const LoggedApplication& application);

/// The account of an application in a log, made into a test account: test_pan() or invented_pan(), TEST/CARD,
/// discretionary data of zeros. Sequence number, dates and service code are the card's own where they hold,
/// else customary.
Account test_account(const LoggedApplication& application);

/// All data objects of an application: control information, records, GET DATA, without what masks hide. The
/// first of a tag counts.
emv::TlvMap all_objects(const LoggedApplication& application);

/// What must not be found in an image. As every value is searched for all of it, it learns so many account
/// numbers and names and no more; a log with more than that makes no image.
class Personal {
  public:
    static constexpr std::size_t most = 64;

    explicit Personal(const LoggedCard& card);
    /// What there is too much of, "more than 64 account numbers"; empty: it knows all there are.
    std::string_view excess() const noexcept { return excess_; }
    /// A PAN of the card as digits (packed, also shifted by half an octet) or characters, or its holder's
    /// name.
    bool is_in(ByteView value) const;
    /// A PAN of the card or a name, in a text.
    bool is_in(std::string_view text) const;

  private:
    void learn(const emv::TlvMap& data, const std::vector<MaskedObject>& masked = {});
    /// Keeps `part` once, as long as there is room.
    void learn(std::vector<std::string>& parts, std::string part, std::string_view excess);

    std::string_view excess_;
    std::vector<std::string> digits_;
    std::vector<std::string> names_;
};

}  // namespace posbench::card
