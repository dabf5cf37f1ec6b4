#include <algorithm>
#include <stdexcept>
#include <string>

#include "drivers/protocols/crypto/blocks.hpp"

namespace posbench::crypto {
namespace {

Block16 join(const Block8& left, const Block8& right) {
    Block16 key;
    std::ranges::copy(left, key.begin());
    std::ranges::copy(right, key.begin() + 8);
    return key;
}

}  // namespace

Result<Block16> card_master_key(ByteView issuer_master_key, std::string_view pan, std::string_view psn) {
    require_double_length(issuer_master_key);
    if (pan.empty() || pan.size() > 19 || !all_digits(pan)) return Error{"a PAN has 1 to 19 digits"};
    if (psn.empty()) psn = "00";
    if (psn.size() != 2 || !all_digits(psn)) return Error{"a PAN sequence number has 2 digits"};

    std::string digits = std::string(16, '0').append(pan).append(psn);
    digits.erase(0, digits.size() - 16);
    Block8 left;
    for (std::size_t i = 0; i < left.size(); ++i)
        left[i] = static_cast<std::uint8_t>((digits[2 * i] - '0') << 4 | (digits[2 * i + 1] - '0'));
    Block8 right = left;
    for (std::uint8_t& octet : right) octet ^= 0xFF;

    const EcbContext cipher = EcbContext::des(issuer_master_key, Direction::encrypt);
    Block16 key = join(run(cipher, left), run(cipher, right));
    adjust_parity(key);
    return key;
}

Block16 common_session_key(ByteView card_master_key, std::uint16_t atc) {
    require_double_length(card_master_key);
    Block8 left{static_cast<std::uint8_t>(atc >> 8), static_cast<std::uint8_t>(atc & 0xFF), 0xF0};
    Block8 right = left;
    right[2] = 0x0F;
    const EcbContext cipher = EcbContext::des(card_master_key, Direction::encrypt);
    return join(run(cipher, left), run(cipher, right));
}

Block8 application_cryptogram(ByteView key16, ByteView data, Padding padding) {
    return mac_algorithm3(key16, data, padding);
}

Block8 arpc_method1(ByteView key16, const Block8& arqc, std::string_view arc) {
    require_double_length(key16);
    if (arc.size() != 2)
        throw std::invalid_argument("an authorisation response code has 2 characters, this one " +
                                    std::to_string(arc.size()));
    Block8 block = arqc;
    xor_into(block, as_bytes(arc));
    return run(EcbContext::des(key16, Direction::encrypt), block);
}

std::array<std::uint8_t, 4> arpc_method2(ByteView key16, const Block8& arqc, ByteView csu,
                                         ByteView proprietary) {
    if (csu.size() != 4)
        throw std::invalid_argument("a card status update has 4 octets, this one " +
                                    std::to_string(csu.size()));
    if (proprietary.size() > 8)
        throw std::invalid_argument("proprietary authentication data has at most 8 octets, here " +
                                    std::to_string(proprietary.size()));
    Bytes data(arqc.begin(), arqc.end());
    data.insert(data.end(), csu.begin(), csu.end());
    data.insert(data.end(), proprietary.begin(), proprietary.end());
    const Block8 mac = mac_algorithm3(key16, data, Padding::method2);
    return {mac[0], mac[1], mac[2], mac[3]};
}

Block16 sm4_encrypt(ByteView key16, const Block16& block) {
    Block16 out;
    EcbContext::sm4(key16).update(block, out.data());
    return out;
}

}  // namespace posbench::crypto
