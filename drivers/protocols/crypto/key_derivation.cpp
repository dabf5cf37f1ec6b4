#include <algorithm>
#include <string>

#include "drivers/protocols/crypto/blocks.hpp"
#include "drivers/protocols/crypto/rsa.hpp"

namespace posbench::crypto {
namespace {

Block16 join(const Block8& left, const Block8& right) {
    Block16 key;
    std::ranges::copy(left, key.begin());
    std::ranges::copy(right, key.begin() + 8);
    return key;
}

/// PAN and sequence number one after the other ("00" for none).
Result<std::string> account_digits(std::string_view pan, std::string_view psn) {
    if (pan.empty() || pan.size() > 19 || !all_digits(pan)) return Error{"a PAN has 1 to 19 digits"};
    if (psn.empty()) psn = "00";
    if (psn.size() != 2 || !all_digits(psn)) return Error{"a PAN sequence number has 2 digits"};
    return std::string(pan).append(psn);
}

/// 16 digits, packed.
Block8 packed(std::string_view digits) {
    Block8 octets{};
    for (std::size_t i = 0; i < octets.size(); ++i)
        octets[i] = static_cast<std::uint8_t>((digits[2 * i] - '0') << 4 | (digits[2 * i + 1] - '0'));
    return octets;
}

/// The derivation of both options, for 16 digits.
Block16 derive(ByteView issuer_master_key, const Block8& diversification) {
    Block8 right = diversification;
    for (std::uint8_t& octet : right) octet ^= 0xFF;
    const EcbContext cipher = EcbContext::des(issuer_master_key, Direction::encrypt);
    Block16 key = join(run(cipher, diversification), run(cipher, right));
    adjust_parity(key);
    return key;
}

/// The first 16 decimal digits of a hash; where there are fewer, then its letters A to F as 0 to 5.
std::string decimalised(const Sha1& hash) {
    const std::string nibbles = to_hex(hash);
    std::string digits, from_letters;
    for (const char c : nibbles)
        if (c <= '9')
            digits += c;
        else
            from_letters += static_cast<char>('0' + (c - 'A'));
    return (digits + from_letters).substr(0, 16);
}

}  // namespace

Result<Block8> card_diversification(std::string_view pan, std::string_view psn) {
    const auto account = account_digits(pan, psn);
    if (!account) return account.error();
    const std::string digits = std::string(16, '0') + *account;
    return packed(std::string_view(digits).substr(digits.size() - 16));
}

Result<Block16> card_master_key(ByteView issuer_master_key, std::string_view pan, std::string_view psn) {
    require_double_length(issuer_master_key);
    const auto diversification = card_diversification(pan, psn);
    if (!diversification) return diversification.error();
    return derive(issuer_master_key, *diversification);
}

Result<Block16> card_master_key_option_b(ByteView issuer_master_key, std::string_view pan,
                                         std::string_view psn) {
    if (pan.size() <= 16) return card_master_key(issuer_master_key, pan, psn);
    require_double_length(issuer_master_key);
    const auto account = account_digits(pan, psn);
    if (!account) return account.error();
    const Bytes octets = hex(account->size() % 2 == 0 ? *account : "0" + *account);
    return derive(issuer_master_key, packed(decimalised(sha1(octets))));
}

Block16 common_session_key(ByteView card_master_key, const Block8& diversification) {
    require_double_length(card_master_key);
    Block8 left = diversification, right = diversification;
    left[2] = 0xF0;
    right[2] = 0x0F;
    const EcbContext cipher = EcbContext::des(card_master_key, Direction::encrypt);
    return join(run(cipher, left), run(cipher, right));
}

Block16 common_session_key(ByteView card_master_key, std::uint16_t atc) {
    const auto counter = big_endian(atc);
    return common_session_key(card_master_key, Block8{counter[0], counter[1]});
}

Block16 mastercard_session_key(ByteView card_master_key, std::uint16_t atc,
                               const std::array<std::uint8_t, 4>& unpredictable_number) {
    const auto counter = big_endian(atc);
    Block8 value{counter[0], counter[1]};
    std::ranges::copy(unpredictable_number, value.begin() + 4);
    return common_session_key(card_master_key, value);
}

Block16 visa_messaging_session_key(ByteView card_master_key, std::uint16_t atc) {
    require_double_length(card_master_key);
    Block16 key;
    std::ranges::copy(card_master_key, key.begin());
    const auto counter = big_endian(atc);
    for (std::size_t i = 0; i < counter.size(); ++i) {
        key[6 + i] ^= counter[i];
        key[14 + i] ^= static_cast<std::uint8_t>(~counter[i]);
    }
    return key;
}

}  // namespace posbench::crypto
