#include "drivers/card/emulated/authentication.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"

namespace posbench::card {
namespace {

using Key = std::shared_ptr<const crypto::PrivateKey>;

constexpr emv::Tag authority_index_tag = 0x8F, issuer_certificate_tag = 0x90, issuer_remainder_tag = 0x92,
                   issuer_exponent_tag = 0x9F32, static_signature_tag = 0x93, card_certificate_tag = 0x9F46,
                   card_exponent_tag = 0x9F47, card_remainder_tag = 0x9F48, pin_certificate_tag = 0x9F2D,
                   pin_exponent_tag = 0x9F2E, pin_remainder_tag = 0x9F2F;
constexpr std::array<std::uint8_t, 3> issuer_serial{0x00, 0x00, 0x01}, card_serial{0x00, 0x00, 0x02};
constexpr std::string_view wrong_dynamic_signature = "dynamic_signature";

Key read_key(config::Reader& reader, std::string_view key) {
    const auto text = reader.text(key);
    if (!text) return nullptr;
    auto read = crypto::private_key_from_pem(*text);
    if (!read) reader.fail(key, read.error().what);
    return std::make_shared<const crypto::PrivateKey>(*std::move(read));
}

/// A chain is of one algorithm; and an RSA signer's modulus is as long as what it signs, so nothing longer
/// fits below it (book 2 annex D).
void require_fits(const config::Reader& reader, std::string_view key, const Key& own, const Key& signer) {
    if (!own) return;
    if (own->index() != signer->index())
        reader.fail(key, fmt::format("is {}, but the key that certifies it {}", crypto::describe(*own),
                                     crypto::describe(*signer)));
    const auto* rsa = std::get_if<crypto::RsaPrivateKey>(own.get());
    if (rsa && rsa->size() > std::get<crypto::RsaPrivateKey>(*signer).size())
        reader.fail(key, fmt::format("is {}: longer than the key that certifies it ({})",
                                     crypto::describe(*own), crypto::describe(*signer)));
}

/// The RSA key that `key` is, owned with it; null when it is none.
std::shared_ptr<const crypto::RsaPrivateKey> rsa_of(const Key& key) {
    return {key, key ? std::get_if<crypto::RsaPrivateKey>(key.get()) : nullptr};
}

/// Another octet than it was, and no larger number.
void spoil(Bytes& octets) {
    octets.back() ^= 0x01;
}

void set_certified(emv::TlvMap& data, const emv::CertifiedKey& key, emv::Tag certificate, emv::Tag remainder,
                   emv::Tag exponent) {
    data.set(certificate, key.certificate);
    if (!key.remainder.empty()) data.set(remainder, key.remainder);
    if (!key.exponent.empty()) data.set(exponent, key.exponent);
}

}  // namespace

std::size_t Authentication::longest_signature() const {
    const auto* rsa = std::get_if<crypto::RsaPrivateKey>(card_key.get());
    return rsa ? rsa->size() : emv::sm2_most_signed_size;
}

Bytes Authentication::sign_dynamic_data(ByteView number, ByteView terminal_data) const {
    const auto sign = [&](const auto& key) { return emv::sign_dynamic_data(key, number, terminal_data); };
    return as_signed(std::visit(sign, *card_key));
}

Bytes Authentication::sign_combined_data(ByteView number, const emv::CombinedData& data,
                                         const std::array<std::uint8_t, 4>& unpredictable_number) const {
    const auto sign = [&](const auto& key) {
        return emv::sign_combined_data(key, number, data, unpredictable_number);
    };
    return as_signed(std::visit(sign, *card_key));
}

Bytes Authentication::as_signed(Bytes signature) const {
    if (std::ranges::find(wrong, wrong_dynamic_signature) != wrong.end()) spoil(signature);
    return signature;
}

std::optional<AuthenticationSettings> AuthenticationSettings::read(config::Reader& application,
                                                                   const Account& account) {
    auto table = application.table("authentication", application.what() + " authentication");
    if (!table) return std::nullopt;
    AuthenticationSettings settings(*std::move(table));
    config::Reader& reader = settings.reader_;
    const auto methods = reader.require("methods", reader.choices("methods", {"SDA", "DDA", "CDA"}));
    const auto has = [&methods](std::string_view method) {
        return std::ranges::find(methods, method) != methods.end();
    };
    settings.static_data_ = has("SDA");
    settings.dynamic_data_ = has("DDA");
    settings.combined_ = has("CDA");
    settings.read_keys();
    const Bytes index = reader.require("authority_index", reader.bytes("authority_index"));
    if (index.size() != 1) reader.fail("authority_index", "must be one octet");
    settings.authority_index_ = index[0];
    settings.expiry_ = reader.text("expiry").value_or(account.expiry_yymm());
    if (!emv::parse_month(settings.expiry_)) reader.fail("expiry", "must be a month YYMM");
    settings.pan_ = account.pan;
    settings.wrong_ =
        reader
            .choices("wrong", {"issuer_certificate", "card_certificate", "pin_certificate",
                               "static_signature", std::string(wrong_dynamic_signature), "static_data"})
            .value_or(std::vector<std::string>{});
    settings.check_wrong();
    reader.finish();
    return settings;
}

void AuthenticationSettings::check_wrong() const {
    const bool signs = dynamic_data_ || combined_;
    const struct {
        std::string_view what;
        bool made;
        std::string_view needs;
    } parts[]{
        {"static_signature", static_data_, "the method SDA"},
        {"card_certificate", signs, "the method DDA or CDA"},
        {wrong_dynamic_signature, signs, "the method DDA or CDA"},
        {"pin_certificate", pin_ != nullptr, "the key 'pin'"},
    };
    for (const auto& [what, made, needs] : parts)
        if (is_wrong(what) && !made)
            reader_.fail("wrong", fmt::format("this card has no {}: it needs {}", what, needs));
}

void AuthenticationSettings::read_keys() {
    authority_ = read_key(reader_, "authority");
    if (!authority_) reader_.missing("authority");
    issuer_ = read_key(reader_, "issuer");
    if (!issuer_) reader_.missing("issuer");
    card_ = read_key(reader_, "card");
    if (!card_ && (dynamic_data_ || combined_)) reader_.missing("card");
    pin_ = read_key(reader_, "pin");
    require_fits(reader_, "issuer", issuer_, authority_);
    require_fits(reader_, "card", card_, issuer_);
    require_fits(reader_, "pin", pin_, issuer_);
    if (pin_ && !rsa_of(pin_)) reader_.fail("pin", "is SM2: PINs are enciphered with RSA only");
}

std::uint8_t AuthenticationSettings::aip_bits() const noexcept {
    return static_cast<std::uint8_t>((static_data_ ? aip::static_data : 0) |
                                     (dynamic_data_ ? aip::dynamic_data : 0) |
                                     (combined_ ? aip::combined : 0));
}

bool AuthenticationSettings::is_wrong(std::string_view what) const noexcept {
    return std::ranges::find(wrong_, what) != wrong_.end();
}

/// The static data that are signed: those of the records, or others.
Bytes AuthenticationSettings::signed_static_data(
    std::span<const Record> records, ByteView tag_list,
    const std::array<std::uint8_t, 2>& application_profile) const {
    std::vector<emv::AuthenticatedRecord> authenticated;
    for (const Record& record : records)
        if (record.authenticated) authenticated.push_back({record.sfi, record.octets});
    Bytes static_data = emv::static_data_of(authenticated, !tag_list.empty(), application_profile);
    if (is_wrong("static_data")) {
        if (static_data.empty())
            reader_.fail("wrong", "there are no static data to be altered: no record takes part");
        spoil(static_data);
    }
    return static_data;
}

void AuthenticationSettings::certify(std::span<const Record> records, ByteView tag_list,
                                     const std::array<std::uint8_t, 2>& application_profile,
                                     emv::TlvMap& data) const {
    const Bytes static_data = signed_static_data(records, tag_list, application_profile);
    data.set(authority_index_tag, Bytes{authority_index_});
    std::visit([&](const auto& authority) { certify_with(authority, static_data, data); }, *authority_);
    if (pin_) {
        const emv::IccCertificate icc{pan_, *emv::parse_month(expiry_), card_serial};
        emv::CertifiedKey key = emv::certify_pin_key(*rsa_of(issuer_), rsa_of(pin_)->public_key(), icc);
        if (is_wrong("pin_certificate")) spoil(key.certificate);
        set_certified(data, key, pin_certificate_tag, pin_remainder_tag, pin_exponent_tag);
    }
}

/// The issuer's certificate, and below it what the methods need.
template <class Key>
void AuthenticationSettings::certify_with(const Key& authority, ByteView static_data,
                                          emv::TlvMap& data) const {
    const Key& issuer = std::get<Key>(*issuer_);
    constexpr std::size_t longest_identifier = 8;
    const emv::IssuerCertificate named{pan_.substr(0, longest_identifier), *emv::parse_month(expiry_),
                                       issuer_serial};
    emv::CertifiedKey issuer_key = emv::certify_issuer_key(authority, issuer.public_key(), named);
    if (is_wrong("issuer_certificate")) spoil(issuer_key.certificate);
    set_certified(data, issuer_key, issuer_certificate_tag, issuer_remainder_tag, issuer_exponent_tag);
    if (static_data_) {
        Bytes signature = emv::sign_static_data(issuer, {0xDA, 0xC1}, static_data);
        if (is_wrong("static_signature")) spoil(signature);
        data.set(static_signature_tag, signature);
    }
    if (card_ && (dynamic_data_ || combined_)) certify_card(issuer, static_data, data);
}

template <class Key>
void AuthenticationSettings::certify_card(const Key& issuer, ByteView static_data, emv::TlvMap& data) const {
    const emv::IccCertificate icc{pan_, *emv::parse_month(expiry_), card_serial};
    emv::CertifiedKey key =
        emv::certify_icc_key(issuer, std::get<Key>(*card_).public_key(), icc, static_data);
    if (is_wrong("card_certificate")) spoil(key.certificate);
    set_certified(data, key, card_certificate_tag, card_remainder_tag, card_exponent_tag);
}

Authentication AuthenticationSettings::authentication() const {
    Authentication own;
    own.static_data = static_data_;
    own.dynamic_data = dynamic_data_;
    own.combined = combined_;
    own.card_key = card_;
    own.pin_key = rsa_of(pin_ ? pin_ : card_);
    own.wrong = wrong_;
    return own;
}

}  // namespace posbench::card
