// Any commands to the chip of each card image. An input is commands, each after an octet with its length; the
// lengths FE and FF are a reset through the contacts and over the air. Every image with a chip gets all of
// them. No PAN of the image may be whole in the event of any.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "drivers/card/emulated/apdu_event.hpp"
#include "drivers/card/emulated/chip.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using State = card::Chip::State;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

/// A card with an account of its own for terminals that know the SM algorithms, and records in which nothing
/// says that a PAN is one.
constexpr std::string_view accounts_in_disguise = R"(
    [application.credit.sm]
    pan = "6210948000000052"
    [[application.credit.record]]
    sfi = 11
    number = 1
    in_locator = false
    raw = "70169F10086210948000000011 9F10086210948000000052"
)";

std::vector<card::CardImage> chip_images() {
    std::vector<card::CardImage> images;
    images.push_back(test::load_card("unionpay-credit-dual", accounts_in_disguise));
    for (const std::string& name : test::card_names()) {
        card::CardImage image = test::load_card(name);
        if (image.chip) images.push_back(std::move(image));
    }
    require(!images.empty());
    return images;
}

/// Only these commands move the card (EMV book 3 clause 9.3, book 1 clause 11; over the field book C-2 and
/// C-3). @param application selected before
bool may_move(const card::Application* application, State from, State to, std::uint8_t instruction) {
    switch (instruction) {
        case 0xA4:
            return to == State::directory || to == State::selected;
        case 0xA8:
            return from == State::selected &&
                   to == (application->quick() ? State::finished : State::initiated);
        case 0xD0:
            return application && application->contactless && from == State::initiated &&
                   to == State::finished;
        case 0xAE:
            return (from == State::initiated && (to == State::online || to == State::finished)) ||
                   (from == State::online && to == State::finished);
        default:
            return false;
    }
}

/// Not by the image's own list, which is what the masking goes by.
bool shows_pan(const trace::Fields& event, const card::CardImage& image) {
    const auto shows = [&event](const std::string& pan) {
        return std::ranges::any_of(event, [&pan](const auto& field) {
            const auto* text = std::get_if<std::string>(&field.value);
            return text && text->find(pan) != std::string::npos;
        });
    };
    for (const auto* list : {&image.applications, &image.contactless})
        for (const card::Application& application : *list)
            if (shows(application.pan) || (application.with_sm && shows(application.with_sm->pan)))
                return true;
    return shows(image.stripe.pan);
}

void send(const card::CardImage& image, card::Chip& chip, ByteView command) {
    const State before = chip.state();
    const card::Application* const application = chip.application();
    const std::uint8_t instruction = command.size() > 1 ? command[1] : 0;
    card::ApduEvent event(command, chip);
    const card::Answer answer = chip.process(command);
    const State after = chip.state();
    require(answer.data.size() <= 256);
    // ISO/IEC 7816-4 clause 5.1.3: SW1 is 61 to 6F or 90.
    require(answer.sw == emv::sw::ok || (answer.sw >> 8 >= 0x61 && answer.sw >> 8 <= 0x6F));
    // Data come with success or a warning.
    require(answer.data.empty() || answer.sw == emv::sw::ok || answer.sw >> 8 == 0x62);
    require((chip.application() == nullptr) == (after == State::idle || after == State::directory));
    require(before == after || may_move(application, before, after, instruction));
    // A quick profile has its cryptogram with GET PROCESSING OPTIONS, RECOVER AC gives one again.
    const bool makes = instruction == 0xAE || instruction == 0xD0 ||
                       (instruction == 0xA8 && application && application->quick());
    require(answer.cryptogram.has_value() == (answer.sw == emv::sw::ok && makes));
    require(chip.memory().pin_tries_left >= 0 && chip.memory().pin_tries_left <= 15);
    Bytes whole = answer.data;
    whole.push_back(static_cast<std::uint8_t>(answer.sw >> 8));
    whole.push_back(static_cast<std::uint8_t>(answer.sw));
    const trace::Fields told = std::move(event).answered(whole, true, answer.cryptogram, chip);
    require(!told.empty() && !shows_pan(told, image));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint8_t contact_reset = 0xFE, contactless_reset = 0xFF;
    static const std::vector<card::CardImage> images = chip_images();
    for (const card::CardImage& image : images) {
        card::Chip chip(image, runtime::Random(1));
        chip.reset(card::Interface::contact);
        ByteView rest(data, size);
        while (!rest.empty()) {
            const std::uint8_t length = rest.front();
            rest = rest.subspan(1);
            if (length >= contact_reset) {
                chip.reset(length == contactless_reset ? card::Interface::contactless
                                                       : card::Interface::contact);
                require(chip.state() == State::idle);
                continue;
            }
            const ByteView command = rest.first(std::min<std::size_t>(length, rest.size()));
            rest = rest.subspan(command.size());
            send(image, chip, command);
        }
    }
    return 0;
}
