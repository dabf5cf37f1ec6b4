#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/card/emulated/chip.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/registry.hpp"

namespace posbench::card {

/// The programmable card together with the slot and the heads it meets: gives the chip and the stripe of an
/// image their time, their place and their events.
class EmulatedCard final : public Card, public Reader {
  public:
    EmulatedCard(std::shared_ptr<const CardImage> image, drivers::Context& context);

    /// A card that is in the slot already is taken out first.
    void insert(How how) override;
    void remove() override;
    void swipe() override;
    bool inserted() const noexcept override { return inserted_; }
    std::string holder_pin() const override { return image_->pin; }
    Reader* reader() noexcept override { return this; }

    bool present() const noexcept override { return inserted_; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<ReaderResult<Bytes>> power_up() override;
    void power_down() noexcept override;
    runtime::Task<ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<Swipe> take_swipe() override;

  private:
    /// False when the card that was in the slot at `insertion` left it before the time was over.
    runtime::Task<bool> stays(std::uint64_t insertion, runtime::Duration duration);
    runtime::Duration transfer_time(std::size_t octets) const noexcept;

    std::shared_ptr<const CardImage> image_;
    runtime::Clock& clock_;
    trace::Recorder& trace_;
    runtime::Random random_;
    Chip chip_;
    runtime::Condition changed_;
    bool inserted_ = false;
    bool contacts_meet_ = false;  ///< inserted the right way round
    bool powered_ = false;
    std::uint64_t insertions_ = 0;
    std::optional<Swipe> swipe_;
};

}  // namespace posbench::card
