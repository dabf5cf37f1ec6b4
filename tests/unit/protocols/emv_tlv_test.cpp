#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;

namespace {

std::string error_of(std::string_view octets) {
    const auto parsed = parse_tlv(hex(octets));
    REQUIRE(parsed.has_error());
    return parsed.error().what;
}

Bytes written(const std::vector<Tlv>& list) {
    Bytes out;
    for (const Tlv& object : list) append_tlv(out, object.tag, object.value);
    return out;
}

}  // namespace

TEST_CASE("TLV: templates, tags of one to three octets and every length form (book 3 annex B)") {
    const auto list = parse_tlv(hex("6F10 8407A0000003330101 A505 5003414243 9F3600 DF810102AABB")).value();
    REQUIRE(list.size() == 3);
    CHECK(list[0].tag == 0x6F);
    REQUIRE(list[0].children.size() == 2);
    CHECK(list[0].children[0].tag == 0x84);
    CHECK(list[0].children[1].children.at(0).value == hex("414243"));
    CHECK(list[1].tag == 0x9F36);
    CHECK(list[1].value.empty());
    CHECK(list[2].tag == 0xDF8101);

    CHECK(parse_tlv(hex("5A 81 02 1234")).value()[0].value == hex("1234"));
    CHECK(parse_tlv(hex("5A 82 0002 1234")).value()[0].value == hex("1234"));
}

TEST_CASE("TLV: zero octets between data objects have no meaning (book 3 annex B1)") {
    const auto list = parse_tlv(hex("0000 5A0112 00 570134 00")).value();
    REQUIRE(list.size() == 2);
    CHECK(list[1].tag == 0x57);
}

TEST_CASE("TLV: an error names tag and octet") {
    CHECK(error_of("5A0112 9F2608 0102") == "tag 9F26 at octet 3: length 8 exceeds the 2 octets left");
    CHECK(error_of("70 04 5A 05 0102") == "tag 5A at octet 2: length 5 exceeds the 2 octets left");
    CHECK(error_of("5A") == "tag 5A at octet 0: no length");
    CHECK(error_of("9F") == "tag 9F at octet 0: ends inside the tag");
    CHECK(error_of("9F80 0100") == "tag 9F80 at octet 0: its number begins with zeros");
    CHECK(error_of("9F818181 00") == "tag 9F8181 at octet 0: longer than three octets");
    CHECK(error_of("5A 80") == "tag 5A at octet 0: length octet 80 is not of one to three octets");
    CHECK(error_of("5A 83 000001 00") == "tag 5A at octet 0: length octet 83 is not of one to three octets");
    CHECK(error_of("5A 82 00") == "tag 5A at octet 0: ends inside the length");
}

TEST_CASE("TLV: nesting is bounded") {
    Bytes octets;
    append_tlv(octets, 0x5A, hex("12"));
    const auto wrap = [](const Bytes& inner) {
        Bytes outer;
        append_tlv(outer, 0x70, inner);
        return outer;
    };
    for (int level = 1; level < 8; ++level) octets = wrap(octets);
    CHECK(parse_tlv(octets).has_value());
    const auto too_deep = parse_tlv(wrap(octets));
    REQUIRE(too_deep.has_error());
    CHECK(too_deep.error().what == "tag 70 at octet 14: nested deeper than 8 levels");
}

TEST_CASE("TLV: what was written is read back") {
    runtime::Random random(11);
    for (int round = 0; round < 500; ++round) {
        Bytes octets;
        const auto objects = random.between(0, 6);
        for (std::int64_t i = 0; i < objects; ++i) {
            constexpr Tag tags[]{0x5A, 0x95, 0x9F26, 0x5F34, 0xDF31, 0xDF8101};
            Bytes value(static_cast<std::size_t>(random.between(0, random.chance(0.1) ? 700 : 20)));
            random.fill(value);
            append_tlv(octets, tags[random.between(0, 5)], value);
        }
        const auto parsed = parse_tlv(octets);
        REQUIRE(parsed.has_value());
        REQUIRE(written(*parsed) == octets);
    }
}

TEST_CASE("TLV: random octets are read or refused, never more than they are") {
    runtime::Random random(12);
    for (int round = 0; round < 20000; ++round) {
        Bytes octets(static_cast<std::size_t>(random.between(0, 64)));
        random.fill(octets);
        const auto parsed = parse_tlv(octets);
        if (parsed)
            CHECK(written(*parsed).size() <= octets.size());
        else
            CHECK(parsed.error().offset < octets.size());
    }
}

TEST_CASE("TLV: a data base takes the primitive objects and tells of duplicates") {
    TlvMap map;
    CHECK(map.absorb(parse_tlv(hex("70 07 5A0112 5F340101")).value()).empty());
    CHECK(map.get(0x5A).size() == 1);
    CHECK_FALSE(map.has(0x70));
    CHECK(map.absorb(parse_tlv(hex("5A0199")).value()) == std::vector<Tag>{0x5A});
    CHECK(*map.find(0x5A) == hex("99"));
    CHECK(map.erase(0x5A));
    CHECK(map.get(0x5A).empty());
}

TEST_CASE("DOL: cut and padded by the format of the data object (book 3 clause 5.4)") {
    TlvMap data;
    data.set(0x9F02, hex("000000001234"));    // numeric
    data.set(0x5A, hex("6210948000000011"));  // compressed numeric
    data.set(0x95, hex("8000048000"));        // binary
    data.set(0x70, hex("FFFF"));
    const auto build = [&](std::string_view dol) {
        return to_hex(build_dol(parse_dol(hex(dol)).value(), data));
    };
    CHECK(build("9F0206") == "000000001234");
    CHECK(build("9F0202") == "1234");
    CHECK(build("9F0208") == "0000000000001234");
    CHECK(build("5A0A") == "6210948000000011FFFF");
    CHECK(build("5A04") == "62109480");
    CHECK(build("9503") == "800004");
    CHECK(build("9506") == "800004800000");
    CHECK(build("9F3704 7002") == "000000000000");
    CHECK(parse_dol(hex("9F02")).error().what == "tag 9F02 at octet 0: no length in the data object list");
}

TEST_CASE("Tags: by number and by name, and what must stay secret") {
    CHECK(find_tag(0x9F26)->name == "Application Cryptogram");
    CHECK(find_tag(0xDF31)->name == "Issuer Script Results");
    CHECK(find_tag(0x9F63) != nullptr);
    CHECK(find_tag(0x9FFF) == nullptr);
    CHECK(find_tag_by_name("Issuer Action Code - Denial") == 0x9F0E);
    CHECK_FALSE(find_tag_by_name("Issuer Action Code"));
    for (const Tag tag : {0x5Au, 0x57u, 0x56u, 0x9F1Fu, 0x9F20u, 0x9F6Bu, 0x5F20u, 0x99u})
        CHECK(find_tag(tag)->secrecy == Secrecy::sensitive);
    CHECK(find_tag(0x5F24)->secrecy == Secrecy::open);
    CHECK(tag_to_string(0x5F2A) == "5F2A");
    CHECK(tag_to_string(0x5A) == "5A");
}

TEST_CASE("Tags: every data element of EMV 4.3 book 3, table 33, is in the dictionary") {
    for (const Tag tag :
         {0x42u,   0x4Fu,   0x50u,   0x57u,   0x5Au,   0x5F20u, 0x5F24u, 0x5F25u, 0x5F28u, 0x5F2Au,
          0x5F2Du, 0x5F30u, 0x5F34u, 0x5F36u, 0x5F50u, 0x5F53u, 0x5F54u, 0x5F55u, 0x5F56u, 0x5F57u,
          0x61u,   0x6Fu,   0x70u,   0x71u,   0x72u,   0x73u,   0x77u,   0x80u,   0x81u,   0x82u,
          0x83u,   0x84u,   0x86u,   0x87u,   0x88u,   0x89u,   0x8Au,   0x8Cu,   0x8Du,   0x8Eu,
          0x8Fu,   0x90u,   0x91u,   0x92u,   0x93u,   0x94u,   0x95u,   0x97u,   0x98u,   0x99u,
          0x9Au,   0x9Bu,   0x9Cu,   0x9Du,   0x9F01u, 0x9F02u, 0x9F03u, 0x9F04u, 0x9F05u, 0x9F06u,
          0x9F07u, 0x9F08u, 0x9F09u, 0x9F0Bu, 0x9F0Du, 0x9F0Eu, 0x9F0Fu, 0x9F10u, 0x9F11u, 0x9F12u,
          0x9F13u, 0x9F14u, 0x9F15u, 0x9F16u, 0x9F17u, 0x9F18u, 0x9F1Au, 0x9F1Bu, 0x9F1Cu, 0x9F1Du,
          0x9F1Eu, 0x9F1Fu, 0x9F20u, 0x9F21u, 0x9F22u, 0x9F23u, 0x9F26u, 0x9F27u, 0x9F2Du, 0x9F2Eu,
          0x9F2Fu, 0x9F32u, 0x9F33u, 0x9F34u, 0x9F35u, 0x9F36u, 0x9F37u, 0x9F38u, 0x9F39u, 0x9F3Au,
          0x9F3Bu, 0x9F3Cu, 0x9F3Du, 0x9F40u, 0x9F41u, 0x9F42u, 0x9F43u, 0x9F44u, 0x9F45u, 0x9F46u,
          0x9F47u, 0x9F48u, 0x9F49u, 0x9F4Au, 0x9F4Bu, 0x9F4Cu, 0x9F4Du, 0x9F4Eu, 0x9F4Fu, 0xA5u,
          0xBF0Cu}) {
        INFO(tag_to_string(tag));
        CHECK(find_tag(tag) != nullptr);
    }
}

TEST_CASE("Tags: each is one that a card can send, and no name stands for two in the contact flow") {
    for (const TagInfo& info : tag_dictionary()) {
        INFO(info.name);
        Bytes object;
        append_tlv(object, info.tag, {});
        const auto parsed = parse_tlv(object);
        REQUIRE(parsed.has_value());
        CHECK(parsed->front().tag == info.tag);
        CHECK(find_tag_by_name(info.name) == info.tag);
    }
}

TEST_CASE("TLV: the header of an object, its value being there") {
    const auto header = parse_tlv_header(hex("9F5E 8102 0102 FF")).value();
    CHECK(header.tag == 0x9F5E);
    CHECK(header.size == 4);
    CHECK(header.length == 2);
    CHECK(parse_tlv_header(hex("5A02 01")).error().what ==
          "tag 5A at octet 0: length 2 exceeds the 1 octet left");
    CHECK(parse_tlv_header({}).has_error());
}
