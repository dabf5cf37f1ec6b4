#include "drivers/card/log/dump_line.hpp"

#include <algorithm>

#include "drivers/card/log/log_line.hpp"
#include "drivers/card/log/log_octets.hpp"

namespace posbench::card {
namespace {

/// How a dump writes octets as characters.
bool shows(std::string_view characters, const emv::MaskedOctets& line) noexcept {
    const Bytes& octets = line.octets;
    // Blanks at the end of a line get lost.
    std::size_t size = octets.size();
    while (size > characters.size() && (octets[size - 1] == ' ' || line.masks[size - 1] != 0x00)) --size;
    if (characters.size() != size) return false;
    for (std::size_t i = 0; i < size; ++i) {
        // Whoever masked octets masked characters too, and perhaps more of them.
        if (line.masks[i] != 0x00 || (characters[i] == '*' && line.masked())) continue;
        const bool printable = octets[i] >= ' ' && octets[i] <= '~';
        if (characters[i] != (printable ? static_cast<char>(octets[i]) : '.')) return false;
    }
    return true;
}

/// Without the offset and the letter before it that pcsc-spy writes.
std::string_view without_offset(std::string_view line) noexcept {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    if (line.starts_with("i ") || line.starts_with("o ")) line.remove_prefix(2);
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    const std::string_view token = line.substr(0, line.find_first_of(" \t"));
    const bool offset = (token.size() == 4 || token.size() == 8) &&
                        std::ranges::all_of(token, runtime::is_hex_digit) && line.size() > token.size();
    if (!offset) return line;
    return line.substr(token.size() + 1);
}

}  // namespace

DumpLine read_dump_line(std::string_view line) {
    constexpr std::size_t most = 16, column = 3 * most;
    while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
    const std::string_view text = without_offset(line);
    emv::MaskedOctets octets;
    std::size_t at = 0;
    DumpLine dump;
    while (octets.size() < most && at + 2 <= text.size() && is_octet_digit(text[at]) &&
           is_octet_digit(text[at + 1]) && (at + 2 == text.size() || is_blank(text[at + 2]))) {
        octets.append(*emv::read_masked_hex(text.substr(at, 2)));
        at += 2;
        // The characters stand one blank behind, or behind the column of sixteen octets.
        const std::string_view rest = text.substr(std::min(at + 1, text.size()));
        const bool padded = text.size() > column && trimmed(text.substr(at, column - at)).empty();
        // Characters that were masked too look like one octet more.
        const bool masked_characters = dump.octets && octets.masks.back() != 0x00;
        if (shows(rest, octets) || padded || octets.size() == most ||
            (trimmed(rest).empty() && !masked_characters))
            dump.octets = octets;
        ++at;
    }
    dump.begun = !octets.empty();
    // Characters that somebody changed, as many as there are octets.
    const std::string_view rest = text.substr(std::min(at, text.size()));
    if (!dump.octets && rest.size() == octets.size()) dump.octets = octets;
    return dump;
}

}  // namespace posbench::card
