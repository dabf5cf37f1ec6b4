#pragma once

#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"

namespace posbench::card {

/// A card in the field as PC/SC shows it, like one in a slot: power up activates it, and the answer to reset
/// is the one that PC/SC makes of its answer to select (emv::pcsc_atr). A card whose answer to select cannot
/// be read is mute.
///
/// Commands of class FF are the reader's own, and no card hears them (PC/SC part 3 clause 3.2.2.1): FF CA 00
/// 00 gives the unique identifier, FF CA 01 00 the historical octets of the answer to select. 6282 where
/// fewer octets are there than Le asks for, 6Cxx where more are, 6A81 for another P1 P2, 6D00 for another
/// instruction.
class FieldReader final : public Reader {
  public:
    /// @param reader outlives this
    /// @param random of the unique identifier: four octets, 08 and three drawn (ISO/IEC 14443-3 clause 6.5.4)
    FieldReader(Reader& reader, runtime::Random random);

    bool present() const noexcept override { return reader_.in_field() > 0; }
    int in_field() const noexcept override { return reader_.in_field(); }
    runtime::Condition& changed() noexcept override { return reader_.changed(); }
    runtime::Task<ReaderResult<Bytes>> power_up() override;
    /// There is no warm reset in the field: the card is activated anew.
    runtime::Task<ReaderResult<Bytes>> warm_reset() override { return power_up(); }
    runtime::Task<ReaderResult<Bytes>> activate() override { return reader_.activate(); }
    void power_down() noexcept override { reader_.power_down(); }
    runtime::Task<ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<Swipe> take_swipe() override { return reader_.take_swipe(); }

  private:
    Bytes own_answer(ByteView command) const;

    Reader& reader_;
    Bytes identifier_;
    Bytes historical_;  ///< of the last answer to select
};

}  // namespace posbench::card
