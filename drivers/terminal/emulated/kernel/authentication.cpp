#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "drivers/terminal/emulated/kernel/apdu.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Offline data authentication, EMV book 3 clause 10.3 and book 2 clauses 5 and 6; with SM2, PBOC 3.0 part
/// 17. The authority's key, which the terminal was given, tells the algorithm of the whole chain.
namespace posbench::terminal {

using runtime::Task;

namespace {

// AIP octet 1 (book 3 annex C1).
constexpr std::uint8_t aip_static = 0x40, aip_dynamic = 0x20, aip_combined = 0x01;
constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};
/// 9F37 alone: of a card that brings no list of its own (book 2 clause 6.5.1).
constexpr std::array<std::uint8_t, 3> default_ddol{0x9F, 0x37, 0x04};

std::string_view name_of(DataAuthentication method) {
    switch (method) {
        case DataAuthentication::combined:
            return "CDA";
        case DataAuthentication::dynamic_data:
            return "DDA";
        case DataAuthentication::static_data:
            return "SDA";
        case DataAuthentication::none:
            break;
    }
    return "";
}

emv::Tvr::Bit failed_bit(DataAuthentication method) {
    if (method == DataAuthentication::combined) return emv::Tvr::cda_failed;
    return method == DataAuthentication::dynamic_data ? emv::Tvr::dda_failed : emv::Tvr::sda_failed;
}

Bytes copy(ByteView octets) {
    return {octets.begin(), octets.end()};
}

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
    return {copy(card.get(certificate)), copy(card.get(remainder)), copy(card.get(exponent))};
}

/// The answer to INTERNAL AUTHENTICATE (book 3 clause 6.5.9.4): signed dynamic application data in template
/// 80, or as 9F4B in template 77. None when it is neither.
std::optional<Bytes> signature_in(ByteView response) {
    const auto list = emv::parse_tlv(response);
    if (!list || list->size() != 1) return std::nullopt;
    const emv::Tlv& answer = list->front();
    if (answer.tag == tag::format1) return answer.value;
    emv::TlvMap objects;
    if (answer.tag != tag::format2 || !objects.absorb(answer.children).empty()) return std::nullopt;
    const Bytes* signature = objects.find(tag::signed_dynamic_data);
    return signature ? std::optional(*signature) : std::nullopt;
}

}  // namespace

DataAuthentication Kernel::choose_authentication() const noexcept {
    const Capabilities& own = settings_.capabilities;
    if (aip_has(aip_combined) && own.combined_data_authentication()) return DataAuthentication::combined;
    if (aip_has(aip_dynamic) && own.dynamic_data_authentication()) return DataAuthentication::dynamic_data;
    if (aip_has(aip_static) && own.static_data_authentication()) return DataAuthentication::static_data;
    return DataAuthentication::none;
}

/// The one that the card names; null when it names none, or one that the terminal was not given.
const AuthorityKey* Kernel::authority_key() const noexcept {
    const ByteView index = card_.get(tag::authority_key_index);
    if (index.size() != 1) return nullptr;
    const auto& keys = settings_.authority_keys;
    const auto found = std::ranges::find(keys, name_of(selected_.aid, index.front()), &AuthorityKey::name);
    return found == keys.end() ? nullptr : &*found;
}

/// What the method cannot do without (book 3 clause 7.2). An SM2 key has no exponent, and without the
/// authority's key nobody knows whether there should be one. Remainders are there only of keys that are
/// longer than their certificates; the certificate tells.
bool Kernel::has_data_for_authentication() const noexcept {
    const auto has = [this](emv::Tag wanted) { return !card_.get(wanted).empty(); };
    if (card_.get(tag::authority_key_index).size() != 1 || !has(tag::issuer_certificate)) return false;
    const AuthorityKey* authority = authority_key();
    const bool has_exponents = authority && std::holds_alternative<crypto::RsaPublicKey>(authority->key);
    if (has_exponents && !has(tag::issuer_exponent)) return false;
    if (authentication_ == DataAuthentication::static_data) return has(tag::signed_static_data);
    return has(tag::icc_certificate) && (!has_exponents || has(tag::icc_exponent));
}

/// Book 2 clauses 5.2 and 5.3, 6.2 and 6.3.
Result<crypto::PublicKey, emv::Rejection> Kernel::issuer_key() {
    const bool is_static = authentication_ == DataAuthentication::static_data;
    const std::string_view clause = is_static ? "5.2" : "6.2";
    const auto refuse = [&](std::string_view why) {
        return emv::Rejection{clause, 0, fmt::format("EMV book 2 clause {}: {}", clause, why)};
    };
    const auto name = name_of(selected_.aid, card_.get(tag::authority_key_index).front());
    const AuthorityKey* authority = authority_key();
    if (!authority) return refuse(fmt::format("no authority key {} {:02X}", to_hex(name.rid), name.index));
    if (authority->expired(today_))
        return refuse(fmt::format("the authority key {} {:02X} has expired", to_hex(name.rid), name.index));
    terminal_.set(tag::authority_key_index_of_terminal, {&name.index, 1});
    const auto method =
        is_static ? emv::OfflineAuthentication::static_data : emv::OfflineAuthentication::dynamic_data;
    const auto key = certified(card_, tag::issuer_certificate, tag::issuer_remainder, tag::issuer_exponent);
    const auto recover = [&](const auto& own) {
        return key_of(emv::recover_issuer_key(method, own, key, pan_, today_));
    };
    return std::visit(recover, authority->key);
}

/// Book 2 clause 5.4.
Kernel::Setback Kernel::verify_static_data() {
    const auto issuer = issuer_key();
    if (!issuer) return issuer.error().what;
    const auto data = emv::static_data_to_be_authenticated(authenticated_records_,
                                                           card_.get(tag::static_data_tag_list), aip_);
    if (!data) return data.error().what;
    const auto verify = [&](const auto& key) {
        return emv::verify_static_data(key, card_.get(tag::signed_static_data), *data);
    };
    const auto code = std::visit(verify, *issuer);
    if (!code) return code.error().what;
    card_.set(tag::data_authentication_code, *code);
    return std::nullopt;
}

/// Book 2 clause 6.4: the static data is in the hash of the card's certificate.
Kernel::Setback Kernel::recover_card_key() {
    const auto issuer = issuer_key();
    if (!issuer) return issuer.error().what;
    const auto data = emv::static_data_to_be_authenticated(authenticated_records_,
                                                           card_.get(tag::static_data_tag_list), aip_);
    if (!data) return data.error().what;
    const auto key = certified(card_, tag::icc_certificate, tag::icc_remainder, tag::icc_exponent);
    const auto recover = [&](const auto& own) {
        return key_of(emv::recover_icc_key(own, key, pan_, today_, *data));
    };
    auto card = std::visit(recover, *issuer);
    if (!card) return card.error().what;
    card_key_ = *std::move(card);
    return std::nullopt;
}

/// INTERNAL AUTHENTICATE, and book 2 clause 6.5.2. An answer that is none ends the transaction (book 3 clause
/// 6.5.9).
Task<Result<Kernel::Setback, ChipFailure>> Kernel::verify_dynamic_data() {
    const ByteView own = card_.get(tag::ddol);
    const ByteView ddol = own.empty() ? ByteView(default_ddol) : own;
    const auto entries = emv::parse_dol(ddol);
    const auto data = data_for(ddol);
    if (!entries || !data) co_return Setback("EMV book 2 clause 6.5.1: the DDOL cannot be served");
    if (std::ranges::find(*entries, tag::unpredictable_number, &emv::DolEntry::tag) == entries->end())
        co_return Setback("EMV book 2 clause 6.5.1: the DDOL does not ask for the unpredictable number");

    Bytes apdu = make_apdu({0x00, 0x88, 0x00, 0x00}, *data);
    const auto answer = co_await command(std::move(apdu));
    if (!answer) co_return answer.error();
    const auto signature = answer->sw == emv::sw::ok ? signature_in(answer->data) : std::nullopt;
    if (!signature) co_return corrupt;
    const auto verify = [&](const auto& key) { return emv::verify_dynamic_data(key, *signature, *data); };
    const auto number = std::visit(verify, *card_key_);
    if (!number) co_return Setback(number.error().what);
    card_.set(tag::icc_dynamic_number, *number);
    co_return Setback();
}

Task<ChipStep> Kernel::authenticate() {
    for (const emv::Tag ours : {tag::data_authentication_code, tag::icc_dynamic_number}) card_.erase(ours);
    authentication_ = choose_authentication();
    if (authentication_ == DataAuthentication::none) {
        tvr_.set(emv::Tvr::oda_not_performed);
        refresh_results();
        co_return co_await done("authentication", "not performed");
    }
    const bool is_static = authentication_ == DataAuthentication::static_data;
    if (is_static) tvr_.set(emv::Tvr::sda_selected);
    if (!has_data_for_authentication()) {
        tvr_.set(emv::Tvr::icc_data_missing);
        Setback missing("EMV book 3 clause 7.2: a data object is missing");
        co_return co_await authenticated(std::move(missing));
    }
    Setback setback = is_static ? verify_static_data() : recover_card_key();
    if (!setback && authentication_ == DataAuthentication::combined)
        co_return co_await done("authentication", "CDA: goes on with the cryptogram");
    if (!setback && authentication_ == DataAuthentication::dynamic_data) {
        auto verified = co_await verify_dynamic_data();
        if (!verified) co_return co_await failed("authentication", verified.error(), "DDA");
        setback = *std::move(verified);
    }
    co_return co_await authenticated(std::move(setback));
}

Task<ChipStep> Kernel::authenticated(Setback setback) {
    set_tsi(data_authentication_performed);
    if (setback) tvr_.set(failed_bit(authentication_));
    refresh_results();
    std::string detail = fmt::format("{}: {}", name_of(authentication_), setback ? *setback : "authentic");
    co_return co_await done("authentication", std::move(detail));
}

/// Once it has failed, CDA is not gone on with (book 4 clause 6.3.2). An AAC is never signed.
bool Kernel::asks_for_signature(Cryptogram wanted) const noexcept {
    return authentication_ == DataAuthentication::combined && card_key_ && wanted != Cryptogram::aac &&
           !signature_failed_;
}

/// Book 2 clause 6.6.2.
Task<void> Kernel::verify_cryptogram(const emv::Tlv& answer) {
    const ByteView signature = card_.get(tag::signed_dynamic_data);
    if (signature.empty()) {
        signature_failed_ = true;
        Setback missing("EMV book 2 clause 6.6.1: the answer has no signature");
        co_await authenticated(std::move(missing));
        co_return;
    }
    Bytes data = transaction_data_;
    const Bytes objects = emv::objects_without_signature(answer);
    data.insert(data.end(), objects.begin(), objects.end());
    std::array<std::uint8_t, 4> number{};
    std::ranges::copy(terminal_.get(tag::unpredictable_number), number.begin());
    const std::uint8_t cid = card_.get(tag::cryptogram_information).front();
    const auto verify = [&](const auto& key) {
        return emv::verify_combined_data(key, signature, cid, number, data);
    };
    const auto verified = std::visit(verify, *card_key_);
    Setback setback;
    if (verified) {
        card_.set(tag::cryptogram, verified->cryptogram);
        card_.set(tag::icc_dynamic_number, verified->number);
    } else {
        signature_failed_ = true;
        setback = verified.error().what;
    }
    co_await authenticated(std::move(setback));
}

}  // namespace posbench::terminal
