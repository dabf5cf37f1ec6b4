#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bench/cli/card_owner.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/station/station.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
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
class OwnCard final : public CardOwner {
  public:
    /// @param sink may be null
    /// @throws config::ConfigError when the image does not hold or has no chip that answers there
    OwnCard(runtime::Clock& clock, const std::string& image, CardTime time, Place place,
            trace::Sink* sink = nullptr);

    card::Reader& reader() noexcept { return field_ ? *field_ : *card_->reader(); }
    trace::Recorder& trace() noexcept { return trace_; }
    /// Puts the card where it was, also one that is still there: into the slot, or into the field.
    void put_back();

    Result<Bytes> issuer_authentication(ByteView application, const card::Dialogue::Cryptogram& asked,
                                        const emv::IssuerDecision& decision) const override {
        return keys_.issuer_authentication(application, asked, decision);
    }
    Result<card::SecuredCommand> secure(ByteView application, const card::ScriptCommand& command,
                                        const card::ScriptTurn& turn) const override {
        return keys_.secure(application, command, turn);
    }
    std::vector<crypto::PublicKey> card_keys(ByteView application) const override {
        return keys_.card_keys(application);
    }
    Result<crypto::RsaPublicKey> pin_key(ByteView application) const override {
        return keys_.pin_key(application);
    }
    std::vector<std::string> pans() const override { return keys_.pans(); }
    bool take_altered() noexcept override { return std::exchange(altered_, false); }

  private:
    trace::Recorder trace_;
    runtime::ResourceJournal resources_;
    drivers::Context context_;
    config::Value settings_;
    card::ImageKeys keys_;
    bool altered_ = false;
    std::unique_ptr<card::Card> card_;
    std::optional<card::FieldReader> field_;  ///< of a card in the field
};

}  // namespace posbench::cli
