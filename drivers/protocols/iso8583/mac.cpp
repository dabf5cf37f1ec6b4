#include "drivers/protocols/iso8583/mac.hpp"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/crypto/crypto.hpp"

namespace posbench::iso8583 {
namespace {

void require_octets(ByteView key, std::initializer_list<std::size_t> sizes) {
    if (std::ranges::find(sizes, key.size()) != sizes.end()) return;
    throw std::invalid_argument(fmt::format("the key has {}, not {}", runtime::counted(key.size(), "octet"),
                                            fmt::join(sizes, " or ")));
}

}  // namespace

MacFunction mac_function(const Dialect& dialect, ByteView key) {
    Bytes own(key.begin(), key.end());
    switch (dialect.mac) {
        case MacAlgorithm::unionpay:
            require_octets(key, {8, 16});
            return [cipher = std::make_shared<const crypto::DesCipher>(key)](ByteView data) {
                return crypto::mac_unionpay(*cipher, data);
            };
        case MacAlgorithm::x9_19:
            require_octets(key, {16});
            return [own](ByteView data) { return crypto::mac_algorithm3(own, data, crypto::Padding::zero); };
        case MacAlgorithm::iso9797_1_1:
            require_octets(key, {16});
            return [own](ByteView data) { return crypto::mac_algorithm1(own, data, crypto::Padding::zero); };
        case MacAlgorithm::none:
            break;
    }
    throw std::invalid_argument("the dialect '" + dialect.name + "' has no message authentication code");
}

std::string_view to_string(MacState state) noexcept {
    constexpr std::array<std::string_view, 4> names{"ok", "bad", "absent", "unchecked"};
    return names[static_cast<std::size_t>(state)];
}

Bytes encode_with_mac(const Dialect& dialect, Message& message, const MacFunction& mac) {
    const int field = mac_field(message.bitmap());
    message.set(field, std::string(mac_octets, '\0'));
    Bytes octets = encode(dialect, message);
    const auto value = mac(mac_input(message.bitmap(), octets));
    std::ranges::copy(value, octets.end() - static_cast<std::ptrdiff_t>(mac_octets));
    message.set(field, ByteView(value));
    return octets;
}

ByteView mac_input(const Bitmap& bitmap, ByteView octets) noexcept {
    if (!bitmap.has(mac_field(bitmap)) || octets.size() < mac_octets) return {};
    return octets.first(octets.size() - mac_octets);
}

MacState check_mac(const Message& message, ByteView octets, const MacFunction& mac) {
    const int field = mac_field(message.bitmap());
    if (!message.has(field)) return MacState::absent;
    if (!mac) return MacState::unchecked;
    const auto right = mac(mac_input(message.bitmap(), octets));
    return std::ranges::equal(right, message.bytes(field)) ? MacState::ok : MacState::bad;
}

}  // namespace posbench::iso8583
