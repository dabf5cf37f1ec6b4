#include "drivers/host/acquirer/downloads.hpp"

#include <algorithm>

#include "bench/runtime/ascii.hpp"

namespace posbench::host {
namespace {

/// Field 62 is no longer (drivers/protocols/iso8583).
constexpr std::size_t most_octets = 512;

// First octet of the answers: whether there is anything, and whether that is all.
constexpr std::uint8_t nothing = '0';
constexpr std::uint8_t all_of_it = '1';
constexpr std::uint8_t more_follow = '2';
constexpr std::uint8_t last_of_several = '3';

/// "1" and how many entries the terminal has got so far, two digits; an absent field 62 is "100".
std::optional<std::size_t> entries_got(ByteView field62) {
    const std::string_view text = as_text(field62);
    if (text.empty()) return 0;
    if (text.size() != 3 || text[0] != '1' || !runtime::is_all_digits(text)) return std::nullopt;
    return static_cast<std::size_t>((text[1] - '0') * 10 + (text[2] - '0'));
}

/// As many whole entries as have room, from number `got` on.
Bytes list_from(const std::vector<DownloadEntry>& entries, std::size_t got) {
    if (got >= entries.size()) return {nothing};
    Bytes field{all_of_it};
    std::size_t next = got;
    while (next < entries.size() && field.size() + entries[next].listed.size() <= most_octets)
        append(field, entries[next++].listed);
    if (next < entries.size())
        field.front() = more_follow;
    else if (got > 0)
        field.front() = last_of_several;
    return field;
}

Downloaded list(const std::vector<DownloadEntry>& entries, ByteView field62) {
    const auto got = entries_got(field62);
    if (!got) return {"30", {}};
    return {"00", list_from(entries, *got)};
}

Downloaded one(const std::vector<DownloadEntry>& entries, ByteView name) {
    const auto found = std::ranges::find_if(
        entries, [&](const DownloadEntry& entry) { return std::ranges::equal(entry.name, name); });
    if (found == entries.end()) return {"00", {nothing}};
    Bytes field{all_of_it};
    append(field, found->whole);
    return {"00", std::move(field)};
}

}  // namespace

std::optional<Downloaded> download(const Downloads& downloads, std::string_view function, ByteView field62) {
    if (function == "360") return Downloaded{"00", downloads.parameters, Requirement::parameters};
    if (function == "370") return list(downloads.authority_keys, field62);
    if (function == "371") return one(downloads.authority_keys, field62);
    if (function == "372") return Downloaded{"00", {}, Requirement::authority_keys};
    if (function == "380") return list(downloads.applications, field62);
    if (function == "381") return one(downloads.applications, field62);
    if (function == "382") return Downloaded{"00", {}, Requirement::applications};
    return std::nullopt;
}

}  // namespace posbench::host
