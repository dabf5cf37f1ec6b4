#include "bench/trace/mask.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "bench/runtime/ascii.hpp"
#include "bench/runtime/secrets.hpp"

namespace posbench::trace {
namespace {

constexpr std::size_t pan_min = 13;
constexpr std::size_t pan_max = 19;
constexpr std::size_t shown_first = 6;
constexpr std::size_t shown_last = 4;
constexpr std::size_t longest_joint = 4;    // octets
constexpr std::size_t track1_longest = 79;  // characters (ISO/IEC 7813)

using runtime::is_digit;

bool is_line_end(char c) noexcept {
    return c == '\n' || c == '\r';
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// A text with its full-width forms (U+FF01 to U+FF5E) as ASCII and its other blanks (U+00A0, U+3000) as
/// blanks: Chinese receipts are set in them. Everything else is taken octet by octet.
class Narrow {
  public:
    explicit Narrow(std::string_view wide) : wide_(wide) {
        narrow_.reserve(wide.size());
        for (std::size_t i = 0; i < wide.size();) {
            const auto [character, octets] = read(wide.substr(i));
            if (octets > 1) shrunk_.push_back({narrow_.size(), octets});
            narrow_ += character;
            i += octets;
        }
    }

    const std::string& text() const noexcept { return narrow_; }

    /// `masked`, as long as text(), with every character that was not masked as it came. An asterisk for a
    /// full-width one is full-width (U+FF0A): the text keeps its length.
    std::string widened(std::string masked) const {
        if (shrunk_.empty()) return masked;
        std::string out;
        out.reserve(wide_.size());
        std::size_t done = 0;
        for (const auto& [place, octets] : shrunk_) {
            out.append(masked, done, place - done);
            if (masked[place] == narrow_[place])
                out += wide_.substr(out.size(), octets);
            else
                out += octets == 3 ? "\xEF\xBC\x8A" : "**";
            done = place + 1;
        }
        return out.append(masked, done);
    }

  private:
    struct Shrunk {
        std::size_t place, octets;
    };
    static std::pair<char, std::size_t> read(std::string_view wide) noexcept {
        const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(wide[i]); };
        if (wide.starts_with("\xE3\x80\x80")) return {' ', 3};
        if (wide.starts_with("\xC2\xA0")) return {' ', 2};
        if (wide.size() < 3 || octet(0) != 0xEF) return {wide[0], 1};
        if (octet(1) == 0xBC && octet(2) >= 0x81 && octet(2) <= 0xBF)
            return {static_cast<char>(octet(2) - 0x81 + '!'), 3};
        if (octet(1) == 0xBD && octet(2) >= 0x80 && octet(2) <= 0x9E)
            return {static_cast<char>(octet(2) - 0x80 + '`'), 3};
        return {wide[0], 1};
    }

    std::string_view wide_;
    std::string narrow_;
    std::vector<Shrunk> shrunk_;
};

/// What stands between two digits of one number.
struct Joint {
    std::size_t octets = 0;  ///< 0: no digit follows, or something else stands there
    bool loose = false;      ///< more often it stands between two numbers
};

/// Tight is a single blank or hyphen, or a line end, for displays and receipts wrap. Loose is a point, a
/// slash, or up to `longest_joint` of them all.
Joint joint(std::string_view text, std::size_t i) noexcept {
    constexpr std::string_view joints = " \t-./\r\n";
    const std::size_t end = std::min(text.find_first_not_of(joints, i), text.size());
    const std::size_t octets = end - i;
    if (octets == 0 || octets > longest_joint || end == text.size() || !is_digit(text[end])) return {};
    const std::string_view between = text.substr(i, octets);
    const bool tight = between == " " || between == "-" || between == "\n" || between == "\r\n";
    return {octets, !tight};
}

/// Digits without anything between them.
struct Group {
    std::size_t first;  ///< number of its first digit in the run
    bool loose;         ///< a loose joint stands before it
};

/// Digits of a text from one non-digit to the next, joints between them skipped.
struct Run {
    std::vector<std::size_t> places;  ///< of the digits in the text
    std::vector<Group> groups;        ///< the last one stands for the end and has no digit
    std::size_t end = 0;              ///< place after the last digit
};

Run read_run(std::string_view text, std::size_t begin) {
    Run run;
    run.groups.push_back({0, false});
    std::size_t i = begin;
    while (i < text.size()) {
        if (is_digit(text[i])) {
            run.places.push_back(i++);
            run.end = i;
            continue;
        }
        const Joint between = joint(text, i);
        if (between.octets == 0) break;
        run.groups.push_back({run.places.size(), between.loose});
        i += between.octets;
    }
    run.groups.push_back({run.places.size(), false});
    return run;
}

/// Precondition: at most pan_max digits.
bool passes_luhn(std::string_view text, const Run& run, std::size_t first, std::size_t end) {
    std::array<char, pan_max> digits{};
    for (std::size_t i = first; i < end; ++i) digits[i - first] = text[run.places[i]];
    return runtime::passes_luhn({digits.data(), end - first});
}

/// Does a PAN begin so? 3 to 6 is what payment networks issue under (ISO/IEC 7812-1, major industry), 9 what
/// countries assign, domestic cards among them; 2221 to 2720 one network besides, with 16 digits.
bool begins_like_pan(std::string_view text, const Run& run, std::size_t first, std::size_t digits) {
    const auto digit = [&](std::size_t i) { return text[run.places[first + i]]; };
    if ((digit(0) >= '3' && digit(0) <= '6') || digit(0) == '9') return true;
    if (digit(0) != '2' || digits != 16) return false;
    const std::array<char, 4> four{digit(0), digit(1), digit(2), digit(3)};
    const std::string_view prefix(four.data(), four.size());
    return prefix >= "2221" && prefix <= "2720";
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

/// Masks the PANs of one run of digits.
class RunMasker {
  public:
    RunMasker(std::string_view text, const Run& run, std::string& out) : text_(text), run_(run), out_(out) {
        const auto separator = find_separator(text, run.end);
        on_track_ = separator && (text[*separator] == '=' || text[*separator] == '^');
    }

    /// True when a PAN ends where the run ends. What a track's '=' or '^' follows is a PAN whatever its check
    /// digit.
    bool mask() {
        for (std::size_t g = 0; g + 1 < run_.groups.size(); ++g) {
            mask_from_group(g);
            mask_inside_group(g);
        }
        return at_end_;
    }

  private:
    /// PANs that begin with a group and end with it or a later one.
    void mask_from_group(std::size_t g) {
        const std::size_t first = run_.groups[g].first;
        bool loose = false;
        for (std::size_t h = g + 1; h < run_.groups.size(); ++h) {
            const std::size_t end = run_.groups[h].first;
            if (end - first > pan_max) break;
            mask_if_pan(first, end, loose);
            loose = loose || run_.groups[h].loose;
        }
    }

    /// PANs within a group too long for one: it may have been written together with what stood next to it.
    void mask_inside_group(std::size_t g) {
        const std::size_t begin = run_.groups[g].first, end = run_.groups[g + 1].first;
        if (end - begin <= pan_max) return;
        for (std::size_t first = begin; first + pan_min <= end; ++first)
            for (std::size_t digits = pan_min; digits <= std::min(pan_max, end - first); ++digits)
                mask_if_pan(first, first + digits, true);
    }

    /// @param doubtful a PAN must also begin like one
    void mask_if_pan(std::size_t first, std::size_t end, bool doubtful) {
        if (end - first < pan_min || (doubtful && !begins_like_pan(text_, run_, first, end - first))) return;
        const bool last = end == run_.places.size();
        if (!(last && on_track_) && !passes_luhn(text_, run_, first, end)) return;
        for (std::size_t i = first + shown_first; i < end - shown_last; ++i) out_[run_.places[i]] = '*';
        at_end_ = at_end_ || last;
    }

    std::string_view text_;
    const Run& run_;
    std::string& out_;
    bool on_track_ = false;
    bool at_end_ = false;
};

/// From `i` to the next blank or line end that no digit follows.
std::size_t end_of_digits(std::string_view text, std::size_t i) noexcept {
    while (i < text.size()) {
        const bool gap = is_blank(text[i]) || is_line_end(text[i]);
        const std::size_t octets = gap ? joint(text, i).octets : 1;
        if (octets == 0) break;
        i += octets;
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

/// Stars for the middle digits of every PAN that may begin at `at`, in digits alone: of any major industry
/// but 0, which pads.
void mask_dense(std::string_view digits, std::size_t at, std::string& out) {
    if (digits[at] == '0') return;
    for (std::size_t size = pan_min; size <= std::min(pan_max, digits.size() - at); ++size)
        if (runtime::passes_luhn(digits.substr(at, size)))
            std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(at + shown_first),
                        size - shown_first - shown_last, '*');
}

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
    const Narrow narrow(text);
    std::string out = runtime::mask_private_keys(narrow.text());
    std::size_t i = 0;
    while (i < out.size()) {
        if (!is_digit(narrow.text()[i])) {
            ++i;
            continue;
        }
        const Run run = read_run(narrow.text(), i);
        const bool pan_at_end = RunMasker(narrow.text(), run, out).mask();
        i = pan_at_end ? mask_track_rest(narrow.text(), run.end, out) : run.end;
    }
    return narrow.widened(std::move(out));
}

std::string mask_dense_text(std::string_view text) {
    std::string out(text);
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        const std::size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
        for (std::size_t at = begin; at + pan_min <= end; ++at) mask_dense(text.substr(0, end), at, out);
        begin = end;
    }
    return mask_text(out);
}

}  // namespace posbench::trace
