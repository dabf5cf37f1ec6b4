#include <algorithm>
#include <array>

#include "drivers/protocols/iso8583/fields.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t mac_octets = 8;

}  // namespace

std::string_view to_string(MacState state) noexcept {
    constexpr std::array<std::string_view, 4> names{"ok", "bad", "absent", "unchecked"};
    return names[static_cast<std::size_t>(state)];
}

Bytes encode_with_mac(Message message, const MacFunction& mac) {
    message.set(mac_field, std::string(mac_octets, '\0'));
    Bytes octets = encode(message);
    const auto value = mac(mac_input(message, octets));
    std::ranges::copy(value, octets.end() - mac_octets);
    return octets;
}

ByteView mac_input(const Message& message, ByteView octets) noexcept {
    if (!message.has(mac_field) || octets.size() < mac_octets) return {};
    return octets.first(octets.size() - mac_octets);
}

MacState check_mac(const Message& message, ByteView octets, const MacFunction& mac) {
    if (!message.has(mac_field)) return MacState::absent;
    if (!mac) return MacState::unchecked;
    const auto right = mac(mac_input(message, octets));
    return std::ranges::equal(right, message.bytes(mac_field)) ? MacState::ok : MacState::bad;
}

}  // namespace posbench::iso8583
