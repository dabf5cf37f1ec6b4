#include "drivers/card/image_import.hpp"

#include <utility>

#include "drivers/card/log/apdu_log.hpp"
#include "drivers/card/log/image_skeleton.hpp"
#include "drivers/card/log/logged_card.hpp"

namespace posbench::card {

Result<ImportedImage> import_image(std::string_view log, std::string_view name) {
    auto read = read_apdu_log(log, name);
    if (!read) return read.error();
    const LoggedCard card = read_logged_card(*read);
    auto image = make_image_skeleton(card, name);
    if (!image) return image.error();
    ImportedImage imported{std::move(image->toml), std::move(read->notes), read->exchanges.size(),
                           card.applications.size()};
    for (std::string& note : image->notes) imported.notes.push_back(std::move(note));
    return imported;
}

}  // namespace posbench::card
