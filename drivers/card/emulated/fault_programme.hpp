#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/card/emulated/transport.hpp"

/// What a card does wrong, and when: [[fault]] of its image.
namespace posbench::card {

/// The card works so much longer.
struct DelayFault {
    runtime::Duration time{};
    bool extension = true;  ///< it asks for more time before the waiting time is over
};
/// Another status word, without data.
struct StatusFault {
    std::uint16_t sw = 0;
    bool after = false;  ///< the chip runs the command first; else it never sees it
};
/// No answer.
struct MuteFault {
    bool after = false;  ///< as above
};
/// One octet of the answer differs.
struct CorruptFault {
    std::optional<std::int64_t> at;    ///< from 0; from -1 backwards from the end; none: drawn
    std::optional<std::uint8_t> flip;  ///< laid over it by exclusive or; none: drawn
};
/// A block of the answer comes damaged over T=1.
struct CorruptBlockFault {
    std::int64_t times = 1;  ///< in succession
};
struct TruncateFault {
    std::size_t length = 0;  ///< octets left of the answer
};
struct AppendFault {
    Bytes octets;
};
/// In place of ATR or ATS.
struct GarbageAtrFault {
    Bytes octets;  ///< empty: drawn
};
/// The card is pulled out.
struct RemoveFault {
    enum class When {
        before,   ///< before the command reaches the card
        working,  ///< half of the work is over: what the chip was at never happened
        during,   ///< the chip has run it, half of the answer is over
        after,    ///< the reader has the answer
    };
    When when = When::during;
};

struct FaultRule {
    using Effect = std::variant<DelayFault, StatusFault, MuteFault, CorruptFault, CorruptBlockFault,
                                TruncateFault, AppendFault, GarbageAtrFault, RemoveFault>;

    int number = 0;      ///< in the image, from 1
    std::string on;      ///< command as card.apdu names it; "reset", "activation", or "any" command
    std::string header;  ///< CLA INS P1 P2, eight of 0-9 A-F, X for any digit; empty: any
    std::string data;    ///< what the command's data begin with, hexadecimal, X for any digit; empty: any
    std::optional<Interface> interface;  ///< none: both
    std::int64_t nth = 1;                ///< acts on this one of those that match, from 1
    bool every = false;                  ///< and on all behind it
    std::optional<DelayFault> delay;     ///< before the effect, and with it
    Effect effect;

    /// Of the effect or before it; null: none.
    const DelayFault* longer() const noexcept;
    /// The card works at the command: it is not gone before, and neither silence nor a status word stands in
    /// the place of the chip.
    bool card_works() const noexcept;
};

/// "mute", as `do` in the image and in the trace.
std::string_view fault_name(const FaultRule& rule) noexcept;
/// What it does: "no answer, though the chip has run it".
std::string effect_in_words(const FaultRule& rule);
/// "GENERATE AC with header 80AE80XX, contact, the 2nd: ‘mute’ …" for people.
std::string describe_fault(const FaultRule& rule);

/// What can happen to a card at all.
struct Reachable {
    bool chip = true;     ///< it has one that answers
    bool antenna = true;  ///< it is there in the field
    bool t0 = true;       ///< one of its answers to reset leads to T=0
};

/// Reads [[fault]]; refuses rules that can never act on such a card. @throws config::ConfigError
std::vector<FaultRule> read_fault_programme(config::Reader& image, const Reachable& card = {});

/// Which rule acts, over one run: counts what each matches.
class FaultProgramme {
  public:
    /// @param rules outlive the programme
    FaultProgramme(std::span<const FaultRule> rules, runtime::Random random);

    /// The rules that are due on this command, in the order of the image. Every rule that matches counts.
    /// @param what the command's name, "reset" or "activation"
    /// @param command its octets; none of a reset
    std::vector<const FaultRule*> due(Interface interface, std::string_view what, ByteView command = {});

    /// The first of those that are due that changes something; null for none.
    /// @param answer what would be answered without a fault; asked only when that decides
    const FaultRule* acting(std::span<const FaultRule* const> due, const std::function<Bytes()>& answer);

    /// An answer as corrupt, truncate, append, garbage_atr or status (behind the chip) leave it; none when
    /// they leave it as it is (there is no such octet, it is short enough) and for the other effects.
    std::optional<Bytes> altered(const FaultRule& rule, ByteView answer);
    /// The same, with nothing drawn: for what would be left.
    std::optional<Bytes> altered_on_trial(const FaultRule& rule, ByteView answer) const;

    /// It has acted, as card.fault tells.
    void acted(const FaultRule& rule) { history(rule).acted = true; }
    struct Idle {
        const FaultRule* rule;
        std::string_view why;  ///< "never acted", "was due, but would have changed nothing"
    };
    /// Those that never have.
    std::vector<Idle> idle() const;

  private:
    std::span<const FaultRule> rules_;
    struct History {
        std::int64_t matches = 0;
        bool acted = false;
        bool changed_nothing = false;  ///< it was due, and left the answer as it was
        bool missed = false;           ///< it was due, and another rule acted
    };
    History& history(const FaultRule& rule) {
        return histories_.at(static_cast<std::size_t>(rule.number) - 1);
    }

    std::vector<History> histories_;  ///< of the rules
    runtime::Random random_;
};

}  // namespace posbench::card
