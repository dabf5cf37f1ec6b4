#include "drivers/card/signature_watch.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag signature_tag = 0x9F4B, related_data = 0x9F69, cryptogram_tag = 0x9F26,
                   information = 0x9F27, unpredictable_number = 0x9F37, amount = 0x9F02, currency = 0x5F2A;

bool is(std::uint8_t instruction, emv::Instruction which) noexcept {
    return instruction == static_cast<std::uint8_t>(which);
}

constexpr std::string_view right = "right by the card's public key";

std::string wrong(const emv::Rejection& why) {
    return fmt::format("wrong by the card's public key: {}", why.what);
}

}  // namespace

void SignatureWatch::asked(std::uint8_t instruction, const std::vector<emv::DolEntry>& list, ByteView values,
                           bool second) {
    if (is(instruction, emv::Instruction::get_processing_options)) {
        reset();
        sent_[pdol].assign(values.begin(), values.end());
    } else if (is(instruction, emv::Instruction::generate_ac)) {
        sent_[second ? cdol2 : cdol1].assign(values.begin(), values.end());
    } else if (is(instruction, emv::Instruction::internal_authenticate)) {
        sent_[ddol].assign(values.begin(), values.end());
    } else {
        return;
    }
    if (emv::dol_size(list) == values.size()) emv::read_dol(list, values, given_);
}

std::optional<SignatureWatch::Finding> SignatureWatch::answered(std::uint8_t instruction, ByteView answer,
                                                                const emv::TlvMap& objects,
                                                                std::span<const crypto::PublicKey> keys) {
    const crypto::PublicKey& key = key_of(keys);
    const bool is_signed = objects.has(signature_tag);
    if (is(instruction, emv::Instruction::internal_authenticate) && is_signed)
        return check_dynamic(key, objects.get(signature_tag), sent_[ddol]);
    if (is(instruction, emv::Instruction::generate_ac) && is_signed)
        return check_combined(key, answer, objects);
    if (is(instruction, emv::Instruction::get_processing_options)) in_quick_ = objects.has(cryptogram_tag);
    const bool may_bring = is(instruction, emv::Instruction::get_processing_options) ||
                           is(instruction, emv::Instruction::read_record);
    if (!in_quick_ || !may_bring) return std::nullopt;
    for (const emv::Tag tag : {signature_tag, related_data})
        if (objects.has(tag)) quick_.set(tag, objects.get(tag));
    return check_quick(key);
}

const crypto::PublicKey& SignatureWatch::key_of(std::span<const crypto::PublicKey> keys) const {
    const auto found = std::ranges::find_if(keys, [sm = terminal_knows_sm()](const auto& key) {
        return std::holds_alternative<crypto::Sm2PublicKey>(key) == sm;
    });
    return found == keys.end() ? keys.front() : *found;
}

SignatureWatch::Finding SignatureWatch::check_dynamic(const crypto::PublicKey& key, ByteView signature,
                                                      ByteView terminal_data) const {
    const auto verify = [&](const auto& own) {
        return emv::verify_dynamic_data(own, signature, terminal_data);
    };
    const auto number = std::visit(verify, key);
    if (!number) return {wrong(number.error())};
    return {std::string(right), std::nullopt, *number};
}

SignatureWatch::Finding SignatureWatch::check_combined(const crypto::PublicKey& key, ByteView answer,
                                                       const emv::TlvMap& objects) const {
    const auto list = emv::parse_tlv(answer);
    const ByteView cid = objects.get(information), number = given_.get(unpredictable_number);
    std::array<std::uint8_t, 4> unpredictable{};
    if (!list || list->size() != 1 || cid.size() != 1 || number.size() != unpredictable.size())
        return {"cannot be checked: the answer is no single template with 9F27, or 9F37 was not asked for"};
    std::ranges::copy(number, unpredictable.begin());
    Bytes data;
    for (const List sent : {pdol, cdol1, cdol2}) append(data, sent_[sent]);
    append(data, emv::objects_without_signature(list->front()));
    const auto verify = [&](const auto& own) {
        return emv::verify_combined_data(own, objects.get(signature_tag), cid.front(), unpredictable, data);
    };
    const auto verified = std::visit(verify, key);
    if (!verified) return {wrong(verified.error())};
    return {std::string(right), Bytes(verified->cryptogram.begin(), verified->cryptogram.end()),
            verified->number};
}

/// Version 00 signs the unpredictable number alone, 01 amount, currency and the card's own data too.
std::optional<SignatureWatch::Finding> SignatureWatch::check_quick(const crypto::PublicKey& key) {
    const Bytes *signature = quick_.find(signature_tag), *related = quick_.find(related_data);
    if (!signature || !related || related->empty()) return std::nullopt;
    Bytes data;
    append(data, given_.get(unpredictable_number));
    if (related->front() == 0x01)
        for (const ByteView part : {given_.get(amount), given_.get(currency), ByteView(*related)})
            append(data, part);
    Finding finding = check_dynamic(key, *signature, data);
    in_quick_ = false;  // told once
    return finding;
}

}  // namespace posbench::card
