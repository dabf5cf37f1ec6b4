#include "bench/cli/card_own.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "drivers/card/image_issuer.hpp"

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
      settings_(load_card_image(image, station::find_library())) {
    if (time == CardTime::none)
        for (const char* key :
             {"timing.reset", "timing.command", "timing.per_octet", "timing.contactless.activation",
              "timing.contactless.command", "timing.contactless.per_octet"})
            config::at_path(settings_, key) = text("0ms");
    card_ = programmable_card().prepare(settings_)(context_);
    const auto* table = settings_.get<config::Table>();
    const config::Value* chip = table->find("chip");
    const bool dead = chip && chip->get<bool>() && !*chip->get<bool>();
    if (dead || !table->find("application"))
        throw config::ConfigError(settings_.source(),
                                  fmt::format("the card '{}' has no chip that answers", image));
    if (place == Place::field) {
        const config::Value* ats = table->find("ats");
        if (ats && ats->get<std::string>() && ats->get<std::string>()->empty())
            throw config::ConfigError(settings_.source(), fmt::format("the card '{}' has no antenna", image));
        field_.emplace(*card_->reader());
    }
    put_back();
}

void OwnCard::put_back() {
    if (field_)
        card_->tap(card::Card::Field::one_card);
    else
        card_->insert(card::Card::How::chip);
}

Result<Bytes> OwnCard::issuer_approval(ByteView application, const card::Dialogue::Cryptogram& asked) const {
    const auto interface = field_ ? card::Interface::contactless : card::Interface::contact;
    return card::issuer_approval(settings_, interface, application, asked);
}

}  // namespace posbench::cli
