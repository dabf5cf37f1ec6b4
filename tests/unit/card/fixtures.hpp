#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/card/emulated/image.hpp"

/// Card images of fixtures/cards for tests of this part alone: `extends` and "@file.key" are followed here in
/// the plainest way; the binder's own rules are tested with the binder.
namespace posbench::test {

inline std::filesystem::path fixtures_folder() {
    return std::filesystem::path(POSBENCH_SOURCE_DIR) / "fixtures";
}

inline void resolve_keys(config::Value& value) {
    if (auto* table = value.get<config::Table>()) {
        for (const auto& entry : table->entries()) resolve_keys(*table->find(entry.key));
    } else if (auto* text = value.get<std::string>(); text && text->starts_with('@')) {
        const std::size_t dot = text->find('.');
        const auto keys =
            config::load_file(fixtures_folder() / "keys" / (text->substr(1, dot - 1) + ".toml"));
        *text = *keys.get<config::Table>()->find(text->substr(dot + 1))->get<std::string>();
    }
}

inline config::Value load_settings(const std::string& name) {
    const config::Value own = config::load_file(fixtures_folder() / "cards" / (name + ".toml"));
    config::Table rest;
    config::Value settings;
    for (const auto& entry : own.get<config::Table>()->entries()) {
        if (entry.key == "extends")
            settings = load_settings(*entry.value.get<std::string>());
        else
            rest.append(entry.key, entry.value, entry.key_source);
    }
    config::merge(settings, config::Value(std::move(rest), own.source()));
    config::at_path(settings, "image") = config::Value(config::Value::Data(name));
    return settings;
}

/// The fixture with a piece of TOML laid over it.
inline config::Value card_settings(const std::string& name, std::string_view overrides = {}) {
    config::Value settings = load_settings(name);
    config::merge(settings, config::load_text(overrides, "override.toml"));
    resolve_keys(settings);
    return settings;
}

inline card::CardImage load_card(const std::string& name, std::string_view overrides = {}) {
    return card::read_card_image(card_settings(name, overrides));
}

inline std::vector<std::string> card_names() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(fixtures_folder() / "cards"))
        if (file.path().extension() == ".toml") names.push_back(file.path().stem().string());
    std::ranges::sort(names);
    return names;
}

}  // namespace posbench::test
