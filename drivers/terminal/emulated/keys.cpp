#include "drivers/terminal/emulated/keys.hpp"

#include <algorithm>

namespace posbench::terminal {
namespace {

constexpr std::size_t check_value_octets = 4;
constexpr std::size_t track_key_octets = 16;

}  // namespace

std::optional<crypto::DesCipher> WorkingKeys::unwrap(ByteView wrapped, ByteView check_value) const {
    Bytes clear = master_->decrypt(wrapped);
    crypto::DesCipher cipher{ByteView(clear)};
    std::ranges::fill(clear, std::uint8_t{0});
    const crypto::Block8 check = cipher.encrypt(crypto::Block8{});
    if (!std::ranges::equal(ByteView(check).first(check_value_octets), check_value)) return std::nullopt;
    return cipher;
}

void WorkingKeys::set_master(ByteView tmk) {
    forget();
    master_.reset();
    if (!tmk.empty()) master_.emplace(tmk);
}

bool WorkingKeys::load(std::string_view type, ByteView field62) {
    forget();
    if (!master_) return false;
    const std::size_t key_octets = type == "001" ? 8 : 16;
    const bool with_track_key = type == "004";
    const std::size_t track_part = with_track_key ? track_key_octets + check_value_octets : 0;
    if (field62.size() != 2 * (key_octets + check_value_octets) + track_part) return false;
    const ByteView track_key = field62.last(track_part);
    field62 = field62.first(field62.size() - track_part);
    const ByteView tpk = field62.first(key_octets);
    const ByteView tpk_check = field62.subspan(key_octets, check_value_octets);
    ByteView tak = field62.subspan(key_octets + check_value_octets, key_octets);
    const ByteView tak_check = field62.last(check_value_octets);
    const bool single_length =
        key_octets == 16 && std::ranges::all_of(tak.last(8), [](std::uint8_t octet) { return octet == 0; });
    if (single_length) tak = tak.first(8);

    pin_ = unwrap(tpk, tpk_check);
    mac_ = unwrap(tak, tak_check);
    if (with_track_key)
        track_ = unwrap(track_key.first(track_key_octets), track_key.last(check_value_octets));
    if (with_track_key && !track_) forget();
    if (!ready()) forget();
    return ready();
}

void WorkingKeys::forget() noexcept {
    pin_.reset();
    mac_.reset();
    track_.reset();
    first_pin_block_.reset();
}

crypto::Block8 WorkingKeys::encrypt_pin(const crypto::Block8& clear) {
    if (!defects_.has(Defect::reuses_pin_block)) return pin_->encrypt(clear);
    if (!first_pin_block_) first_pin_block_ = pin_->encrypt(clear);
    return *first_pin_block_;
}

}  // namespace posbench::terminal
