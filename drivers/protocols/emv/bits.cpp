#include "drivers/protocols/emv/bits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace posbench::emv {
namespace {

constexpr std::array aip_table{
    NamedBit{1, 0x40, "SDA supported"},
    NamedBit{1, 0x20, "DDA supported"},
    NamedBit{1, 0x10, "cardholder verification supported"},
    NamedBit{1, 0x08, "terminal risk management to be performed"},
    NamedBit{1, 0x04, "issuer authentication supported"},
    NamedBit{1, 0x01, "CDA supported"},
};

constexpr std::array mastercard_aip_table{
    aip_table[0], aip_table[1],
    aip_table[2], aip_table[3],
    aip_table[4], NamedBit{1, 0x02, "on device cardholder verification supported"},
    aip_table[5], NamedBit{2, 0x80, "EMV mode supported"},
};

constexpr std::array usage_control_table{
    NamedBit{1, 0x80, "valid for domestic cash"},
    NamedBit{1, 0x40, "valid for international cash"},
    NamedBit{1, 0x20, "valid for domestic goods"},
    NamedBit{1, 0x10, "valid for international goods"},
    NamedBit{1, 0x08, "valid for domestic services"},
    NamedBit{1, 0x04, "valid for international services"},
    NamedBit{1, 0x02, "valid at ATMs"},
    NamedBit{1, 0x01, "valid at terminals other than ATMs"},
    NamedBit{2, 0x80, "domestic cashback allowed"},
    NamedBit{2, 0x40, "international cashback allowed"},
};

constexpr std::array tvr_table{
    NamedBit{1, 0x80, "offline data authentication not performed"},
    NamedBit{1, 0x40, "SDA failed"},
    NamedBit{1, 0x20, "ICC data missing"},
    NamedBit{1, 0x10, "card on exception file"},
    NamedBit{1, 0x08, "DDA failed"},
    NamedBit{1, 0x04, "CDA failed"},
    NamedBit{1, 0x02, "SDA selected"},
    NamedBit{2, 0x80, "application versions differ"},
    NamedBit{2, 0x40, "expired application"},
    NamedBit{2, 0x20, "application not yet effective"},
    NamedBit{2, 0x10, "service not allowed"},
    NamedBit{2, 0x08, "new card"},
    NamedBit{3, 0x80, "cardholder verification failed"},
    NamedBit{3, 0x40, "unrecognised CVM"},
    NamedBit{3, 0x20, "PIN try limit exceeded"},
    NamedBit{3, 0x10, "PIN pad absent or broken"},
    NamedBit{3, 0x08, "PIN not entered"},
    NamedBit{3, 0x04, "online PIN entered"},
    NamedBit{4, 0x80, "floor limit exceeded"},
    NamedBit{4, 0x40, "lower consecutive offline limit exceeded"},
    NamedBit{4, 0x20, "upper consecutive offline limit exceeded"},
    NamedBit{4, 0x10, "selected randomly for online"},
    NamedBit{4, 0x08, "merchant forced online"},
    NamedBit{5, 0x80, "default TDOL used"},
    NamedBit{5, 0x40, "issuer authentication failed"},
    NamedBit{5, 0x20, "script failed before final GENERATE AC"},
    NamedBit{5, 0x10, "script failed after final GENERATE AC"},
};

constexpr std::array tsi_table{
    NamedBit{1, 0x80, "offline data authentication performed"},
    NamedBit{1, 0x40, "cardholder verification performed"},
    NamedBit{1, 0x20, "card risk management performed"},
    NamedBit{1, 0x10, "issuer authentication performed"},
    NamedBit{1, 0x08, "terminal risk management performed"},
    NamedBit{1, 0x04, "script processing performed"},
};

constexpr std::array ttq_table{
    NamedBit{1, 0x80, "mag-stripe mode supported"},
    NamedBit{1, 0x20, "EMV mode supported"},
    NamedBit{1, 0x10, "EMV contact chip supported"},
    NamedBit{1, 0x08, "offline-only reader"},
    NamedBit{1, 0x04, "online PIN supported"},
    NamedBit{1, 0x02, "signature supported"},
    NamedBit{1, 0x01, "offline data authentication for online authorisations supported"},
    NamedBit{2, 0x80, "online cryptogram required"},
    NamedBit{2, 0x40, "CVM required"},
    NamedBit{2, 0x20, "offline PIN supported (contact chip)"},
    NamedBit{3, 0x80, "issuer update processing supported"},
    NamedBit{3, 0x40, "consumer device CVM supported"},
    NamedBit{4, 0x80, "fDDA version 01 supported"},
};

constexpr std::array ctq_table{
    NamedBit{1, 0x80, "online PIN required"},
    NamedBit{1, 0x40, "signature required"},
    NamedBit{1, 0x20, "go online if offline data authentication fails"},
    NamedBit{1, 0x10, "switch interface if offline data authentication fails"},
    NamedBit{1, 0x08, "go online if application expired"},
    NamedBit{1, 0x04, "switch interface for cash"},
    NamedBit{1, 0x02, "switch interface for cashback"},
    NamedBit{1, 0x01, "not valid for contactless ATM transactions"},
    NamedBit{2, 0x80, "consumer device CVM performed"},
    NamedBit{2, 0x40, "issuer update processing supported"},
};

}  // namespace

std::span<const NamedBit> aip_bits() noexcept {
    return aip_table;
}

std::span<const NamedBit> mastercard_aip_bits() noexcept {
    return mastercard_aip_table;
}

std::span<const NamedBit> usage_control_bits() noexcept {
    return usage_control_table;
}

std::span<const NamedBit> tvr_bits() noexcept {
    return tvr_table;
}

std::span<const NamedBit> tsi_bits() noexcept {
    return tsi_table;
}

std::span<const NamedBit> ttq_bits() noexcept {
    return ttq_table;
}

std::span<const NamedBit> ctq_bits() noexcept {
    return ctq_table;
}

std::vector<std::string> bit_names(ByteView value, std::span<const NamedBit> table) {
    std::vector<std::string> names;
    Bytes unknown(value.begin(), value.end());
    for (const NamedBit& bit : table) {
        if (bit.byte > value.size() || (value[bit.byte - 1u] & bit.mask) == 0) continue;
        names.emplace_back(bit.name);
        unknown[bit.byte - 1u] &= static_cast<std::uint8_t>(~bit.mask);
    }
    for (std::size_t byte = 0; byte < unknown.size(); ++byte)
        for (int bit = 8; bit >= 1; --bit)
            if (unknown[byte] >> (bit - 1) & 1) names.push_back(fmt::format("B{} b{}", byte + 1, bit));
    return names;
}

}  // namespace posbench::emv
