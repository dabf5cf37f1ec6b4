#include "drivers/terminal/emulated/record.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace posbench::terminal {

std::optional<Record> Record::parse(ByteView octets) {
    Record record;
    std::string_view rest = as_text(octets);
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        record.put(line.substr(0, equals), line.substr(equals + 1));
    }
    return record;
}

Bytes Record::octets() const {
    Bytes out;
    for (const auto& [name, value] : lines_) {
        out.insert(out.end(), name.begin(), name.end());
        out.push_back('=');
        out.insert(out.end(), value.begin(), value.end());
        out.push_back('\n');
    }
    return out;
}

void Record::put(std::string_view name, std::string_view value) {
    lines_.emplace_back(name, value);
}

void Record::put(std::string_view name, std::int64_t value) {
    lines_.emplace_back(name, std::to_string(value));
}

void Record::set(std::string_view name, std::string_view value) {
    std::erase_if(lines_, [name](const auto& line) { return line.first == name; });
    put(name, value);
}

std::string_view Record::get(std::string_view name) const noexcept {
    for (const auto& [known, value] : lines_)
        if (known == name) return value;
    return {};
}

std::vector<std::string_view> Record::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [known, value] : lines_)
        if (known == name) values.emplace_back(value);
    return values;
}

std::optional<std::int64_t> Record::integer(std::string_view name) const noexcept {
    const std::string_view text = get(name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace posbench::terminal
