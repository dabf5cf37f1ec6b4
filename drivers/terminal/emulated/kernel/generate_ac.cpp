#include <algorithm>
#include <utility>

#include "drivers/protocols/crypto/rsa.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// GENERATE AC, EMV book 3 clause 6.5.5.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t cryptogram_mask = 0xC0;
constexpr int signature_wanted = 0x10;  // P1 (clause 6.5.5.2)
constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};

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

/// A card may refuse what it was asked for, in the order AAC, ARQC, TC, but not answer with more (clause
/// 6.5.5.3). An ARQC has no place in the second answer.
bool may_answer(std::uint8_t given, std::uint8_t wanted, bool first) {
    if (given == 0x00) return true;
    if (given == 0x80) return first && wanted != 0x00;
    return given == 0x40 && wanted == 0x40;
}

}  // namespace

/// TC hash value (clause 9.2.2), where a CDOL asks for it: over what the card's TDOL names, or the terminal's
/// for want of one, which the TVR tells.
void Kernel::hash_transaction_data(ByteView dol) {
    const auto entries = emv::parse_dol(dol);
    const bool wanted =
        entries && std::ranges::find(*entries, tag::tc_hash, &emv::DolEntry::tag) != entries->end();
    if (!wanted) return;
    const Bytes* own = objects_.card.find(tag::tdol);
    if (!own) {
        tvr_.set(emv::Tvr::default_tdol);
        refresh_results();
    }
    const auto data = objects_.data_for(own ? *own : selected_.accepted->default_tdol);
    objects_.terminal.set(tag::tc_hash, crypto::sha1(data.value_or(Bytes())));
}

Task<Result<Kernel::Cryptogram, ChipFailure>> Kernel::generate_ac(Cryptogram wanted, emv::Tag dol) {
    hash_transaction_data(objects_.card.get(dol));
    const auto data = objects_.data_for(objects_.card.get(dol));
    if (!data) co_return corrupt;
    transaction_data_.insert(transaction_data_.end(), data->begin(), data->end());
    const bool with_signature = asks_for_signature(wanted);
    const int reference = static_cast<int>(wanted) | (with_signature ? signature_wanted : 0);
    Bytes apdu = emv::make_apdu({0x80, 0xAE, static_cast<std::uint8_t>(reference), 0x00}, *data);
    const auto answer = co_await channel_.send(std::move(apdu));
    if (!answer) co_return answer.error();
    const auto list = emv::parse_tlv(answer->data);
    if (answer->sw != emv::sw::ok || !list || list->size() != 1 ||
        !take_answer(list->front(), with_signature, objects_.card))
        co_return corrupt;
    set_tsi(card_risk_performed);
    refresh_results();

    const ByteView information = objects_.card.get(tag::cryptogram_information);
    const auto given = static_cast<std::uint8_t>(information[0] & cryptogram_mask);
    if (!may_answer(given, static_cast<std::uint8_t>(wanted), dol == tag::cdol1)) co_return corrupt;
    if (with_signature && given != 0x00) co_await verify_cryptogram(list->front());
    co_return static_cast<Cryptogram>(given);
}

}  // namespace posbench::terminal
