#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"
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

CertificateChain Kernel::chain() const noexcept {
    return {settings_, objects_.card, selected_.aid, identity_.pan, today_, authenticated_records_, aip_};
}

/// What the method cannot do without (book 3 clause 7.2). An SM2 key has no exponent, and without the
/// authority's key nobody knows whether there should be one. Remainders are there only of keys that are
/// longer than their certificates; the certificate tells.
bool Kernel::has_data_for_authentication() const noexcept {
    const auto has = [this](emv::Tag wanted) { return !objects_.card.get(wanted).empty(); };
    if (objects_.card.get(tag::authority_key_index).size() != 1 || !has(tag::issuer_certificate))
        return false;
    const AuthorityKey* authority = chain().authority();
    const bool has_exponents = authority && std::holds_alternative<crypto::RsaPublicKey>(authority->key);
    if (has_exponents && !has(tag::issuer_exponent)) return false;
    if (authentication_ == DataAuthentication::static_data) return has(tag::signed_static_data);
    return has(tag::icc_certificate) && (!has_exponents || has(tag::icc_exponent));
}

/// Book 2 clause 5.4.
Kernel::Setback Kernel::verify_static_data() {
    const auto issuer = chain().issuer_key(emv::OfflineAuthentication::static_data);
    if (!issuer) return issuer.error().what;
    const auto data = chain().static_data();
    if (!data) return data.error().what;
    const auto verify = [&](const auto& key) {
        return emv::verify_static_data(key, objects_.card.get(tag::signed_static_data), *data);
    };
    const auto code = std::visit(verify, *issuer);
    if (!code) return code.error().what;
    objects_.card.set(tag::data_authentication_code, *code);
    return std::nullopt;
}

Kernel::Setback Kernel::recover_card_key() {
    auto card = chain().card_key();
    if (!card) return card.error().what;
    card_key_ = *std::move(card);
    return std::nullopt;
}

/// INTERNAL AUTHENTICATE, and book 2 clause 6.5.2. An answer that is none ends the transaction (book 3 clause
/// 6.5.9).
Task<Result<Kernel::Setback, ChipFailure>> Kernel::verify_dynamic_data() {
    const ByteView own = objects_.card.get(tag::ddol);
    // A card without a list of its own is given the terminal's (book 2 clause 6.5.1).
    const ByteView ddol = own.empty() ? ByteView(selected_.accepted->default_ddol) : own;
    const auto entries = emv::parse_dol(ddol);
    const auto data = objects_.data_for(ddol);
    if (!entries || !data) co_return Setback("EMV book 2 clause 6.5.1: the DDOL cannot be served");
    if (std::ranges::find(*entries, tag::unpredictable_number, &emv::DolEntry::tag) == entries->end())
        co_return Setback("EMV book 2 clause 6.5.1: the DDOL does not ask for the unpredictable number");

    Bytes apdu = emv::make_apdu({0x00, 0x88, 0x00, 0x00}, *data);
    const auto answer = co_await channel_.send(std::move(apdu));
    if (!answer) co_return answer.error();
    const auto signature = answer->sw == emv::sw::ok ? signature_in(answer->data) : std::nullopt;
    if (!signature) co_return corrupt;
    const auto verify = [&](const auto& key) { return emv::verify_dynamic_data(key, *signature, *data); };
    const auto number = std::visit(verify, *card_key_);
    if (!number) co_return Setback(number.error().what);
    objects_.card.set(tag::icc_dynamic_number, *number);
    co_return Setback();
}

Task<ChipStep> Kernel::authenticate() {
    for (const emv::Tag ours : {tag::data_authentication_code, tag::icc_dynamic_number})
        objects_.card.erase(ours);
    if (settings_.defects.has(Defect::skips_offline_authentication))
        co_return co_await report_.done("authentication", "skipped");
    authentication_ = choose_authentication();
    if (authentication_ == DataAuthentication::none) {
        tvr_.set(emv::Tvr::oda_not_performed);
        refresh_results();
        co_return co_await report_.done("authentication", "not performed");
    }
    const bool is_static = authentication_ == DataAuthentication::static_data;
    if (is_static) tvr_.set(emv::Tvr::sda_selected);
    if (!has_data_for_authentication()) {
        tvr_.set(emv::Tvr::icc_data_missing);
        Setback missing("EMV book 3 clause 7.2: a data object is missing");
        co_return co_await authenticated(std::move(missing));
    }
    if (chain().authority())
        objects_.terminal.set(tag::authority_key_index_of_terminal,
                              objects_.card.get(tag::authority_key_index));
    Setback setback = is_static ? verify_static_data() : recover_card_key();
    if (!setback && authentication_ == DataAuthentication::combined)
        co_return co_await report_.done("authentication", "CDA: goes on with the cryptogram");
    if (!setback && authentication_ == DataAuthentication::dynamic_data) {
        auto verified = co_await verify_dynamic_data();
        if (!verified) co_return co_await report_.failed("authentication", verified.error(), "DDA");
        setback = *std::move(verified);
    }
    co_return co_await authenticated(std::move(setback));
}

Task<ChipStep> Kernel::authenticated(Setback setback) {
    set_tsi(data_authentication_performed);
    if (settings_.defects.has(Defect::accepts_bad_signature)) setback.reset();
    if (setback) tvr_.set(failed_bit(authentication_));
    refresh_results();
    std::string detail = fmt::format("{}: {}", name_of(authentication_), setback ? *setback : "authentic");
    co_return co_await report_.done("authentication", std::move(detail));
}

/// Once it has failed, CDA is not gone on with (book 4 clause 6.3.2). An AAC is never signed.
bool Kernel::asks_for_signature(Cryptogram wanted) const noexcept {
    return authentication_ == DataAuthentication::combined && card_key_ && wanted != Cryptogram::aac &&
           !signature_failed_;
}

/// Book 2 clause 6.6.2.
Task<void> Kernel::verify_cryptogram(const emv::Tlv& answer) {
    const ByteView signature = objects_.card.get(tag::signed_dynamic_data);
    signature_failed_ = !settings_.defects.has(Defect::accepts_bad_signature);  // until it is verified
    if (signature.empty()) {
        Setback missing("EMV book 2 clause 6.6.1: the answer has no signature");
        co_await authenticated(std::move(missing));
        co_return;
    }
    Bytes data = transaction_data_;
    const Bytes objects = emv::objects_without_signature(answer);
    data.insert(data.end(), objects.begin(), objects.end());
    std::array<std::uint8_t, 4> number{};
    std::ranges::copy(objects_.terminal.get(tag::unpredictable_number), number.begin());
    const std::uint8_t cid = objects_.card.get(tag::cryptogram_information).front();
    const auto verify = [&](const auto& key) {
        return emv::verify_combined_data(key, signature, cid, number, data);
    };
    const auto verified = std::visit(verify, *card_key_);
    Setback setback;
    if (verified) {
        signature_failed_ = false;
        objects_.card.set(tag::cryptogram, verified->cryptogram);
        objects_.card.set(tag::icc_dynamic_number, verified->number);
    } else {
        setback = verified.error().what;
    }
    co_await authenticated(std::move(setback));
}

}  // namespace posbench::terminal
