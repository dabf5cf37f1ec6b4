#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/time.hpp"

/// What a card says of itself when it gets power or enters a field. Reading only; every octet is checked.
namespace posbench::emv {

/// TA1, TB1, … of an answer to reset.
struct InterfaceCharacter {
    char kind = 'A';           ///< A to D
    int group = 1;             ///< from 1
    std::size_t position = 0;  ///< octet of the answer, from 0
    std::uint8_t value = 0;
};

/// An answer to reset (ISO/IEC 7816-3 clause 8, EMV book 1 clause 8): TS T0, interface characters
/// TA1 TB1 TC1 TD1 TA2 …, historical octets, TCK. What is left out has the standard's default.
struct Atr {
    bool inverse_convention = false;  ///< TS 3F
    std::vector<int> protocols;       ///< in the order of TD1, TD2, …; T=0 alone without TD1
    std::optional<int> specific;      ///< TA2: the one protocol of a card in specific mode
    std::uint8_t speed = 0x11;        ///< TA1: Fi and Di (clause 8.3, table 7 and 8)
    int extra_guard_time = 0;         ///< TC1, N: etu between characters to the card; 255 means the minimum
    int waiting_integer = 10;         ///< TC2, WI: work waiting time of T=0 in units of 960 etu
    int information_size = 32;        ///< first TA for T=1, IFSC: octets of a block to the card
    int block_waiting_integer = 4;    ///< high digit of the first TB for T=1, BWI
    int character_waiting_integer = 13;  ///< its low digit, CWI
    bool crc = false;                    ///< first TC for T=1: CRC in place of LRC
    Bytes historical;
    std::vector<InterfaceCharacter> characters;  ///< as they came

    /// Null when it is not there.
    const InterfaceCharacter* find(char kind, int group) const noexcept;
    /// What is spoken when nobody negotiates: that of TA2, else the one offered first.
    int protocol() const noexcept { return specific.value_or(protocols.front()); }
    /// Longest time between two characters in T=0: 960 × WI etu (ISO/IEC 7816-3 clause 10.2).
    runtime::Duration work_waiting_time() const noexcept;
    /// Longest time from the last character of a block to the card to the first of its answer in T=1:
    /// 11 etu + 2^BWI × 960 etu at 372 clock cycles (ISO/IEC 7816-3 clause 11.4.3).
    runtime::Duration block_waiting_time() const noexcept;
};

/// The error names octet (from 0) and character: "octet 4 (TA2): …".
Result<Atr> parse_atr(ByteView octets);

enum class Reset { cold, warm };
/// "cold", "warm"
std::string_view to_string(Reset reset) noexcept;
/// What a terminal does not accept of an answer that can be read (EMV 4.3 book 1 clauses 8.3.3.1
/// to 8.3.3.11), in the words of parse_atr(); none: it accepts it. Any WI is accepted, as by a terminal that
/// can wait so long.
std::optional<Error> refuse_atr(const Atr& atr, Reset reset);
/// The answer to reset as a terminal takes it: read, and accepted.
Result<Atr> accept_atr(ByteView octets, Reset reset);

/// `count` elementary time units of 372 clock cycles at 3.5712 MHz, the 9600 bit/s of a reset.
runtime::Duration etu(std::int64_t count) noexcept;

/// An answer to select (ISO/IEC 14443-4 clause 5.2): TL T0 TA1 TB1 TC1, historical octets; without its CRC.
struct Ats {
    int frame_size = 32;             ///< FSC, octets of a frame to the card with prologue and CRC
    int frame_waiting_integer = 4;   ///< FWI
    int start_up_guard_integer = 0;  ///< SFGI
    bool takes_cid = true;           ///< TC1: a card identifier may be in a frame
    bool takes_nad = false;
    Bytes historical;

    /// Longest time from the end of a frame to the card to the start of its answer: 256 × 16 / 13.56 MHz ×
    /// 2^FWI (clause 7.2).
    runtime::Duration frame_waiting_time() const noexcept;
};

/// The error names octet (from 0) and character.
Result<Ats> parse_ats(ByteView octets);

/// The answer to reset under which PC/SC shows a contactless card: 3B 8n 80 01, its historical octets, TCK
/// (PC/SC part 3 clause 3.1.3.2.3.1). Of more than 15 historical octets the first 15: n is one digit.
Bytes pcsc_atr(const Ats& ats);

}  // namespace posbench::emv
