#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"

/// The cryptography of card payment, over OpenSSL. Keys are 8 octets (single DES), 16 (two-key triple DES)
/// or 24. No function keeps or prints a key.
namespace posbench::crypto {

using Block8 = std::array<std::uint8_t, 8>;
using Block16 = std::array<std::uint8_t, 16>;

/// DES or triple DES (EDE) in ECB with one key, its schedule made once. A single-DES key K runs as K|K|K,
/// which is the same function and needs no legacy provider. Not shared between threads.
class DesCipher {
  public:
    /// @throws std::invalid_argument for a key of another length
    explicit DesCipher(ByteView key);
    DesCipher(DesCipher&&) noexcept;
    DesCipher& operator=(DesCipher&&) noexcept;
    ~DesCipher();
    Block8 encrypt(const Block8& block) const;
    Block8 decrypt(const Block8& block) const;
    /// ECB over whole blocks. @throws std::invalid_argument unless a multiple of 8
    Bytes encrypt(ByteView data) const;
    Bytes decrypt(ByteView data) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// First 4 octets of eight zero octets encrypted.
std::array<std::uint8_t, 4> key_check_value(ByteView key);
/// Sets odd parity in each octet (FIPS 46-3).
void adjust_parity(std::span<std::uint8_t> key) noexcept;

/// UnionPay "ECB" MAC over MTI..63 (facts: zero padding, XOR of blocks, two encryptions over the hexadecimal
/// text). The eight ASCII characters of field 64.
Block8 mac_unionpay(const DesCipher& key, ByteView data);
/// ISO/IEC 9797-1 algorithm 3 (ANSI X9.19, "retail MAC") with a 16-octet key and zero padding (method 1) or
/// '80' padding (method 2).
enum class Padding { zero, method2 };
Block8 mac_algorithm3(ByteView key16, ByteView data, Padding padding);
/// ISO/IEC 9797-1 algorithm 1 with triple DES.
Block8 mac_algorithm1(ByteView key, ByteView data, Padding padding);

/// PIN block ISO 9564-1 format 0, in clear. Error when the PIN is not 4 to 12 digits or the PAN is shorter
/// than 13.
Result<Block8> pin_block_iso0(std::string_view pin, std::string_view pan);
/// The PIN in a clear format-0 block; the error is "not a format 0 PIN block for this PAN".
Result<std::string> pin_from_iso0(const Block8& block, std::string_view pan);
/// PIN block ISO 9564-1 format 2, in clear: '2', length, digits, filler F (EMV book 3 table 24). Error when
/// the PIN is not 4 to 12 digits.
Result<Block8> pin_block_iso2(std::string_view pin);
/// The PIN in a format-2 block; the error is "not a format 2 PIN block".
Result<std::string> pin_from_iso2(ByteView block);

/// What a card's keys are derived of (EMV book 2 annex A1.4.1 option A): the rightmost 16 digits of PAN and
/// sequence number, packed. The error names what is no PAN or sequence number.
Result<Block8> card_diversification(std::string_view pan, std::string_view psn);
/// Card master key, EMV book 2 annex A1.4.1 option A, odd parity. The error names what is no PAN or sequence
/// number.
Result<Block16> card_master_key(ByteView issuer_master_key, std::string_view pan, std::string_view psn);
/// Annex A1.4.2 option B: for a PAN of 17 to 19 digits over its SHA-1, decimalised; for a shorter one option
/// A.
Result<Block16> card_master_key_option_b(ByteView issuer_master_key, std::string_view pan,
                                         std::string_view psn);

/// EMV common session key derivation, book 2 annex A1.3: both halves are the diversification value encrypted,
/// its third octet F0 in the left and 0F in the right. No parity adjustment. The value is ATC | 000000000000
/// for cryptograms, the application cryptogram for secure messaging.
Block16 common_session_key(ByteView card_master_key, const Block8& diversification);
Block16 common_session_key(ByteView card_master_key, std::uint16_t atc);
/// Mastercard's session key derivation (SKD, M/Chip 4): the same for ATC | 0000 | unpredictable number
/// (9F37).
Block16 mastercard_session_key(ByteView card_master_key, std::uint16_t atc,
                               const std::array<std::uint8_t, 4>& unpredictable_number);
/// Visa's session key of secure messaging (VIS 1.4 annex D): left half xor ATC, right half xor not ATC, each
/// at the right after six zero octets.
Block16 visa_messaging_session_key(ByteView card_master_key, std::uint16_t atc);

/// Application cryptogram: algorithm 3 over `data`; version 10 pads with zeros and uses the master key,
/// version 18 and book 2 annex A1.2 pad with '80' and use the session key.
Block8 application_cryptogram(ByteView key16, ByteView data, Padding padding);
/// ARPC method 1: triple DES of ARQC xor (ARC | 0000000000 00), book 2 clause 8.2.1.
Block8 arpc_method1(ByteView key16, const Block8& arqc, std::string_view arc);
/// ARPC method 2: first 4 octets of the MAC over ARQC | CSU | proprietary data, book 2 clause 8.2.2.
std::array<std::uint8_t, 4> arpc_method2(ByteView key16, const Block8& arqc, ByteView csu,
                                         ByteView proprietary);

}  // namespace posbench::crypto
