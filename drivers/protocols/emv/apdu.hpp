#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bench/runtime/bytes.hpp"

namespace posbench::emv {

/// Status words of EMV cards (ISO/IEC 7816-4, EMV book 3 clause 6).
namespace sw {
inline constexpr std::uint16_t ok = 0x9000;
inline constexpr std::uint16_t application_blocked = 0x6283;
inline constexpr std::uint16_t authentication_failed = 0x6300;
inline constexpr std::uint16_t wrong_pin = 0x63C0;  ///< low digit: tries left
inline constexpr std::uint16_t wrong_length = 0x6700;
inline constexpr std::uint16_t method_blocked = 0x6983;
inline constexpr std::uint16_t data_invalidated = 0x6984;
inline constexpr std::uint16_t conditions_not_satisfied = 0x6985;
inline constexpr std::uint16_t messaging_objects_incorrect = 0x6988;
inline constexpr std::uint16_t wrong_data = 0x6A80;
inline constexpr std::uint16_t card_blocked = 0x6A81;
inline constexpr std::uint16_t file_not_found = 0x6A82;
inline constexpr std::uint16_t record_not_found = 0x6A83;
inline constexpr std::uint16_t wrong_parameters = 0x6A86;
inline constexpr std::uint16_t data_not_found = 0x6A88;
inline constexpr std::uint16_t wrong_expected_length = 0x6C00;  ///< low octet: the right one
inline constexpr std::uint16_t unknown_instruction = 0x6D00;
inline constexpr std::uint16_t unknown_class = 0x6E00;
}  // namespace sw

/// Instruction octets (EMV book 3 clause 6.5; RECOVER AC is of EMV book C-2, UPDATE RECORD of ISO/IEC
/// 7816-4).
enum class Instruction : std::uint8_t {
    card_block = 0x16,
    application_unblock = 0x18,
    application_block = 0x1E,
    verify = 0x20,
    pin_change = 0x24,
    external_authenticate = 0x82,
    get_challenge = 0x84,
    internal_authenticate = 0x88,
    select = 0xA4,
    get_processing_options = 0xA8,
    generate_ac = 0xAE,
    read_record = 0xB2,
    get_response = 0xC0,  ///< of T=0: the transport answers it
    get_data = 0xCA,
    recover_ac = 0xD0,
    put_data = 0xDA,
    update_record = 0xDC,
};

inline constexpr std::uint8_t select_by_name = 0x04;  ///< P1 of SELECT (EMV book 1 table 42)

/// A command APDU with short lengths (ISO/IEC 7816-4 clause 5.1, cases 1 to 4).
struct CommandApdu {
    std::uint8_t cla = 0, ins = 0, p1 = 0, p2 = 0;
    ByteView data;    ///< into the command's octets
    ByteView octets;  ///< all of them without the expected length: what a MAC of secure messaging is over
    /// Ne, the most data that its answer may have; 0 without an expected length.
    std::size_t expected = 0;
};

/// An octet of expected length: 00 is 256.
constexpr std::size_t expected_length(std::uint8_t octet) noexcept {
    return octet == 0 ? 256 : octet;
}

/// Empty when the octets are no command of a short form: a card answers 6700.
std::optional<CommandApdu> parse_command(ByteView octets) noexcept;

/// Whether a command expects data in its answer: Le 00, "as much as there is".
enum class Le { none, any };

/// A short command (ISO/IEC 7816-4 clause 5.1): CLA INS P1 P2, Lc and data when there are any, and Le when
/// data are expected. Precondition: at most 255 octets of data
Bytes make_apdu(std::array<std::uint8_t, 4> header, ByteView data, Le le = Le::any);

/// Whether the last octet of a short command is Le: without data (case 2), or behind them (case 4).
bool ends_in_le(ByteView apdu) noexcept;

/// Which record a command means: the short file identifier in P2 bits 8 to 4, the number in P1.
struct RecordAddress {
    std::uint8_t sfi = 0, number = 0;
};
/// Empty when P1 and P2 say anything else (ISO/IEC 7816-4, P2 of the commands on records; EMV book 3 clause
/// 6.5.11): a card answers 6A86.
std::optional<RecordAddress> record_address(const CommandApdu& command) noexcept;

}  // namespace posbench::emv
