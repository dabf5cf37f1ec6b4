#include "drivers/card/log/log_line.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>

#include "bench/runtime/ascii.hpp"

namespace posbench::card {
namespace {

using Kind = LogLine::Kind;
using runtime::is_digit, runtime::is_hex_digit;

bool is_octet_digit(char c) noexcept {
    return is_hex_digit(c) || is_mask(c);
}
bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}
bool is_word(char c) noexcept {
    return is_digit(c) || runtime::is_letter(c) || c == '_';
}
char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (upper(text[i]) != word[i]) return false;
    return !is_word(word.back()) || text.size() == word.size() || !is_word(text[word.size()]);
}

/// Where `word` (in capitals) stands by itself; npos when it does not.
std::size_t find_word(std::string_view text, std::string_view word) noexcept {
    for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
        const bool begins = i == 0 || !is_word(word.front()) || !is_word(text[i - 1]);
        if (begins && starts_with_word(text.substr(i), word)) return i;
    }
    return std::string_view::npos;
}

void skip_blanks(std::string_view& text) noexcept {
    while (!text.empty() && (is_blank(text.front()) || text.front() == ',')) text.remove_prefix(1);
}

/// The next run of characters up to a blank or comma.
std::string_view next_token(std::string_view text) noexcept {
    return text.substr(0, std::min(text.find_first_of(" \t,"), text.size()));
}

/// 2026-06-15, 10:00:00.123 or 12.345678: what programs put before a line.
bool is_stamp(std::string_view token) noexcept {
    std::array<int, 4> seen{};  // - : . /
    for (const char c : token) {
        const std::size_t joint = std::string_view("-:./").find(c);
        if (joint != std::string_view::npos)
            ++seen[joint];
        else if (!is_digit(c) && c != 'T' && c != 'Z')
            return false;
    }
    return seen[0] == 2 || seen[3] == 2 || seen[1] == 2 || (seen[2] == 1 && seen[0] + seen[1] == 0);
}

std::string_view without_stamp(std::string_view text) noexcept {
    while (true) {
        const std::string_view token = next_token(text);
        if (token.empty() || !is_digit(token.front()) || !is_stamp(token)) return text;
        text.remove_prefix(token.size());
        skip_blanks(text);
    }
}

/// Appends a token of pairs of hexadecimal or masked digits, with colons or hyphens between them or none, and
/// perhaps 0x before them. False, and nothing appended, when it is something else.
bool append_token(MaskedOctets& out, std::string_view token) {
    if (token.size() > 2 && (token.starts_with("0x") || token.starts_with("0X"))) token.remove_prefix(2);
    std::string digits;
    while (token.size() >= 2 && is_octet_digit(token[0]) && is_octet_digit(token[1])) {
        digits += token.substr(0, 2);
        token.remove_prefix(2);
        if (token.size() >= 3 && (token[0] == ':' || token[0] == '-')) token.remove_prefix(1);
    }
    if (!token.empty() || digits.empty()) return false;
    out.append(*read_masked_hex(digits));
    return true;
}

/// What stands before or between octets and says nothing: "T=1", "(4+0010)", "(26ms)", "SW:", ":".
std::size_t decoration(std::string_view text) noexcept {
    if (text.front() == '(' || text.front() == '[') {
        const std::size_t end = text.find(text.front() == '(' ? ')' : ']');
        return end == std::string_view::npos ? 0 : end + 1;
    }
    if (starts_with_word(text, "T=0") || starts_with_word(text, "T=1")) return 3;
    if (text.starts_with("SW:") || text.starts_with("SW=")) return 3;
    if (starts_with_word(text, "SW")) return 2;
    return 0;
}

/// Octets at the beginning of `text`; `closed` is set when something else follows them.
MaskedOctets leading_octets(std::string_view text, bool& closed) {
    MaskedOctets octets;
    if (!text.empty() && text.front() == ':') text.remove_prefix(1);
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        if (const std::size_t size = decoration(text); size != 0) {
            text.remove_prefix(size);
            continue;
        }
        const std::string_view token = next_token(text);
        if (!append_token(octets, token)) break;
        text.remove_prefix(token.size());
    }
    closed = !text.empty();
    return octets;
}

struct Mark {
    std::string_view word;  ///< in capitals
    Kind kind;
};
/// The order matters: what contains another mark stands before it.
constexpr std::array marks{
    Mark{"OUTGOING APDU", Kind::opens_command},
    Mark{"INCOMING APDU", Kind::opens_answer},
    Mark{"COMMAND APDU", Kind::command},
    Mark{"RESPONSE APDU", Kind::answer},
    Mark{"C-APDU", Kind::command},
    Mark{"R-APDU", Kind::answer},
    Mark{"CAPDU", Kind::command},
    Mark{"RAPDU", Kind::answer},
    Mark{"SENDING", Kind::command},
    Mark{"SEND", Kind::command},
    Mark{"SENT", Kind::command},
    Mark{"RECEIVED", Kind::answer},
    Mark{"RECV", Kind::answer},
    Mark{"COMMAND", Kind::command},
    Mark{"RESPONSE", Kind::answer},
    Mark{"APDU", Kind::command},
    Mark{"TX", Kind::command},
    Mark{"RX", Kind::answer},
    Mark{"SW", Kind::answer},
    Mark{">>", Kind::command},
    Mark{"<<", Kind::answer},
    Mark{"=>", Kind::command},
    Mark{"<=", Kind::answer},
    Mark{"->", Kind::command},
    Mark{"<-", Kind::answer},
};

constexpr std::size_t fewest_command = 4;
constexpr std::size_t fewest_answer = 2;

/// TS is 3B or 3F, 33 octets at most (ISO/IEC 7816-3 clause 8.2).
bool is_answer_to_reset(const MaskedOctets& line) noexcept {
    const Bytes& octets = line.octets;
    return octets.size() >= 2 && octets.size() <= 33 && line.masks[0] == 0x00 &&
           (octets[0] == 0x3B || octets[0] == 0x3F);
}

std::optional<LogLine> read_reset(std::string_view text) {
    std::string_view behind;
    if (const std::size_t at = find_word(text, "ATR"); at != std::string_view::npos)
        behind = text.substr(at + 3);
    else if (const std::size_t spy = find_word(text, "BATR"); spy != std::string_view::npos)
        behind = text.substr(spy + 4);
    else if (text.starts_with("< OK:"))
        behind = text.substr(5);
    else if (starts_with_word(text, "SCARDCONNECT") && text.find("-> ") != std::string_view::npos)
        behind = text.substr(text.find("-> ") + 3);
    else
        return std::nullopt;
    bool closed = false;
    MaskedOctets octets = leading_octets(behind, closed);
    // A line that names the ATR and has none is no command either.
    if (!is_answer_to_reset(octets)) return LogLine{};
    return LogLine{Kind::reset, std::move(octets), true};
}

/// "Received (SW1=0x90, SW2=0x00):", with a colon when data follow.
std::optional<LogLine> read_status(std::string_view text) {
    const std::size_t first = text.find("SW1=0x"), second = text.find("SW2=0x");
    if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
    MaskedOctets status;
    if (!append_token(status, text.substr(first + 6, 2)) || !append_token(status, text.substr(second + 6, 2)))
        return LogLine{};
    return LogLine{Kind::status, std::move(status), text.back() != ':'};
}

std::optional<LogLine> read_marked(std::string_view text) {
    const auto marked = [&](Kind kind, std::string_view behind) -> std::optional<LogLine> {
        if (kind == Kind::opens_command || kind == Kind::opens_answer) return LogLine{kind, {}, false};
        LogLine line{kind, {}, false};
        line.octets = leading_octets(behind, line.closed);
        const std::size_t fewest = kind == Kind::command ? fewest_command : fewest_answer;
        if (line.octets.size() < fewest) return std::nullopt;
        return line;
    };
    if (text.starts_with("> ")) return marked(Kind::command, text.substr(2));
    if (text.starts_with("< ")) return marked(Kind::answer, text.substr(2));
    for (const Mark& mark : marks)
        if (const std::size_t at = find_word(text, mark.word); at != std::string_view::npos)
            if (auto line = marked(mark.kind, text.substr(at + mark.word.size()))) return line;
    return std::nullopt;
}

/// How a dump writes octets as characters.
bool shows(std::string_view characters, const MaskedOctets& line) noexcept {
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
    const std::string_view token = next_token(line);
    const bool offset = (token.size() == 4 || token.size() == 8) &&
                        std::ranges::all_of(token, is_hex_digit) && line.size() > token.size();
    if (!offset) return line;
    return line.substr(token.size() + 1);
}

}  // namespace

std::string_view trimmed(std::string_view line) noexcept {
    const auto idle = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!line.empty() && idle(line.back())) line.remove_suffix(1);
    while (!line.empty() && idle(line.front())) line.remove_prefix(1);
    return line;
}

LogLine read_log_line(std::string_view line) {
    const std::string_view text = without_stamp(trimmed(line));
    if (text.empty()) return {};
    if (auto reset = read_reset(text)) return *std::move(reset);
    if (text.front() == '#' || text.starts_with("//")) return {};
    if (auto status = read_status(text)) return *std::move(status);
    if (find_word(text, "BSENDBUFFER") != std::string_view::npos) return {Kind::opens_command, {}, false};
    if (find_word(text, "BRECVBUFFER") != std::string_view::npos) return {Kind::opens_answer, {}, false};
    if (auto marked = read_marked(text)) return *std::move(marked);
    LogLine bare{Kind::octets, {}, false, true};
    bare.octets = leading_octets(text, bare.closed);
    if (bare.octets.empty()) return {};
    // A sentence may begin with what looks like an octet: behind bare octets stands a comment, or nothing.
    if (bare.closed) {
        const std::size_t comment = text.find_first_of(":#;/");
        bool more = false;
        if (comment == std::string_view::npos ||
            leading_octets(text.substr(0, comment), more) != bare.octets || more)
            return {};
    }
    if (is_answer_to_reset(bare.octets)) bare.kind = Kind::reset;
    return bare;
}

std::optional<MaskedOctets> read_dump_line(std::string_view line) {
    constexpr std::size_t most = 16;
    while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
    const std::string_view text = without_offset(line);
    MaskedOctets octets;
    std::size_t at = 0;
    std::optional<MaskedOctets> best;
    while (octets.size() < most && at + 2 <= text.size() && is_octet_digit(text[at]) &&
           is_octet_digit(text[at + 1])) {
        append_token(octets, text.substr(at, 2));
        at += 2;
        if (at < text.size() && !is_blank(text[at])) return best;
        // The characters stand one blank behind, or behind the column of sixteen octets.
        std::string_view rest = text.substr(std::min(at + 1, text.size()));
        if (shows(rest, octets)) best = octets;
        constexpr std::size_t column = 3 * most;
        if (text.size() > column && trimmed(text.substr(at, column - at)).empty() &&
            shows(text.substr(column), octets))
            best = octets;
        // Characters that were masked too look like one octet more.
        const bool masked_characters = best && octets.masks.back() != 0x00;
        if (trimmed(rest).empty() && !masked_characters) best = octets;
        ++at;
    }
    return best;
}

}  // namespace posbench::card
