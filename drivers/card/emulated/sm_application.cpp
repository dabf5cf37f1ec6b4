#include "drivers/card/emulated/sm_application.hpp"

#include <algorithm>
#include <utility>

#include "drivers/protocols/emv/sm2_certificate.hpp"

namespace posbench::card {

config::Value sm_table(const config::Value& application, const std::string& what) {
    const auto& both = *application.get<config::Table>();
    const config::Value& own = *both.find("sm");
    const config::Reader reader(own, what + " sm");
    // The terminal has them before it gives DF69, or they are in one memory.
    for (const std::string_view shared : {"aid", "label", "languages", "priority", "pdol", "fci", "blocked",
                                          "risk", "objects", "contactless", "interfaces", "sm"})
        if (reader.has(shared)) reader.fail(shared, "belongs to the application, with all algorithms");

    config::Table inherited;
    for (const auto& entry : both.entries()) {
        const bool left_out = entry.key == "sm" || entry.key == "contactless" || entry.key == "interfaces" ||
                              entry.key == "cryptogram_version" ||
                              (entry.key == "authentication" && reader.has("authentication"));
        if (!left_out) inherited.append(entry.key, entry.value, entry.key_source);
    }
    inherited.append("cryptogram_version", config::Value(std::string("01-SM4"), own.source()), own.source());
    config::Value table(std::move(inherited), application.source());
    config::merge(table, own);
    return table;
}

void require_sm_indicator(const config::Reader& reader, const Application& application) {
    const bool asked = std::ranges::any_of(application.pdol, [](const emv::DolEntry& entry) {
        return entry.tag == emv::sm_support_indicator && entry.length == 1;
    });
    if (!asked)
        reader.fail("pdol", "must ask for tag DF69 with 1 octet (DF6901): the card chooses 'sm' by it");
}

}  // namespace posbench::card
