#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/emv/masked_octets.hpp"

/// Logs of what a terminal and a card said to one another, as programs and people write them. Line by line
/// the form is found out, so that forms may mix and anything may stand between:
///
///     > 00 A4 04 00 ...         < 6F ... 90 00 : ...     scriptor (pcsc-tools), answers wrapped at 16 octets
///     Sending: 00 A4 ...        Received (SW1=0x90, SW2=0x00): and a dump      opensc-tool -s
///     Outgoing APDU (18 bytes): and a dump               Incoming APDU ...     OpenSC's debug log
///     A>> T=1 (4+0010) 00A40400 0A ...   A<< (0018+2) (26ms) 6F ... 9000       GlobalPlatformPro, apdu4j
///     bSendBuffer and a dump    bRecvBuffer and a dump                         pcsc-spy
///     APDU: 00 A4 ...           SW: 6F ... 90 00                               pcscd --apdu
///     C-APDU, Tx, >>, =>, ...   R-APDU, Rx, <<, <=, ...                        and the like
///     {"t":...,"kind":"card.apdu",...}                                         a trace of posbench
///     > READ RECORD ...  00B2010C 00       < 9000 success, and objects by name, what posbench prints
///     {"cmd":"00A4...","rsp":"6F...9000"}, transceive(00A4...) = 6F...9000     both in a line
///     00A40400...               6F...9000                octets alone, command and answer in turn
///
/// Of dumps the hexadecimal counts, not the characters. A status word may stand behind the data, before them,
/// in parentheses or in a line of its own; it is 61xx to 6Fxx or 90xx to 9Fxx. What a program tells twice
/// counts once. UTF-8, with a byte order mark or without, and UTF-16 with one; lines end with LF, CR LF or
/// CR.
///
/// Digits that somebody masked stand as '*' or 'X'.
namespace posbench::card {

/// A command and its answer.
struct LoggedExchange {
    int line = 0;              ///< of the command, from 1
    std::size_t resets = 0;    ///< of ApduLog::resets, how many came before it
    std::size_t lives = 0;     ///< of these, how many took from the card what it had selected
    Bytes command;             ///< zeros for masked digits; CLA INS P1 P2 are never masked
    bool masked_data = false;  ///< digits of the command's data are masked
    emv::MaskedOctets data;    ///< of the answer, without the status word
    std::uint16_t sw = 0;
    bool fetched = false;  ///< with GET RESPONSE: the protocol is T=0
    /// No exchange, but a SELECT, or what may have been one, of which the answer is not known: nobody can say
    /// what is selected behind it. CLA INS P1 P2 are those of SELECT, there is no answer.
    bool lost = false;
};

struct LoggedReset {
    int line = 0;
    Bytes atr;  ///< empty: masked, or not told
};

struct ApduLog {
    std::vector<LoggedReset> resets;
    /// GET RESPONSE is joined with the command before it (61xx), up to 4,096 octets, and so is a repetition
    /// after 6Cxx.
    std::vector<LoggedExchange> exchanges;
    std::size_t answered() const noexcept;  ///< exchanges without those that are lost
    std::vector<std::string> notes;         ///< "NAME:LINE: what was left out and why"; no octets of the log
};

/// Characters of a log that are read.
inline constexpr std::size_t longest_log = 8 << 20;

/// @param name stands for the log in messages
/// The error reads "NAME:LINE: ..." or "NAME: ...": a line of more than 16,384 characters, a log that is too
/// long, more than 20,000 exchanges, or none. It repeats nothing of the log.
Result<ApduLog> read_apdu_log(std::string_view text, std::string_view name);

}  // namespace posbench::card
