#include "tests/unit/terminal/signing_card.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "bench/config/value.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::terminal::testing {
namespace {

constexpr std::string_view cdol = "9F02069F03069F1A0295055F2A029A039C019F37049B02";
constexpr std::size_t tvr_at = 14, number_at = 25,
                      tsi_at = 29;  // in what CDOL1 asks for; CDOL2 begins with 8A

Bytes in_template(emv::Tag tag, const emv::TlvMap& objects) {
    Bytes body, out;
    for (const auto& entry : objects.entries()) emv::append_tlv(body, entry.tag, entry.value);
    emv::append_tlv(out, tag, body);
    return out;
}

Bytes with_status(Bytes data) {
    append(data, hex("9000"));
    return data;
}

}  // namespace

std::string test_pki(std::string_view entry, const std::string& file) {
    static std::map<std::string, config::Value> files;
    const auto found = files.find(file);
    const config::Value& keys =
        found != files.end() ? found->second : files.emplace(file, pki_file(file)).first->second;
    return *keys.get<config::Table>()->find(entry)->get<std::string>();
}

SigningCard::Keys SigningCard::keys(Algorithm algorithm) {
    if (algorithm == Algorithm::sm2) return chain<crypto::Sm2PrivateKey>("test-pki-sm2");
    return chain<crypto::RsaPrivateKey>("test-pki");
}

SigningCard::SigningCard(Rig& rig, std::uint8_t methods, Algorithm algorithm)
    : authority_index(algorithm == Algorithm::sm2 ? "90" : "80"),
      rig_(rig),
      keys_(keys(algorithm)),
      methods_(methods) {
    rig.reader.aip = fmt::format("{:02X}00", 0x1C | methods);
    rig.reader.afl = "0801010110010200";
    rig.reader.pdol = "9F02069F3704";
    rig.reader.mangle = [this](Bytes& out) {
        if (!rig_.reader.commands.empty()) answer(rig_.reader.commands.back(), out);
    };
}

SigningCard::Asked SigningCard::asked(int number) const {
    const Bytes& command = cryptograms_.at(static_cast<std::size_t>(number) - 1);
    const ByteView data = ByteView(command).subspan(number == 1 ? 5 : 7);
    return {command[2], to_hex(data.subspan(tvr_at, 5)), to_hex(data.subspan(tsi_at, 2))};
}

void SigningCard::answer(ByteView command, Bytes& out) {
    if (out.size() < 2) return;
    const ByteView plain = ByteView(out).first(out.size() - 2);
    switch (command[1]) {
        case 0xA8:
            transaction_data_.clear();
            append(transaction_data_, command.subspan(7, command[6]));  // in template 83
            return;
        case 0xB2:
            out = with_status(command[3] >> 3 == 1 ? static_record(plain) : certificate_record(command[2]));
            return;
        case 0x88:
            out = internal_authenticate(command.subspan(5, command[4]));
            break;
        case 0xAE:
            cryptograms_.emplace_back(command.begin(), command.end());
            out = generate_ac(command, plain);
            break;
        default:
            return;
    }
    if (spoil_answer) spoil_answer(out);
}

/// The scripted chip's record with lists that ask for more.
Bytes SigningCard::static_record(ByteView record) {
    emv::TlvMap objects;
    objects.absorb(emv::parse_tlv(record).value());
    objects.set(0x8C, hex(cdol));
    objects.set(0x8D, hex("8A02" + std::string(cdol)));
    if (!ddol.empty()) objects.set(0x9F49, hex(ddol));
    if (!tag_list.empty()) objects.set(0x9F4A, hex(tag_list));
    record_ = in_template(0x70, objects);
    Bytes out = record_;
    if (spoil_record) spoil_record(out);
    return out;
}

Bytes SigningCard::certificate_record(int number) {
    const Bytes profile = hex(rig_.reader.aip);
    const emv::AuthenticatedRecord record{1, record_};
    const Bytes data = emv::static_data_of({&record, 1}, !tag_list.empty(), {profile[0], profile[1]});
    emv::TlvMap objects;
    // With SM2 there is neither remainder nor exponent.
    const auto set = [&objects](emv::Tag tag, const Bytes& value) {
        if (!value.empty()) objects.set(tag, value);
    };
    const auto fill = [&](const auto& keys) {
        if (number == 1) {
            const auto certified = emv::certify_issuer_key(keys.authority, keys.issuer.public_key(), issuer);
            objects.set(0x8F, hex(authority_index));
            set(0x90, certified.certificate);
            set(0x92, certified.remainder);
            set(0x9F32, certified.exponent);
        } else if ((methods_ & 0x21) != 0) {
            const auto certified = emv::certify_icc_key(keys.issuer, keys.card.public_key(), icc, data);
            set(0x9F46, certified.certificate);
            set(0x9F48, certified.remainder);
            set(0x9F47, certified.exponent);
        } else {
            set(0x93, emv::sign_static_data(keys.issuer, {0xDA, 0xC1}, data));
        }
    };
    std::visit(fill, keys_);
    if (missing) objects.erase(*missing);
    if (spoil_objects) spoil_objects(objects);
    return in_template(0x70, objects);
}

Bytes SigningCard::internal_authenticate(ByteView data) {
    Bytes signed_data(data.begin(), data.end());
    if (spoil_terminal_data) spoil_terminal_data(signed_data);
    const auto sign = [&](const auto& keys) {
        return emv::sign_dynamic_data(keys.card, hex("0102030405060708"), signed_data);
    };
    Bytes signature = std::visit(sign, keys_);
    if (spoil_signature) spoil_signature(signature);
    Bytes out;
    if (response_format == 1) {
        emv::append_tlv(out, 0x80, signature);
        return with_status(out);
    }
    emv::TlvMap objects;
    objects.set(0x9F4B, signature);
    return with_status(in_template(0x77, objects));
}

/// @param plain what the scripted chip answers: template 80 of CID, ATC, cryptogram and issuer's data
Bytes SigningCard::generate_ac(ByteView command, ByteView plain) {
    const ByteView data = command.subspan(5, command[4]);
    append(transaction_data_, data);
    const ByteView answer = plain.subspan(2);
    if ((command[2] & 0x10) == 0 || answer[0] == 0x00) return with_status(Bytes(plain.begin(), plain.end()));

    Bytes before, behind;
    emv::append_tlv(before, 0x9F27, answer.first(1));
    emv::append_tlv(before, 0x9F36, answer.subspan(1, 2));
    emv::append_tlv(behind, 0x9F10, answer.subspan(11));
    emv::CombinedData combined;
    combined.cid = answer[0];
    std::ranges::copy(hex("A1A2A3A4A5A6A7A8"), combined.cryptogram.begin());
    combined.transaction_data = transaction_data_;
    append(combined.transaction_data, before);
    append(combined.transaction_data, behind);
    const ByteView sent = data.subspan(number_at + (cryptograms_.size() == 1 ? 0U : 2U), 4);
    Bytes number(sent.begin(), sent.end());
    if (spoil_terminal_data) spoil_terminal_data(number);
    const auto sign = [&](const auto& keys) {
        return emv::sign_combined_data(keys.card, hex("0908070605"), combined,
                                       {number[0], number[1], number[2], number[3]});
    };
    Bytes signature = std::visit(sign, keys_);
    if (spoil_signature) spoil_signature(signature);
    emv::append_tlv(before, 0x9F4B, signature);
    append(before, behind);
    Bytes out;
    emv::append_tlv(out, 0x77, before);
    return with_status(out);
}

}  // namespace posbench::terminal::testing
