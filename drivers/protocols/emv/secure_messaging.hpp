#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"

/// Secure messaging of issuer scripts (EMV 4.3 book 2 clause 9): the MAC of a command, its enciphered data,
/// and the blocks of PIN CHANGE/UNBLOCK. Session keys are crypto::common_session_key of the application
/// cryptogram, crypto::visa_messaging_session_key or pboc_session_key of the ATC, each of a card master key
/// of its own for MAC and for encipherment.
namespace posbench::emv {

/// CLA INS P1 P2.
using CommandHeader = std::array<std::uint8_t, 4>;

/// What ties a command to a transaction under a format 2 MAC.
struct ScriptContext {
    std::uint16_t atc = 0;        ///< 9F36
    crypto::Block8 cryptogram{};  ///< 9F26 of the first GENERATE AC
};

/// Format 2 (clause 9.2.1.2) as VIS and PBOC use it:
///
///     CLA INS P1 P2 Lc data MAC(4 to 8)          the low nibble of CLA is 4
///     MAC over CLA INS P1 P2 Lc ATC(2) cryptogram(8) data, '80' padding, ISO/IEC 9797-1 algorithm 3
///
/// Lc counts the MAC too. `data` is as it goes over the line, enciphered where it is. @throws
/// std::invalid_argument for a key that has not 16 octets, a MAC of another length, a class without secure
/// messaging, more than 255 octets
Bytes secure_format2(ByteView mac_key, const CommandHeader& header, ByteView data,
                     const ScriptContext& context, std::size_t mac_size);
/// The data of a command without its MAC. The error names what is wrong: class, length, MAC.
Result<Bytes> open_format2(ByteView mac_key, ByteView command, const ScriptContext& context,
                           std::size_t mac_size);

/// Format 1 (clause 9.2.1.1), BER-TLV of ISO/IEC 7816-4; the low nibble of CLA is C, the header is under the
/// MAC:
///
///     CLA INS P1 P2 Lc [81 length data | 87 length 01 enciphered data] 8E length MAC(4 to 8)
///     MAC over chaining value(8) CLA INS P1 P2 80 00 00 00 [81... | 87...], '80' padding, algorithm 3
///
/// The chaining value is the application cryptogram for a script's first command and the whole MAC of the
/// command before for each other (clause 9.2.3.1, common core definitions).
struct Format1Data {
    Bytes value;              ///< plain data; with `enciphered`, whole blocks of 8 octets
    bool enciphered = false;  ///< 87 with padding indicator 01 in place of 81
};
/// No data object stands for empty plain data. @throws std::invalid_argument as secure_format2
Bytes secure_format1(ByteView mac_key, const CommandHeader& header, const Format1Data& data,
                     const crypto::Block8& chaining, std::size_t mac_size);
struct Format1Opened {
    Format1Data data;
    crypto::Block8 mac{};  ///< whole: the chaining value of the next command
};
/// The error names what is wrong: class, length, objects, MAC.
Result<Format1Opened> open_format1(ByteView mac_key, ByteView command, const crypto::Block8& chaining);

/// How command data is padded and enciphered with triple DES.
enum class CommandEncipherment : std::uint8_t {
    visa,        ///< VIS, PBOC: a length octet before it, '80' padding unless whole blocks; ECB
    emv,         ///< book 2 clause 9.3: '80' padding always; CBC from zeros
    mastercard,  ///< '80' padding unless whole blocks; CBC from zeros
};
/// @throws std::invalid_argument for a key that has not 16 octets, or for Visa's way and more than 255 octets
Bytes encipher_command_data(ByteView encipherment_key, ByteView data, CommandEncipherment manner);
/// Of data enciphered Mastercard's way the padding, if any, is left on: only its command says how long it
/// was. The error says that there are no whole blocks, or that length or padding is wrong.
Result<Bytes> decipher_command_data(ByteView encipherment_key, ByteView data, CommandEncipherment manner);

/// The block of PIN CHANGE of VIS and PBOC, in clear:
///
///     0L PIN F...  xor  00000000 K(4)  xor  current PIN 0...
///
/// K: octets 5 to 8 of the card master key for application cryptograms. The last term stands where the
/// command has P1-P2 0001. The error says that a PIN is not 4 to 12 digits.
Result<crypto::Block8> vis_pin_block(ByteView card_master_key, std::string_view pin,
                                     std::optional<std::string_view> current_pin = std::nullopt);
/// The new PIN; the error is that the block is none, for this key and current PIN.
Result<std::string> pin_from_vis_block(ByteView card_master_key, ByteView block,
                                       std::optional<std::string_view> current_pin = std::nullopt);

}  // namespace posbench::emv
