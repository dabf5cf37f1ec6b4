#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "drivers/card/card.hpp"
#include "drivers/terminal/emulated/defects.hpp"
#include "drivers/terminal/emulated/device.hpp"

namespace posbench::terminal {

/// The card readers as the application sees them: a dead one sees no card and gets no answer. What a swipe
/// left is forgotten when it was taken, but by a terminal with the defect mixes-swipes.
class DeviceReader final : public card::Reader {
  public:
    DeviceReader(card::Reader& reader, const Device& device, const Defects& defects)
        : reader_(reader), device_(device), defects_(defects) {}

    bool present() const noexcept override { return chip_works() && reader_.present(); }
    int in_field() const noexcept override { return field_works() ? reader_.in_field() : 0; }
    runtime::Condition& changed() noexcept override { return reader_.changed(); }
    runtime::Task<card::ReaderResult<Bytes>> power_up() override;
    runtime::Task<card::ReaderResult<Bytes>> warm_reset() override;
    runtime::Task<card::ReaderResult<Bytes>> activate() override;
    void power_down() noexcept override { reader_.power_down(); }
    runtime::Task<card::ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<card::Swipe> take_swipe() override;

  private:
    bool chip_works() const noexcept { return !device_.condition().chip_reader_dead; }
    bool field_works() const noexcept { return !device_.condition().contactless_reader_dead; }

    card::Reader& reader_;
    const Device& device_;
    const Defects& defects_;
    std::vector<std::uint32_t> kept_;  ///< track 2 of an earlier swipe
    bool in_field_ = false;            ///< what was powered last is in the field, not in the slot
};

}  // namespace posbench::terminal
