#include <numeric>
#include <utility>

#include "drivers/protocols/emv/secure_messaging.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocols/emv_sm4_script_answers.hpp"

using namespace posbench;
using namespace posbench::emv;

namespace {

// Keys, transactions and answers of knovichikhin/pyemv, tests/test_cvn_hsm.py and test_sm_hsm.py.
crypto::Block16 card_key(std::string_view issuer_key, std::string_view psn = "00") {
    return crypto::card_master_key(hex(issuer_key), "1234567890123456", psn).value();
}
crypto::Block16 cryptogram_master() {
    return card_key("0123456789ABCDEFFEDCBA9876543210");
}
MessagingKey integrity_key() {
    return {crypto::visa_messaging_session_key(card_key("FEDCBA98765432100123456789ABCDEF"), 0x001C)};
}
MessagingKey confidentiality_key() {
    return {crypto::visa_messaging_session_key(card_key("89ABCDEF0123456776543210FEDCBA98"), 0x001C)};
}
const ScriptContext version_10{0x001C, {0x29, 0xCC, 0xA1, 0x5A, 0xE6, 0x65, 0xFA, 0x2E}};
const ScriptContext version_18{0x001C, {0x7A, 0x78, 0x8E, 0xA6, 0xB8, 0xA3, 0xE7, 0x33}};
constexpr CommandHeader unblock{0x84, 0x18, 0x00, 0x00};
constexpr CommandHeader pin_change{0x84, 0x24, 0x00, 0x02};
constexpr CommandHeader pin_change_with_current{0x84, 0x24, 0x00, 0x01};

/// PIN CHANGE to 9999 as an issuer makes it.
Bytes change_pin(const ScriptContext& context, std::optional<std::string_view> current_pin = std::nullopt) {
    const auto block = vis_pin_block(cryptogram_master(), "9999", current_pin).value();
    const Bytes data = encipher_command_data(confidentiality_key(), block, CommandEncipherment::visa);
    return secure_format2(integrity_key(), current_pin ? pin_change_with_current : pin_change, data, context,
                          8);
}

// Keys and transaction of emv_sm4_script_answers.py.
constexpr auto sm4_version = CryptogramVersion::unionpay_01_sm4;
const ScriptContext sm4_context{0x0001, version_10.cryptogram};
crypto::Block16 sm4_card_key(std::string_view issuer_key) {
    return card_master_key(sm4_version, hex(issuer_key), "6210948000000011", "01").value();
}
MessagingKey sm4_mac_key() {
    return messaging_key(sm4_version, sm4_card_key("2315208C9110AD402315208C9110AD40"), sm4_context);
}
MessagingKey sm4_encipherment_key() {
    return messaging_key(sm4_version, sm4_card_key("DCEADF736EEF52BFDCEADF736EEF52BF"), sm4_context);
}

constexpr crypto::Block8 chaining{1, 2, 3, 4, 5, 6, 7, 8};
constexpr CommandHeader format1_header{0x8C, 0x24, 0x00, 0x00};

template <class Open>
void check_every_bit(Bytes command, Open open) {
    REQUIRE(open(command).has_value());
    for (std::size_t bit = 0; bit < 8 * command.size(); ++bit) {
        command[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        if (open(command).has_value()) FAIL_CHECK("bit " << bit);
        command[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    while (!command.empty()) {
        command.pop_back();
        if (open(command).has_value()) FAIL_CHECK("cut to " << command.size());
    }
}

}  // namespace

TEST_CASE("Secure messaging format 2: known answers of Visa's versions 10 and 18") {
    CHECK(to_hex(secure_format2(integrity_key(), unblock, {}, version_10, 8)) ==
          "8418000008DB56BA60087CEFD3");
    CHECK(to_hex(secure_format2(integrity_key(), unblock, {}, version_18, 8)) ==
          "841800000804EDE90BC24CC35E");
    CHECK(to_hex(change_pin(version_10)) == "8424000218BB221AF527377A2811D2B6EBC396A9391A965A5CB2CE62DA");
    CHECK(to_hex(change_pin(version_10, "8888")) ==
          "84240001182EE025E554BCD87E11D2B6EBC396A939C4A8393B57DD2F3F");
    CHECK(to_hex(change_pin(version_18)) == "8424000218BB221AF527377A2811D2B6EBC396A9391A22B480EF312F40");
    CHECK(to_hex(change_pin(version_18, "8888")) ==
          "84240001182EE025E554BCD87E11D2B6EBC396A9390FB94A4E4EC10F41");
}

TEST_CASE("Secure messaging format 2: the card opens what the issuer made") {
    const Bytes command = change_pin(version_10, "8888");
    const Bytes data = open_format2(integrity_key(), command, version_10, 8).value();
    const Bytes block = decipher_command_data(confidentiality_key(), data, CommandEncipherment::visa).value();
    CHECK(pin_from_vis_block(cryptogram_master(), block, "8888").value() == "9999");
    CHECK(open_format2(integrity_key(), command, version_18, 8).error().what ==
          "the MAC of the command differs");
    CHECK(open_format2(confidentiality_key(), command, version_10, 8).has_error());
    // UnionPay's cards take the first four octets.
    const Bytes shorter = secure_format2(integrity_key(), unblock, {}, version_10, 4);
    CHECK(shorter.size() == 9);
    CHECK(open_format2(integrity_key(), shorter, version_10, 4).value().empty());
    for (const std::size_t size : {4, 5, 8}) {
        const Bytes made = secure_format2(integrity_key(), pin_change, hex("0102030405"), version_10, size);
        check_every_bit(
            made, [&](ByteView octets) { return open_format2(integrity_key(), octets, version_10, size); });
    }
}

TEST_CASE("Secure messaging format 2: errors name class, length and MAC") {
    const auto error = [](std::string_view command, std::size_t mac_size = 8) {
        return open_format2(integrity_key(), hex(command), version_10, mac_size).error().what;
    };
    CHECK(error("") == "a secured command has no data");
    CHECK(error("84180000") == "a secured command has no data");
    CHECK(error("8018000008DB56BA60087CEFD3") == "class 80 is not for this secure messaging");
    CHECK(error("8418000009DB56BA60087CEFD3") == "Lc is 9, 8 octets of data behind it");
    CHECK(error("8418000003DB56BA") == "no MAC of 8 in 3 octets of data");
    CHECK(error("8418000003DB56BA", 3) == "no MAC of 3 in 3 octets of data");
    CHECK_THROWS_WITH(secure_format2(integrity_key(), {0x80, 0x18, 0, 0}, {}, version_10, 8),
                      "class 80 is not for this secure messaging: its low nibble is 4");
    CHECK_THROWS_WITH(secure_format2(integrity_key(), unblock, {}, version_10, 3),
                      "a command MAC has 4 to 8 octets, not 3");
    CHECK_THROWS_WITH(secure_format2(integrity_key(), unblock, Bytes(248), version_10, 8),
                      "command data of 256 octets, at most 255");
}

TEST_CASE("Secure messaging format 1: the octets of clause 9.2.1.1, by their definition") {
    const auto key = integrity_key();
    const auto mac = [&](std::string_view objects) {
        return to_hex(crypto::mac_algorithm3(key.octets,
                                             hex("0102030405060708 8C240000 80000000" + std::string(objects)),
                                             crypto::Padding::method2));
    };
    CHECK(to_hex(secure_format1(key, format1_header, {hex("AABB"), false}, chaining, 8)) ==
          "8C2400000E8102AABB8E08" + mac("8102AABB"));
    CHECK(to_hex(secure_format1(key, format1_header, {hex("1122334455667788"), true}, chaining, 4)) ==
          "8C2400001187090111223344556677888E04" + mac("870901 1122334455667788").substr(0, 8));
    CHECK(to_hex(secure_format1(key, format1_header, {}, chaining, 8)) == "8C2400000A8E08" + mac(""));
}

TEST_CASE("Secure messaging format 1: opened, chained, and no bit can be flipped") {
    const auto key = integrity_key();
    for (const Format1Data& data :
         {Format1Data{hex("AABB"), false}, Format1Data{hex("1122334455667788"), true}, Format1Data{},
          Format1Data{Bytes(200, 0x5A), false}}) {
        const Bytes command = secure_format1(key, format1_header, data, chaining, 5);
        const auto opened = open_format1(key, command, chaining).value();
        CHECK(opened.data.value == data.value);
        CHECK(opened.data.enciphered == data.enciphered);
        CHECK(std::equal(opened.mac.begin(), opened.mac.begin() + 5, command.end() - 5));
        const Bytes next = secure_format1(key, format1_header, data, opened.mac, 8);
        CHECK(open_format1(key, next, opened.mac).has_value());
        CHECK(open_format1(key, next, chaining).error().what == "the MAC of the command differs");
        check_every_bit(command, [&](ByteView octets) { return open_format1(key, octets, chaining); });
    }
}

TEST_CASE("Secure messaging format 1: errors name what is wrong with the objects") {
    const auto error = [](std::string_view data) {
        Bytes command = hex("8C240000");
        const Bytes octets = hex(data);
        command.push_back(static_cast<std::uint8_t>(octets.size()));
        command.insert(command.end(), octets.begin(), octets.end());
        return open_format1(integrity_key(), command, chaining).error().what;
    };
    CHECK(error("8102AABB") == "the data objects of the command are not at most one value and then a MAC");
    CHECK(error("8101AA 8101AA 8E0401020304") ==
          "the data objects of the command are not at most one value and then a MAC");
    CHECK(error("") == "the data objects of the command are not at most one value and then a MAC");
    CHECK(error("8E03010203") == "a command MAC has 4 to 8 octets, not 3");
    CHECK(error("8E09010203040506070809") == "a command MAC has 4 to 8 octets, not 9");
    CHECK(error("8002AABB 8E0401020304") == "tag 80 is no value under a MAC");
    CHECK(error("870102 8E0401020304") == "tag 87: the padding indicator is not 01");
    CHECK(error("8700 8E0401020304") == "tag 87: the padding indicator is not 01");
    CHECK(error("8102AABB 00 8E0401020304") == "the data objects of the command are not in DER");
    CHECK(error("818102AABB 8E0401020304") == "the data objects of the command are not in DER");
    CHECK(error("8E05010203") == "tag 8E at octet 0: length 5 exceeds the 3 octets left");
}

TEST_CASE("Enciphered command data: known answers of both manners") {
    const MessagingKey key{
        crypto::common_session_key(card_key("11111111111111112222222222222222", "01"),
                                   crypto::Block8{0xAB, 0xCD, 0xEF, 0x12, 0x34, 0x56, 0x78, 0x90})};
    const auto block = crypto::pin_block_iso2("9999").value();
    CHECK(to_hex(encipher_command_data(key, block, CommandEncipherment::emv)) ==
          "28367E05DE3381C29D30A6055A8DEB86");
    const MessagingKey visa{
        crypto::visa_messaging_session_key(card_key("11111111111111112222222222222222", "01"), 0xFFFF)};
    CHECK(to_hex(encipher_command_data(visa, hex("049999FFC4B001F1"), CommandEncipherment::visa)) ==
          "D421231A6FD2F0FAEE671384F0D3A7B9");
}

TEST_CASE("Enciphered command data: every length comes back, in blocks of the cipher") {
    const auto [key, block] = GENERATE(std::pair(confidentiality_key(), std::size_t{8}),
                                       std::pair(sm4_encipherment_key(), std::size_t{16}));
    for (std::size_t size = 0; size <= 48; ++size) {
        const Bytes data(size, 0x80);  // looks like padding, and is none
        for (const auto manner : {CommandEncipherment::visa, CommandEncipherment::emv}) {
            const Bytes enciphered = encipher_command_data(key, data, manner);
            CHECK(enciphered.size() % block == 0);
            CHECK(decipher_command_data(key, enciphered, manner).value() == data);
        }
    }
    CHECK(encipher_command_data(key, Bytes(block - 1), CommandEncipherment::visa).size() == block);
}

TEST_CASE("Enciphered command data: wrong lengths and padding are refused") {
    const auto key = confidentiality_key();
    const crypto::DesCipher cipher(key.octets);
    const auto error = [&](std::string_view clear, CommandEncipherment manner) {
        return decipher_command_data(key, cipher.encrypt(ByteView(hex(clear))), manner).error().what;
    };
    using enum CommandEncipherment;
    for (const auto manner : {visa, emv})
        CHECK(decipher_command_data(key, Bytes(9), manner).error().what ==
              "enciphered data of 9 octets is no whole blocks of 8");
    CHECK(decipher_command_data(key, {}, visa).has_error());
    CHECK(decipher_command_data(key, {}, emv).has_error());
    CHECK(error("0801020304050607", visa) == "the length octet of the enciphered data does not fit");
    CHECK(error("FF01020304050607", visa) == "the length octet of the enciphered data does not fit");
    CHECK(error("0701020304050607 8000000000000000", visa) ==
          "the length octet of the enciphered data does not fit");
    CHECK(error("0501020304050000", visa) == "the padding of the enciphered data is wrong");
    CHECK(error("0501020304058001", visa) == "the padding of the enciphered data is wrong");
    CHECK(error("0501020304050080", visa) == "the padding of the enciphered data is wrong");
    CHECK(error("0102030405060708", emv) == "the padding of the enciphered data is wrong");
    CHECK(error("0000000000000000", emv) == "the padding of the enciphered data is wrong");
}

TEST_CASE("PIN block of VIS: known answers, and back") {
    const auto master = card_key("FEDCBA98765432100123456789ABCDEF", "01");
    const auto block = [&](std::string_view pin, std::optional<std::string_view> current = std::nullopt) {
        return to_hex(vis_pin_block(master, pin, current).value());
    };
    CHECK(block("9999") == "049999FFC4B001F1");
    CHECK(block("9999", "8888") == "8C1199FFC4B001F1");
    CHECK(block("999999999999", "888888888888") == "841111112A5E67F1");
    CHECK(pin_from_vis_block(master, hex("049999FFC4B001F1")).value() == "9999");
    CHECK(pin_from_vis_block(master, hex("841111112A5E67F1"), "888888888888").value() == "999999999999");
    for (const auto wrong :
         {"249999FFC4B001F1", "049999FFC4B001F0", "039999FFC4B001F1", "04A999FFC4B001F1", "0499"})
        CHECK(pin_from_vis_block(master, hex(wrong)).error().what ==
              "not a PIN block for this card and current PIN");
    CHECK(pin_from_vis_block(master, hex("841111112A5E67F1")).has_error());
    CHECK(vis_pin_block(master, "123").error().what == "a PIN has 4 to 12 digits");
    CHECK(vis_pin_block(master, "1234", "123A").error().what == "a PIN has 4 to 12 digits");
    CHECK_THROWS_WITH(vis_pin_block(hex("00"), "1234"), "a double-length key has 16 octets, this one 1");
}

TEST_CASE("Scripts with SM4: the octets that openssl alone computes") {
    namespace answers = sm4_script_answers;
    const auto master = sm4_card_key("9E15204313F7318ACB79B90BD986AD29");
    const auto secured = [](const CommandHeader& header, ByteView data, std::size_t mac_size = 4) {
        return to_hex(secure_format2(sm4_mac_key(), header, data, sm4_context, mac_size));
    };
    CHECK(secured({0x84, 0x1E, 0, 0}, {}) == answers::application_block);
    CHECK(secured(unblock, {}, 8) == answers::application_unblock_long_mac);
    CHECK(secured({0x04, 0xDA, 0x9F, 0x58}, hex("07")) == answers::put_data);

    const auto encipher = [](ByteView data) {
        return encipher_command_data(sm4_encipherment_key(), data, CommandEncipherment::visa);
    };
    Bytes data(16);
    std::iota(data.begin(), data.end(), std::uint8_t{0});
    CHECK(to_hex(encipher(ByteView(data).first(15))) == answers::enciphered_15);
    CHECK(to_hex(encipher(data)) == answers::enciphered_16);

    const auto block = vis_pin_block(master, "4321").value();
    const auto with_current = vis_pin_block(master, "998877", "4321").value();
    CHECK(to_hex(block) == answers::pin_block);
    CHECK(to_hex(with_current) == answers::pin_block_with_current);
    CHECK(secured(pin_change, encipher(block)) == answers::pin_change);
    CHECK(secured(pin_change_with_current, encipher(with_current)) == answers::pin_change_with_current);
}

TEST_CASE("Scripts with SM4: no bit can be flipped, triple DES opens nothing, format 1 is refused") {
    const Bytes command = secure_format2(sm4_mac_key(), pin_change, hex("0102030405"), sm4_context, 4);
    check_every_bit(command,
                    [&](ByteView octets) { return open_format2(sm4_mac_key(), octets, sm4_context, 4); });
    const MessagingKey other{sm4_mac_key().octets};
    CHECK(open_format2(other, command, sm4_context, 4).error().what == "the MAC of the command differs");
    CHECK(decipher_command_data(sm4_encipherment_key(), Bytes(24), CommandEncipherment::visa).error().what ==
          "enciphered data of 24 octets is no whole blocks of 16");
    constexpr std::string_view refusal = "secure messaging format 1 has no layout for SM4";
    CHECK_THROWS_WITH(secure_format1(sm4_mac_key(), format1_header, {}, chaining, 8), std::string(refusal));
    CHECK_THROWS_WITH(open_format1(sm4_mac_key(), hex("8C2400000A8E080102030405060708"), chaining),
                      std::string(refusal));
    CHECK_THROWS_WITH(messaging_key(static_cast<CryptogramVersion>(0x63), {}, sm4_context),
                      "a cryptogram version that is not known");
}
