#include "drivers/protocols/iso8583/describe.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "bench/runtime/ascii.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/protocols/iso8583/track_cipher.hpp"

namespace posbench::iso8583 {
namespace {

constexpr emv::Tag tag_tvr = 0x95;

/// A field of the trace that is one field of the message, as it stands.
struct Copied {
    std::string_view name;
    int field;
};

void copy_if_present(trace::Fields& out, const Message& message, Copied copied) {
    if (message.has(copied.field)) out.emplace_back(copied.name, message.get(copied.field));
}

void add_amount(trace::Fields& out, const Message& message) {
    const std::string_view digits = message.get(4);
    std::int64_t amount = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
    if (error == std::errc{} && end == digits.data() + digits.size()) out.emplace_back("amount", amount);
}

void add_pan(trace::Fields& out, const Message& message) {
    const std::string_view pan = pan_of(message);
    if (!pan.empty()) out.emplace_back("pan", trace::mask_pan(pan));
}

void add_field60(trace::Fields& out, const Message& message) {
    if (!message.has(60)) return;
    const auto parsed = parse_field60(message.get(60));
    if (!parsed) return;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) out.emplace_back(name, value);
    };
    add("transaction_type", parsed->transaction_type);
    add("batch", parsed->batch);
    add("network_management", parsed->network_management);
    add("read_capability", parsed->read_capability);
    add("ic_condition", parsed->ic_condition);
}

void add_tvr(trace::Fields& out, const Message& message) {
    if (!message.has(55)) return;
    const auto objects = emv::parse_tlv(message.bytes(55));
    if (!objects) return;
    const auto tvr = std::ranges::find(*objects, tag_tvr, &emv::Tlv::tag);
    if (tvr != objects->end() && tvr->value.size() == 5)
        out.emplace_back("tvr", emv::bit_names(tvr->value, emv::tvr_bits()));
}

}  // namespace

std::string_view pan_of(const Message& message) {
    if (message.has(2)) return message.get(2);
    std::string_view track2 = message.get(35);
    if (says_enciphered(message)) {
        // A separator among enciphered characters is none.
        track2 = track2.substr(0, first_enciphered(track2.size()).value_or(track2.size()));
        if (track2.find_first_of("D=") == std::string_view::npos) return {};
    }
    const std::string_view pan = track2.substr(0, track2.find_first_of("D="));
    return runtime::is_all_digits(pan) ? pan : std::string_view();
}

trace::Fields describe(const Message& message, std::string_view mac, std::size_t wire_octets) {
    // In the vocabulary's order.
    constexpr std::array before_pan{Copied{"currency", 49}, Copied{"stan", 11}, Copied{"time", 12},
                                    Copied{"date", 13}};
    constexpr std::array after_pan{Copied{"expiry", 14}, Copied{"entry_mode", 22}, Copied{"code", 39},
                                   Copied{"rrn", 37},    Copied{"auth_code", 38},  Copied{"tid", 41},
                                   Copied{"mid", 42}};
    trace::Fields out;
    out.reserve(28);
    out.emplace_back("mti", message.mti());
    copy_if_present(out, message, {"processing_code", 3});
    add_amount(out, message);
    for (const Copied& copied : before_pan) copy_if_present(out, message, copied);
    add_pan(out, message);
    for (const Copied& copied : after_pan) copy_if_present(out, message, copied);
    add_field60(out, message);
    add_tvr(out, message);
    out.emplace_back("has_track2", message.has(35));
    if (has_tracks(message)) out.emplace_back("tracks", says_enciphered(message) ? "enciphered" : "clear");
    out.emplace_back("has_pin", message.has(52));
    out.emplace_back("has_icc", message.has(55));
    std::vector<std::string> numbers;
    for (const int field : message.fields()) numbers.push_back(std::to_string(field));
    out.emplace_back("fields", std::move(numbers));
    out.emplace_back("mac", mac);
    out.emplace_back("bytes", wire_octets);
    return out;
}

}  // namespace posbench::iso8583
