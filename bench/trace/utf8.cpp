#include "bench/trace/utf8.hpp"

namespace posbench::trace {
namespace {

bool between(char c, unsigned low, unsigned high) noexcept {
    const auto octet = static_cast<unsigned char>(c);
    return octet >= low && octet <= high;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (!between(text[1], low, high)) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (!between(text[i], 0x80, 0xBF)) return 0;
    return length;
}

}  // namespace posbench::trace
