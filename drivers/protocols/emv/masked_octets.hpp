#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// Octets of a log of which digits were masked before it was given away: "622588** ****1234", "XX".
namespace posbench::emv {

struct MaskedOctets {
    Bytes octets;  ///< a masked digit is 0
    Bytes masks;   ///< as many: F0 where the first digit of an octet is masked, 0F the second, 00 none

    std::size_t size() const noexcept { return octets.size(); }
    bool empty() const noexcept { return octets.empty(); }
    bool masked() const noexcept;  ///< any digit
    void add(std::uint8_t octet, std::uint8_t mask = 0x00);
    void append(const MaskedOctets& more);
    MaskedOctets part(std::size_t from, std::size_t count) const;
    /// "622588******1234": upper-case hexadecimal with '*' for what is masked.
    std::string digits() const;
    bool operator==(const MaskedOctets&) const = default;
};

/// '*', 'X' and 'x' stand for a digit that was masked.
constexpr bool is_mask(char c) noexcept {
    return c == '*' || c == 'X' || c == 'x';
}

/// Pairs of hexadecimal or masked digits and nothing else.
std::optional<MaskedOctets> read_masked_hex(std::string_view text);

/// BER-TLV data as posbench's traces mask them (drivers/protocols/emv/mask.hpp): a hidden value is one '*' an
/// octet, of a PAN (5A) the digits in the middle. None for anything else, "<31 bytes>" for one.
std::optional<MaskedOctets> read_masked_tlv(std::string_view text);

/// A data object of which digits are masked.
struct MaskedObject {
    Tag tag = 0;
    std::string digits;  ///< MaskedOctets::digits() of the value
};

/// BER-TLV data as far as they can be told in spite of the masks.
struct UnmaskedData {
    /// Without the objects of which tag or length is masked, and what stands behind them: where they end
    /// nobody knows. Templates around them have the length of what is left. Values keep zeros for masked
    /// digits.
    Bytes octets;
    std::vector<MaskedObject> masked;  ///< objects in `octets` that are not whole
    std::size_t lost = 0;              ///< octets left out
};
UnmaskedData unmask(const MaskedOctets& data);

/// All primitive objects of BER-TLV data, those in templates too, without those that masks hide; none when it
/// is no BER-TLV.
TlvMap whole_objects(const UnmaskedData& data);

}  // namespace posbench::emv
