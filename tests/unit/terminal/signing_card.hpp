#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

namespace posbench::terminal::testing {

/// A private or the public key of a file in fixtures/keys, as PEM.
std::string test_pki(std::string_view entry, const std::string& file = "test-pki");

/// Makes the rig's scripted chip one that signs, by certificate_issue.hpp and the test PKI, or its SM2
/// counterparts, and wrong in whatever way a test asks for. Its second file holds the certificates; its CDOLs
/// ask for TVR, unpredictable number and TSI.
class SigningCard {
  public:
    enum class Algorithm : std::uint8_t { rsa, sm2 };
    /// @param methods AIP octet 1: 40 SDA, 20 DDA, 01 CDA
    SigningCard(Rig& rig, std::uint8_t methods, Algorithm algorithm = Algorithm::rsa);

    emv::IssuerCertificate issuer{"621094", std::chrono::year(2030) / 12, {0, 0, 1}};
    emv::IccCertificate icc{"6210948000000011", std::chrono::year(2030) / 12, {0, 0, 2}};
    std::string authority_index;                              ///< customary: 80, of the SM2 key 90
    std::string ddol = "9F37049A03";                          ///< empty: none
    std::string tag_list;                                     ///< 9F4A; empty: none
    int response_format = 2;                                  ///< of INTERNAL AUTHENTICATE
    std::optional<emv::Tag> missing;                          ///< a data object that no record holds
    std::function<void(Bytes& record)> spoil_record;          ///< after it was signed
    std::function<void(emv::TlvMap& objects)> spoil_objects;  ///< certificates and signed static data
    std::function<void(Bytes& answer)> spoil_signature;       ///< signed dynamic data, before it is sent
    std::function<void(Bytes& terminal_data)> spoil_terminal_data;  ///< what is signed: DDOL's or 9F37
    std::function<void(Bytes& answer)> spoil_answer;                ///< any answer to GENERATE AC or 88

    /// Of the nth GENERATE AC (from 1), as the terminal sent it.
    struct Asked {
        std::uint8_t reference = 0;  ///< P1
        std::string tvr, tsi;
    };
    Asked asked(int number) const;
    int generate_ac_count() const { return static_cast<int>(cryptograms_.size()); }

  private:
    void answer(ByteView command, Bytes& answer);
    Bytes static_record(ByteView record);
    Bytes certificate_record(int number);
    Bytes internal_authenticate(ByteView data);
    Bytes generate_ac(ByteView command, ByteView plain);

    template <class Key>
    struct Chain {
        Key authority, issuer, card;
    };
    using Keys = std::variant<Chain<crypto::RsaPrivateKey>, Chain<crypto::Sm2PrivateKey>>;
    template <class Key>
    static Chain<Key> chain(const std::string& file) {
        return {Key::from_pem(test_pki("authority", file)).value(),
                Key::from_pem(test_pki("issuer", file)).value(),
                Key::from_pem(test_pki("card", file)).value()};
    }
    static Keys keys(Algorithm algorithm);

    Rig& rig_;
    Keys keys_;
    std::uint8_t methods_;
    Bytes record_;  ///< the one that is signed
    Bytes transaction_data_;
    std::vector<Bytes> cryptograms_;  ///< commands
};

}  // namespace posbench::terminal::testing
