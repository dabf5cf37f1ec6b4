#pragma once

#include <memory>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/station/station.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/registry.hpp"

namespace posbench::cli {

enum class CardTime {
    none,   ///< the card answers at once
    image,  ///< as [timing] of the image says
};

/// Settings of the card image that a person named: one of fixtures/cards, or a file. @throws
/// config::ConfigError
config::Value load_card_image(const std::string& image, const station::Library& library,
                              station::Keys keys = station::Keys::resolved);

/// A programmable card on its own, without a station around it, in a slot.
class OwnCard {
  public:
    /// @param sink may be null
    /// @throws config::ConfigError when the image does not hold or has no chip that answers
    OwnCard(runtime::Clock& clock, const std::string& image, CardTime time, trace::Sink* sink = nullptr);

    card::Reader& reader() noexcept { return *card_->reader(); }
    trace::Recorder& trace() noexcept { return trace_; }

  private:
    trace::Recorder trace_;
    runtime::ResourceJournal resources_;
    drivers::Context context_;
    std::unique_ptr<card::Card> card_;
};

}  // namespace posbench::cli
