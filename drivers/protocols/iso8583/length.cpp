#include "drivers/protocols/iso8583/length.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t base_of(Code code) noexcept {
    return code == Code::binary ? 256 : code == Code::bcd ? 100 : 10;
}

std::optional<std::size_t> value_of(Code code, std::uint8_t octet) noexcept {
    if (code == Code::binary) return octet;
    if (code == Code::bcd) {
        if (octet >> 4 > 9 || (octet & 0x0F) > 9) return std::nullopt;
        return (octet >> 4) * 10u + (octet & 0x0Fu);
    }
    const char digit = code == Code::ebcdic ? from_ebcdic(octet) : static_cast<char>(octet);
    if (digit < '0' || digit > '9') return std::nullopt;
    return static_cast<std::size_t>(digit - '0');
}

std::uint8_t octet_of(Code code, std::size_t value) noexcept {
    if (code == Code::binary) return static_cast<std::uint8_t>(value);
    if (code == Code::bcd) return static_cast<std::uint8_t>(value / 10 << 4 | value % 10);
    const char digit = static_cast<char>('0' + value);
    return code == Code::ebcdic ? to_ebcdic(digit) : static_cast<std::uint8_t>(digit);
}

}  // namespace

std::optional<std::size_t> read_number(Code code, ByteView octets) noexcept {
    std::size_t number = 0;
    for (const std::uint8_t octet : octets) {
        const auto value = value_of(code, octet);
        if (!value) return std::nullopt;
        number = number * base_of(code) + *value;
    }
    return number;
}

void append_number(Bytes& out, Code code, std::size_t octets, std::size_t number) {
    const std::size_t begin = out.size();
    out.resize(begin + octets);
    for (std::size_t i = begin + octets; i > begin; --i, number /= base_of(code))
        out[i - 1] = octet_of(code, number % base_of(code));
}

}  // namespace posbench::iso8583
