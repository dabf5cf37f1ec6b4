#pragma once

#include <optional>

#include "bench/runtime/bytes.hpp"
#include "bench/trace/event.hpp"
#include "drivers/card/emulated/chip.hpp"

namespace posbench::card {

/// What a card.apdu event says of a command, taken down before the card runs it (the card's state says which
/// data object list the data follow). Nothing sensitive is kept: tags of the dictionary that are sensitive
/// and PIN blocks appear as one '*' an octet, unknown commands' data as their number.
class ApduEvent {
  public:
    ApduEvent(ByteView command, const Chip& chip);

    /// The fields of an answered command; `chip` after it ran.
    /// @param answer as it goes back; fewer than two octets have no status word
    /// @param readable it is a chip's whole answer, nothing cut off or changed: of any other only the number
    /// of octets is told, since what is sensitive in it cannot be found
    trace::Fields answered(ByteView answer, bool readable,
                           const std::optional<Answer::Cryptogram>& cryptogram, const Chip& chip) &&;
    /// Those of one that got no answer.
    trace::Fields unanswered() &&;

  private:
    trace::Fields fields_;
};

}  // namespace posbench::card
