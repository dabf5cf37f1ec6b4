#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/card/emulated/chip.hpp"
#include "drivers/card/emulated/fault_programme.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/card/emulated/transport.hpp"
#include "drivers/registry.hpp"

namespace posbench::card {

/// The programmable card together with the slot, the field and the heads it meets: gives the chip and the
/// stripe of an image their time, their place, their faults and their events.
class EmulatedCard final : public Card, public Reader {
  public:
    EmulatedCard(std::shared_ptr<const CardImage> image, drivers::Context& context);

    /// A card that is in slot or field already is taken out first.
    void insert(How how) override;
    void tap(Field field) override;
    void remove() override;
    void swipe() override;
    void conclude() override;
    bool inserted() const noexcept override { return place_ == Place::slot; }
    std::string holder_pin() const override { return image_->pin; }
    Reader* reader() noexcept override { return this; }

    bool present() const noexcept override { return inserted(); }
    int in_field() const noexcept override { return place_ == Place::field ? cards_ : 0; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<ReaderResult<Bytes>> power_up() override;
    runtime::Task<ReaderResult<Bytes>> warm_reset() override;
    runtime::Task<ReaderResult<Bytes>> activate() override;
    void power_down() noexcept override;
    runtime::Task<ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<Swipe> take_swipe() override;

  private:
    enum class Place { away, slot, field };
    class Exchange;

    void put(Place place) noexcept;
    runtime::Task<ReaderResult<Bytes>> reset(emv::Reset kind);
    /// A reset or an activation.
    struct Waking {
        Interface interface;
        std::optional<ReaderError> failure;  ///< what comes of it whatever the card does; none: it answers
        trace::Fields event;                 ///< card.reset, but for the answer
        Bytes answer;                        ///< ATR or ATS
        Transport transport;                 ///< that it leads to
    };
    runtime::Task<ReaderResult<Bytes>> wake(Waking waking);

    bool is_here(std::uint64_t presentation) const noexcept {
        return place_ != Place::away && presentations_ == presentation;
    }
    /// False when the card that was put in or tapped as the `presentation`th left before the time was over.
    runtime::Task<bool> stays(std::uint64_t presentation, runtime::Duration duration);
    /// card.fault: before the effect can be seen. When it is over the card may have left: ask is_here().
    runtime::Task<void> tell(const FaultRule& rule, std::string command);

    std::shared_ptr<const CardImage> image_;
    runtime::Clock& clock_;
    trace::Recorder& trace_;
    runtime::Random random_;
    std::unique_ptr<Chip> chip_;  ///< never null; one that did nothing is put in its place
    FaultProgramme faults_;
    runtime::Condition changed_;
    Place place_ = Place::away;
    bool contacts_meet_ = false;  ///< inserted the right way round
    int cards_ = 1;               ///< in the field, this one counted
    std::uint64_t presentations_ = 0;
    /// A command that T=0 answered by the number of its data alone, and the rule that is to act on it.
    struct Unfinished {
        Bytes header;
        const FaultRule* rule;
        bool told;  ///< card.fault was: the rule has changed the number
    };
    /// What speaks, since a reset or an activation; none without power.
    struct Active {
        Interface interface;
        Transport transport;
        std::optional<Unfinished> unfinished = {};
        bool altered = false;  ///< by a fault: the data that wait for GET RESPONSE
    };
    std::optional<Active> active_;
    std::optional<Swipe> swipe_;
    int swipes_ = 0;
    std::set<std::string> stripe_faults_shown_;  ///< that changed something on a swipe
};

}  // namespace posbench::card
