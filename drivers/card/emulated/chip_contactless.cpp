// The part of the chip that the field asks for: quick profiles, whose cryptogram comes with GET PROCESSING
// OPTIONS (EMV books C-3 and C-7, PBOC 3.0 part 12), and answers that got lost when the card left the field
// (EMV book C-2 for RECOVER AC).

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "drivers/card/emulated/chip.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag amount = 0x9F02, currency = 0x5F2A, unpredictable_number = 0x9F37,
                   qualifiers_of_terminal = 0x9F66, type_of_transaction = 0x9C, signed_data = 0x9F4B;

/// The object whose header `octets` begin with, with another value. Its length is written anew only when it
/// is another.
void append_with_value(Bytes& out, const emv::TlvHeader& header, ByteView octets, ByteView value) {
    if (value.size() != header.length) return emv::append_tlv(out, header.tag, value);
    append(out, octets.first(header.size));
    append(out, value);
}

/// A list of data objects in which those of the signature are replaced by this transaction's, or left out
/// where it has none. Nothing when none of them is there.
std::optional<Bytes> with_signed_data(ByteView list, const emv::TlvMap& of_transaction) {
    Bytes out;
    bool found = false;
    while (!list.empty()) {
        const auto object = list[0] == 0x00 ? emv::TlvHeader{0, 1, 0}  // padding between objects
                                            : *emv::parse_tlv_header(list);
        const ByteView octets = list.first(object.size + object.length);
        list = list.subspan(octets.size());
        if (object.tag != signed_data && object.tag != quick_tag::authentication_data) {
            append(out, octets);
            continue;
        }
        found = true;
        if (const Bytes* value = of_transaction.find(object.tag))
            append_with_value(out, object, octets, *value);
    }
    return found ? std::optional(std::move(out)) : std::nullopt;
}

bool same_object(const emv::TlvMap& left, const emv::TlvMap& right, emv::Tag tag) {
    return left.has(tag) && std::ranges::equal(left.get(tag), right.get(tag));
}

}  // namespace

/// The whole transaction, from what the PDOL gave.
Answer Chip::quick_processing() {
    if (!is_packed_decimal(transaction_.data.get(amount)))
        return Answer::status(emv::sw::conditions_not_satisfied);
    if (const TornAnswer* torn = torn_purchase()) return repeat(*torn);
    QuickRequest request;
    std::ranges::copy(transaction_.data.get(qualifiers_of_terminal), request.qualifiers.begin());
    request.purchase = transaction_.data.get(type_of_transaction)[0] == 0x00;
    request.situation = situation(CryptogramType::tc);
    ++remembered().atc;
    const auto decided = decide_quick(*application_->contactless, remembered(), request);
    if (const auto* refusal = std::get_if<std::uint16_t>(&decided)) {
        --remembered().atc;  // no transaction
        return Answer::status(*refusal);
    }
    transaction_.atc = remembered().atc;
    const QuickDecision& decision = std::get<QuickDecision>(decided);
    remember_first(remembered(), request.situation, decision.type);
    if (decision.from_balance) {
        emv::TlvMap& objects = remembered().objects;
        const std::int64_t left = packed_decimal(objects.get(quick_tag::balance)) - request.situation.amount;
        objects.set(quick_tag::balance, packed_amount(left));
    }
    const crypto::Block8 cryptogram = application_cryptogram(decision.results);
    const bool with_signature =
        decision.type == CryptogramType::tc ||
        (decision.type == CryptogramType::arqc && application_->contactless->profile == Profile::qvsdc &&
         (request.qualifiers[0] & ttq::authentication_online) != 0);
    if (with_signature && application_->authentication.dynamic_data) sign_quick(decision);
    state_ = State::finished;
    Answer answer = quick_answer(decision, cryptogram);
    answer.cryptogram = {decision.type, remembered().atc};
    forget_torn();
    if (decision.type == CryptogramType::tc) keep_torn(answer, 1);
    return answer;
}

/// Fast dynamic data authentication: version 01 signs amount, currency and the card's own data besides the
/// unpredictable number; a reader of PBOC says whether it knows it. The ICC dynamic number is the ATC.
void Chip::sign_quick(const QuickDecision& decision) {
    const emv::TlvMap& data = transaction_.data;
    const bool version_01 = application_->contactless->profile == Profile::qvsdc ||
                            (data.get(qualifiers_of_terminal)[3] & ttq::fdda_version_01) != 0;
    Bytes related{static_cast<std::uint8_t>(version_01 ? 0x01 : 0x00)};
    std::array<std::uint8_t, 4> own_number{};
    random_.fill(own_number);
    related.insert(related.end(), own_number.begin(), own_number.end());
    related.insert(related.end(), decision.qualifiers.begin(), decision.qualifiers.end());

    Bytes terminal_data;
    const auto add = [&terminal_data](ByteView octets) {
        terminal_data.insert(terminal_data.end(), octets.begin(), octets.end());
    };
    add(data.get(unpredictable_number));
    if (version_01)
        for (const ByteView part : {data.get(amount), data.get(currency), ByteView(related)}) add(part);

    transaction_.dynamic.set(quick_tag::authentication_data, related);
    transaction_.dynamic.set(signed_data,
                             application_->authentication.sign_dynamic_data(data.get(0x9F36), terminal_data));
}

/// Template 77; the records are named when there is something to verify in them.
Answer Chip::quick_answer(const QuickDecision& decision, const crypto::Block8& cryptogram) {
    const Contactless& own = *application_->contactless;
    const bool is_signed = transaction_.dynamic.has(signed_data);
    Bytes objects;
    emv::append_tlv(objects, 0x82, application_->aip);
    if (is_signed || decision.type == CryptogramType::tc) emv::append_tlv(objects, 0x94, application_->afl);
    emv::append_tlv(objects, 0x9F36, transaction_.data.get(0x9F36));
    emv::append_tlv(objects, 0x9F26, cryptogram);
    emv::append_tlv(objects, 0x9F27, std::array{static_cast<std::uint8_t>(decision.type)});
    emv::append_tlv(objects, 0x9F10, transaction_.data.get(0x9F10));
    emv::append_tlv(objects, quick_tag::qualifiers, decision.qualifiers);
    for (const auto& entry : own.answered.entries()) emv::append_tlv(objects, entry.tag, entry.value);
    if (is_signed && !own.signature_in_record)
        emv::append_tlv(objects, signed_data, transaction_.dynamic.get(signed_data));
    if (own.tells_available)
        emv::append_tlv(objects, quick_tag::available_amount,
                        packed_amount(available_amount(own, remembered())));
    return data_object(0x77, objects);
}

/// A record as this transaction has it: with what was signed, without the room kept for it when nothing was.
/// All else stays octet for octet: a record that holds none of it, or is none that a terminal could read, and
/// one that the issuer changed so that an answer has no room for it.
Bytes Chip::record_of_transaction(const emv::RecordAddress& address, const Bytes& stored) {
    const Bytes& locator = application_->afl;
    transaction_.last_record_read =
        address.sfi == locator[locator.size() - 4] >> 3 && address.number == locator[locator.size() - 2];
    if (!application_->authentication.dynamic_data || address.sfi > last_emv_file) return stored;
    const auto list = emv::parse_tlv(stored);
    constexpr std::uint8_t record_template = 0x70;
    if (!list || list->size() != 1 || stored[0] != record_template) return stored;
    const auto header = *emv::parse_tlv_header(stored);
    const ByteView all = stored;
    const auto objects = with_signed_data(all.subspan(header.size, header.length), transaction_.dynamic);
    if (!objects) return stored;
    Bytes octets;
    append_with_value(octets, header, all, *objects);
    append(octets, all.subspan(header.size + header.length));
    return octets.size() <= longest_answer ? octets : stored;
}

/// The purchase that this one repeats: approved offline by the last transaction, of which the reader did not
/// get all, with the same unpredictable number, amount, currency and qualifiers. It is not paid for twice. An
/// application that was blocked since then refuses, as it refuses any other.
const TornAnswer* Chip::torn_purchase() const {
    const auto& torn = remembered().torn;
    if (torn.empty() || remembered().blocked) return nullptr;
    const bool same = std::ranges::all_of(
        std::array{unpredictable_number, amount, currency, qualifiers_of_terminal},
        [&](emv::Tag tag) { return same_object(torn.back().given, transaction_.data, tag); });
    return same ? &torn.back() : nullptr;
}

/// EMV book C-2: the reader lost the card after GENERATE AC and asks for that answer again, by the DRDOL.
/// When it is another transaction's, it goes on with GENERATE AC, and so does a blocked application: to an
/// AAC.
Answer Chip::recover_ac(const emv::CommandApdu& command) {
    if (!finishes_with_first_cryptogram()) return Answer::status(emv::sw::unknown_instruction);
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(emv::sw::wrong_parameters);
    const auto& drdol = application_->contactless->drdol;
    if (command.data.size() != emv::dol_size(drdol)) return Answer::status(emv::sw::wrong_length);
    if (remembered().blocked) return Answer::status(emv::sw::conditions_not_satisfied);
    emv::TlvMap asked;
    emv::read_dol(drdol, command.data, asked);
    auto& torn = remembered().torn;
    const auto found = std::ranges::find_if(torn, [&asked](const TornAnswer& one) {
        return std::ranges::all_of(
            asked.entries(), [&](const auto& entry) { return same_object(one.given, asked, entry.tag); });
    });
    if (found == torn.end()) return Answer::status(emv::sw::conditions_not_satisfied);
    std::rotate(found, found + 1, torn.end());
    return repeat(torn.back());
}

/// The same answer once more; it may get lost again.
Answer Chip::repeat(const TornAnswer& torn) {
    transaction_.dynamic = torn.dynamic;
    transaction_.data = torn.given;
    transaction_.atc = torn.atc;
    transaction_.first_cryptogram = torn.cryptogram;
    transaction_.torn_when_silent = true;
    state_ = State::finished;
    Answer answer;
    answer.data = torn.answer;
    answer.cryptogram = {static_cast<CryptogramType>(torn.information), torn.atc};
    return answer;
}

/// The oldest make room.
void Chip::keep_torn(const Answer& answer, std::size_t most) {
    if (most == 0) return;
    auto& torn = remembered().torn;
    while (torn.size() >= most) torn.erase(torn.begin());
    torn.push_back({transaction_.data, answer.data, static_cast<std::uint8_t>(answer.cryptogram->type),
                    *transaction_.first_cryptogram, answer.cryptogram->atc, transaction_.dynamic});
    transaction_.torn_when_silent = true;
}

/// A command came: the reader has the answer before it. The answer of a quick profile is whole only with its
/// last record.
void Chip::hear_again() {
    if (!transaction_.torn_when_silent || (application_->quick() && !transaction_.last_record_read)) return;
    remembered().torn.pop_back();
    transaction_.torn_when_silent = false;
}

/// Nothing that was answered before counts any longer.
void Chip::forget_torn() noexcept {
    remembered().torn.clear();
    transaction_.torn_when_silent = false;
}

}  // namespace posbench::card
