#include "bench/runtime/random.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "drivers/protocols/emv/masked_octets.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;

TEST_CASE("TLV data keeps its form and loses its secrets") {
    CHECK(mask_tlv(hex("5A086210948000000011")) == "5A08621094******0011");
    CHECK(mask_tlv(hex("5A0A621094800000000001FF")) == "5A0A621094********0001FF");
    CHECK(mask_tlv(hex("57026210")) == "5702**");
    CHECK(mask_tlv(hex("5F20034A4F45")) == "5F2003***");
    CHECK(mask_tlv(hex("9F1F0131 9F200132 9F6B0133 990134 560135")) == "9F1F01*9F2001*9F6B01*9901*5601*");
    CHECK(mask_tlv(hex("9F2608 1122334455667788 9F3602 0001")) == "9F260811223344556677889F36020001");
}

TEST_CASE("TLV data is masked inside templates, with padding and long lengths") {
    CHECK(mask_tlv(hex("700A 5A086210948000000011")) == "700A5A08621094******0011");
    CHECK(mask_tlv(hex("00 5A086210948000000011 00")) == "005A08621094******001100");
    CHECK(mask_tlv(hex("57820002 6210")) == "57820002**");
    CHECK(mask_tlv(hex("578102 6210")) == "578102**");
}

TEST_CASE("what is not well-formed TLV is given by its length alone") {
    CHECK(mask_tlv({}).empty());
    CHECK(mask_tlv(hex("5A")) == "<1 bytes>");
    CHECK(mask_tlv(hex("5A09 6210948000000011")) == "<10 bytes>");
    CHECK(mask_tlv(hex("5A83000001 11")) == "<6 bytes>");
    CHECK(mask_tlv(hex("7080")) == "<2 bytes>");
    CHECK(mask_tlv(hex("9FFFFF 0100")) == "<5 bytes>");
    CHECK(mask_tlv(hex("2412 34FFFFFFFFFF")) == "<8 bytes>");  // a PIN block is no TLV
}

TEST_CASE("nesting is bounded") {
    Bytes nested;
    for (int i = 0; i < 9; ++i)
        nested.insert(nested.begin(), {0x70, static_cast<std::uint8_t>(nested.size())});
    CHECK(mask_tlv(nested) == "<18 bytes>");
    nested.erase(nested.begin(), nested.begin() + 2);
    CHECK(mask_tlv(nested) == to_hex(nested));
}

TEST_CASE("random octets never crash the TLV walk, and no clear PAN passes it") {
    runtime::Random random(3);
    for (int round = 0; round < 5000; ++round) {
        Bytes data(static_cast<std::size_t>(random.between(0, 40)));
        random.fill(data);
        const std::string masked = mask_tlv(data);
        CHECK((masked.starts_with("<") || masked.size() <= data.size() * 2));
    }
}

TEST_CASE("an object that is not in the dictionary is hidden unless it is too short for a secret") {
    CHECK(is_hidden(0xDF7F, 5));
    CHECK_FALSE(is_hidden(0xDF7F, 4));
    CHECK_FALSE(is_hidden(0xFF7F, 5));  // a template: what is in it is asked for by itself
    CHECK(mask_tlv(hex("DF7F08 6210948000000011")) == "DF7F08********");
    CHECK(mask_tlv(hex("DF7F04 01020304")) == "DF7F0401020304");
    CHECK(mask_tlv(hex("FF7F0B DF7F08 6210948000000011")) == "FF7F0BDF7F08********");
}

TEST_CASE("what is sensitive is hidden whole, also as a template") {
    CHECK(mask_tlv(hex("9F5E08 6210948000000011")) == "9F5E08********");  // a DS ID holds the PAN
    CHECK(mask_tlv(hex("BF4A03 810101")) == "BF4A03***");
    CHECK(mask_tlv(hex("5F5304 44453839")) == "5F5304****");
}

TEST_CASE("what issuers fill as they like is hidden when an account number has room in it") {
    CHECK(mask_tlv(hex("9F6E04 20700000")) == "9F6E0420700000");  // flags
    for (const std::string tag : {"9F0A", "9F63", "9F6E", "9F7C", "9F05"})
        CHECK(mask_tlv(hex(tag + "08 6210948000000011")) == tag + "08********");
    CHECK(mask_dol_data({{0x9F7C, 8}, {0x9F6E, 4}}, hex("6210948000000011 20700000")) == "********20700000");
}

TEST_CASE("a text with control characters is none, and hidden") {
    CHECK(mask_tlv(hex("5008 6210948000000011")) == "5008********");
    CHECK(mask_tlv(hex("9F1206 41414141417F")) == "9F1206******");
    CHECK(mask_tlv(hex("9F1205 414141417F")) == "9F1205414141417F");
    CHECK(to_hex(read_masked_tlv("5008********")->octets) == "50080000000000000000");
    CHECK(mask_tlv(hex("5006 D2F8C1AABFA8")) == "5006D2F8C1AABFA8");  // GB18030
}

TEST_CASE("a PAN that is known is found wherever it stands, also half an octet on") {
    const std::string pan = "6210948000000011";
    CHECK(without_known_pan(to_hex(hex("9F0A09 06210948000000011F")), pan) == "9F0A090621094******0011F");
    CHECK(without_known_pan("", pan).empty());
    CHECK(without_known_pan("62109480000000116210948000000011", pan) == "621094******0011621094******0011");
    CHECK(without_known_pan("6210948000000012", pan) == "6210948000000012");
    CHECK(without_known_pan("1234", "") == "1234");
}

TEST_CASE("values that answer a list: what nobody described is hidden whatever its length") {
    const std::vector<DolEntry> dol{{0x9F02, 6}, {0xDF7F, 2}, {0x99, 2}};
    CHECK(mask_dol_data(dol, hex("000000001234 1234 5678")) == "000000001234****");
}

TEST_CASE("a PAN in characters is masked in what is not hidden") {
    CHECK(mask_tlv(hex("5010 36323130393438303030303030303131")) == "50103632313039342A2A2A2A2A2A30303131");
    CHECK(mask_tlv(hex("9F1203 313233")) == "9F1203313233");
    CHECK(mask_dol_data({{0x9F4E, 16}}, hex("36323130393438303030303030303131")) ==
          "3632313039342A2A2A2A2A2A30303131");
    const std::string wide = "６２１０９４８０００００００１１";
    CHECK(as_text(without_pan(as_bytes(wide))) == "６２１０９４＊＊＊＊＊＊００１１");
}

TEST_CASE("what was masked gives octets of the same form again") {
    const auto again = [](std::string_view octets) {
        const auto read = read_masked_tlv(mask_tlv(hex(octets)));
        REQUIRE(read);
        CHECK(read->size() == hex(octets).size());
        CHECK(mask_tlv(read->octets) == mask_tlv(hex(octets)));
        return to_hex(read->octets);
    };
    CHECK(again("700A 5A086210948000000011") == "700A5A086210940000000011");
    CHECK(again("5A0A621094800000000001FF") == "5A0A621094000000000001FF");
    CHECK(again("5F20034A4F45 00 9F3602 0001") == "5F20030000000" + std::string("09F36020001"));
    CHECK(again("FF7F0B DF7F08 6210948000000011") == "FF7F0BDF7F080000000000000000");
    CHECK(again("578102 6210") == "5781020000");
    CHECK(read_masked_tlv("")->empty());
    for (const char* other : {"<5 bytes>", "5A", "5A08621094", "5F2003*", "5F2003**4", "7003570", "70*1",
                              "9F360200*", "7001570200", "9FFFFFFF00", "5A83000001"})
        CHECK_FALSE(read_masked_tlv(other));
    CHECK(to_hex(*octets_of_masked_values("0156**00")) == "0156000000");
    CHECK_FALSE(octets_of_masked_values("<2 bytes>"));
}

TEST_CASE("a PAN that a trace hides within an open object is masked digits of it") {
    const std::string shown = without_known_pan("9F0A0906210948000000011F", "6210948000000011");
    const auto read = read_masked_tlv(shown);
    REQUIRE(read);
    CHECK(read->digits() == shown);
    CHECK(to_hex(read->masks) == "0000000000000FFFFFF00000");
}

TEST_CASE("the card's certificates are hidden: they have its PAN, in clear or for whoever has a public key") {
    CHECK(is_hidden(0x9F46, 148));
    CHECK(is_hidden(0x9F2D, 128));
    CHECK_FALSE(is_hidden(0x90, 144));
    CHECK(mask_tlv(hex("9F460B14 6210948000000011FFFF")) == "9F460B***********");
}
