#include "bench/trace/mask.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace posbench::trace {
namespace {

constexpr std::size_t pan_min = 13;
constexpr std::size_t pan_max = 19;
constexpr std::size_t shown_first = 6;
constexpr std::size_t shown_last = 4;
constexpr std::size_t track1_longest = 79;  // characters (ISO/IEC 7813)

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_line_end(char c) noexcept {
    return c == '\n' || c == '\r';
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// Octets at `i` between two digits of one number: a single blank or hyphen, or a line end, for displays and
/// receipts wrap. 0 when no digit follows.
std::size_t joint(std::string_view text, std::size_t i) noexcept {
    const std::string_view rest = text.substr(i);
    std::size_t octets = 0;
    if (rest.starts_with("\r\n"))
        octets = 2;
    else if (!rest.empty() && (rest[0] == ' ' || rest[0] == '-' || rest[0] == '\n'))
        octets = 1;
    return octets > 0 && octets < rest.size() && is_digit(rest[octets]) ? octets : 0;
}

/// Digits of a text from one non-digit to the next, joints between them skipped.
struct Run {
    std::vector<std::size_t> places;  ///< of the digits in the text
    std::vector<std::size_t> groups;  ///< numbers of the digits that begin a group, and of the end
    std::size_t end = 0;              ///< place after the last digit
};

Run read_run(std::string_view text, std::size_t begin) {
    Run run;
    run.groups.push_back(0);
    std::size_t i = begin;
    while (i < text.size()) {
        if (is_digit(text[i])) {
            run.places.push_back(i++);
            run.end = i;
            continue;
        }
        const std::size_t octets = joint(text, i);
        if (octets == 0) break;
        run.groups.push_back(run.places.size());
        i += octets;
    }
    run.groups.push_back(run.places.size());
    return run;
}

bool passes_luhn(std::string_view text, const Run& run, std::size_t first, std::size_t end) {
    int sum = 0;
    bool doubled = false;
    for (std::size_t i = end; i-- > first; doubled = !doubled) {
        int digit = text[run.places[i]] - '0';
        if (doubled && (digit *= 2) > 9) digit -= 9;
        sum += digit;
    }
    return sum % 10 == 0;
}

/// Where a track's separator stands after a number that ends before `i`, or none. Blanks may stand between,
/// but no word that begins with D.
std::optional<std::size_t> find_separator(std::string_view text, std::size_t i) noexcept {
    std::size_t at = i;
    while (at < text.size() && at - i < 2 && is_blank(text[at])) ++at;
    if (at >= text.size()) return std::nullopt;
    if (text[at] == '=' || text[at] == '^') return at;
    const bool digit_follows = at + 1 < text.size() && is_digit(text[at + 1]);
    if ((text[at] == 'D' || text[at] == 'd') && (at == i || digit_follows)) return at;
    return std::nullopt;
}

/// Masks every PAN of the run in `out`; true when one of them ends where the run ends. What a track's '=' or
/// '^' follows is a PAN whatever its check digit.
bool mask_run(std::string_view text, const Run& run, std::string& out) {
    const auto separator = find_separator(text, run.end);
    const bool on_track = separator && (text[*separator] == '=' || text[*separator] == '^');
    bool at_end = false;
    for (std::size_t g = 0; g + 1 < run.groups.size(); ++g) {
        const std::size_t first = run.groups[g];
        for (std::size_t h = g + 1; h < run.groups.size(); ++h) {
            const std::size_t end = run.groups[h];
            if (end - first > pan_max) break;
            const bool last = end == run.places.size();
            if (end - first < pan_min) continue;
            if (!(last && on_track) && !passes_luhn(text, run, first, end)) continue;
            for (std::size_t i = first + shown_first; i < end - shown_last; ++i) out[run.places[i]] = '*';
            at_end = at_end || last;
        }
    }
    return at_end;
}

/// From `i` to the next blank or line end that no digit follows.
std::size_t end_of_digits(std::string_view text, std::size_t i) noexcept {
    while (i < text.size()) {
        const bool gap = is_blank(text[i]) || is_line_end(text[i]);
        if (gap && joint(text, i) == 0) break;
        i += gap ? joint(text, i) : 1;
    }
    return i;
}

/// Track 1 after the separator behind its PAN (ISO/IEC 7813, format B): the name, which may hold blanks, '^',
/// then expiry and the rest up to the end sentinel '?'. Without a sentinel it ends with its line.
std::size_t end_of_track1(std::string_view text, std::size_t begin) noexcept {
    const std::string_view track = text.substr(begin, track1_longest);
    const std::size_t separator = track.find('^');
    const std::size_t data = separator == std::string_view::npos ? 0 : separator + 1;
    if (const auto sentinel = track.find('?', data); sentinel != std::string_view::npos)
        return begin + sentinel + 1;
    const std::size_t line = std::min(track.find_first_of("\r\n", data), track.size());
    return end_of_digits(text, begin + line);
}

/// Masks what follows a PAN as on a track; returns the place after it.
std::size_t mask_track_rest(std::string_view text, std::size_t i, std::string& out) {
    const auto separator = find_separator(text, i);
    if (!separator) return i;
    const std::size_t begin = *separator + 1;
    std::size_t end = text[*separator] == '^' ? end_of_track1(text, begin) : end_of_digits(text, begin);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    for (std::size_t place = begin; place < end; ++place)
        if (!is_line_end(text[place])) out[place] = '*';
    return end;
}

constexpr std::array<std::uint32_t, 9> secret_tags{0x56,   0x57,   0x99,   0x5F20, 0x9F0B,
                                                   0x9F1F, 0x9F20, 0x9F61, 0x9F6B};
constexpr std::uint32_t pan_tag = 0x5A;
constexpr int deepest = 8;

/// Walks BER-TLV and writes it out masked. Every step returns false on what is not well formed.
class TlvMasker {
  public:
    explicit TlvMasker(std::string& out) : out_(out) {}

    bool list(ByteView data, int depth) {
        while (!data.empty()) {
            if (data[0] == 0x00) {  // padding between objects
                out_ += "00";
                data = data.subspan(1);
            } else if (!object(data, depth)) {
                return false;
            }
        }
        return true;
    }

  private:
    bool object(ByteView& data, int depth) {
        if (depth > deepest) return false;
        const bool constructed = (data[0] & 0x20) != 0;
        std::size_t used = 0;
        const auto tag = read_tag(data, used);
        const auto length = tag ? read_length(data, used) : std::nullopt;
        if (!length || *length > data.size() - used) return false;
        out_ += to_hex(data.first(used));
        const ByteView value = data.subspan(used, *length);
        data = data.subspan(used + *length);
        if (std::ranges::find(secret_tags, *tag) != secret_tags.end()) {
            out_.append(value.size(), '*');
            return true;
        }
        if (*tag == pan_tag) {
            append_pan(value);
            return true;
        }
        if (constructed) return list(value, depth + 1);
        out_ += to_hex(value);
        return true;
    }

    /// One to three octets.
    static std::optional<std::uint32_t> read_tag(ByteView data, std::size_t& used) {
        std::uint32_t tag = data[used++];
        if ((tag & 0x1F) != 0x1F) return tag;
        for (int i = 0; i < 2 && used < data.size(); ++i) {
            const std::uint8_t next = data[used++];
            tag = tag << 8 | next;
            if ((next & 0x80) == 0) return tag;
        }
        return std::nullopt;
    }

    /// Definite, one to three octets.
    static std::optional<std::size_t> read_length(ByteView data, std::size_t& used) {
        if (used >= data.size()) return std::nullopt;
        const std::uint8_t first = data[used++];
        if (first < 0x80) return first;
        const std::size_t octets = first & 0x7F;
        if (octets < 1 || octets > 2 || octets > data.size() - used) return std::nullopt;
        std::size_t length = 0;
        for (std::size_t i = 0; i < octets; ++i) length = length << 8 | data[used++];
        return length;
    }

    /// Compressed numeric: digits, padded with F at the right.
    void append_pan(ByteView value) {
        const std::string digits = to_hex(value);
        const std::size_t length = std::min(digits.find_last_not_of('F') + 1, digits.size());
        out_ += mask_pan(std::string_view(digits).substr(0, length));
        out_.append(digits.size() - length, 'F');
    }

    std::string& out_;
};

}  // namespace

std::string mask_pan(std::string_view pan) {
    const auto digit_or_masked = [](char c) { return c == '*' || is_digit(c); };
    std::string masked(pan.size(), '*');
    if (pan.size() > pan_max || pan.size() <= shown_last || !std::ranges::all_of(pan, digit_or_masked))
        return masked;
    std::ranges::copy(pan.substr(pan.size() - shown_last), masked.end() - shown_last);
    if (pan.size() >= pan_min) std::ranges::copy(pan.substr(0, shown_first), masked.begin());
    return masked;
}

std::string mask_text(std::string_view text) {
    std::string out(text);
    std::size_t i = 0;
    while (i < text.size()) {
        if (!is_digit(text[i])) {
            ++i;
            continue;
        }
        const Run run = read_run(text, i);
        const bool pan_at_end = mask_run(text, run, out);
        i = pan_at_end ? mask_track_rest(text, run.end, out) : run.end;
    }
    return out;
}

std::string mask_tlv(ByteView data) {
    std::string out;
    out.reserve(data.size() * 2);
    if (!TlvMasker(out).list(data, 1)) return fmt::format("<{} bytes>", data.size());
    return out;
}

}  // namespace posbench::trace
