#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/protocols/crypto/sm.hpp"
#include "drivers/protocols/emv/secure_messaging.hpp"
#include "tests/unit/card/chip_rig.hpp"

/// The issuer of the contact cards in fixtures/cards, for tests of the card.
namespace posbench::test {

inline constexpr std::string_view master_key = "9E15204313F7318ACB79B90BD986AD29";
inline constexpr std::string_view mac_master_key = "2315208C9110AD402315208C9110AD40";
inline constexpr std::string_view encipherment_master_key = "DCEADF736EEF52BFDCEADF736EEF52BF";

inline crypto::Block16 card_master_key(emv::CryptogramVersion version, std::string_view issuer_key,
                                       const emv::TlvMap& data) {
    std::string pan = to_hex(data.get(0x5A));
    pan = pan.substr(0, pan.find('F'));
    return emv::card_master_key(version, hex(issuer_key), pan, to_hex(data.get(0x5F34))).value();
}

inline std::uint16_t counter(const emv::TlvMap& data) {
    const ByteView octets = data.get(0x9F36);
    return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

/// Makes what a host would send, with the issuer's keys.
class IssuerSide {
  public:
    /// After a first GENERATE AC.
    IssuerSide(emv::CryptogramVersion version, const emv::TlvMap& data)
        : version_(version), data_(data), context_{counter(data), {}} {
        std::ranges::copy(data.get(0x9F26), context_.cryptogram.begin());
    }
    Bytes approval(const emv::IssuerDecision& decision) const {
        return emv::issuer_authentication_data(version_, card_master_key(version_, master_key, data_),
                                               context_.atc, context_.cryptogram, decision);
    }
    /// A command with a MAC of format 2, as octets; keys of the PBOC manner, made here from its words.
    Bytes script(std::string_view header, ByteView data) const {
        const Bytes octets = hex(header);
        emv::CommandHeader command{};
        std::ranges::copy(octets, command.begin());
        return emv::secure_format2(session(mac_master_key), command, data, context_, 4);
    }
    Bytes enciphered(ByteView data) const {
        return emv::encipher_command_data(session(encipherment_master_key), data,
                                          emv::CommandEncipherment::visa);
    }
    Bytes new_pin(std::string_view pin, std::optional<std::string_view> current = std::nullopt) const {
        const auto block =
            emv::vis_pin_block(card_master_key(version_, master_key, data_), pin, current).value();
        return enciphered(block);
    }
    emv::MessagingKey session(std::string_view issuer_key) const {
        Bytes derivation(16, 0);
        derivation[6] = static_cast<std::uint8_t>(context_.atc >> 8);
        derivation[7] = static_cast<std::uint8_t>(context_.atc);
        derivation[14] = static_cast<std::uint8_t>(~derivation[6]);
        derivation[15] = static_cast<std::uint8_t>(~derivation[7]);
        const crypto::Block16 key = card_master_key(version_, issuer_key, data_);
        const bool sm4 = version_ == emv::CryptogramVersion::unionpay_01_sm4;
        const Bytes octets =
            sm4 ? crypto::Sm4Cipher(key).encrypt(derivation) : crypto::DesCipher(key).encrypt(derivation);
        using Cipher = emv::CryptogramRules::Cipher;
        emv::MessagingKey session{{}, sm4 ? Cipher::sm4 : Cipher::triple_des};
        std::ranges::copy(octets, session.octets.begin());
        return session;
    }

  private:
    emv::CryptogramVersion version_;
    const emv::TlvMap& data_;
    emv::ScriptContext context_;
};

}  // namespace posbench::test
