#include "drivers/host/acquirer/chip.hpp"

#include <array>

#include <fmt/format.h>

#include "drivers/host/acquirer/script.hpp"
#include "drivers/protocols/emv/secure_messaging.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;

namespace {

// The cryptogram of version 10 that was computed independently: 40.00 of currency 124, ARQC and ARPC for
// "00".
constexpr std::string_view known_account = R"(
currency = "CAD"
[account.credit]
pan = "1234567890123456"
imk_ac = "0123456789ABCDEFFEDCBA9876543210"
)";
constexpr std::string_view known_field55 =
    "9F0206000000004000 9F0306000000000000 9F1A020124 95058000048000 5F2A020124 9A03191105 9C0101"
    "9F370452BF4585 82021800 9F3602001C 9F100706010A03A06010 9F2608 29CCA15AE665FA2E";

Message chip_sale(Client& client, std::string_view field55, std::int64_t amount = 4000) {
    Message sale = client.sale(amount, "1234567890123456");
    sale.set(22, "052");
    sale.set(49, "124");
    sale.set(60, fmt::format("22{}000501", client.batch()));
    sale.set(55, ByteView(hex(field55)));
    return sale;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    const auto at = out.find(from);
    REQUIRE(at != std::string::npos);
    return out.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("known answer: a right ARQC is approved and answered by its ARPC in tag 91") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    const Message reply = client.ask(chip_sale(client, known_field55));
    CHECK(reply.get(39) == "00");
    CHECK(to_hex(reply.bytes(55)) == "910A28993816AFAE4AEB3030");
}

TEST_CASE("over the field the cryptogram is verified, and a card that has left is not answered") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    Message tapped = chip_sale(client, known_field55);
    tapped.set(22, "072");
    const Message reply = client.ask(tapped);
    CHECK(reply.get(39) == "00");
    CHECK_FALSE(reply.has(55));
    Message forged = chip_sale(client, replaced(known_field55, "29CCA15A", "29CCA15B"));
    forged.set(22, "072");
    CHECK(client.code(forged) == "59");
    Message without = client.sale(4000, "1234567890123456");
    without.set(22, "072");
    CHECK(client.code(without) == "30");
}

TEST_CASE("a refusal after the cryptogram was found right is authenticated as well, by its own code") {
    HostBench bench(std::string(known_account) + "balance = '1.00'");
    Client client(bench);
    client.sign_in();
    const Message reply = client.ask(chip_sale(client, known_field55));
    CHECK(reply.get(39) == "51");
    const std::string field55 = to_hex(reply.bytes(55));
    CHECK(field55.starts_with("910A"));
    CHECK(field55.ends_with("3531"));
    CHECK(field55.find("28993816AFAE4AEB") == std::string::npos);
}

TEST_CASE("known answer: a cryptogram of version 18 is answered by ARPC method 2 with a card status update") {
    const std::string field55 = replaced(replaced(known_field55, "06010A03A06010", "06011203A0B800"),
                                         "29CCA15AE665FA2E", "7A788EA6B8A3E733");
    const auto answered = [&](std::string_view more, std::string_view code) {
        HostBench bench(std::string(known_account).append(more));
        Client client(bench);
        client.sign_in();
        const Message reply = client.ask(chip_sale(client, field55));
        CHECK(reply.get(39) == code);
        return to_hex(reply.bytes(55));
    };
    // The session key and the ARQC are published answers.
    const auto expected = [](std::string_view csu) {
        const crypto::Block8 arqc{0x7A, 0x78, 0x8E, 0xA6, 0xB8, 0xA3, 0xE7, 0x33};
        return "9108" +
               to_hex(crypto::arpc_method2(hex("436B942AD637E08564B532B0EC97CB26"), arqc, hex(csu), {})) +
               std::string(csu);
    };
    CHECK(answered("", "00") == expected("00800000"));                  // the issuer approves
    CHECK(answered("balance = '1.00'", "51") == expected("00000000"));  // and here not: 9AF514C1
    CHECK(answered("vip = true", "11") == expected("00800000"));
    CHECK(answered("balance = '1.00'\npartial = true", "10") == expected("00800000"));
    CHECK(expected("00000000") == "91089AF514C100000000");
}

namespace {

constexpr std::string_view script_keys = R"(
imk_mac = "FEDCBA98765432100123456789ABCDEF"
imk_enc = "89ABCDEF0123456776543210FEDCBA98"
mac_size = 8
)";

}  // namespace

TEST_CASE("known answer: the account's scripts come with the first answer, and not again") {
    // Commands of version 10 that pyemv's tests have, in tests/unit/protocols/emv_secure_messaging_test.cpp
    // too.
    HostBench bench(std::string(known_account).append(script_keys) + R"(
scripts = [
  { command = "application_unblock", before = true },
  { command = "pin_change", pin = "9999" },
  { command = "pin_change", pin = "9999", current_pin = "8888" },
])");
    Client client(bench);
    client.sign_in();
    constexpr std::string_view approval = "910A28993816AFAE4AEB3030";
    CHECK(to_hex(client.ask(chip_sale(client, known_field55)).bytes(55)) ==
          std::string(approval) +
              "7116"
              "9F180400000001"
              "860D8418000008DB56BA60087CEFD3"
              "7245"
              "9F180400000001"
              "861D8424000218BB221AF527377A2811D2B6EBC396A9391A965A5CB2CE62DA"
              "861D84240001182EE025E554BCD87E11D2B6EBC396A939C4A8393B57DD2F3F");
    // The ARPC of a refusal: it is no new request.
    const std::string second = to_hex(client.ask(chip_sale(client, known_field55)).bytes(55));
    CHECK(second.starts_with("910A"));
    CHECK(second.size() == approval.size());
}

TEST_CASE("scripts come with a refusal too, and never with an answer to a wrong cryptogram") {
    HostBench bench(std::string(known_account).append(script_keys) +
                    "balance = '1.00'\nscripts = { command = 'card_block' }");
    Client client(bench);
    client.sign_in();
    const Message wrong = client.ask(chip_sale(client, replaced(known_field55, "29CC", "29CD")));
    CHECK(wrong.get(39) == "59");
    CHECK_FALSE(wrong.has(55));
    const Message refused = client.ask(chip_sale(client, known_field55));
    CHECK(refused.get(39) == "51");
    CHECK(to_hex(refused.bytes(55)).substr(24).starts_with("72169F180400000001860D8416000008"));
}

TEST_CASE("rule cryptogram_right: 59 for a wrong ARQC, 30 when there is nothing to verify it with") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    CHECK(client.code(chip_sale(client, replaced(known_field55, "29CC", "29CD"))) == "59");
    CHECK(client.code(chip_sale(client, replaced(known_field55, "9F3602001C", "9F3602001D"))) == "59");
    CHECK(client.code(chip_sale(client, replaced(known_field55, "9F370452BF4585", ""))) == "30");
    CHECK(client.code(chip_sale(client, replaced(known_field55, "010A03", "01FF03"))) == "30");
    CHECK(client.code(chip_sale(client, std::string(known_field55) + "9F270100")) == "59");
    CHECK(client.code(chip_sale(client, std::string(known_field55) + "9F270140")) == "59");
    CHECK(bench.events(trace::Kind::host_posted).empty());
}

TEST_CASE("known answer: M/Chip's version 14 is read by the application, and answered by a code of its own") {
    // pyemv's test vector for its MasterCardCVN20: ARQC, and ARPC for 0010.
    const std::string field55 =
        "9F0206000000009999 9F0306000000000000 9F1A020124 95058000000000 5F2A020124 9A03209906 9C0100"
        "9F3704ABCDEF12 82021800 9F3602001C 9F10120114A00003220000000000000000000000FF"
        "9F2608CD29615D6452E70E";
    const auto answered = [&](std::string_view account, std::string_view application) {
        HostBench bench(std::string(known_account).append(account));
        Client client(bench);
        client.sign_in();
        const Message reply = client.ask(chip_sale(client, field55 + std::string(application), 9999));
        return std::string(reply.get(39)) + " " + (reply.has(55) ? to_hex(reply.bytes(55)) : "");
    };
    const std::string approved = "00 910ADFD0956606B68D640010", unread = "30 ";
    CHECK(answered("", "8407A0000000041010") == approved);
    CHECK(answered("", "9F0607A0000000041010") == approved);
    CHECK(answered("scheme = 'mastercard'", "") == approved);
    CHECK(answered("scheme = 'mastercard'", "8405D276000100") == approved);
    CHECK(answered("", "") == unread);
    CHECK(answered("scheme = 'mastercard'", "8407A0000000031010") == unread);
    CHECK(answered("scheme = 'visa'", "8407A0000000041010 9F0607A0000000031010") == approved);
    const std::string declined = answered("balance = '1.00'", "8407A0000000041010");
    CHECK(declined.starts_with("51 910A"));
    CHECK(declined.ends_with("0000"));
    CHECK_FALSE(declined.ends_with("DFD0956606B68D640000"));
}

TEST_CASE(
    "key_derivation: cryptograms and scripts of a card of 19 digits by option B (EMV book 2 annex A1.4.2)") {
    constexpr std::string_view pan = "6210948000000001234", psn = "07";
    constexpr std::string_view issuer_key = "0123456789ABCDEFFEDCBA9876543210",
                               mac_key = "FEDCBA98765432100123456789ABCDEF";
    const auto derived = [&](std::string_view key) {
        return crypto::card_master_key_option_b(hex(key), pan, psn).value();
    };
    constexpr auto version = emv::CryptogramVersion::visa_18;
    emv::TlvMap objects;
    const Bytes unsigned_field = hex(
        replaced(replaced(known_field55, "06010A03A06010", "06011203A0B800"), "9F2608 29CCA15AE665FA2E", ""));
    objects.absorb(emv::parse_tlv(unsigned_field).value());
    const auto arqc =
        emv::make_cryptogram(version, derived(issuer_key), emv::cryptogram_input(objects, version).value());
    Bytes field55 = unsigned_field;
    emv::append_tlv(field55, 0x9F26, arqc);

    const auto answered = [&](std::string_view derivation) {
        HostBench bench(fmt::format(
            "currency = 'CAD'\n[account.long]\npan = '{}'\npsn = '{}'\nbalance = '100.00'\nimk_ac = '{}'\n"
            "imk_mac = '{}'\nscripts = {{ command = 'card_block' }}\n{}",
            pan, psn, issuer_key, mac_key, derivation));
        Client client(bench);
        client.sign_in();
        Message sale = client.sale(4000, pan);
        sale.set(22, "052");
        sale.set(49, "124");
        sale.set(55, ByteView(field55));
        const Message reply = client.ask(sale);
        return std::string(reply.get(39)) + " " + (reply.has(55) ? to_hex(reply.bytes(55)) : "");
    };
    CHECK(answered("") == "59 ");
    CHECK(answered("key_derivation = 'A'") == "59 ");
    const auto context = emv::script_context(version, 0x001C, arqc, 0);
    const Bytes block = emv::secure_format2(emv::messaging_key(version, derived(mac_key), context),
                                            {0x84, 0x16, 0x00, 0x00}, {}, context, 4);
    const std::string reply = answered("key_derivation = 'B'");
    CHECK(reply.starts_with("00 9108"));
    CHECK(reply.ends_with("72129F1804000000018609" + to_hex(block)));
}

TEST_CASE("M/Chip's scripts in both templates are refused, where only the card says that it is M/Chip's") {
    host::Cryptogram made;
    made.version = emv::CryptogramVersion::mchip_14;
    const host::VerifiedCryptogram card(made, crypto::Block16{}, {"5413330089020011", "01"});
    const host::ScriptKeys keys{hex("FEDCBA98765432100123456789ABCDEF"), std::nullopt};
    host::ScriptCommand before, after;
    before.name = host::ScriptCommand::Name::application_block;
    before.before = true;
    after.name = host::ScriptCommand::Name::card_block;
    CHECK_THROWS_WITH(
        host::issuer_scripts(card, keys, std::array{before, after}),
        "the host profile's scripts must go into one template with M/Chip, all with 'before' or "
        "none: its card counts the commands it got");
    CHECK(host::issuer_scripts(card, keys, std::array{after, after}).size() == 2 + 7 + 2 * (2 + 5 + 4));
}

TEST_CASE("rule cryptogram_right: an ARQC that was approved is not taken under another STAN") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    Message refused = chip_sale(client, known_field55);
    refused.set(52, ByteView(hex("0123456789ABCDEF")));
    refused.set(22, "051");
    refused.set(53, "2600000000000000");
    CHECK(client.code(refused) == "99");
    const Message sale = chip_sale(client, std::string(known_field55) + "9F270180");
    CHECK(client.code(sale) == "00");
    CHECK(client.code(chip_sale(client, known_field55)) == "59");
    REQUIRE(client.code(client.reversal(sale)) == "00");
    CHECK(client.code(chip_sale(client, known_field55)) == "59");
    CHECK(bench.events(trace::Kind::host_posted).size() == 2);
}

TEST_CASE("rule chip_data_readable: 30 where field 55 is of another card, or names another currency") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    const auto with = [&](std::string_view more) {
        Message sale = chip_sale(client, std::string(known_field55).append(more));
        sale.set(23, "001");
        return client.code(sale);
    };
    CHECK(with("5A081234567890123457") == "30");
    CHECK(with("57131234567890123457D30121010000000000000F") == "30");
    CHECK(with("5F340102") == "30");
    Message euros = chip_sale(client, replaced(known_field55, "5F2A020124", "5F2A020978"));
    CHECK(client.code(euros) == "30");
    CHECK(with("5A081234567890123456 5F340101 57131234567890123456D30121010000000000000F") == "59");
}

TEST_CASE("rule chip_data_readable: 30 for octets that are no TLV") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    CHECK(client.code(chip_sale(client, "9F02")) == "30");
    CHECK(client.code(chip_sale(client, "9F02FF0000")) == "30");
    CHECK(client.code(chip_sale(client, "9F0206000000")) == "30");
}

TEST_CASE("rule amount_valid: 13 when the card signed another amount than is asked for") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    CHECK(client.code(chip_sale(client, known_field55, 4001)) == "13");
}

TEST_CASE("a card that was told another type of transaction than the host is refused (30)") {
    HostBench bench(known_account);
    Client client(bench);
    client.sign_in();
    for (const auto& [type, code] : {std::pair("31", "30"), std::pair("03", "30"), std::pair("20", "30"),
                                     std::pair("00", "59"), std::pair("09", "59")}) {
        INFO(type);  // the cryptogram is over 01, so that 59 means: it came to the cryptogram
        CHECK(client.code(chip_sale(client, replaced(known_field55, "9C0101", std::string("9C01") + type))) ==
              code);
    }
}
