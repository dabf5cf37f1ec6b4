#include "bench/runtime/journal_file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/runtime/system.hpp"

namespace posbench::runtime {
namespace {

constexpr std::size_t largest_journal = 1 << 20;
constexpr std::string_view extension = ".journal";

/// Takes a decimal number off the front of `text`.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

/// The owner by the file's name; empty when the name is not a journal's.
std::optional<OrphanedJournal> parse_name(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    std::string_view rest = name;
    const auto owner = take_number<std::int64_t>(rest);
    if (!owner || *owner <= 0 || !take(rest, "-")) return std::nullopt;
    const auto started = take_number<std::uint64_t>(rest);
    if (!started || !take(rest, "-")) return std::nullopt;
    if (!take_number<unsigned>(rest) || rest != extension) return std::nullopt;
    return OrphanedJournal{file, *owner, *started, {}};
}

std::string read_bounded(const std::filesystem::path& file) {
    const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!descriptor || ::fstat(descriptor.number(), &status) != 0) return {};
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return {};
    if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) > largest_journal) return {};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t count = ::read(descriptor.number(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

void apply_line(std::string_view line, std::vector<std::pair<std::string, std::string>>& held) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) return;
    for (const char* key : {"op", "kind", "id"})
        if (!json.contains(key) || !json[key].is_string()) return;
    std::pair record{json["kind"].get<std::string>(), json["id"].get<std::string>()};
    if (json["op"] == "acquire") {
        held.push_back(std::move(record));
    } else if (json["op"] == "release") {
        const auto last = std::find(held.rbegin(), held.rend(), record);
        if (last != held.rend()) held.erase(std::next(last).base());
    }
}

}  // namespace

std::vector<OrphanedJournal> read_orphans(const std::filesystem::path& folder) {
    std::vector<OrphanedJournal> orphans;
    std::error_code none;  // no folder: nothing was ever taken
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
        auto journal = parse_name(entry.path());
        if (!journal || process_start_time(journal->owner) == journal->owner_started) continue;
        const std::string text = read_bounded(entry.path());
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            apply_line(std::string_view(text).substr(begin, end - begin), journal->held);
            begin = end + 1;
        }
        orphans.push_back(*std::move(journal));
    }
    std::ranges::sort(orphans, {}, &OrphanedJournal::file);
    return orphans;
}

std::string journal_name(std::int64_t owner, std::uint64_t owner_started, int number) {
    return fmt::format("{}-{}-{}{}", owner, owner_started, number, extension);
}

std::string journal_line(std::string_view op, std::string_view kind, std::string_view id) {
    const nlohmann::ordered_json line{{"op", op}, {"kind", kind}, {"id", id}};
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

void write_journal(int descriptor, std::string_view text, const std::filesystem::path& file) {
    while (!text.empty()) {
        const ssize_t count =
            system_call("writing " + file.string(), ::write(descriptor, text.data(), text.size()));
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    system_call("syncing " + file.string(), ::fdatasync(descriptor));
}

}  // namespace posbench::runtime
