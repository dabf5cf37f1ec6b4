#include "bench/cli/card_own.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

namespace posbench::cli {
namespace {

constexpr std::uint64_t seed = 1;  ///< of what the card draws: the same commands, the same answers

const drivers::Driver<drivers::MakeCard>& programmable_card() {
    const auto known = drivers::card_drivers();
    const auto found = std::ranges::find(known, "emulated", &drivers::Driver<drivers::MakeCard>::name);
    if (found == known.end()) throw std::logic_error("no card driver 'emulated' in the registry");
    return *found;
}

config::Value text(std::string value) {
    return config::Value(config::Value::Data(std::move(value)));
}

/// Why a card is mute there, and what to do.
std::string nothing_there(const std::string& image, Place place, const config::Value& settings) {
    if (card::ImageKeys(settings,
                        place == Place::field ? card::Interface::contact : card::Interface::contactless)
            .has_applications())
        return place == Place::field
                   ? fmt::format("the card '{}' has no contactless application: leave --contactless away",
                                 image)
                   : fmt::format("the card '{}' has only contactless applications: give --contactless",
                                 image);
    return fmt::format("the card '{}' has no chip that answers", image);
}

}  // namespace

config::Value load_card_image(const std::string& image, const station::Library& library, station::Keys keys) {
    config::Value settings = station::load_one_fixture(library, "cards", image, keys);
    config::at_path(settings, "image") = text(std::filesystem::path(image).stem().string());
    return settings;
}

OwnCard::OwnCard(runtime::Clock& clock, const std::string& image, CardTime time, Place place,
                 trace::Sink* sink)
    : trace_(clock, sink),
      context_{clock, trace_, resources_, runtime::Random(seed)},
      settings_(load_card_image(image, station::find_library())),
      keys_(settings_, place == Place::field ? card::Interface::contactless : card::Interface::contact) {
    if (time == CardTime::none)
        for (const char* key :
             {"timing.reset", "timing.command", "timing.per_octet", "timing.contactless.activation",
              "timing.contactless.command", "timing.contactless.per_octet"})
            config::at_path(settings_, key) = text("0ms");
    trace_.observe([this](const trace::Event& event) {
        if (event.kind == trace::Kind::card_apdu) altered_ = event.flag("altered");
    });
    card_ = programmable_card().prepare(settings_)(context_);
    const auto* table = settings_.get<config::Table>();
    const config::Value* chip = table->find("chip");
    if (chip && chip->get<bool>() && !*chip->get<bool>())
        throw config::ConfigError(settings_.source(),
                                  fmt::format("the card '{}' has no chip that answers", image));
    if (!keys_.has_applications())
        throw config::ConfigError(settings_.source(), nothing_there(image, place, settings_));
    if (place == Place::field) {
        const config::Value* ats = table->find("ats");
        if (ats && ats->get<std::string>() && ats->get<std::string>()->empty())
            throw config::ConfigError(settings_.source(), fmt::format("the card '{}' has no antenna", image));
        field_.emplace(*card_->reader(), runtime::Random(seed).fork("unique identifier"));
    }
    put_back();
}

void OwnCard::put_back() {
    if (field_)
        card_->tap(card::Card::Field::one_card);
    else
        card_->insert(card::Card::How::chip);
}

}  // namespace posbench::cli
