// Downloads (60.3 360, 370 to 372, 380 to 382), and how a terminal is asked for them.

#include <fmt/format.h>

#include "drivers/protocols/crypto/rsa.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;

namespace {

constexpr std::string_view modulus =
    "B1CD4F2A9D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C"
    "4D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F70"
    "8192A3B4C5D6E7F8091A2B3C4D5E6F708192A3B4C5D6E7F9";

std::string key_table(int index, std::string_view more = "") {
    return fmt::format(
        "[[authority_key]]\nrid = 'A000000333'\nindex = '{:02X}'\nmodulus = '{}'\nexponent = '03'\n{}\n",
        index, modulus, more);
}

Message ask_for(std::string_view function, std::string_view field62 = {}, std::string_view mti = "0820") {
    Message request{std::string(mti)};
    request.set(11, "000900");
    request.set(41, std::string(tid));
    request.set(42, std::string(mid));
    request.set(60, "00000001" + std::string(function));
    if (!field62.empty()) request.set(62, std::string(field62));
    return request;
}

emv::TlvMap objects_of(const Message& reply) {
    const auto list = emv::parse_tlv(reply.bytes(62).subspan(1));
    REQUIRE(list.has_value());
    emv::TlvMap objects;
    objects.absorb(*list);
    return objects;
}

/// The low digit of the header's third octet.
int requirement(const Exchange& exchange) {
    REQUIRE(exchange.reply);
    return exchange.octets[5 + 2] & 0x0F;
}

}  // namespace

TEST_CASE("360 brings the parameters as numbered entries, by 0800 and by 0820") {
    HostBench bench(R"(
[parameters]
reply_seconds = 45
connect_tries = 3
tip = true
tip_percent = 15
manual_entry = false
automatic_sign_off = true
merchant_name = "TEST SHOP"
reversal_resends = 3
sale_limit = "5000.00"
refund_limit = "100.00"
journal_capacity = 500
)");
    Client client(bench);
    const std::string expected = fmt::format(
        "1145"
        "123"
        "171"
        "1815"
        "190"
        "201"
        "21{:<40}"
        "223"
        "31000000500000"
        "32000000010000"
        "330500",
        "TEST SHOP");
    for (const auto* mti : {"0800", "0820"}) {
        const Message reply = client.ask(ask_for("360", {}, mti));
        CHECK(reply.get(39) == "00");
        CHECK(reply.get(62) == expected);
    }
}

TEST_CASE("370 lists the keys, 371 brings one whole, 372 ends") {
    HostBench bench(key_table(0x09, "expires = '3912'") + key_table(0x0A));
    Client client(bench);
    const Message list = client.ask(ask_for("370", "100"));
    CHECK(list.get(39) == "00");
    CHECK(list.get(62)[0] == '1');
    CHECK(to_hex(list.bytes(62).subspan(1)) ==
          "9F0605A0000003339F220109DF05083230333931323331"
          "9F0605A0000003339F22010A");
    const Message one = client.ask(ask_for("371", as_text(hex("9F0605A0000003339F220109"))));
    CHECK(one.get(62)[0] == '1');
    const emv::TlvMap key = objects_of(one);
    CHECK(to_hex(key.get(0x9F06)) == "A000000333");
    CHECK(to_hex(key.get(0x9F22)) == "09");
    CHECK(as_text(key.get(0xDF05)) == "20391231");
    CHECK(to_hex(key.get(0xDF06)) == "01");
    CHECK(to_hex(key.get(0xDF07)) == "01");
    CHECK(to_hex(key.get(0xDF02)) == modulus);
    CHECK(to_hex(key.get(0xDF04)) == "03");
    const auto sum = crypto::sha1(hex("A00000033309" + std::string(modulus) + "03"));
    CHECK(to_hex(key.get(0xDF03)) == to_hex(sum));

    CHECK(client.ask(ask_for("371", as_text(hex("9F0605A0000003339F2201FF")))).get(62) == "0");
    CHECK(client.code(ask_for("370", "1x0")) == "30");
    const Message end = client.ask(ask_for("372"));
    CHECK(end.get(39) == "00");
    CHECK_FALSE(end.has(62));
}

TEST_CASE("a list longer than field 62 is asked for in parts: 2 more follow, 3 the last, 0 nothing left") {
    std::string keys;
    for (int index = 1; index <= 50; ++index) keys += key_table(index, "expires = '3912'");
    HostBench bench(keys);
    Client client(bench);
    std::string flags;
    int got = 0;
    for (int part = 0; part < 5; ++part) {
        const Message reply = client.ask(ask_for("370", fmt::format("1{:02}", got)));
        flags += reply.get(62)[0];
        if (flags.back() == '0') break;
        const auto list = emv::parse_tlv(reply.bytes(62).subspan(1));
        REQUIRE(list.has_value());
        for (const emv::Tlv& object : *list)
            if (object.tag == 0x9F22) CHECK(object.value.front() == ++got);
    }
    CHECK(flags == "2230");
    CHECK(got == 50);
}

TEST_CASE("380 lists the applications, 381 brings one with its limits and action codes") {
    HostBench bench(R"(
[[application]]
aid = "A000000333010101"
partial = false
version = "0030"
tac_default = "D84000A800"
tac_online = "D84004F800"
tac_denial = "0010000000"
floor_limit = "20.00"
threshold = "5.00"
max_target = 99
target = 5
ddol = "9F3704"
online_pin = true
ecash_limit = "100.00"
contactless_floor_limit = "0.00"
contactless_limit = "10000.00"
contactless_cvm_limit = "1000.00"
[[application]]
aid = "A0000000031010"
)");
    Client client(bench);
    const Message list = client.ask(ask_for("380"));
    CHECK(to_hex(list.bytes(62)) == "319F0608A0000003330101019F0607A0000000031010");
    const Message one = client.ask(ask_for("381", as_text(hex("9F0608A000000333010101"))));
    CHECK(to_hex(one.bytes(62)) ==
          "319F0608A000000333010101DF0101019F08020030DF1105D84000A800DF1205D84004F800DF13050010000000"
          "9F1B04000007D0DF1504000001F4DF160199DF170105DF14039F3704DF1801019F7B06000000010000"
          "DF1906000000000000DF2006000001000000DF2106000000100000");
    CHECK(client.ask(ask_for("381", as_text(hex("9F0607A0000000031010")))).get(62).substr(11) ==
          as_text(hex("DF010100")));
    CHECK(client.ask(ask_for("381", "x")).get(62) == "0");
    CHECK(client.code(ask_for("382")) == "00");
}

TEST_CASE("a reply's header asks for one thing at a time until each is fetched") {
    HostBench bench("processing_requirement = ['applications', 'parameters', 'sign_in', 'authority_keys']");
    Client client(bench);
    CHECK(requirement(client.exchange(ask_for("301"))) == 1);
    client.sign_in();
    CHECK(requirement(client.exchange(client.sale(100))) == 1);
    CHECK(requirement(client.exchange(ask_for("360"))) == 3);
    client.sign_in();
    CHECK(requirement(client.exchange(client.sale(100))) == 4);
    CHECK(requirement(client.exchange(ask_for("370"))) == 4);
    CHECK(requirement(client.exchange(ask_for("372"))) == 5);
    CHECK(requirement(client.exchange(ask_for("382"))) == 0);
    CHECK(client.code(client.sale(100)) == "00");
}

TEST_CASE("a sign-in is asked for once it can be meant: the one that came before does not count") {
    HostBench bench("[terminal.one]\nprocessing_requirement = ['sign_in']");
    Client client(bench);
    client.sign_in();
    CHECK(requirement(client.exchange(client.sale(100))) == 3);
    client.sign_in();
    CHECK(requirement(client.exchange(client.sale(100))) == 0);
}

TEST_CASE("each terminal is asked by itself, and its own list stands in the place of the host's") {
    HostBench bench(
        "processing_requirement = ['parameters']\n[terminal.one]\nprocessing_requirement = []\n"
        "[terminal.two]\ntid = '00000002'\nmid = '104110045110012'\ntmk = "
        "'CA5D92598DCA48CE8A4C76361A9269E9'");
    Client client(bench);
    CHECK(requirement(client.exchange(ask_for("301"))) == 0);
    Message other = ask_for("301");
    other.set(41, "00000002");
    CHECK(requirement(client.exchange(other)) == 1);
    CHECK(requirement(client.exchange(other)) == 1);
}
