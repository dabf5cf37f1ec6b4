#include "drivers/terminal/emulated/downloads.hpp"

#include <algorithm>
#include <utility>

#include "drivers/terminal/emulated/download_objects.hpp"
#include "drivers/terminal/emulated/parameters.hpp"

namespace posbench::terminal {
namespace {

constexpr std::string_view bad_reply = "bad_reply";

DownloadFault bad_list(std::string place = {}) {
    return {bad_reply, Text::list_malformed, std::move(place)};
}

/// Keys and applications one behind the other: each begins with 9F06. None when the octets are no data
/// objects, or begin with another.
std::optional<std::vector<ByteView>> split(ByteView octets) {
    std::vector<ByteView> entries;
    std::size_t begin = 0, at = 0;
    while (at < octets.size()) {
        const auto header = emv::parse_tlv_header(octets.subspan(at));
        if (!header || (at == 0 && header->tag != tag::listed_name)) return std::nullopt;
        if (header->tag == tag::listed_name && at > 0)
            entries.push_back(octets.subspan(std::exchange(begin, at), at - begin));
        at += header->size + header->length;
    }
    if (!octets.empty()) entries.push_back(octets.subspan(begin));
    return entries;
}

/// As a request names a listed entry: 9F06, and of a key 9F22.
Result<Bytes, DownloadFault> read_name(Download what, ByteView listed) {
    constexpr std::array of_key{ObjectForm{tag::listed_name, 5, 5, true},
                                ObjectForm{tag::listed_index, 1, 1, true},
                                ObjectForm{tag::listed_expiry, 8, 8}};
    constexpr std::array of_application{ObjectForm{tag::listed_name, 5, 16, true}};
    const auto objects = what == Download::authority_keys
                             ? read_objects(listed, of_key, Text::list_malformed)
                             : read_objects(listed, of_application, Text::list_malformed);
    if (!objects) return objects.error();
    Bytes name;
    for (const emv::Tag part : {tag::listed_name, tag::listed_index})
        if (objects->has(part)) emv::append_tlv(name, part, objects->get(part));
    return name;
}

std::optional<DownloadFault> apply_keys(const std::vector<ByteView>& entries, TerminalSettings& settings) {
    std::vector<AuthorityKey> keys;
    for (const ByteView entry : entries) {
        auto key = read_authority_key(entry, settings.defects);
        if (!key) return key.error();
        if (std::ranges::find(keys, key->name, &AuthorityKey::name) != keys.end())
            return DownloadFault{bad_reply, Text::key_malformed};
        keys.push_back(*std::move(key));
    }
    settings.authority_keys = std::move(keys);
    return std::nullopt;
}

std::optional<DownloadFault> apply_applications(const std::vector<ByteView>& entries,
                                                TerminalSettings& settings) {
    std::vector<AcceptedApplication> applications;
    for (const ByteView entry : entries) {
        auto application = read_application(entry, settings.currency);
        if (!application) return application.error();
        if (std::ranges::find(applications, application->aid, &AcceptedApplication::aid) !=
            applications.end())
            return DownloadFault{bad_reply, Text::application_malformed};
        applications.push_back(*std::move(application));
    }
    settings.applications = std::move(applications);
    return std::nullopt;
}

Text malformed(Download what) {
    return what == Download::authority_keys ? Text::key_malformed : Text::application_malformed;
}

}  // namespace

std::string_view to_string(Download what) noexcept {
    constexpr std::array<std::string_view, static_cast<std::size_t>(Download::count_)> names{
        "parameters", "authority_keys", "applications"};
    return names[static_cast<std::size_t>(what)];
}

Result<ListPart, DownloadFault> read_list(Download what, ByteView field62, std::vector<Bytes>& names) {
    if (field62.empty() || field62.front() < '0' || field62.front() > '3') return bad_list();
    const auto part = static_cast<ListPart>(field62.front());
    // The whole list comes in one answer, the last part of it only behind another.
    const bool first = names.empty();
    if ((part == ListPart::all && !first) || (part == ListPart::last && first)) return bad_list();
    const auto entries = split(field62.subspan(1));
    if (!entries || entries->empty() != (part == ListPart::nothing)) return bad_list();
    for (const ByteView entry : *entries) {
        auto name = read_name(what, entry);
        if (!name) return name.error();
        if (names.size() == most_listed || std::ranges::find(names, *name) != names.end())
            return bad_list(to_hex(*name));
        names.push_back(*std::move(name));
    }
    return part;
}

Result<Bytes, DownloadFault> read_entry(Download what, ByteView field62, ByteView name,
                                        const TerminalSettings& settings) {
    constexpr std::uint8_t there_is_none = '0', whole = '1';
    if (field62.size() == 1 && field62.front() == there_is_none)
        return DownloadFault{"not_found", Text::entry_missing, to_hex(name)};
    if (field62.empty() || field62.front() != whole) return DownloadFault{bad_reply, malformed(what)};
    const ByteView octets = field62.subspan(1);
    const auto entries = split(octets);
    const bool asked_for = octets.size() > name.size() && std::ranges::equal(octets.first(name.size()), name);
    if (!entries || entries->size() != 1 || !asked_for)
        return DownloadFault{bad_reply, malformed(what), to_hex(name)};
    TerminalSettings tried = settings;
    if (auto fault = apply_download(what, octets, tried)) return *std::move(fault);
    return Bytes(octets.begin(), octets.end());
}

std::optional<DownloadFault> apply_download(Download what, ByteView octets, TerminalSettings& settings) {
    if (what == Download::parameters) {
        if (apply_parameters(octets, settings)) return std::nullopt;
        return DownloadFault{bad_reply, Text::download_failed};
    }
    const auto entries = split(octets);
    if (!entries) return DownloadFault{bad_reply, malformed(what)};
    return what == Download::authority_keys ? apply_keys(*entries, settings)
                                            : apply_applications(*entries, settings);
}

}  // namespace posbench::terminal
