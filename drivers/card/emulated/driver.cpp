#include "drivers/card/emulated/driver.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "drivers/card/emulated/emulated_card.hpp"
#include "drivers/card/emulated/image.hpp"

namespace posbench::card {

drivers::MakeCard prepare(const config::Value& settings) {
    auto image = std::make_shared<const CardImage>(read_card_image(settings));
    return [image](drivers::Context& context) -> std::unique_ptr<Card> {
        return std::make_unique<EmulatedCard>(image, context);
    };
}

std::vector<std::string> lacks(const config::Value&, std::span<const std::string> verbs) {
    static constexpr std::array<std::string_view, 4> performed{"card.insert", "card.tap", "card.remove",
                                                               "card.swipe"};
    std::vector<std::string> missing;
    for (const std::string& verb : verbs)
        if (std::ranges::find(performed, verb) == performed.end()) missing.push_back(verb);
    return missing;
}

}  // namespace posbench::card
