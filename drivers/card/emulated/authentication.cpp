#include "drivers/card/emulated/authentication.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/dates.hpp"

namespace posbench::card {
namespace {

using Key = std::shared_ptr<const crypto::RsaPrivateKey>;

constexpr emv::Tag authority_index_tag = 0x8F, issuer_certificate_tag = 0x90, issuer_remainder_tag = 0x92,
                   issuer_exponent_tag = 0x9F32, static_signature_tag = 0x93, card_certificate_tag = 0x9F46,
                   card_exponent_tag = 0x9F47, card_remainder_tag = 0x9F48, pin_certificate_tag = 0x9F2D,
                   pin_exponent_tag = 0x9F2E, pin_remainder_tag = 0x9F2F;

Key read_key(config::Reader& reader, std::string_view key) {
    const auto text = reader.text(key);
    if (!text) return nullptr;
    auto read = crypto::RsaPrivateKey::from_pem(*text);
    if (!read) reader.fail(key, read.error().what);
    return std::make_shared<const crypto::RsaPrivateKey>(*std::move(read));
}

/// A signer's modulus is as long as what it signs, so nothing longer fits below it (book 2 annex D).
void require_no_longer(const config::Reader& reader, std::string_view key, const Key& own,
                       const crypto::RsaPrivateKey& signer) {
    if (own && own->size() > signer.size())
        reader.fail(key, fmt::format("has {} bits, more than the {} of the key that certifies it",
                                     own->size() * 8, signer.size() * 8));
}

/// Another octet than it was, and no larger number.
void spoil(Bytes& octets) {
    octets.back() ^= 0x01;
}

void set_certified(emv::TlvMap& data, const emv::CertifiedKey& key, emv::Tag certificate, emv::Tag remainder,
                   emv::Tag exponent) {
    data.set(certificate, key.certificate);
    if (!key.remainder.empty()) data.set(remainder, key.remainder);
    data.set(exponent, key.exponent);
}

}  // namespace

Bytes as_signed(const Authentication& own, Bytes signature) {
    if (own.spoils_signature) signature.back() ^= 0x01;
    return signature;
}

std::optional<AuthenticationSettings> AuthenticationSettings::read(config::Reader& application,
                                                                   const Account& account) {
    auto table = application.table("authentication", application.what() + " authentication");
    if (!table) return std::nullopt;
    AuthenticationSettings settings(*std::move(table));
    config::Reader& reader = settings.reader_;
    for (const std::string& method : reader.require("methods", reader.texts("methods"))) {
        if (method == "SDA")
            settings.static_data_ = true;
        else if (method == "DDA")
            settings.dynamic_data_ = true;
        else if (method == "CDA")
            settings.combined_ = true;
        else
            reader.fail("methods", fmt::format("'{}' is none of SDA, DDA, CDA", method));
    }
    settings.authority_ = read_key(reader, "authority");
    if (!settings.authority_) reader.missing("authority");
    settings.issuer_ = read_key(reader, "issuer");
    if (!settings.issuer_) reader.missing("issuer");
    settings.card_ = read_key(reader, "card");
    if (!settings.card_ && (settings.dynamic_data_ || settings.combined_)) reader.missing("card");
    settings.pin_ = read_key(reader, "pin");
    require_no_longer(reader, "issuer", settings.issuer_, *settings.authority_);
    require_no_longer(reader, "card", settings.card_, *settings.issuer_);
    require_no_longer(reader, "pin", settings.pin_, *settings.issuer_);
    const Bytes index = reader.require("authority_index", reader.bytes("authority_index"));
    if (index.size() != 1) reader.fail("authority_index", "must be one octet");
    settings.authority_index_ = index[0];
    settings.expiry_ = reader.text("expiry").value_or(account.expiry_yymm());
    if (!emv::parse_month(settings.expiry_)) reader.fail("expiry", "must be a month YYMM");
    settings.pan_ = account.pan;
    settings.wrong_ = reader.texts("wrong").value_or(std::vector<std::string>{});
    const std::vector<std::string> known{"issuer_certificate", "card_certificate",  "pin_certificate",
                                         "static_signature",   "dynamic_signature", "static_data"};
    for (const std::string& what : settings.wrong_)
        if (std::ranges::find(known, what) == known.end())
            reader.fail("wrong", fmt::format("'{}' is nothing that can be wrong", what),
                        config::nearest_name(what, known));
    reader.finish();
    return settings;
}

std::uint8_t AuthenticationSettings::aip_bits() const noexcept {
    return static_cast<std::uint8_t>((static_data_ ? aip::static_data : 0) |
                                     (dynamic_data_ ? aip::dynamic_data : 0) |
                                     (combined_ ? aip::combined : 0));
}

bool AuthenticationSettings::is_wrong(std::string_view what) const noexcept {
    return std::ranges::find(wrong_, what) != wrong_.end();
}

void AuthenticationSettings::certify(std::span<const Record> records, ByteView tag_list,
                                     const std::array<std::uint8_t, 2>& application_profile,
                                     emv::TlvMap& data) const {
    std::vector<emv::AuthenticatedRecord> authenticated;
    for (const Record& record : records)
        if (record.authenticated) authenticated.push_back({record.sfi, record.octets});
    Bytes static_data = emv::static_data_of(authenticated, !tag_list.empty(), application_profile);
    if (is_wrong("static_data")) {
        if (static_data.empty())
            reader_.fail("wrong", "there are no static data to be altered: no record takes part");
        spoil(static_data);
    }
    data.set(authority_index_tag, Bytes{authority_index_});

    constexpr std::size_t longest_identifier = 8;
    const auto month = *emv::parse_month(expiry_);
    emv::IssuerCertificate issuer{pan_.substr(0, longest_identifier), month, {0x00, 0x00, 0x01}};
    emv::CertifiedKey issuer_key = emv::certify_issuer_key(*authority_, issuer_->public_key(), issuer);
    if (is_wrong("issuer_certificate")) spoil(issuer_key.certificate);
    set_certified(data, issuer_key, issuer_certificate_tag, issuer_remainder_tag, issuer_exponent_tag);

    if (static_data_) {
        Bytes signature = emv::sign_static_data(*issuer_, {0xDA, 0xC1}, static_data);
        if (is_wrong("static_signature")) spoil(signature);
        data.set(static_signature_tag, signature);
    }
    const emv::IccCertificate icc{pan_, month, {0x00, 0x00, 0x02}};
    if (card_ && (dynamic_data_ || combined_)) {
        emv::CertifiedKey key = emv::certify_icc_key(*issuer_, card_->public_key(), icc, static_data);
        if (is_wrong("card_certificate")) spoil(key.certificate);
        set_certified(data, key, card_certificate_tag, card_remainder_tag, card_exponent_tag);
    }
    if (pin_) {
        emv::CertifiedKey key = emv::certify_pin_key(*issuer_, pin_->public_key(), icc);
        if (is_wrong("pin_certificate")) spoil(key.certificate);
        set_certified(data, key, pin_certificate_tag, pin_remainder_tag, pin_exponent_tag);
    }
}

Authentication AuthenticationSettings::authentication() const {
    Authentication own;
    own.static_data = static_data_;
    own.dynamic_data = dynamic_data_;
    own.combined = combined_;
    own.card_key = card_;
    own.pin_key = pin_ ? pin_ : card_;
    own.wrong = wrong_;
    own.spoils_signature = is_wrong("dynamic_signature");
    return own;
}

}  // namespace posbench::card
