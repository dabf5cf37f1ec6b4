#pragma once

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
    trace::Fields answered(const Answer& answer, const Chip& chip) &&;
    /// Those of one that got no answer.
    trace::Fields unanswered() &&;

  private:
    trace::Fields fields_;
};

}  // namespace posbench::card
