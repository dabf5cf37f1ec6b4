#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
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
    constexpr auto operator<=>(const FixedText& other) const noexcept {
        return std::string_view(*this) <=> std::string_view(other);
    }
    template <class Text>
    requires(std::convertible_to<const Text&, std::string_view> &&
             !std::same_as<Text, FixedText>) constexpr bool
    operator==(const Text& text) const noexcept {
        return std::string_view(*this) == std::string_view(text);
    }

  private:
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
