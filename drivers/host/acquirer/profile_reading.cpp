#include "drivers/host/acquirer/profile_reading.hpp"

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::host {

using config::Reader;

std::optional<std::string> read_digits(Reader& reader, std::string_view key, std::size_t least,
                                       std::size_t most) {
    auto text = reader.text(key);
    if (text && (text->size() < least || text->size() > most || !runtime::is_all_digits(*text)))
        reader.fail(key, least == most ? fmt::format("{} must be {} digits", key, most)
                                       : fmt::format("{} must be {} to {} digits", key, least, most));
    return text;
}

std::optional<Bytes> read_octets(Reader& reader, std::string_view key, std::size_t length) {
    auto value = reader.bytes(key);
    if (value && value->size() != length)
        reader.fail(key, fmt::format("{} must be {} octets, not {}", key, length, value->size()));
    return value;
}

std::vector<Reader> read_entries(Reader& reader, std::string_view key) {
    std::vector<Reader> found;
    const config::Value* value = reader.raw(key);
    if (!value) return found;
    if (const auto* named = value->get<config::Table>()) {
        for (const auto& entry : named->entries())
            found.emplace_back(entry.value, fmt::format("[{}.{}]", key, entry.key));
    } else if (const auto* listed = value->get<config::Array>()) {
        for (const config::Value& element : *listed) found.emplace_back(element, fmt::format("[[{}]]", key));
    } else {
        reader.fail(key, fmt::format("{0} must be tables: [{0}.NAME] or [[{0}]]", key));
    }
    return found;
}

}  // namespace posbench::host
