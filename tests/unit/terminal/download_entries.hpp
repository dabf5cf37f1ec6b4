#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "drivers/terminal/emulated/download_objects.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

/// Keys and applications as a host would send them, object by object, so that each can be spoilt.
namespace posbench::terminal::testing {

inline Bytes object(emv::Tag tag, std::string_view octets) {
    Bytes out;
    emv::append_tlv(out, tag, hex(octets));
    return out;
}

struct Object {
    emv::Tag tag;
    std::string value;
};

/// The octets of `objects` but with `other` in place of the one with its tag, or behind them.
inline Bytes entry(std::vector<Object> objects, std::optional<Object> other = std::nullopt) {
    if (other) {
        const auto same = std::ranges::find(objects, other->tag, &Object::tag);
        if (same == objects.end())
            objects.push_back(*other);
        else
            *same = *other;
    }
    Bytes out;
    for (const Object& each : objects) append(out, object(each.tag, each.value));
    return out;
}

inline std::vector<Object> without(std::vector<Object> objects, emv::Tag tag) {
    std::erase_if(objects, [tag](const Object& each) { return each.tag == tag; });
    return objects;
}

inline const emv::AuthorityKey& profile_key(std::size_t number) {
    static const auto profile = settings();
    return *(profile->authority_keys.begin() + static_cast<std::ptrdiff_t>(number));
}

inline std::vector<Object> rsa_objects(std::uint8_t index = 0x80) {
    const auto& key = std::get<crypto::RsaPublicKey>(profile_key(0).key);
    const emv::AuthorityKeyName name{{0xA0, 0x00, 0x00, 0x03, 0x33}, index};
    return {{0x9F06, "A000000333"},
            {0x9F22, fmt::format("{:02X}", index)},
            {0xDF05, to_hex(as_bytes("20391231"))},
            {0xDF06, "01"},
            {0xDF07, "01"},
            {0xDF02, to_hex(key.modulus())},
            {0xDF04, to_hex(key.exponent())},
            {0xDF03, to_hex(emv::check_sum(name, key))}};
}

inline std::vector<Object> sm2_objects() {
    const auto& key = std::get<crypto::Sm2PublicKey>(profile_key(1).key);
    return {{0x9F06, "A000000333"},
            {0x9F22, "90"},
            {0xDF06, "07"},
            {0xDF07, "04"},
            {0xDF02, to_hex(key.x()) + to_hex(key.y())}};
}

inline std::vector<Object> application_objects(std::string aid = "A000000333010102") {
    return {{0x9F06, std::move(aid)}, {0xDF01, "00"},           {0x9F08, "0031"},
            {0xDF11, "0102030405"},   {0xDF12, "1112131415"},   {0xDF13, "2122232425"},
            {0x9F1B, "00002710"},     {0xDF15, "000003E8"},     {0xDF16, "40"},
            {0xDF17, "20"},           {0xDF14, "9F37049F0206"}, {0xDF18, "00"},
            {0x9F7B, "000000100000"}, {0xDF19, "000000000100"}, {0xDF20, "000000100000"},
            {0xDF21, "000000030000"}};
}

}  // namespace posbench::terminal::testing
