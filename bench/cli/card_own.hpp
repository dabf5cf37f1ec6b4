#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/station/station.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/card/field_reader.hpp"
#include "drivers/registry.hpp"

namespace posbench::cli {

enum class Place { slot, field };
enum class CardTime {
    none,   ///< the card answers at once
    image,  ///< as [timing] of the image says
};

/// Settings of the card image that a person named: one of fixtures/cards, or a file. @throws
/// config::ConfigError
config::Value load_card_image(const std::string& image, const station::Library& library,
                              station::Keys keys = station::Keys::resolved);

/// A programmable card on its own, without a station around it, in a slot or in a field. A card in the field
/// is reset by activating it, and its answer to reset is the one that PC/SC makes of its answer to select.
class OwnCard {
  public:
    /// @param sink may be null
    /// @throws config::ConfigError when the image does not hold or has no chip that answers there
    OwnCard(runtime::Clock& clock, const std::string& image, CardTime time, Place place,
            trace::Sink* sink = nullptr);

    card::Reader& reader() noexcept { return field_ ? *field_ : *card_->reader(); }
    trace::Recorder& trace() noexcept { return trace_; }
    /// Puts the card where it was, also one that is still there: into the slot, or into the field.
    void put_back();
    /// card::issuer_approval() of the image, for the interface where the card is.
    Result<Bytes> issuer_approval(ByteView application, const card::Dialogue::Cryptogram& asked) const;

  private:
    trace::Recorder trace_;
    runtime::ResourceJournal resources_;
    drivers::Context context_;
    config::Value settings_;
    std::unique_ptr<card::Card> card_;
    std::optional<card::FieldReader> field_;  ///< of a card in the field
};

}  // namespace posbench::cli
