#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::emv {

std::optional<CommandApdu> parse_command(ByteView octets) noexcept {
    constexpr std::size_t header = 4;
    if (octets.size() < header) return std::nullopt;
    CommandApdu command{octets[0], octets[1], octets[2], octets[3], {}, octets.first(header), 0};
    // Cases 1 and 2: nothing, or the expected length alone.
    if (octets.size() == header + 1) command.expected = expected_length(octets[header]);
    if (octets.size() <= header + 1) return command;
    // Cases 3 and 4: length, data, perhaps the expected length.
    const std::size_t length = octets[header];
    const std::size_t behind = octets.size() - header - 1;
    if (length == 0 || (behind != length && behind != length + 1)) return std::nullopt;
    command.data = octets.subspan(header + 1, length);
    command.octets = octets.first(header + 1 + length);
    if (behind > length) command.expected = expected_length(octets.back());
    return command;
}

std::optional<RecordAddress> record_address(const CommandApdu& command) noexcept {
    constexpr std::uint8_t number_in_p1 = 0x04;
    if ((command.p2 & 0x07) != number_in_p1 || command.p1 == 0) return std::nullopt;
    return RecordAddress{static_cast<std::uint8_t>(command.p2 >> 3), command.p1};
}

Bytes make_apdu(std::array<std::uint8_t, 4> header, ByteView data, Le le) {
    Bytes apdu;
    apdu.reserve(header.size() + data.size() + 2);
    apdu.assign(header.begin(), header.end());
    if (!data.empty()) apdu.push_back(static_cast<std::uint8_t>(data.size()));
    append(apdu, data);
    if (le == Le::any) apdu.push_back(0x00);
    return apdu;
}

bool ends_in_le(ByteView apdu) noexcept {
    return apdu.size() == 5 || (apdu.size() > 5 && apdu.size() == std::size_t{6} + apdu[4]);
}

}  // namespace posbench::emv
