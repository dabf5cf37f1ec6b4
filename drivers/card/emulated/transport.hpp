#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/card/interface.hpp"
#include "drivers/protocols/emv/atr.hpp"

namespace posbench::card {

/// "contact", "contactless"
std::string_view to_string(Interface interface) noexcept;

/// The emulated card speaks the protocol that this ATR leads to: T=0 or T=1.
bool speaks_protocol_of(const emv::Atr& atr) noexcept;

/// The transmission protocol between reader and chip as the card sees it, without clock and events: what
/// becomes of APDUs on the line, how many octets that takes, and how long the reader waits.
///
/// T=0 (ISO/IEC 7816-3 clause 10, EMV book 1 clause 9.3.1): the reader drops the Le of a case 4 command; the
/// card keeps its data for GET RESPONSE (61xx), and answers a case 2 command whose Le is not the length with
/// 6Cxx. An answer with a warning (62xx, 63xx) begins with that, and its data wait for GET RESPONSE without
/// an announcement (annex A7). Data that wait are lost with the next other command. T=1 (clause 11) and
/// ISO/IEC 14443-4: whole APDUs, in chained blocks, with at most Ne octets of data (ISO/IEC 7816-3
/// clause 12.1.2). The reader takes blocks of 254 octets (IFSD) and frames of 256 (FSD).
class Transport {
  public:
    enum class Protocol { t0, t1, iso14443_4 };

    /// Precondition: speaks_protocol_of(atr).
    explicit Transport(const emv::Atr& atr);
    explicit Transport(const emv::Ats& ats);

    Protocol protocol() const noexcept { return protocol_; }
    /// Work, block or frame waiting time: how long the reader waits for an answer or for a request for more
    /// time.
    runtime::Duration waiting_time() const noexcept { return waiting_time_; }
    /// How often the card has to ask for more time while it works so long: NULL procedure bytes, S(WTX).
    std::int64_t extensions(runtime::Duration work) const noexcept;
    /// How long the reader waits, from the end of a command that takes the card so long, once the card has
    /// asked `asked` times for more. Each time it asks for what its work needs, or as much as one may.
    runtime::Duration patience(runtime::Duration work, std::int64_t asked) const noexcept;
    /// Octets on the line for one of them, request and answer.
    std::size_t extension_octets() const noexcept;

    /// Octets on the line, with prologue, epilogue and acknowledgements of chained blocks, or with the
    /// procedure byte.
    std::size_t command_octets(ByteView command) const noexcept;
    std::size_t answer_octets(std::size_t answer) const noexcept;
    /// How often a reader lets a damaged part of an answer come again; then it takes the power or the field
    /// away. Three times a character of T=0 (ISO/IEC 7816-3 clause 7.3, EMV book 1 clause 9.2.3) and a block
    /// of T=1 (book 1 clause 9.2.5), twice a frame (the least of NFC Forum Digital Protocol's 2 to 5).
    std::int64_t most_retransmissions() const noexcept { return protocol_ == Protocol::iso14443_4 ? 2 : 3; }
    /// What asks for it, R-block or R(NAK); of T=0 an error signal within the character's guard time.
    std::size_t request_octets() const noexcept { return block_overhead_; }
    /// The first character, block or frame of an answer.
    std::size_t first_part_octets(std::size_t answer) const noexcept;
    /// Elementary time units between two characters to the card on top of the 12 of a character.
    int extra_guard_time() const noexcept { return extra_guard_time_; }

    /// Octets that go back, and whether a chip's answer is whole in them.
    struct Given {
        Bytes octets;
        bool whole = true;
        bool length_alone = false;  ///< 6Cxx: how many data there are, for the command to come again
    };
    /// What comes of a command before the chip sees it.
    struct Taken {
        Bytes command;                ///< for the chip
        std::optional<Given> answer;  ///< the card's own: the chip is not asked
    };
    Taken take(ByteView command);
    /// The command taken last asked for fewer data than a card may have.
    bool bounds_answer() const noexcept;
    /// The status word in place of data that are more than the command taken last asked for: 6700 when it has
    /// no Le, else 6Cxx with their number. None: they may go back.
    std::optional<std::uint16_t> refusal(std::size_t data) const noexcept;
    /// With T=0 the command taken last may be answered by the number of its data alone (6Cxx).
    bool may_tell_length() const noexcept { return protocol_ == Protocol::t0 && expected_.has_value(); }
    /// What goes back when the chip has answered the command taken last.
    Given give(Bytes answer);

  private:
    /// What one request for more time gains at most.
    runtime::Duration extension() const noexcept;
    Given get_response(ByteView command);
    Given hand_out(std::size_t octets);

    Protocol protocol_;
    runtime::Duration waiting_time_;
    std::size_t block_overhead_ = 0;  ///< prologue and epilogue
    std::size_t command_block_ = 0;   ///< octets of an APDU in a block to the card
    std::size_t answer_block_ = 0;
    int extra_guard_time_ = 0;

    /// Ne of the command under way. None: it is none that can be read; with T=0 all but case 2.
    std::optional<std::size_t> expected_;
    // T=0
    Bytes waiting_;       ///< data for GET RESPONSE, status word last
    bool begun_ = false;  ///< some of it was fetched
};

}  // namespace posbench::card
