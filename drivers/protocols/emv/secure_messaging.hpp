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
#include "drivers/protocols/emv/cryptogram.hpp"

/// Secure messaging of issuer scripts (EMV 4.3 book 2 clause 9): the MAC of a command, its enciphered data,
/// and the blocks of PIN CHANGE/UNBLOCK, with triple DES or SM4 as the key says.
namespace posbench::emv {

/// CLA INS P1 P2.
using CommandHeader = std::array<std::uint8_t, 4>;

/// What ties a command to a transaction under a format 2 MAC.
struct ScriptContext {
    std::uint16_t atc = 0;        ///< 9F36
    crypto::Block8 cryptogram{};  ///< 9F26 of the first GENERATE AC
};
/// That of a script command with `before` others before it in its transaction: for each M/Chip counts the
/// cryptogram up by one.
ScriptContext script_context(CryptogramVersion version, std::uint16_t atc, const crypto::Block8& cryptogram,
                             std::size_t before);

/// A session key of secure messaging, and the cipher it is for.
struct MessagingKey {
    crypto::Block16 octets{};
    CryptogramRules::Cipher cipher = CryptogramRules::Cipher::triple_des;
};
/// The session key of one transaction, of the card master key for MACs or of that for encipherment, as the
/// cryptogram version has it: PBOC's and Visa's of the ATC, else the common session key of the first
/// application cryptogram (book 2 annex A1.3); with the version's cipher. @throws std::invalid_argument for a
/// version that is not known
MessagingKey messaging_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                           const ScriptContext& context);

/// Format 2 (clause 9.2.1.2) as VIS and PBOC use it:
///
///     CLA INS P1 P2 Lc data MAC(4 to 8)          the low nibble of CLA is 4
///     MAC over CLA INS P1 P2 Lc ATC(2) cryptogram(8) data, '80' padding, ISO/IEC 9797-1 algorithm 3; with
///     SM4 (PBOC 3.0 part 17) the left half of crypto::sm4_mac, padded to blocks of 16
///
/// Lc counts the MAC too. `data` is as it goes over the line, enciphered where it is. @throws
/// std::invalid_argument for a MAC of another length, a class without secure messaging, more than 255 octets
Bytes secure_format2(const MessagingKey& mac_key, const CommandHeader& header, ByteView data,
                     const ScriptContext& context, std::size_t mac_size);
/// The data of a command without its MAC. The error names what is wrong: class, length, MAC.
Result<Bytes> open_format2(const MessagingKey& mac_key, ByteView command, const ScriptContext& context,
                           std::size_t mac_size);

/// Format 1 (clause 9.2.1.1), BER-TLV of ISO/IEC 7816-4; the low nibble of CLA is C, the header is under the
/// MAC:
///
///     CLA INS P1 P2 Lc [81 length data | 87 length 01 enciphered data] 8E length MAC(4 to 8)
///     MAC over chaining value(8) CLA INS P1 P2 80 00 00 00 [81... | 87...], '80' padding, algorithm 3
///
/// The chaining value is the application cryptogram for a script's first command and the whole MAC of the
/// command before for each other (clause 9.2.3.1, common core definitions). Triple DES alone: no source lays
/// it out for SM4. @throws std::invalid_argument for an SM4 key
struct Format1Data {
    Bytes value;              ///< plain data; with `enciphered`, whole blocks of 8 octets
    bool enciphered = false;  ///< 87 with padding indicator 01 in place of 81
};
/// No data object stands for empty plain data. @throws std::invalid_argument as secure_format2
Bytes secure_format1(const MessagingKey& mac_key, const CommandHeader& header, const Format1Data& data,
                     const crypto::Block8& chaining, std::size_t mac_size);
struct Format1Opened {
    Format1Data data;
    crypto::Block8 mac{};  ///< whole: the chaining value of the next command
};
/// The error names what is wrong: class, length, objects, MAC.
Result<Format1Opened> open_format1(const MessagingKey& mac_key, ByteView command,
                                   const crypto::Block8& chaining);

/// How command data is padded and enciphered, in blocks of the key's cipher: 8 octets, with SM4 16.
enum class CommandEncipherment : std::uint8_t {
    visa,  ///< VIS, PBOC: a length octet before it, '80' padding unless whole blocks; ECB
    emv,   ///< book 2 clause 9.3: '80' padding always; CBC from zeros
};
/// PBOC's and Visa's own, or with common session keys EMV's.
CommandEncipherment command_encipherment(CryptogramVersion version) noexcept;
/// @throws std::invalid_argument for Visa's way and more than 255 octets
Bytes encipher_command_data(const MessagingKey& encipherment_key, ByteView data, CommandEncipherment manner);
/// The error says that there are no whole blocks, or that length or padding is wrong.
Result<Bytes> decipher_command_data(const MessagingKey& encipherment_key, ByteView data,
                                    CommandEncipherment manner);

/// The block of PIN CHANGE of VIS and PBOC, in clear:
///
///     0L PIN F...  xor  00000000 K(4)  xor  current PIN 0...
///
/// K: octets 5 to 8 of the card master key for application cryptograms. The last term stands where the
/// command has P1-P2 0001. The error says that a PIN is not 4 to 12 digits. With SM4 the block is the same:
/// the layout of this bench, the text of PBOC 3.0 part 17 clause 11 was not at hand. Length octet, block and
/// padding fill one block of SM4.
Result<crypto::Block8> vis_pin_block(ByteView card_master_key, std::string_view pin,
                                     std::optional<std::string_view> current_pin = std::nullopt);
/// The data of PIN CHANGE: that block, enciphered as the version's scripts are. @param card_master_key the
/// one for application cryptograms. The error is that of vis_pin_block()
Result<Bytes> enciphered_pin_block(CryptogramVersion version, const MessagingKey& encipherment_key,
                                   ByteView card_master_key, std::string_view pin,
                                   std::optional<std::string_view> current_pin = std::nullopt);
/// The new PIN; the error is that the block is none, for this key and current PIN.
Result<std::string> pin_from_vis_block(ByteView card_master_key, ByteView block,
                                       std::optional<std::string_view> current_pin = std::nullopt);

}  // namespace posbench::emv
