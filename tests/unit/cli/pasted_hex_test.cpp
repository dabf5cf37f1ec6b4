#include "bench/cli/pasted_hex.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using cli::pasted_hex;

namespace {

std::string read(std::string_view text) {
    const auto octets = pasted_hex(text);
    return octets ? to_hex(*octets) : octets.error().what;
}

}  // namespace

TEST_CASE("octets as people write them") {
    CHECK(read("0200 7024 06") == "0200702406");
    CHECK(read("02007024\n06\r\n") == "0200702406");
    CHECK(read("02 00 70 24 06") == "0200702406");
    CHECK(read("0x02, 0x00, 0x70,\n0x24, 0x06") == "0200702406");
    CHECK(read("02:00:70-24:06") == "0200702406");
    CHECK(read("{0x02,0x00,0x70}") == "020070");
    CHECK(read("\"0200\"\n\"70ff\"") == "020070FF");
    CHECK(read("[02007024]") == "02007024");
}

TEST_CASE("dumps with addresses in front and characters behind") {
    const std::string octets =
        "30313233343536373839414243444546"
        "4748";
    CHECK(read("00000000  30 31 32 33 34 35 36 37  38 39 41 42 43 44 45 46  |0123456789ABCDEF|\n"
               "00000010  47 48                                             |GH|\n") == octets);
    CHECK(read("00000000: 3031 3233 3435 3637 3839 4142 4344 4546  0123456789ABCDEF\n"
               "00000010: 4748                                     GH\n") == octets);
    CHECK(read("0000   30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46   0123456789ABCDEF\n"
               "0010   47 48                                             GH\n") == octets);
    CHECK(read("1: 30 31 32\n2: 33 34\n") == "3031323334");
    CHECK(read("[1]\t30 31\n[2]\t32 33") == "30313233");
    CHECK(read("1) 3031\n2) 3233") == "30313233");
    CHECK(read("0x0000:  3031 3233 3435 3637 3839 4142 4344 4546  0123456789ABCDEF\n0x0010:  4748  GH") ==
          octets);
    // A gutter that looks like octets: sixteen stand before it.
    CHECK(read("0000: 3031 3233 3435 3637 3839 4142 4344 4546  ABCDEF0123456789") ==
          "30313233343536373839414243444546");
}

TEST_CASE("the address at the end of a dump is no octet") {
    CHECK(read("000000 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46  >0123456789ABCDEF<\n"
               "000010 47 48                                            >GH<\n000012\n") ==
          "303132333435363738394142434445464748");
    CHECK(read("00000000  30 31 32 33 34 35 36 37  |01234567|\n00000008\n") == "3031323334353637");
}

TEST_CASE("characters at the end of a dump's last line may look like octets") {
    CHECK(read("0000   30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46   0123456789ABCDEF\n"
               "0010   41 42 43 44                                       ABCD\n") ==
          "3031323334353637383941424344454641424344");
    CHECK(read("0000:  4142  AB") == "4142");
    CHECK(read("0000:  4100 42  A.B") == "410042");
    // Characters that are not those of the octets are octets, or wrong.
    CHECK(read("0000:  4142  CD") == "4142CD");
}

TEST_CASE("od counts in octal and in decimal, and a dump may begin anywhere") {
    const std::string octets = "303132333435363738394142434445464748";
    CHECK(read("0000000 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46\n0000020 47 48\n0000022\n") ==
          octets);
    CHECK(read("0000000 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46\n0000016 47 48\n0000018\n") ==
          octets);
    CHECK(read("00000040  30 31 32 33 34 35 36 37  38 39 41 42 43 44 45 46  |0123456789ABCDEF|\n"
               "00000050  47 48                                             |GH|\n00000052\n") == octets);
}

TEST_CASE("the time in front of a log's lines is no octet") {
    CHECK(read("2026-06-15 22:30:00.123 0200 7024\n2026-06-15 22:30:00,124 06") == "0200702406");
    CHECK(read("[2026/06/15 22:30:00] 0200") == "0200");
    CHECK(read("2026-06-15T22:30:00.123Z 0200") == "0200");
    CHECK(read("22:30:00 02 00 70") == "020070");
    CHECK(read("22:30:00.123456  0010: 02 00 70") == "020070");
    CHECK(read("22:30:00 02:00:70") == "223000020070");  // octets with colons, all of them
    CHECK(read("02:00:70") == "020070");
    CHECK(read("25:30:00 02 00") == "2530000200");  // no time of day
}

TEST_CASE("numbers of cat -n and grep -n, and the way a message went, are no octets") {
    CHECK(read("     1\t0037 6000\n     2\t0600 00\n") == "00376000060000");
    CHECK(read("     9\t3031\n    10\t3233\n") == "an odd number of hexadecimal digits");  // not from 1
    CHECK(read("1:0037 6000\n2:0600 00\n") == "00376000060000");
    CHECK(read("117:0037600006") == "0037600006");
    CHECK(read("12:00:37") == "120037");
    CHECK(read("TX: 0037 6000") == "00376000");
    CHECK(read("Send> 00 37\nRECV> 60 00") == "00376000");
    CHECK(read("--> 00376000") == "00376000");
    CHECK(read("[22:30:00] TX: 0037") == "0037");
    CHECK(read("     1\tTX: 0037") == "0037");
}

TEST_CASE("an array is what is in its braces; braces beside a dump are characters") {
    CHECK(read("static const unsigned char m[] = {\n  0x00, 0x37,\n  0x60 };\n") == "003760");
    CHECK(read("uint8_t frame[3]={0x00,0x37,0x60}; // sale") == "003760");
    CHECK(read("0000: 7b7d 3d7b 7d30 3132 3334 3536 3738 3941  {}={}0123456789A\n0010: 5d3d 7b7d  ]={}") ==
          "7B7D3D7B7D30313233343536373839415D3D7B7D");
}

TEST_CASE("what is no address stays") {
    // Fields one a line, of which one happens to be the number of octets before it.
    CHECK(read("0200\n3020000000000000\n000000\n000000001234\n000013") ==
          "020030200000000000000000000000000012"
          "34000013");
    CHECK(read("[0800] 0020") == "08000020");
    CHECK(read("[08] [00]") == "0800");
    CHECK(read("0000 0800") == "00000800");
    CHECK(read("0014 6000060000 603100311003 0800") == "001460000600006031003110030800");
    CHECK(read("0800\n0002 02") ==
          "08000002"
          "02");
}

TEST_CASE("what is no hexadecimal is told with its place, without repeating it") {
    CHECK(read("0200\n70 zz 24") == "line 2, column 4: no hexadecimal");
    CHECK(read("0200 70[1g]24") == "line 1, column 10: no hexadecimal");
    CHECK(read("0200 7") == "an odd number of hexadecimal digits");
    CHECK(read("") == "no hexadecimal");
    CHECK(read("0200  0300|0400") == "line 1, column 11: no hexadecimal");  // nothing is left out in silence
    CHECK(read("0200\t03x0") == "line 1, column 8: no hexadecimal");
}
