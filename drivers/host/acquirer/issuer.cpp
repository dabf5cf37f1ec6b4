#include "drivers/host/acquirer/issuer.hpp"

namespace posbench::host {
namespace {

/// A PIN block "without PAN" is one made with a PAN of zeros (ANSI X9.8).
constexpr std::string_view no_pan = "0000000000000000";

}  // namespace

PinCheck Account::check_pin(const crypto::Block8& block, iso8583::Field53::Block form) {
    using Block = iso8583::Field53::Block;
    if (form == Block::none) return PinCheck::bad_format;
    const auto pin =
        crypto::pin_from_iso0(block, form == Block::with_pan ? std::string_view(profile_->pan) : no_pan);
    if (!pin) return PinCheck::bad_format;
    if (wrong_pins_ >= profile_->pin_tries) return PinCheck::exhausted;
    if (profile_->pin != *pin) {
        ++wrong_pins_;
        return PinCheck::wrong;
    }
    wrong_pins_ = 0;
    return PinCheck::right;
}

Bytes Account::answer(const VerifiedCryptogram& cryptogram, std::string_view response_code) {
    Bytes field = cryptogram.answer(response_code);
    if (!scripts_sent_) append(field, issuer_scripts(cryptogram, profile_->script_keys, profile_->scripts));
    scripts_sent_ = true;
    return field;
}

Issuer::Issuer(const Profile& profile) {
    accounts_.reserve(profile.accounts.size());
    for (const AccountProfile& account : profile.accounts) accounts_.try_emplace(account.pan, account);
}

Account* Issuer::find(std::string_view pan) noexcept {
    const auto found = accounts_.find(pan);
    return found == accounts_.end() ? nullptr : &found->second;
}

}  // namespace posbench::host
