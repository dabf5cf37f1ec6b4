#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"

namespace posbench::emv {

/// A named bit of a value: AIP, usage control, TVR, TSI (EMV book 3, annexes C1, C2, C5, C6); terminal and
/// card transaction qualifiers 9F66 and 9F6C of Visa and UnionPay (EMV contactless book A table 5-4, book C-3
/// annex A.2, book C-7 table 3-1 and annex A).
struct NamedBit {
    std::uint8_t byte;  ///< from 1
    std::uint8_t mask;
    std::string_view name;
};
std::span<const NamedBit> aip_bits() noexcept;
/// With what EMV book C-2 annex A.1.16 adds.
std::span<const NamedBit> mastercard_aip_bits() noexcept;
std::span<const NamedBit> usage_control_bits() noexcept;
std::span<const NamedBit> tvr_bits() noexcept;
std::span<const NamedBit> tsi_bits() noexcept;
std::span<const NamedBit> ttq_bits() noexcept;
std::span<const NamedBit> ctq_bits() noexcept;

/// Names of the bits set, in the table's order; a bit the table does not know is "B2 b1".
std::vector<std::string> bit_names(ByteView value, std::span<const NamedBit> table);

/// Terminal verification results, tag 95.
class Tvr {
  public:
    enum Bit : std::uint16_t {  // byte number << 8 | mask
        oda_not_performed = 0x180,
        sda_failed = 0x140,
        icc_data_missing = 0x120,
        exception_file = 0x110,
        dda_failed = 0x108,
        cda_failed = 0x104,
        sda_selected = 0x102,
        versions_differ = 0x280,
        expired_application = 0x240,
        not_yet_effective = 0x220,
        service_not_allowed = 0x210,
        new_card = 0x208,
        cvm_failed = 0x380,
        cvm_unrecognised = 0x340,
        pin_try_limit = 0x320,
        pin_pad_absent = 0x310,
        pin_not_entered = 0x308,
        online_pin_entered = 0x304,
        floor_limit_exceeded = 0x480,
        lower_consecutive_limit = 0x440,
        upper_consecutive_limit = 0x420,
        random_online = 0x410,
        merchant_forced_online = 0x408,
        default_tdol = 0x580,
        issuer_authentication_failed = 0x540,
        script_failed_before = 0x520,
        script_failed_after = 0x510,
    };
    void set(Bit bit) noexcept { octets_[(bit >> 8) - 1] |= static_cast<std::uint8_t>(bit & 0xFF); }
    bool has(Bit bit) const noexcept { return (octets_[(bit >> 8) - 1] & (bit & 0xFF)) != 0; }
    ByteView octets() const noexcept { return octets_; }
    std::vector<std::string> names() const { return bit_names(octets_, tvr_bits()); }

  private:
    std::array<std::uint8_t, 5> octets_{};
};

}  // namespace posbench::emv
