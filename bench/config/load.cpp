#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "bench/config/preflight.hpp"
#include "bench/config/value.hpp"

namespace posbench::config {
namespace {

using File = std::shared_ptr<const std::string>;

/// Turns toml++'s tree into ours.
class Converter {
  public:
    Converter(std::string_view text, File file) : file_(std::move(file)) {
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            lines_.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }

    Value convert(const toml::node& node) const {
        Value value(data(node), source(node.source()));
        if (const auto* text = value.get<std::string>()) value.set_verbatim(verbatim(*text, node.source()));
        return value;
    }

  private:
    Source source(const toml::source_region& region) const {
        return {file_, region.begin.line, region.begin.column};
    }

    Value::Data data(const toml::node& node) const {
        switch (node.type()) {
            case toml::node_type::boolean:
                return node.as_boolean()->get();
            case toml::node_type::integer:
                return std::int64_t{node.as_integer()->get()};
            case toml::node_type::floating_point:
                return node.as_floating_point()->get();
            case toml::node_type::string:
                return node.as_string()->get();
            case toml::node_type::array:
                return array(*node.as_array());
            case toml::node_type::table:
                return table(*node.as_table());
            default:
                return Value::DateTime{date_time(node)};
        }
    }

    Array array(const toml::array& source_array) const {
        Array values;
        values.reserve(source_array.size());
        for (const toml::node& element : source_array) values.push_back(convert(element));
        return values;
    }

    /// toml++ sorts keys by name; ours stand in the order of the file.
    Table table(const toml::table& source_table) const {
        std::vector<std::pair<const toml::key*, const toml::node*>> entries;
        entries.reserve(source_table.size());
        for (auto&& [key, node] : source_table) entries.emplace_back(&key, &node);
        std::ranges::sort(entries, [](const auto& a, const auto& b) {
            const auto& left = a.first->source().begin;
            const auto& right = b.first->source().begin;
            return std::pair(left.line, left.column) < std::pair(right.line, right.column);
        });
        Table result;
        for (const auto& [key, node] : entries)
            result.append(std::string(key->str()), convert(*node), source(key->source()));
        return result;
    }

    static std::string date_time(const toml::node& node) {
        const auto date = [](const toml::date& d) {
            return fmt::format("{:04}-{:02}-{:02}", d.year, unsigned{d.month}, unsigned{d.day});
        };
        const auto time = [](const toml::time& t) {
            std::string text =
                fmt::format("{:02}:{:02}:{:02}", unsigned{t.hour}, unsigned{t.minute}, unsigned{t.second});
            if (t.nanosecond != 0) text += fmt::format(".{:09}", t.nanosecond);
            return text;
        };
        if (const auto* d = node.as_date()) return date(d->get());
        if (const auto* t = node.as_time()) return time(t->get());
        const toml::date_time& both = node.as_date_time()->get();
        std::string text = date(both.date) + "T" + time(both.time);
        if (both.offset) {
            const int minutes = both.offset->minutes;
            text += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                                std::abs(minutes) % 60);
        }
        return text;
    }

    /// The string is written on one line as it reads.
    bool verbatim(std::string_view text, const toml::source_region& region) const {
        if (region.begin.line == 0 || region.begin.line > lines_.size()) return false;
        std::string_view line = lines_[region.begin.line - 1];
        const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
        for (std::uint32_t column = 1; column < region.begin.column && !line.empty(); ++column) {
            line.remove_prefix(1);
            while (!line.empty() && continues(line.front())) line.remove_prefix(1);
        }
        if (line.empty() || (line.front() != '"' && line.front() != '\'')) return false;
        const char quote = line.front();
        line.remove_prefix(1);
        return line.starts_with(text) && line.substr(text.size()).starts_with(quote);
    }

    File file_;
    std::vector<std::string_view> lines_;
};

Value parse(std::string_view text, const File& file) {
    preflight(text, file);
    try {
        const toml::table document = toml::parse(text, std::string_view(*file));
        return Converter(text, file).convert(document);
    } catch (const toml::parse_error& error) {
        const auto& place = error.source().begin;
        throw ConfigError({file, place.line, place.column}, std::string(error.description()));
    }
}

std::string read_all(const std::filesystem::path& path, const File& file) {
    std::error_code status_error;
    const auto status = std::filesystem::status(path, status_error);
    if (!std::filesystem::exists(status)) throw ConfigError({file, 0, 0}, "no such file");
    if (!std::filesystem::is_regular_file(status)) throw ConfigError({file, 0, 0}, "not a file");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw ConfigError({file, 0, 0}, "cannot be read: " + std::generic_category().message(errno));
    // One octet more than allowed, so that preflight sees an excess; a file of any size costs no more.
    const auto size = std::filesystem::file_size(path);
    std::string text(std::min<std::uintmax_t>(size, largest_document + 1), '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) throw ConfigError({file, 0, 0}, "cannot be read to its end");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

}  // namespace

Value load_text(std::string_view text, std::string name) {
    return parse(text, std::make_shared<const std::string>(std::move(name)));
}

Value load_file(const std::filesystem::path& path) {
    const auto file = std::make_shared<const std::string>(path.generic_string());
    const std::string text = read_all(path, file);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw ConfigError({file, 1, 1}, "the file is empty");
    return parse(text, file);
}

}  // namespace posbench::config
