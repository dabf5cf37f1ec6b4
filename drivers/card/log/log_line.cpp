#include "drivers/card/log/log_line.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>

#include "bench/runtime/ascii.hpp"
#include "drivers/card/log/log_octets.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

using Kind = LogLine::Kind;
using runtime::is_digit;

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

/// Who says it: readers and cards that a program emulates call different things "received APDU".
enum class Says { it, octets };
struct Mark {
    std::string_view word;  ///< in capitals
    Kind kind;
    Says says = Says::it;
    bool set_off = false;  ///< a word of any log: a colon or the like has to follow
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
    Mark{"SENDING APDU", Kind::command, Says::octets},
    Mark{"SEND APDU", Kind::command, Says::octets},
    Mark{"SENT APDU", Kind::command, Says::octets},
    Mark{"RECEIVED APDU", Kind::answer, Says::octets},
    Mark{"RECEIVE APDU", Kind::answer, Says::octets},
    Mark{"RECV APDU", Kind::answer, Says::octets},
    Mark{"SENDING", Kind::command},
    Mark{"SEND", Kind::command},
    Mark{"SENT", Kind::command},
    Mark{"RECEIVED", Kind::answer},
    Mark{"RECV", Kind::answer},
    Mark{"COMMAND", Kind::command},
    Mark{"RESPONSE", Kind::answer},
    Mark{"RSP", Kind::answer},
    Mark{"REQUEST", Kind::command, Says::it, true},
    Mark{"APDU", Kind::command},
    Mark{"TX", Kind::command},
    Mark{"RX", Kind::answer},
    Mark{"SW1SW2", Kind::answer},
    Mark{"SW1 SW2", Kind::answer},
    Mark{"SW", Kind::answer},
    Mark{"发送", Kind::command},
    Mark{"指令", Kind::command},
    Mark{"命令", Kind::command},
    Mark{"接收", Kind::answer},
    Mark{"响应", Kind::answer},
    Mark{"返回", Kind::answer},
    Mark{",C,", Kind::command},
    Mark{",R,", Kind::answer},
};

constexpr std::size_t fewest_command = 4;
constexpr std::size_t fewest_answer = 2;

/// TS is 3B or 3F, 33 octets at most (ISO/IEC 7816-3 clause 8.2).
bool is_answer_to_reset(const emv::MaskedOctets& line) noexcept {
    const Bytes& octets = line.octets;
    return octets.size() >= 2 && octets.size() <= 33 && line.masks[0] == 0x00 &&
           (octets[0] == 0x3B || octets[0] == 0x3F);
}

std::optional<LogLine> read_reset(std::string_view text) {
    std::string_view behind;
    const std::size_t status = find_word(text, "BATR");  // pcsc-spy, in SCardStatus
    if (const std::size_t at = find_word(text, "ATR"); at != std::string_view::npos)
        behind = text.substr(at + 3);
    else if (status != std::string_view::npos)
        behind = text.substr(status + 4);
    else if (text.starts_with("< OK:"))
        behind = text.substr(5);
    else if (starts_with_word(text, "SCARDCONNECT") && text.find("-> ") != std::string_view::npos)
        behind = text.substr(text.find("-> ") + 3);
    else
        return std::nullopt;
    bool closed = false;
    emv::MaskedOctets octets = leading_octets(behind, closed);
    // A line that names the ATR and has none is no command either.
    if (!is_answer_to_reset(octets)) return LogLine{};
    LogLine reset{Kind::reset, std::move(octets), true};
    reset.queried = status != std::string_view::npos;
    return reset;
}

/// "Received (SW1=0x90, SW2=0x00):", with a colon when data follow.
std::optional<LogLine> read_status(std::string_view text) {
    const std::size_t first = text.find("SW1=0x"), second = text.find("SW2=0x");
    if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
    emv::MaskedOctets status;
    if (!append_token(status, text.substr(first + 6, 2)) || !append_token(status, text.substr(second + 6, 2)))
        return LogLine{};
    return LogLine{Kind::status, std::move(status), text.back() != ':'};
}

/// As many are tried as octets may stand behind; each may cost a look at the whole line.
constexpr std::size_t most_arrows = 16;

/// "->", "-->", "=>", ">>>>" and the same to the left; a single "<" or ">" only where a line begins.
struct Arrow {
    std::size_t begin, end;
    bool to_the_right;
};
std::optional<Arrow> find_arrow(std::string_view text, std::size_t from) noexcept {
    const auto is_shaft = [](char c) { return c == '-' || c == '='; };
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] != '<' && text[i] != '>') continue;
        Arrow arrow{i, i + 1, text[i] == '>'};
        while (arrow.end < text.size() && text[arrow.end] == text[i]) ++arrow.end;
        if (arrow.to_the_right)
            while (arrow.begin > from && is_shaft(text[arrow.begin - 1])) --arrow.begin;
        else
            while (arrow.end < text.size() && is_shaft(text[arrow.end])) ++arrow.end;
        const bool alone = i == 0 && arrow.end < text.size() && is_blank(text[arrow.end]);
        if (arrow.end - arrow.begin >= 2 || alone) return arrow;
    }
    return std::nullopt;
}

/// "<- 9000: 6F3B", "recv: 9000 6F3B": the status word before the data, which it is put behind.
std::optional<emv::MaskedOctets> read_status_first(std::string_view text) {
    skip_blanks(text);
    while (!text.empty() && (text.front() == ':' || is_blank(text.front()))) text.remove_prefix(1);
    constexpr std::size_t digits = 4;
    emv::MaskedOctets status;
    if (text.size() <= digits || !append_token(status, text.substr(0, digits)) || status.size() != 2 ||
        !ends_in_status(status))
        return std::nullopt;
    const bool colon = text[digits] == ':';
    if (!colon && !is_blank(text[digits])) return std::nullopt;
    bool closed = false;
    emv::MaskedOctets data = leading_octets(text.substr(digits + 1), closed);
    if (!colon && (closed || data.size() <= 2 || !emv::parse_tlv(data.octets))) return std::nullopt;
    data.append(status);
    return data;
}

/// What was sent by or to a card, by the name of the one or the other behind an arrow.
enum class Party { nobody, card, terminal };
Party take_party(std::string_view& text) noexcept {
    skip_blanks(text);
    constexpr std::array<std::string_view, 6> cards{"卡片", "卡", "CARD", "ICC", "PICC", "TAG"};
    constexpr std::array<std::string_view, 6> terminals{"终端", "读卡器", "TERMINAL", "READER", "PCD", "POS"};
    for (const auto* names : {&cards, &terminals})
        for (const std::string_view name : *names)
            if (starts_with_word(text, name)) {
                text.remove_prefix(name.size());
                return names == &cards ? Party::card : Party::terminal;
            }
    return Party::nobody;
}

/// Behind a mark's word: "1:" of commands that are counted.
std::string_view without_count(std::string_view text) noexcept {
    constexpr std::size_t most = 5;
    std::string_view rest = text;
    skip_blanks(rest);
    if (rest.starts_with('#')) rest.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < rest.size() && digits < most && is_digit(rest[digits])) ++digits;
    if (digits == 0 || digits == rest.size()) return text;
    rest.remove_prefix(digits);
    return rest.front() == ':' || rest.starts_with(wide_colon) ? rest : text;
}

/// Whether somebody left octets out: "6F 15 ... 90 00". A column of characters, which may begin with dots
/// too, stands further to the right.
bool is_ellipsis(std::string_view before, std::string_view text) noexcept {
    constexpr std::string_view dots = "...";
    if (text.starts_with("…")) return true;
    const bool near = before.size() < 2 || !is_blank(before[before.size() - 2]);
    return near && text.starts_with(dots) &&
           (text.size() == dots.size() ||
            std::string_view(" \t]").find(text[dots.size()]) != std::string_view::npos);
}

std::optional<LogLine> marked_line(Kind kind, std::string_view behind) {
    if (kind == Kind::opens_command || kind == Kind::opens_answer) return LogLine{kind, {}, false};
    LogLine line{kind, {}, false};
    if (kind == Kind::answer)
        if (auto answer = read_status_first(behind)) return LogLine{kind, *std::move(answer), true};
    std::string_view left = behind;
    line.octets = take_octets(left, line.closed);
    const std::size_t fewest = kind == Kind::command ? fewest_command : fewest_answer;
    // The rest of a line that was wrapped, under the mark that it began with, may be shorter.
    line.rest = line.octets.size() < fewest;
    const LogLine broken{kind == Kind::command ? Kind::broken_command : Kind::broken_answer, {}};
    if (!line.octets.empty() && is_ellipsis(behind.substr(0, behind.size() - left.size()), left))
        return broken;
    if (!line.octets.empty() && !(line.rest && line.closed)) return line;
    if (behind.starts_with("=0x")) return std::nullopt;  // an address, in a debug log
    while (!behind.empty() && std::string_view(" \t:=[({\"").find(behind.front()) != std::string_view::npos)
        behind.remove_prefix(1);
    return begins_like_octets(behind) ? std::optional(broken) : std::nullopt;
}

bool is_broken(const LogLine& line) noexcept {
    return line.kind == Kind::broken_command || line.kind == Kind::broken_answer ||
           line.kind == Kind::crowded;
}

std::optional<LogLine> read_arrow(std::string_view text) {
    std::optional<LogLine> broken;
    std::size_t arrows = 0;
    for (auto arrow = find_arrow(text, 0); arrow; arrow = find_arrow(text, arrow->end)) {
        if (++arrows > most_arrows) return broken ? broken : LogLine{Kind::crowded, {}};
        std::string_view behind = text.substr(arrow->end);
        // What pcscd's CCID driver says of the same exchange, in frames of its own.
        if (trimmed(behind).starts_with("000000 ")) return LogLine{};
        const Party party = take_party(behind);
        const bool command =
            party == Party::nobody ? arrow->to_the_right : (party == Party::card) == arrow->to_the_right;
        auto line = marked_line(command ? Kind::command : Kind::answer, behind);
        if (line && !is_broken(*line)) return line;
        if (line && !broken) broken = std::move(line);
    }
    return broken;
}

bool is_set_off(std::string_view behind) noexcept {
    while (!behind.empty() && (is_blank(behind.front()) || behind.front() == '"')) behind.remove_prefix(1);
    return behind.starts_with(wide_colon) ||
           (!behind.empty() && std::string_view(":=>[").find(behind.front()) != std::string_view::npos);
}

/// A command has the lengths of one; what is as long and ends in 9000 is a short answer.
Kind kind_of(const emv::MaskedOctets& octets) {
    const Bytes& all = octets.octets;
    constexpr std::size_t longest_without_data = 5;
    const bool success = all.size() >= 2 && all.size() <= longest_without_data &&
                         all[all.size() - 2] == 0x90 && all.back() == 0x00;
    return emv::parse_command(all) && !success ? Kind::command : Kind::answer;
}

std::optional<LogLine> read_mark(const Mark& mark, std::string_view behind) {
    if (mark.set_off && !is_set_off(behind)) return std::nullopt;
    auto line = marked_line(mark.kind, without_count(behind));
    if (!line || mark.says == Says::it || is_broken(*line)) return line;
    line->kind = kind_of(line->octets);
    line->rest = line->octets.size() < (line->kind == Kind::command ? fewest_command : fewest_answer);
    return line;
}

std::optional<LogLine> read_marked(std::string_view text) {
    auto arrow = read_arrow(text);
    const bool begins = text.front() == '<' || text.front() == '>';
    if (begins && arrow && !is_broken(*arrow)) return arrow;
    std::optional<LogLine> broken;
    for (const Mark& mark : marks)
        if (const std::size_t at = find_word(text, mark.word); at != std::string_view::npos) {
            auto line = read_mark(mark, text.substr(at + mark.word.size()));
            if (!line || line->rest) continue;
            if (!is_broken(*line)) return line;
            if (!broken) broken = std::move(line);
        }
    return arrow ? arrow : broken;
}

/// The text between quotation marks behind one of these keys of JSON; empty: there is none.
std::string_view value_of(std::string_view text, std::initializer_list<std::string_view> keys) noexcept {
    for (const std::string_view key : keys) {
        const std::size_t at = find_word(text, key);
        if (at == std::string_view::npos) continue;
        std::string_view rest = text.substr(at + key.size());
        if (!rest.starts_with('"')) continue;
        rest.remove_prefix(std::min(rest.find('"', 1), rest.size()));
        if (!rest.empty()) return rest.substr(1, std::min(rest.find('"', 1), rest.size()) - 1);
    }
    return {};
}

std::optional<LogLine> exchange_of(std::string_view command, std::string_view answer) {
    LogLine line{Kind::exchange, {}, true};
    bool more = false, behind = false;
    line.octets = leading_octets(command, more);
    line.answer = leading_octets(answer, behind);
    if (more || line.octets.size() < fewest_command || line.answer.size() < fewest_answer)
        return std::nullopt;
    return line;
}

/// Command and answer in one line: {"cmd":"00A4...","rsp":"6F...9000"}, transceive(00A4...) = 6F...9000.
std::optional<LogLine> read_exchange(std::string_view text) {
    if (text.front() == '{')
        return exchange_of(value_of(text, {"CMD", "COMMAND", "CAPDU", "APDU", "REQUEST"}),
                           value_of(text, {"RSP", "RESPONSE", "RAPDU", "RESP"}));
    const std::size_t at = find_word(text, "TRANSCEIVE");
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t open = text.find('(', at), close = text.find(')', at);
    if (open == std::string_view::npos || close == std::string_view::npos || open > close)
        return std::nullopt;
    std::string_view answer = text.substr(close + 1);
    skip_blanks(answer);
    if (answer.starts_with("->")) answer.remove_prefix(2);
    return exchange_of(text.substr(open + 1, close - open - 1), answer);
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
    if (auto exchange = read_exchange(text)) return *std::move(exchange);
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

bool ends_in_status(const emv::MaskedOctets& octets) noexcept {
    if (octets.size() < 2) return false;
    const std::size_t at = octets.size() - 2;
    const std::uint8_t first = octets.octets[at];
    return octets.masks[at] != 0 || (first >= 0x61 && first <= 0x6F) || (first >= 0x90 && first <= 0x9F);
}

}  // namespace posbench::card
