#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// Follows what a terminal gives a card and checks the dynamic signatures (9F4B) that come back by the card's
/// public key: of INTERNAL AUTHENTICATE (EMV book 2 clause 6.5.2), of GENERATE AC (CDA, clause 6.6.2), and
/// fDDA of quick profiles, in the answer to GET PROCESSING OPTIONS or in a record (EMV book C-3 annex C). The
/// certificates of the key are not looked at.
class SignatureWatch {
  public:
    struct Finding {
        std::string words;                  ///< "right by the card's public key", or why it is wrong
        std::optional<Bytes> cryptogram{};  ///< 9F26 of a combined one that is right, eight octets
        std::optional<Bytes> number{};      ///< ICC dynamic number of one that is right, for 9F4C
    };

    /// Another application, or a reset.
    void reset() { *this = {}; }
    /// The data of a command that answers a data object list; of another length than the list's they are
    /// what is signed all the same.
    /// @param second the second GENERATE AC
    void asked(std::uint8_t instruction, const std::vector<emv::DolEntry>& list, ByteView values,
               bool second);
    /// None where the answer completes no signature. @param objects in `answer`, those of format 1 too
    /// @param keys of the card; of two algorithms DF69 of the terminal says which it is (PBOC 3.0 part 17).
    /// Precondition: not empty
    std::optional<Finding> answered(std::uint8_t instruction, ByteView answer, const emv::TlvMap& objects,
                                    std::span<const crypto::PublicKey> keys);

    /// By what the terminal gave last.
    bool terminal_knows_sm() const noexcept { return emv::knows_sm(given_); }

  private:
    enum List : std::uint8_t { pdol, cdol1, cdol2, ddol, lists };

    const crypto::PublicKey& key_of(std::span<const crypto::PublicKey> keys) const;
    Finding check_dynamic(const crypto::PublicKey& key, ByteView signature, ByteView terminal_data) const;
    Finding check_combined(const crypto::PublicKey& key, ByteView answer, const emv::TlvMap& objects) const;
    std::optional<Finding> check_quick(const crypto::PublicKey& key);

    std::array<Bytes, lists> sent_;  ///< values by the list that asked for them
    emv::TlvMap given_;              ///< the same by tag
    emv::TlvMap quick_;              ///< of the card, since a GET PROCESSING OPTIONS that made a cryptogram
    bool in_quick_ = false;
};

}  // namespace posbench::card
