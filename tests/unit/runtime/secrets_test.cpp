#include "bench/runtime/secrets.hpp"

#include "tests/support/catch.hpp"

using posbench::runtime::mask_secrets;
using posbench::runtime::passes_luhn;

TEST_CASE("a key in a text is masked: 32 and more hexadecimal digits, whole or in pairs") {
    CHECK(mask_secrets("unknown key '0123456789ABCDEFFEDCBA9876543210' in [host]") ==
          "unknown key '********************************' in [host]");
    CHECK(mask_secrets("'@file.0123456789abcdeffedcba98765432100123456789abcdef'") ==
          "'@file.************************************************'");
    CHECK(mask_secrets("0x0123456789ABCDEFFEDCBA9876543210x") == "0x********************************x");
    CHECK(mask_secrets("01 23 45 67 89 AB CD EF FE DC BA 98 76 54 32 10.") ==
          "** ** ** ** ** ** ** ** ** ** ** ** ** ** ** **.");
    CHECK(mask_secrets("01234567:89ABCDEF-FEDCBA98 76543210") == "********:********-******** ********");
    CHECK(mask_secrets("-----BEGIN PRIVATE KEY-----MIIB") == "-----BEGIN PRIVATE KEY-----****");
}

TEST_CASE("a PAN in a text keeps six and four digits, and what follows it on a track goes") {
    CHECK(mask_secrets("unknown key '6210948000000011'") == "unknown key '621094******0011'");
    CHECK(mask_secrets("4761 7390 0101 0119, 4761-7390-0101-0119") ==
          "4761 73** **** 0119, 4761-73**-****-0119");
    CHECK(mask_secrets("6210948000000011=28122201234567 and D") == "621094******0011=************** and D");
    CHECK(mask_secrets("6210948000000011D2812220123F") == "621094******0011D**********F");
    CHECK(mask_secrets("@f.4242424242424242428") == "@f.424242*********2428");  // 19 digits
    CHECK(mask_secrets("400000000002 is of twelve") == "********0002 is of twelve");
}

TEST_CASE("what is neither key nor PAN stays readable") {
    for (const char* text : {
             "must be 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 9F35, 9F45, 9F34, 9F21 or 9F7C",
             "no application A000000333010101, A0000000031010 or A00000033301010201020304050607AB",
             "ATR 3B6700002063CB68009000, ATR 3B6E000080318066B0840C016E0183",
             "must be between 10 and 9223372036854775807, not 99999999999999999",
             "2026-06-15T22:30:00, 2026-06-15 22:30:00.123456789",
             "6210948000000012 and 62109480000000110000",
             "add a bad face, feed a dead bee, cafe babe deaf beef fade aced dad fab bed ace dab",
         })
        CHECK(mask_secrets(text) == text);
    // No registered identifier.
    CHECK(mask_secrets("F1000000000000000000000000000000") == std::string(32, '*'));
}

TEST_CASE("the Luhn check") {
    CHECK(passes_luhn("6210948000000011"));
    CHECK(passes_luhn("0"));
    CHECK_FALSE(passes_luhn("6210948000000012"));
    CHECK_FALSE(passes_luhn(""));
}
