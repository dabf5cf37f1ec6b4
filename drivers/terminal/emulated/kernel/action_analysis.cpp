#include <algorithm>
#include <utility>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/terminal/emulated/kernel/apdu.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Terminal risk management, terminal action analysis and the first cryptogram, EMV book 3 clauses 10.6 to
/// 10.8.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t aip_risk_management = 0x08;
constexpr std::uint8_t cryptogram_mask = 0xC0;
constexpr int signature_wanted = 0x10;  // P1 (clause 6.5.5.2)
constexpr std::string_view offline_declined = "Z1";
constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};

std::string_view name_of(std::uint8_t kind) {
    switch (kind) {
        case 0x00:
            return "AAC";
        case 0x40:
            return "TC";
        case 0x80:
            return "ARQC";
        default:
            return "AAR";
    }
}

bool shares_a_bit(ByteView a, ByteView b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if ((a[i] & b[i]) != 0) return true;
    return false;
}

/// Puts the objects of a GENERATE AC answer (format 1 or 2) into `card`; false when they are not whole. Of
/// what the card had before nothing is left, so that no record stands in for a cryptogram.
/// @param with_signature the signature that was asked for may bring the cryptogram
bool take_answer(const emv::Tlv& answer, bool with_signature, emv::TlvMap& card) {
    for (const emv::Tag before : {tag::cryptogram, tag::signed_dynamic_data}) card.erase(before);
    if (answer.tag == tag::format1) {
        const ByteView value = answer.value;
        if (value.size() < 11 || value.size() > 43) return false;
        card.set(tag::cryptogram_information, value.first(1));
        card.set(tag::atc, value.subspan(1, 2));
        card.set(tag::cryptogram, value.subspan(3, 8));
        card.set(tag::issuer_data, value.subspan(11));
        return true;
    }
    if (answer.tag != tag::format2) return false;
    emv::TlvMap fresh;
    if (!fresh.absorb(answer.children).empty()) return false;
    const bool is_signed = with_signature && fresh.has(tag::signed_dynamic_data);
    const bool whole =
        fresh.get(tag::cryptogram_information).size() == 1 && fresh.get(tag::atc).size() == 2 &&
        (is_signed || fresh.get(tag::cryptogram).size() == 8) && fresh.get(tag::issuer_data).size() <= 32;
    if (!whole) return false;
    for (const emv::Tag wanted : {tag::cryptogram_information, tag::atc, tag::issuer_data})
        card.set(wanted, fresh.get(wanted));
    const emv::Tag proof = is_signed ? tag::signed_dynamic_data : tag::cryptogram;
    card.set(proof, fresh.get(proof));
    return true;
}

}  // namespace

/// An online-only terminal checks the floor limit alone: random selection and velocity checking choose what
/// goes online, and here everything does.
Task<ChipStep> Kernel::manage_risk() {
    if (aip_has(aip_risk_management)) {
        if (amount_ >= settings_.floor_limit) tvr_.set(emv::Tvr::floor_limit_exceeded);
        set_tsi(risk_management_performed);
    }
    refresh_results();
    co_return co_await done("risk");
}

Task<Result<Kernel::Cryptogram, ChipFailure>> Kernel::generate_ac(Cryptogram wanted, emv::Tag dol) {
    const auto data = data_for(card_.get(dol));
    if (!data) co_return corrupt;
    transaction_data_.insert(transaction_data_.end(), data->begin(), data->end());
    const bool with_signature = asks_for_signature(wanted);
    const int reference = static_cast<int>(wanted) | (with_signature ? signature_wanted : 0);
    Bytes apdu = make_apdu({0x80, 0xAE, static_cast<std::uint8_t>(reference), 0x00}, *data);
    const auto answer = co_await command(std::move(apdu));
    if (!answer) co_return answer.error();
    const auto list = emv::parse_tlv(answer->data);
    if (answer->sw != emv::sw::ok || !list || list->size() != 1 ||
        !take_answer(list->front(), with_signature, card_))
        co_return corrupt;
    set_tsi(card_risk_performed);
    refresh_results();

    const auto given = static_cast<std::uint8_t>(card_.get(tag::cryptogram_information)[0] & cryptogram_mask);
    // A card may refuse what it was asked for, but not answer with more (clause 6.5.5.3).
    if (given != 0x00 && given != static_cast<std::uint8_t>(wanted)) co_return corrupt;
    if (with_signature && given != 0x00) co_await verify_cryptogram(list->front());
    co_return static_cast<Cryptogram>(given);
}

/// What a card or terminal that declines offline comes to.
ChipFailure Kernel::refusal() const {
    if (tvr_.has(emv::Tvr::expired_application)) return {"declined", "expired_card", Text::expired_card};
    return {"declined", "offline_decline", Text::card_declined};
}

/// An ARQC whose signature is wrong: the transaction ends at once with an AAC, and nothing is sent (book 4
/// clause 6.3.2).
Task<ChipStep> Kernel::decline_unsigned() {
    constexpr ChipFailure declined{"declined", "offline_decline", Text::card_declined};
    terminal_.set(tag::authorisation_code, as_bytes(offline_declined));
    const auto given = co_await generate_ac(Cryptogram::aac, tag::cdol2);
    const ChipFailure end = given ? declined : given.error();
    std::string detail = given ? "AAC" : "";
    co_return co_await failed("second_ac", end, std::move(detail));
}

Task<ChipStep> Kernel::first_cryptogram() {
    // Online-only: whatever is not denied goes online, so the action codes "online" and "default" have
    // nothing to decide. An issuer that gives no IAC denial denies nothing (clause 10.7).
    const bool denied = shares_a_bit(tvr_.octets(), selected_.accepted->tac_denial) ||
                        shares_a_bit(tvr_.octets(), card_.get(tag::iac_denial));
    const Cryptogram wanted = denied ? Cryptogram::aac : Cryptogram::arqc;
    std::string decision(name_of(static_cast<std::uint8_t>(wanted)));
    co_await done("action_analysis", std::move(decision));

    const auto given = co_await generate_ac(wanted, tag::cdol1);
    if (!given) co_return co_await failed("first_ac", given.error());
    std::string detail(name_of(static_cast<std::uint8_t>(*given)));
    if (*given == Cryptogram::arqc) {
        co_await done("first_ac", std::move(detail));
        if (signature_failed_) co_return co_await decline_unsigned();
        co_return std::nullopt;
    }
    const ChipFailure declined = refusal();
    co_return co_await failed("first_ac", declined, std::move(detail));
}

}  // namespace posbench::terminal
