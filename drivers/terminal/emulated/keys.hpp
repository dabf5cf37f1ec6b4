#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/terminal/emulated/defects.hpp"

namespace posbench::terminal {

/// Octets of a master key: two DES keys.
inline constexpr std::size_t master_key_octets = 16;

/// The terminal's keys: the master key and the working keys of the last sign-in. Their
/// ciphers are made once a sign-in.
class WorkingKeys {
  public:
    /// @param tmk master key, 16 octets; empty: there is none, and no working key can be loaded
    WorkingKeys(ByteView tmk, const Defects& defects) : defects_(defects) { set_master(tmk); }

    /// Another master key, or none; the working keys under the old one are forgotten.
    void set_master(ByteView tmk);
    bool has_master() const noexcept { return master_.has_value(); }

    /// Takes the working keys of a sign-in reply: field 62, encrypted under the master key in ECB:
    /// TPK (8 octets for type 001, else 16), its check value (4), TAK in as many octets (a single-length
    /// one is followed by eight zero octets), its check value (4), and for 004 the track key (16), its check
    /// value (4).
    /// False when there is no master key, the length is not that of `type` or a check value is wrong; no
    /// working key is left then.
    bool load(std::string_view type, ByteView field62);
    void forget() noexcept;
    bool ready() const noexcept { return pin_ && mac_; }

    /// Field 64 over `data`. Precondition: ready()
    crypto::Block8 mac(ByteView data) const { return crypto::mac_unionpay(*mac_, data); }
    /// Field 52. Precondition: ready()
    crypto::Block8 encrypt_pin(const crypto::Block8& clear);
    /// Under which fields 35 and 36 go out; null: they go out in clear.
    const crypto::DesCipher* track_key() const noexcept { return track_ ? &*track_ : nullptr; }

  private:
    std::optional<crypto::DesCipher> unwrap(ByteView wrapped, ByteView check_value) const;

    std::optional<crypto::DesCipher> master_, pin_, mac_, track_;
    const Defects& defects_;
    std::optional<crypto::Block8> first_pin_block_;  ///< enciphered; for the defect that sends it again
};

}  // namespace posbench::terminal
