#pragma once

#include <set>
#include <string_view>
#include <unordered_map>

#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/transaction.hpp"
#include "drivers/host/acquirer/usage.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {

enum class PinCheck {
    right,
    wrong,
    exhausted,   ///< no tries are left: not even the right one helps
    bad_format,  ///< field 52 or 53 is no PIN block of ISO 9564-1 format 0
};

/// An issuer's view of one card account during a run.
class Account {
  public:
    explicit Account(const AccountProfile& profile) noexcept : profile_(&profile) {}

    const AccountProfile& profile() const noexcept { return *profile_; }
    Usage& usage() noexcept { return usage_; }
    /// Checks a clear PIN block and counts the wrong ones; a right one sets the count back.
    PinCheck check_pin(const crypto::Block8& block, iso8583::Field53::Block form);

    /// Whether a transaction with this very cryptogram was approved. A request and a certificate of one
    /// transaction have the same counter, never the same octets.
    bool has_approved(const VerifiedCryptogram& cryptogram) const {
        return approved_.contains(cryptogram.value());
    }
    void approved(const VerifiedCryptogram& cryptogram) { approved_.insert(cryptogram.value()); }

    /// Field 55 of the answer to a right cryptogram: issuer authentication data, and with the first such
    /// answer the account's scripts.
    Bytes answer(const VerifiedCryptogram& cryptogram, std::string_view response_code);

  private:
    const AccountProfile* profile_;
    Usage usage_;
    int wrong_pins_ = 0;
    std::set<crypto::Block8> approved_;  ///< cryptograms; a card makes at most 65,535 of each kind
    bool scripts_sent_ = false;
};

/// The accounts of all issuers behind this host.
class Issuer {
  public:
    explicit Issuer(const Profile& profile);
    /// Null for a PAN no account has: a recording may bring one.
    /// @param pan of at most 19 digits
    Account* find(std::string_view pan) noexcept;

  private:
    std::unordered_map<Pan, Account, TextHash> accounts_;
};

}  // namespace posbench::host
