#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string_view>

namespace posbench::host {

/// A text of at most `Capacity` octets that lies where it is declared: what the books keep by the hundred
/// thousand takes no memory besides.
template <std::size_t Capacity>
class FixedText {
    static_assert(Capacity <= 255);

  public:
    constexpr FixedText() noexcept = default;
    /// @throws std::length_error for a longer text
    template <class Text>
    requires(std::convertible_to<const Text&, std::string_view> &&
             !std::same_as<Text, FixedText>) constexpr FixedText(const Text& text) {
        const std::string_view view = text;
        if (view.size() > Capacity) throw std::length_error("text is longer than its place");
        std::ranges::copy(view, octets_.begin());
        size_ = static_cast<std::uint8_t>(view.size());
    }

    constexpr operator std::string_view() const noexcept { return {octets_.data(), size_}; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr bool operator==(const FixedText&) const noexcept = default;
    /// The order of std::string_view: behind a text its place is zeros.
    std::strong_ordering operator<=>(const FixedText& other) const noexcept {
        for (std::size_t at = 0; at < Capacity; at += sizeof(std::uint64_t))
            if (const auto order = word(at) <=> other.word(at); order != 0) return order;
        return size_ <=> other.size_;
    }
    template <class Text>
    requires(std::convertible_to<const Text&, std::string_view> &&
             !std::same_as<Text, FixedText>) constexpr bool
    operator==(const Text& text) const noexcept {
        return std::string_view(*this) == std::string_view(text);
    }

  private:
    /// Eight octets from `at` on, the first the highest: texts compare as numbers.
    std::uint64_t word(std::size_t at) const noexcept {
        std::uint64_t octets = 0;
        std::memcpy(&octets, octets_.data() + at, std::min(sizeof octets, Capacity - at));
        if constexpr (std::endian::native == std::endian::little) octets = __builtin_bswap64(octets);
        return octets;
    }

    std::array<char, Capacity> octets_{};
    std::uint8_t size_ = 0;
};

/// Hashes keys of an unordered container that are, or convert to, texts.
struct TextHash {
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>()(text);
    }
};

}  // namespace posbench::host
