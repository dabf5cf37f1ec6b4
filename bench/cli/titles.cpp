#include "bench/cli/titles.hpp"

namespace posbench::cli {

std::string title_in(const std::map<std::string, std::string>& titles, reports::Language language) {
    const auto found = titles.find(language == reports::Language::zh ? "zh" : "en");
    return found == titles.end() ? std::string() : found->second;
}

std::map<std::string, std::string> fixture_title(const config::Value& document) {
    const auto* root = document.get<config::Table>();
    const config::Value* title = root->find("title");
    for (const auto& entry : root->entries()) {
        const auto* section = entry.value.get<config::Table>();
        if (!title && section) title = section->find("title");
    }
    std::map<std::string, std::string> titles;
    if (const auto* languages = title ? title->get<config::Table>() : nullptr)
        for (const auto& entry : languages->entries())
            if (const auto* text = entry.value.get<std::string>()) titles.emplace(entry.key, *text);
    return titles;
}

}  // namespace posbench::cli
