#include "drivers/terminal/emulated/kernel/certificate_chain.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

namespace posbench::terminal {
namespace {

emv::AuthorityKeyName name_of(ByteView aid, std::uint8_t index) {
    emv::AuthorityKeyName name;
    name.index = index;
    std::copy_n(aid.begin(), std::min(aid.size(), name.rid.size()), name.rid.begin());
    return name;
}

/// What was recovered without what else the certificate says.
template <class Certified>
Result<crypto::PublicKey, emv::Rejection> key_of(Result<Certified, emv::Rejection> recovered) {
    if (!recovered) return recovered.error();
    return crypto::PublicKey(std::move(recovered->key));
}

emv::CertifiedKey certified(const emv::TlvMap& card, emv::Tag certificate, emv::Tag remainder,
                            emv::Tag exponent) {
    const auto copy = [&card](emv::Tag tag) {
        const ByteView value = card.get(tag);
        return Bytes(value.begin(), value.end());
    };
    return {copy(certificate), copy(remainder), copy(exponent)};
}

emv::Rejection refuse(std::string_view clause, std::string_view why) {
    return {clause, 0, fmt::format("EMV book 2 clause {}: {}", clause, why)};
}

}  // namespace

const AuthorityKey* CertificateChain::authority() const noexcept {
    const ByteView index = card.get(tag::authority_key_index);
    if (index.size() != 1) return nullptr;
    const auto& keys = settings.authority_keys;
    const auto found = std::ranges::find(keys, name_of(aid, index.front()), &AuthorityKey::name);
    return found == keys.end() ? nullptr : &*found;
}

Result<crypto::PublicKey, emv::Rejection> CertificateChain::issuer_key(
    emv::OfflineAuthentication method) const {
    const std::string_view clause = method == emv::OfflineAuthentication::static_data ? "5.2" : "6.2";
    const ByteView index = card.get(tag::authority_key_index);
    if (index.size() != 1) return refuse(clause, "the card names no authority key");
    const auto name = name_of(aid, index.front());
    const AuthorityKey* own = authority();
    if (!own) return refuse(clause, fmt::format("no authority key {} {:02X}", to_hex(name.rid), name.index));
    if (own->expired(today))
        return refuse(clause,
                      fmt::format("the authority key {} {:02X} has expired", to_hex(name.rid), name.index));
    const auto key = certified(card, tag::issuer_certificate, tag::issuer_remainder, tag::issuer_exponent);
    const auto recover = [&](const auto& of_authority) {
        return key_of(emv::recover_issuer_key(method, of_authority, key, pan, today));
    };
    return std::visit(recover, own->key);
}

Result<crypto::PublicKey, emv::Rejection> CertificateChain::card_key() const {
    const auto issuer = issuer_key(emv::OfflineAuthentication::dynamic_data);
    if (!issuer) return issuer.error();
    const auto data = static_data();
    if (!data) return data.error();
    const auto key = certified(card, tag::icc_certificate, tag::icc_remainder, tag::icc_exponent);
    const auto recover = [&](const auto& of_issuer) {
        return key_of(emv::recover_icc_key(of_issuer, key, pan, today, *data));
    };
    return std::visit(recover, *issuer);
}

Result<crypto::RsaPublicKey, emv::Rejection> CertificateChain::pin_key() const {
    const auto rsa = [](Recovered<crypto::PublicKey> key) -> Recovered<crypto::RsaPublicKey> {
        if (!key) return key.error();
        if (auto* own = std::get_if<crypto::RsaPublicKey>(&*key)) return std::move(*own);
        return refuse("7.1", "a key of SM2 enciphers no PIN");
    };
    if (!card.has(tag::pin_certificate)) return rsa(card_key());
    const auto issuer = rsa(issuer_key(emv::OfflineAuthentication::dynamic_data));
    if (!issuer) return issuer.error();
    const auto key = certified(card, tag::pin_certificate, tag::pin_remainder, tag::pin_exponent);
    return rsa(key_of(emv::recover_icc_key(*issuer, key, pan, today, {})));
}

Result<Bytes, emv::Rejection> CertificateChain::static_data() const {
    return emv::static_data_to_be_authenticated(records, card.get(tag::static_data_tag_list), aip);
}

}  // namespace posbench::terminal
