#pragma once

#include <cstdint>
#include <optional>

#include "bench/runtime/result.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/terminal/emulated/kernel/chip_step.hpp"

namespace posbench::terminal {

/// Commands to the card, each until its answer is whole. Over T=0 that takes GET RESPONSE and repetitions
/// (EMV book 1 clause 9.3.1), a bounded number of them.
class CardChannel {
  public:
    struct Answer {
        Bytes data;
        std::uint16_t sw = 0;
    };
    using Result = posbench::Result<Answer, ChipFailure>;

    explicit CardChannel(card::Reader& reader) : reader_(reader) {}

    /// @param t0 T=0 was chosen by the answer to reset
    void speak(bool t0) noexcept { t0_ = t0; }
    /// Fails when the card is mute (which allows fallback) or was removed.
    runtime::Task<Result> send(Bytes apdu);
    /// SELECT by name. @param next the next occurrence of a partial name
    runtime::Task<Result> select(ByteView name, bool next = false);
    /// GET DATA of a primitive object with a tag of two octets (book 3 clause 6.5.7): its value; none when
    /// the card has no such object or gives another one.
    runtime::Task<posbench::Result<std::optional<Bytes>, ChipFailure>> get_data(emv::Tag tag);

  private:
    card::Reader& reader_;
    bool t0_ = false;
};

}  // namespace posbench::terminal
