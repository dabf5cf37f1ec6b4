#include "drivers/protocols/emv/secure_messaging.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/crypto/blocks.hpp"
#include "drivers/protocols/crypto/ecb.hpp"
#include "drivers/protocols/crypto/sm.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::emv {
namespace {

using Cipher = CryptogramRules::Cipher;
using crypto::Block8;
using crypto::Direction;
using crypto::EcbContext;
using crypto::Padding;
using crypto::require_double_length;
using crypto::xor_into;

constexpr std::size_t longest_mac = 8, pin_block_size = 8, header_size = 4, longest_data = 255;
constexpr std::uint8_t format1_class = 0x0C, format2_class = 0x04, class_bits = 0x0F;
constexpr Tag plain_value = 0x81, enciphered_value = 0x87, mac_object = 0x8E;
constexpr std::uint8_t padding_indicator = 0x01;

std::size_t block_size_of(const MessagingKey& key) {
    return key.cipher == Cipher::sm4 ? 16 : 8;
}

EcbContext context_of(const MessagingKey& key, Direction direction) {
    return key.cipher == Cipher::sm4 ? EcbContext::sm4(key.octets, direction)
                                     : EcbContext::des(key.octets, direction);
}

Block8 mac_of(const MessagingKey& key, ByteView input) {
    if (key.cipher == Cipher::triple_des) return crypto::mac_algorithm3(key.octets, input, Padding::method2);
    const auto whole = crypto::sm4_mac(key.octets, input, Padding::method2);
    Block8 left;
    std::copy_n(whole.begin(), left.size(), left.begin());
    return left;
}

bool has_class(std::uint8_t cla, std::uint8_t messaging) {
    return (cla & class_bits) == messaging;
}

void require_sound(const CommandHeader& header, std::uint8_t messaging, std::size_t mac_size) {
    if (!has_class(header[0], messaging))
        throw std::invalid_argument(fmt::format(
            "class {:02X} is not for this secure messaging: its low nibble is {:X}", header[0], messaging));
    if (mac_size < 4 || mac_size > longest_mac)
        throw std::invalid_argument(fmt::format("a command MAC has 4 to 8 octets, not {}", mac_size));
}

Bytes command_of(const CommandHeader& header, ByteView data) {
    if (data.size() > longest_data)
        throw std::invalid_argument(fmt::format("command data of {} octets, at most 255", data.size()));
    Bytes command(header.begin(), header.end());
    command.push_back(static_cast<std::uint8_t>(data.size()));
    append(command, data);
    return command;
}

/// The data of a secured command, when class and Lc are sound.
Result<ByteView> data_of(ByteView command, std::uint8_t messaging) {
    if (command.size() <= header_size) return Error{"a secured command has no data"};
    if (!has_class(command[0], messaging))
        return Error{fmt::format("class {:02X} is not for this secure messaging", command[0])};
    if (command[header_size] != command.size() - header_size - 1)
        return Error{fmt::format("Lc is {}, {} of data behind it", command[header_size],
                                 runtime::counted(command.size() - header_size - 1, "octet"))};
    return command.subspan(header_size + 1);
}

Block8 mac_format2(const MessagingKey& key, ByteView header_and_length, ByteView data,
                   const ScriptContext& context) {
    Bytes input(header_and_length.begin(), header_and_length.end());
    append(input, big_endian(context.atc));
    append(input, context.cryptogram);
    append(input, data);
    return mac_of(key, input);
}

Block8 mac_format1(const MessagingKey& key, ByteView header, ByteView data_objects, const Block8& chaining) {
    if (key.cipher != Cipher::triple_des)
        throw std::invalid_argument("secure messaging format 1 has no layout for SM4");
    Bytes input(chaining.begin(), chaining.end());
    append(input, header);
    append(input, Bytes{0x80, 0, 0, 0});
    append(input, data_objects);
    return mac_of(key, input);
}

bool begins(const Block8& mac, ByteView received) {
    return std::ranges::equal(ByteView(mac).first(received.size()), received);
}

/// '80' and zeros to whole blocks.
void pad(Bytes& data, std::size_t block_size) {
    data.push_back(0x80);
    data.resize((data.size() + block_size - 1) / block_size * block_size);
}

/// Takes the padding off. False when there is none.
bool take_padding_off(Bytes& data, std::size_t block_size) {
    const auto last = std::find_if(data.rbegin(), data.rend(), [](std::uint8_t octet) { return octet != 0; });
    if (last == data.rend() || *last != 0x80 || last - data.rbegin() >= static_cast<int>(block_size))
        return false;
    data.resize(data.size() - static_cast<std::size_t>(last - data.rbegin()) - 1);
    return true;
}

Bytes ecb(const EcbContext& cipher, ByteView data) {
    Bytes out(data.size());
    cipher.update(data, out.data());
    return out;
}

/// From zeros.
Bytes cbc_encrypt(const EcbContext& cipher, ByteView data, std::size_t block_size) {
    Bytes out(data.begin(), data.end());
    for (std::size_t at = 0; at < out.size(); at += block_size) {
        for (std::size_t i = at; at != 0 && i < at + block_size; ++i) out[i] ^= out[i - block_size];
        cipher.update(ByteView(out).subspan(at, block_size), out.data() + at);
    }
    return out;
}

Bytes cbc_decrypt(const EcbContext& cipher, ByteView data, std::size_t block_size) {
    Bytes out = ecb(cipher, data);
    for (std::size_t i = block_size; i < out.size(); ++i) out[i] ^= data[i - block_size];
    return out;
}

bool is_pin(std::string_view pin) {
    return pin.size() >= 4 && pin.size() <= 12 && crypto::all_digits(pin);
}

/// What lies over a PIN block: part of the card's key, and the current PIN.
Block8 cover_of(ByteView card_master_key, std::optional<std::string_view> current_pin) {
    require_double_length(card_master_key);
    Block8 cover{};
    std::ranges::copy(card_master_key.subspan(4, 4), cover.begin() + 4);
    if (current_pin)
        for (std::size_t i = 0; i < current_pin->size(); ++i)
            cover[i / 2] ^= static_cast<std::uint8_t>(((*current_pin)[i] - '0') << (i % 2 == 0 ? 4 : 0));
    return cover;
}

constexpr std::uint8_t format2_control = 0x20;  // of ISO 9564; VIS has 0 there

}  // namespace

ScriptContext script_context(CryptogramVersion version, std::uint16_t atc, const Block8& cryptogram,
                             std::size_t before) {
    ScriptContext context{atc, cryptogram};
    const CryptogramRules* rules = find_cryptogram_rules(version);
    if (!rules || rules->layout != CryptogramRules::Layout::mchip) return context;
    for (; before > 0; --before)
        for (auto octet = context.cryptogram.rbegin(); octet != context.cryptogram.rend() && ++*octet == 0;)
            ++octet;
    return context;
}

MessagingKey messaging_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                           const ScriptContext& context) {
    const CryptogramRules* rules = find_cryptogram_rules(version);
    if (!rules) throw std::invalid_argument("a cryptogram version that is not known");
    switch (rules->session_key) {
        case CryptogramRules::SessionKey::pboc:
            return {rules->cipher == CryptogramRules::Cipher::sm4
                        ? pboc_sm4_session_key(card_master_key, context.atc)
                        : pboc_session_key(card_master_key, context.atc),
                    rules->cipher};
        case CryptogramRules::SessionKey::none:
            return {crypto::visa_messaging_session_key(card_master_key, context.atc), rules->cipher};
        case CryptogramRules::SessionKey::common:
        case CryptogramRules::SessionKey::mastercard:
            break;
    }
    return {crypto::common_session_key(card_master_key, context.cryptogram), rules->cipher};
}

Bytes secure_format2(const MessagingKey& mac_key, const CommandHeader& header, ByteView data,
                     const ScriptContext& context, std::size_t mac_size) {
    require_sound(header, format2_class, mac_size);
    Bytes secured(data.begin(), data.end());
    secured.resize(data.size() + mac_size);
    Bytes command = command_of(header, secured);
    const Block8 mac = mac_format2(mac_key, ByteView(command).first(header_size + 1), data, context);
    std::copy_n(mac.begin(), mac_size, command.end() - static_cast<std::ptrdiff_t>(mac_size));
    return command;
}

Result<Bytes> open_format2(const MessagingKey& mac_key, ByteView command, const ScriptContext& context,
                           std::size_t mac_size) {
    const auto secured = data_of(command, format2_class);
    if (!secured) return secured.error();
    if (mac_size < 4 || mac_size > longest_mac || secured->size() < mac_size)
        return Error{
            fmt::format("no MAC of {} in {} of data", mac_size, runtime::counted(secured->size(), "octet"))};
    const ByteView data = secured->first(secured->size() - mac_size);
    if (!begins(mac_format2(mac_key, command.first(header_size + 1), data, context), secured->last(mac_size)))
        return Error{"the MAC of the command differs"};
    return Bytes(data.begin(), data.end());
}

Bytes secure_format1(const MessagingKey& mac_key, const CommandHeader& header, const Format1Data& data,
                     const Block8& chaining, std::size_t mac_size) {
    require_sound(header, format1_class, mac_size);
    Bytes objects;
    if (data.enciphered) {
        Bytes value{padding_indicator};
        append(value, data.value);
        append_tlv(objects, enciphered_value, value);
    } else if (!data.value.empty()) {
        append_tlv(objects, plain_value, data.value);
    }
    const Block8 mac = mac_format1(mac_key, header, objects, chaining);
    append_tlv(objects, mac_object, ByteView(mac).first(mac_size));
    return command_of(header, objects);
}

Result<Format1Opened> open_format1(const MessagingKey& mac_key, ByteView command, const Block8& chaining) {
    const auto secured = data_of(command, format1_class);
    if (!secured) return secured.error();
    const auto objects = parse_tlv(*secured);
    if (!objects) return Error{objects.error().what};
    if (objects->empty() || objects->size() > 2 || objects->back().tag != mac_object)
        return Error{"the data objects of the command are not at most one value and then a MAC"};
    const Bytes& received = objects->back().value;
    if (received.size() < 4 || received.size() > longest_mac)
        return Error{fmt::format("a command MAC has 4 to 8 octets, not {}", received.size())};

    Format1Opened opened;
    Bytes covered;
    if (objects->size() == 2) {
        const Tlv& value = objects->front();
        opened.data.enciphered = value.tag == enciphered_value;
        if (value.tag != plain_value && value.tag != enciphered_value)
            return Error{fmt::format("tag {} is no value under a MAC", tag_to_string(value.tag))};
        if (opened.data.enciphered && (value.value.empty() || value.value[0] != padding_indicator))
            return Error{"tag 87: the padding indicator is not 01"};
        opened.data.value.assign(value.value.begin() + (opened.data.enciphered ? 1 : 0), value.value.end());
        append_tlv(covered, value.tag, value.value);
    }
    // Only the shortest form of each length was under the MAC.
    Bytes whole = covered;
    append_tlv(whole, mac_object, received);
    if (!std::ranges::equal(whole, *secured)) return Error{"the data objects of the command are not in DER"};
    opened.mac = mac_format1(mac_key, command.first(header_size), covered, chaining);
    if (!begins(opened.mac, received)) return Error{"the MAC of the command differs"};
    return opened;
}

CommandEncipherment command_encipherment(CryptogramVersion version) noexcept {
    const CryptogramRules* rules = find_cryptogram_rules(version);
    return rules && rules->session_key == CryptogramRules::SessionKey::common ? CommandEncipherment::emv
                                                                              : CommandEncipherment::visa;
}

Bytes encipher_command_data(const MessagingKey& encipherment_key, ByteView data, CommandEncipherment manner) {
    const std::size_t block_size = block_size_of(encipherment_key);
    Bytes padded;
    if (manner == CommandEncipherment::visa) {
        if (data.size() > longest_data)
            throw std::invalid_argument(fmt::format("command data of {} octets, at most 255", data.size()));
        padded.push_back(static_cast<std::uint8_t>(data.size()));
    }
    append(padded, data);
    if (manner == CommandEncipherment::emv || padded.size() % block_size != 0) pad(padded, block_size);
    const EcbContext cipher = context_of(encipherment_key, Direction::encrypt);
    return manner == CommandEncipherment::visa ? ecb(cipher, padded)
                                               : cbc_encrypt(cipher, padded, block_size);
}

Result<Bytes> decipher_command_data(const MessagingKey& encipherment_key, ByteView data,
                                    CommandEncipherment manner) {
    const std::size_t block_size = block_size_of(encipherment_key);
    if (data.size() % block_size != 0 || data.empty())
        return Error{fmt::format("enciphered data of {} is no whole blocks of {}",
                                 runtime::counted(data.size(), "octet"), block_size)};
    const EcbContext cipher = context_of(encipherment_key, Direction::decrypt);
    Bytes clear =
        manner == CommandEncipherment::visa ? ecb(cipher, data) : cbc_decrypt(cipher, data, block_size);
    if (manner == CommandEncipherment::emv) {
        if (!take_padding_off(clear, block_size)) return Error{"the padding of the enciphered data is wrong"};
        return clear;
    }
    const std::size_t length = clear[0];
    if (length + 1 > clear.size() || clear.size() - length - 1 >= block_size)
        return Error{"the length octet of the enciphered data does not fit"};
    if (length + 1 < clear.size() && (!take_padding_off(clear, block_size) || clear.size() != length + 1))
        return Error{"the padding of the enciphered data is wrong"};
    clear.erase(clear.begin());
    return clear;
}

Result<Block8> vis_pin_block(ByteView card_master_key, std::string_view pin,
                             std::optional<std::string_view> current_pin) {
    if (current_pin && !is_pin(*current_pin)) return Error{"a PIN has 4 to 12 digits"};
    auto block = crypto::pin_block_iso2(pin);
    if (!block) return block;
    (*block)[0] ^= format2_control;
    xor_into(*block, cover_of(card_master_key, current_pin));
    return block;
}

Result<Bytes> enciphered_pin_block(CryptogramVersion version, const MessagingKey& encipherment_key,
                                   ByteView card_master_key, std::string_view pin,
                                   std::optional<std::string_view> current_pin) {
    const auto block = vis_pin_block(card_master_key, pin, current_pin);
    if (!block) return block.error();
    return encipher_command_data(encipherment_key, *block, command_encipherment(version));
}

Result<std::string> pin_from_vis_block(ByteView card_master_key, ByteView block,
                                       std::optional<std::string_view> current_pin) {
    const Error refused{"not a PIN block for this card and current PIN"};
    if (block.size() != pin_block_size || (current_pin && !is_pin(*current_pin))) return refused;
    Block8 clear;
    std::ranges::copy(block, clear.begin());
    xor_into(clear, cover_of(card_master_key, current_pin));
    clear[0] ^= format2_control;
    auto pin = crypto::pin_from_iso2(clear);
    if (!pin) return refused;
    return pin;
}

}  // namespace posbench::emv
