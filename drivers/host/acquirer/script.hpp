#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "drivers/host/acquirer/chip.hpp"

/// Issuer scripts: commands that an issuer sends its card with an answer (EMV book 2 clause 9, book 3 clause
/// 10.10).
namespace posbench::host {

/// One command, as a profile orders it.
struct ScriptCommand {
    enum class Name {
        pin_change,           ///< PIN CHANGE/UNBLOCK with a new PIN
        pin_unblock,          ///< the same without: tries alone
        application_block,    ///< EMV book 3 clause 6.5.1
        application_unblock,  ///< clause 6.5.2
        card_block,           ///< clause 6.5.3
    };
    Name name = Name::pin_change;
    std::string pin;                         ///< new, 4 to 12 digits
    std::optional<std::string> current_pin;  ///< hides the new one; none: P2 02
    bool before = false;                     ///< in template 71, before the second GENERATE AC; else in 72
};

/// Issuer master keys of secure messaging, 16 octets each, used with the cipher of the card's cryptogram.
struct ScriptKeys {
    std::optional<Bytes> mac, encipherment;
    std::size_t mac_size = 4;  ///< octets of a command's MAC
};

/// Takes `scripts` out of an account's table. @throws config::ConfigError for what `keys` do not suffice for,
/// and for more octets than a terminal takes; it repeats no PIN
std::vector<ScriptCommand> read_scripts(config::Reader& account, const ScriptKeys& keys);

/// M/Chip's card makes the MAC of each command with the number of those that it received before. A terminal
/// that stopped in template 71, as it must after a command that failed, leaves the issuer without that
/// number.
inline constexpr std::string_view one_template_for_mchip =
    "must go into one template with M/Chip, all with 'before' or none: its card counts the commands it got";
bool in_both_templates(std::span<const ScriptCommand> commands) noexcept;

/// The templates 71 and 72, each with those of the commands that go there, under the session keys of the
/// transaction of `card`; secure messaging format 2:
///
///     71|72 length 9F18 04 00000001 (86 length command)...
///
/// @throws std::invalid_argument for keys that do not suffice, and for M/Chip's commands in both templates
Bytes issuer_scripts(const VerifiedCryptogram& card, const ScriptKeys& keys,
                     std::span<const ScriptCommand> commands);

}  // namespace posbench::host
