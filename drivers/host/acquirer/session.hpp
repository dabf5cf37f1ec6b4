#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/runtime/random.hpp"
#include "drivers/host/acquirer/downloads.hpp"
#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/terminal_batch.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {

/// Which working keys a sign-in asks for (field 60.3), and so the length of field 62 in its answer.
enum class KeyForm {
    single_length,  ///< 001: 24 octets
    double_length,  ///< 003: 40 octets
    track_key,      ///< 004: 60 octets
};
/// Empty when field 60.3 asks for something else than a sign-in.
std::optional<KeyForm> key_form(std::string_view network_management) noexcept;

/// Working keys in clear. PIN key 8 or 16 octets, MAC key 8, track key 16.
struct WorkingKeys {
    Bytes pin;
    Bytes mac;
    Bytes track{};  ///< empty: none
};
WorkingKeys draw_keys(KeyForm form, runtime::Random& random);

/// Field 62 of a sign-in's answer: each key in ECB under the terminal's master key with its check value
/// (first four octets of eight zero octets encrypted).
///   24: PIN key 8, KCV 4, MAC key 8, KCV 4
///   40: PIN key 16, KCV 4, MAC key 8 and eight zero octets, KCV 4
///   60: the same, track key 16, KCV 4
Bytes key_field(const WorkingKeys& keys, const crypto::DesCipher& master_key);

/// What the host keeps of one terminal: the working keys of its last sign-in, their schedules made once, and
/// its batch.
class Session {
  public:
    explicit Session(const TerminalProfile& profile);

    const TerminalProfile& profile() const noexcept { return *profile_; }
    TerminalBatch& batch() noexcept { return batch_; }

    /// Puts new keys in force and returns field 62.
    Bytes sign_in(const WorkingKeys& keys);
    void sign_off() noexcept {
        keys_.reset();
        ++key_generation_;
    }
    /// What the terminal is to be asked for in the next reply. What was asked for stays so until it is done.
    /// @param to_sign_in the reply is that of a sign-in, which does not ask for another
    Requirement tell(bool to_sign_in) noexcept;
    /// The terminal has fetched it.
    void fetched(Requirement requirement) noexcept { owed_[static_cast<std::size_t>(requirement)] = false; }

    bool signed_in() const noexcept { return keys_.has_value(); }
    /// Counts the changes of the keys. A request that came under other keys than those now in force is not
    /// served under these.
    std::uint64_t key_generation() const noexcept { return key_generation_; }

    /// UnionPay MAC under the key in force, as long as this session lives; empty when there is none.
    iso8583::MacFunction mac() const;
    /// The clear PIN block of field 52; none when that has not eight octets, was made under a key of another
    /// length than the one in force, or there is none.
    std::optional<crypto::Block8> pin_block(ByteView field52, const iso8583::Field53& made) const;
    /// Under which tracks come enciphered, until the keys change; null: they come in clear.
    const crypto::DesCipher* track_key() const noexcept {
        return keys_ && keys_->track ? &*keys_->track : nullptr;
    }

  private:
    struct Ciphers {
        crypto::DesCipher pin;
        bool pin_double_length = false;
        crypto::DesCipher mac;
        std::optional<crypto::DesCipher> track;
    };
    const TerminalProfile* profile_;
    crypto::DesCipher master_key_;
    TerminalBatch batch_;
    std::optional<Ciphers> keys_;
    std::uint64_t key_generation_ = 0;
    std::array<bool, requirement_count> owed_{};
    bool told_to_sign_in_ = false;
};

/// The sessions of all terminals this host knows.
class Sessions {
  public:
    explicit Sessions(const Profile& profile);
    /// Null for a terminal that is not registered.
    Session* find(std::string_view tid) noexcept;

  private:
    std::unordered_map<Tid, Session, TextHash> by_tid_;
};

}  // namespace posbench::host
