#include <stdexcept>

#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::iso8583;

TEST_CASE("a message knows which fields it has, whatever they hold") {
    Message message("0200");
    CHECK(message.fields().empty());
    message.set(4, "000000001234");
    message.set(44, "");
    message.set(64, hex("0102030405060708"));
    CHECK(message.fields() == std::vector<int>{4, 44, 64});
    CHECK(message.has(44));
    CHECK(message.get(44).empty());
    CHECK(message.get(4) == "000000001234");
    CHECK(message.get(11).empty());
    CHECK(to_hex(message.bytes(64)) == "0102030405060708");
}

TEST_CASE("a field cleared is a field never set") {
    Message once("0200");
    once.set(4, "000000001234");
    once.clear(4);
    CHECK(once == Message("0200"));
    once.clear(1);
    once.clear(65);
    CHECK(once == Message("0200"));
}

TEST_CASE("only fields 2 to 128 can be set") {
    Message message("0200");
    for (const int field : {-1, 0, 1, 129}) {
        CHECK_THROWS_AS(message.set(field, std::string("1")), std::out_of_range);
        CHECK(message.get(field).empty());
        CHECK_FALSE(message.has(field));
    }
    CHECK_THROWS_WITH(message.set(129, std::string("1")), "field 129 is not one of 2 to 128");
}

TEST_CASE("fields set, replaced and cleared in any order keep their own contents") {
    Message message("0200");
    for (const int field : {41, 3, 64, 11, 2, 39}) message.set(field, "first " + std::to_string(field));
    message.set(11, std::string("second 11"));
    message.clear(39);
    message.clear(2);
    CHECK(message.fields() == std::vector<int>{3, 11, 41, 64});
    CHECK(message.get(3) == "first 3");
    CHECK(message.get(11) == "second 11");
    CHECK(message.get(41) == "first 41");
    CHECK(message.get(64) == "first 64");
    CHECK(message.get(39).empty());
    CHECK(message.bitmap().primary() == 0x2020'0000'0080'0001);
    message.set(128, std::string("of the second bitmap"));
    message.set(66, std::string("its first"));
    CHECK(message.fields() == std::vector<int>{3, 11, 41, 64, 66, 128});
    CHECK(message.get(64) == "first 64");
    CHECK(message.get(66) == "its first");
    CHECK(message.bitmap().primary() == 0xA020'0000'0080'0001);  // bit 1 announces the second
    CHECK(message.bitmap().secondary() == 0x4000'0000'0000'0001);
}
