#include "drivers/terminal/emulated/driver.hpp"

#include <algorithm>
#include <array>

#include "drivers/terminal/emulated/emulated_terminal.hpp"
#include "drivers/terminal/emulated/settings.hpp"

namespace posbench::terminal {

drivers::MakeTerminal prepare(const config::Value& settings) {
    return [profile = read_settings(settings)](drivers::Context& context, card::Reader* reader,
                                               network::Network& network) -> std::unique_ptr<Terminal> {
        return std::make_unique<EmulatedTerminal>(context, reader, network, profile);
    };
}

std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs) {
    constexpr std::array<std::string_view, 7> known{"terminal.start",    "terminal.sale", "terminal.key",
                                                    "terminal.pin",      "terminal.scan", "terminal.sign_in",
                                                    "terminal.condition"};
    std::vector<std::string> lacking;
    const config::Table* table = settings.get<config::Table>();
    const config::Value* condition = table->find("condition");
    const config::Value* reader = table->find("contactless_reader");
    const bool* has_reader = reader ? reader->get<bool>() : nullptr;
    if (condition && read_condition(*condition).contactless_reader_dead && !(has_reader && *has_reader))
        lacking.emplace_back("a contactless reader");
    for (const std::string& verb : verbs)
        if (verb.starts_with("terminal.") && std::ranges::find(known, verb) == known.end())
            lacking.push_back("the emulated terminal cannot do " + verb);
    return lacking;
}

}  // namespace posbench::terminal
