#pragma once

#include "drivers/card/card.hpp"

namespace posbench::card {

/// A card in the field as PC/SC shows it, like one in a slot: power up activates it, and the answer to reset
/// is the one that PC/SC makes of its answer to select (emv::pcsc_atr). A card whose answer to select cannot
/// be read is mute.
class FieldReader final : public Reader {
  public:
    /// @param reader outlives this
    explicit FieldReader(Reader& reader) : reader_(reader) {}

    bool present() const noexcept override { return reader_.in_field() > 0; }
    int in_field() const noexcept override { return reader_.in_field(); }
    runtime::Condition& changed() noexcept override { return reader_.changed(); }
    runtime::Task<ReaderResult<Bytes>> power_up() override;
    /// There is no warm reset in the field: the card is activated anew.
    runtime::Task<ReaderResult<Bytes>> warm_reset() override { return power_up(); }
    runtime::Task<ReaderResult<Bytes>> activate() override { return reader_.activate(); }
    void power_down() noexcept override { reader_.power_down(); }
    runtime::Task<ReaderResult<Bytes>> transmit(ByteView command) override {
        return reader_.transmit(command);
    }
    std::optional<Swipe> take_swipe() override { return reader_.take_swipe(); }

  private:
    Reader& reader_;
};

}  // namespace posbench::card
