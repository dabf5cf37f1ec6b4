#include "bench/cli/recorded_line.hpp"

#include <algorithm>
#include <array>

#include "bench/runtime/ascii.hpp"
#include "bench/trace/mask.hpp"

namespace posbench::cli {
namespace {

constexpr std::size_t longest_harmless_run = 15;  ///< hexadecimal digits: a key of 8 octets has 16

/// Settings of cards, hosts and terminals that hold a key or card data (fixtures/README.md).
bool names_secret(std::string_view word) {
    constexpr std::array<std::string_view, 9> whole{"tmk",    "pik",           "mak", "tdk",     "pin",
                                                    "holder", "discretionary", "pan", "password"};
    constexpr std::array<std::string_view, 4> first{"imk", "track", "cvv", "cvc"};
    constexpr std::array<std::string_view, 3> last{"_key", "_pin", "_pan"};
    const auto is = [&](std::string_view name) { return word == name; };
    const auto begins = [&](std::string_view name) { return word.starts_with(name); };
    const auto ends = [&](std::string_view name) { return word.ends_with(name); };
    return std::ranges::any_of(whole, is) || std::ranges::any_of(first, begins) ||
           std::ranges::any_of(last, ends);
}

/// Any of the words (letters, digits and '_') of PATH=VALUE that names something: all of the path, and of the
/// value those before an equals sign or a dot.
bool has_secret_name(std::string_view text) {
    const std::size_t path_end = text.find('=');
    std::string word;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        const bool capital = c >= 'A' && c <= 'Z';
        if (small || capital) {
            word += capital ? static_cast<char>(c - 'A' + 'a') : c;
            continue;
        }
        const std::size_t next = text.find_first_not_of(" \t'\"", i);
        const bool names =
            i <= path_end || (next != std::string_view::npos && (text[next] == '=' || text[next] == '.'));
        if (names && names_secret(word)) return true;
        word.clear();
    }
    return false;
}

bool has_long_run(std::string_view text) {
    std::size_t run = 0;
    for (const char c : text) {
        if (runtime::is_hex_digit(c))
            ++run;
        else if (std::string_view(" -_:").find(c) == std::string_view::npos)
            run = 0;
        if (run > longest_harmless_run) return true;
    }
    return false;
}

std::string without_secrets(const std::string& word) {
    const std::size_t option = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::size_t begin = option == std::string::npos ? 0 : option + 1;
    return word.substr(0, begin) + recorded_override(std::string_view(word).substr(begin));
}

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789-_./=:,@%+") == std::string::npos;
    if (plain) return word;
    std::string out = "'";
    for (char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

}  // namespace

std::string recorded_override(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::string(text);
    const std::string_view value = text.substr(equals + 1);
    const bool secret = has_secret_name(text) || has_long_run(value) ||
                        value.find('\\') != std::string_view::npos || trace::mask_text(value) != value;
    return trace::mask_text(text.substr(0, equals)) + '=' + (secret ? "***" : std::string(value));
}

std::string recorded_line(int argc, const char* const* argv) {
    std::string line;
    for (int i = 1; i < argc; ++i) line += (i > 1 ? " " : "") + quoted(without_secrets(argv[i]));
    return line;
}

}  // namespace posbench::cli
