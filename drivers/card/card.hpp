#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/sync.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::card {

/// What one pass of a stripe puts on the reader's heads: for each track the intervals between flux
/// transitions in nanoseconds (F2F, ISO/IEC 7811-6). An empty vector is an unencoded track.
struct Swipe {
    std::vector<std::uint32_t> track1, track2, track3;
};

enum class ReaderError {
    mute,       ///< no answer within the waiting time
    removed,    ///< the card left before or during the exchange
    collision,  ///< more than one card answers in the field
};

template <class T>
using ReaderResult = Result<T, ReaderError>;

/// The reader's side of the card: what a terminal's readers of chip, field and stripe see. A reader without a
/// contactless part just does not look at the field.
class Reader {
  public:
    virtual ~Reader() = default;

    /// Something is in the slot (also a card the wrong way round).
    virtual bool present() const noexcept = 0;
    /// How many cards are in the field: 0, 1 or 2.
    virtual int in_field() const noexcept = 0;
    /// Notified when a card is inserted, tapped or removed, and when one is swiped.
    virtual runtime::Condition& changed() noexcept = 0;

    /// Cold reset of the card in the slot: the answer to reset (ISO/IEC 7816-3 clause 6.2.2), or mute.
    virtual runtime::Task<ReaderResult<Bytes>> power_up() = 0;
    /// Warm reset of the card in the slot, which keeps its power (clause 6.2.3): the answer to reset, or
    /// mute. One without power gets a cold reset.
    virtual runtime::Task<ReaderResult<Bytes>> warm_reset() = 0;
    /// Polling, anticollision and RATS in the field (ISO/IEC 14443-3 and -4): the answer to select, or mute,
    /// removed (nothing is in the field), collision.
    virtual runtime::Task<ReaderResult<Bytes>> activate() = 0;
    /// Ends what power_up(), warm_reset() or activate() began. Also called while a terminal is torn down:
    /// what goes wrong is told by the next exchange.
    virtual void power_down() noexcept = 0;
    /// One command APDU (ISO/IEC 7816-4) to what was powered or activated last; the answer is data followed
    /// by SW1 SW2. A card that speaks T=0 leaves 61xx and 6Cxx to the caller.
    virtual runtime::Task<ReaderResult<Bytes>> transmit(ByteView command) = 0;

    /// The pass of a stripe since the last call; it is taken away by the call.
    virtual std::optional<Swipe> take_swipe() = 0;
};

/// The card of a station as the bench handles it. Role "card".
class Card {
  public:
    enum class How { chip, reversed };
    enum class Field { one_card, two_cards };
    virtual ~Card() = default;

    virtual void insert(How how) = 0;
    /// Holds the card into the field, alone or with another one behind it in the purse.
    virtual void tap(Field field) = 0;
    /// Takes the card out of slot or field; nothing happens when it is in neither.
    virtual void remove() = 0;
    virtual void swipe() = 0;
    /// The scenario is over: what was asked of the card and never came about is told, as bench.note of
    /// severity stimulus. A card of which nothing can be asked has nothing to tell.
    virtual void conclude() {}
    /// A card is in the slot.
    virtual bool inserted() const noexcept = 0;

    /// The PIN its holder knows; empty when the image gives none.
    virtual std::string holder_pin() const = 0;
    /// For terminals in this bench; null when the card sits in a real terminal.
    virtual Reader* reader() noexcept = 0;
};

}  // namespace posbench::card
