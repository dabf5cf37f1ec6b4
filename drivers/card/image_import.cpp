#include "drivers/card/image_import.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "drivers/card/log/card_sessions.hpp"
#include "drivers/card/log/image_skeleton.hpp"

namespace posbench::card {
namespace {

std::string list_of(const std::vector<CardInLog>& cards) {
    std::string list;
    for (std::size_t i = 0; i < cards.size(); ++i)
        list += fmt::format("\n  --card {}: {}", i + 1, cards[i].description);
    return list;
}

/// The index of the card that was asked for, or that alone makes an image.
Result<std::size_t> choose(const std::vector<CardInLog>& cards, std::string_view name, std::size_t asked) {
    if (asked > cards.size())
        return Error{fmt::format("{}: there is no card {} in it, only {}:{}", name, asked, cards.size(),
                                 list_of(cards))};
    if (asked > 0) return asked - 1;
    std::vector<std::size_t> usable;
    for (std::size_t i = 0; i < cards.size(); ++i)
        if (!cards[i].card.applications.empty()) usable.push_back(i);
    if (usable.size() > 1)
        return Error{fmt::format("{}: {} cards in it, an image is of one: choose{}", name, cards.size(),
                                 list_of(cards))};
    return usable.empty() ? 0 : usable.front();
}

}  // namespace

Result<ImportedImage> import_image(std::string_view log, std::string_view name, std::size_t card) {
    auto read = read_apdu_log(log, name);
    if (!read) return read.error();
    const auto cards = cards_in(*read, name);
    if (!cards) return cards.error();
    const auto index = choose(*cards, name, card);
    if (!index) return index.error();
    const CardInLog& chosen = (*cards)[*index];
    auto image = make_image_skeleton(chosen.card, name);
    if (!image) return image.error();
    ImportedImage imported{std::move(image->toml), std::move(read->notes), chosen.log.answered(),
                           chosen.card.applications.size()};
    for (std::size_t i = 0; i < cards->size(); ++i)
        if (cards->size() > 1)
            imported.notes.push_back(fmt::format("{}: card {} of {}{}: {}", name, i + 1, cards->size(),
                                                 i == *index ? "" : ", left out", (*cards)[i].description));
    for (const std::string& note : chosen.notes) imported.notes.push_back(fmt::format("{}: {}", name, note));
    for (std::string& note : image->notes) imported.notes.push_back(std::move(note));
    return imported;
}

}  // namespace posbench::card
