#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/card/emulated/records.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// The card's side of offline data authentication (EMV book 2 clauses 5 to 7 with RSA, PBOC 3.0 part 17 with
/// SM2): certificates made when the image is read, signatures made when a terminal asks.
namespace posbench::card {

/// AIP octet 1.
namespace aip {
inline constexpr std::uint8_t static_data = 0x40, dynamic_data = 0x20, cardholder = 0x10, risk = 0x08,
                              issuer = 0x04, combined = 0x01;
}

/// What a card bears to prove itself by.
struct Authentication {
    bool static_data = false, dynamic_data = false, combined = false;
    std::shared_ptr<const crypto::PrivateKey> card_key;    ///< signs; null for SDA alone
    std::shared_ptr<const crypto::RsaPrivateKey> pin_key;  ///< deciphers PINs; may be the card key, or null
    std::vector<std::string> wrong;                        ///< what is wrong on purpose

    /// Octets of the longest signature that the card makes.
    std::size_t longest_signature() const;
    /// Signed dynamic application data, 9F4B, of INTERNAL AUTHENTICATE and of GENERATE AC; the last octet is
    /// another when `dynamic_signature` is wrong. @throws std::invalid_argument as emv::sign_dynamic_data
    Bytes sign_dynamic_data(ByteView number, ByteView terminal_data) const;
    Bytes sign_combined_data(ByteView number, const emv::CombinedData& data,
                             const std::array<std::uint8_t, 4>& unpredictable_number) const;

  private:
    Bytes as_signed(Bytes signature) const;
};

/// [application.NAME.authentication] as it stands, before anything was certified.
class AuthenticationSettings {
  public:
    /// None when the table is not there. @throws config::ConfigError, which repeats no key
    static std::optional<AuthenticationSettings> read(config::Reader& application, const Account& account);

    /// Bits of AIP octet 1 for the methods.
    std::uint8_t aip_bits() const noexcept;
    /// Certificates and signed static data over those of `records` that take part: the data objects 8F, 90,
    /// 92, 9F32, 93, 9F46 to 9F48 and 9F2D to 9F2F, as far as the methods need them.
    /// @param tag_list value of 9F4A, empty when no record holds one: then the AIP is not signed
    void certify(std::span<const Record> records, ByteView tag_list,
                 const std::array<std::uint8_t, 2>& application_profile, emv::TlvMap& data) const;
    Authentication authentication() const;

  private:
    explicit AuthenticationSettings(config::Reader reader) : reader_(std::move(reader)) {}
    void read_keys();
    /// Refuses what is to be wrong, but is never made.
    void check_wrong() const;
    bool is_wrong(std::string_view what) const noexcept;
    Bytes signed_static_data(std::span<const Record> records, ByteView tag_list,
                             const std::array<std::uint8_t, 2>& application_profile) const;
    template <class Key>
    void certify_with(const Key& authority, ByteView static_data, emv::TlvMap& data) const;
    template <class Key>
    void certify_card(const Key& issuer, ByteView static_data, emv::TlvMap& data) const;

    config::Reader reader_;
    std::shared_ptr<const crypto::PrivateKey> authority_, issuer_, card_, pin_;
    std::uint8_t authority_index_ = 0;
    bool static_data_ = false, dynamic_data_ = false, combined_ = false;
    std::string pan_;
    std::string expiry_;  ///< YYMM
    std::vector<std::string> wrong_;
};

}  // namespace posbench::card
