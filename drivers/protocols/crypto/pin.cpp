#include <optional>
#include <string>

#include "drivers/protocols/crypto/blocks.hpp"

namespace posbench::crypto {
namespace {

constexpr std::size_t pan_least = 13;
constexpr std::uint8_t filler = 0x0F;

std::uint8_t nibble(ByteView block, std::size_t at) {
    return at % 2 == 0 ? block[at / 2] >> 4 : block[at / 2] & 0x0F;
}

void set_nibble(Block8& block, std::size_t at, std::uint8_t value) {
    block[at / 2] |= static_cast<std::uint8_t>(at % 2 == 0 ? value << 4 : value);
}

/// 0000 and the twelve digits left of the check digit.
Block8 account_block(std::string_view pan) {
    const std::string_view digits = pan.substr(pan.size() - pan_least, 12);
    Block8 block{};
    for (std::size_t i = 0; i < digits.size(); ++i)
        set_nibble(block, i + 4, static_cast<std::uint8_t>(digits[i] - '0'));
    return block;
}

/// Format, length, digits, filler: what formats 0 and 2 have in common.
Result<Block8> plain_block(std::uint8_t format, std::string_view pin) {
    if (pin.size() < 4 || pin.size() > 12 || !all_digits(pin)) return Error{"a PIN has 4 to 12 digits"};
    Block8 block{};
    set_nibble(block, 0, format);
    set_nibble(block, 1, static_cast<std::uint8_t>(pin.size()));
    for (std::size_t i = 2; i < 16; ++i)
        set_nibble(block, i, i - 2 < pin.size() ? static_cast<std::uint8_t>(pin[i - 2] - '0') : filler);
    return block;
}

/// Precondition: eight octets.
std::optional<std::string> plain_pin(std::uint8_t format, ByteView block) {
    const std::size_t length = nibble(block, 1);
    if (nibble(block, 0) != format || length < 4 || length > 12) return std::nullopt;
    std::string pin;
    for (std::size_t i = 2; i < 16; ++i) {
        const std::uint8_t value = nibble(block, i);
        const bool is_digit = i - 2 < length;
        if (is_digit ? value > 9 : value != filler) return std::nullopt;
        if (is_digit) pin += static_cast<char>('0' + value);
    }
    return pin;
}

bool usable_pan(std::string_view pan) {
    return pan.size() >= pan_least && all_digits(pan);
}

}  // namespace

Result<Block8> pin_block_iso0(std::string_view pin, std::string_view pan) {
    auto block = plain_block(0, pin);
    if (!block) return block;
    if (!usable_pan(pan)) return Error{"a format 0 PIN block needs a PAN of at least 13 digits"};
    xor_into(*block, account_block(pan));
    return block;
}

Result<std::string> pin_from_iso0(const Block8& block, std::string_view pan) {
    const Error refused{"not a format 0 PIN block for this PAN"};
    if (!usable_pan(pan)) return refused;
    Block8 clear = block;
    xor_into(clear, account_block(pan));
    auto pin = plain_pin(0, clear);
    if (!pin) return refused;
    return *std::move(pin);
}

Result<Block8> pin_block_iso2(std::string_view pin) {
    return plain_block(2, pin);
}

Result<std::string> pin_from_iso2(ByteView block) {
    auto pin = block.size() == 8 ? plain_pin(2, block) : std::nullopt;
    if (!pin) return Error{"not a format 2 PIN block"};
    return *std::move(pin);
}

}  // namespace posbench::crypto
