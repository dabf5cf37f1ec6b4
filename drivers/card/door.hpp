#pragma once

#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/card/card.hpp"

namespace posbench::card {

/// Is told what passes through a Door, as it passes and unmasked: whoever shows it masks it. Called on the
/// door's own stack: may note, must not act on door or card.
class DoorWatch {
  public:
    virtual ~DoorWatch() = default;
    /// The way to the reader stands.
    virtual void connected(std::string_view peer) = 0;
    /// There is no way to the reader (any more); the door tries again. Told once until it stands again.
    virtual void lost(std::string_view reason) = 0;
    /// The reader has reset the card; `atr` is empty when the card is mute.
    virtual void reset(ByteView atr) = 0;
    virtual void power_off() = 0;
    /// A command and its answer; `answer` is empty when the card gave none.
    virtual void exchange(ByteView command, ByteView answer) = 0;
};

/// The way from a card to a reader outside of the bench.
class Door {
  public:
    virtual ~Door() = default;
    /// Lets the reader use the card whose contacts `card` is, and finds the reader again when it went away.
    /// Never returns; ends when the task is destroyed.
    virtual runtime::Task<void> serve(Reader& card) = 0;
};

}  // namespace posbench::card
