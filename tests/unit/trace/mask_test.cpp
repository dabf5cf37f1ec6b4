#include "bench/trace/mask.hpp"

#include "bench/runtime/random.hpp"
#include "bench/runtime/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::trace;

namespace {

/// `length` digits of which the last makes the Luhn sum right.
std::string luhn_pan(runtime::Random& random, std::size_t length) {
    std::string digits;
    for (std::size_t i = 0; i + 1 < length; ++i) digits += static_cast<char>('0' + random.between(0, 9));
    int sum = 0;
    bool doubled = true;
    for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
        int digit = digits[i] - '0';
        if (doubled && (digit *= 2) > 9) digit -= 9;
        sum += digit;
    }
    return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

}  // namespace

TEST_CASE("a PAN keeps its first six and last four digits") {
    CHECK(mask_pan("6210948000000011") == "621094******0011");
    CHECK(mask_pan("6210948000001") == "621094***0001");
    CHECK(mask_pan("6210948000000000011") == "621094*********0011");
}

TEST_CASE("a PAN that is masked already stays so, or shows less") {
    CHECK(mask_pan("621094******0011") == "621094******0011");
    CHECK(mask_pan("62109480****0011") == "621094******0011");
    CHECK(mask_pan("************0011") == "************0011");
    CHECK(mask_pan(mask_pan("621094800001")) == "********0001");
}

TEST_CASE("what is too short, too long or no number shows less") {
    CHECK(mask_pan("621094800001") == "********0001");
    CHECK(mask_pan("12345") == "*2345");
    CHECK(mask_pan("1234") == "****");
    CHECK(mask_pan("").empty());
    CHECK(mask_pan("62109480000000000111") == std::string(20, '*'));
    CHECK(mask_pan("6210948000000011=2812") == std::string(21, '*'));
    CHECK(mask_pan("621094800000001x") == std::string(16, '*'));
}

TEST_CASE("PANs of 13 to 19 digits are masked inside free text") {
    runtime::Random random(1);
    for (std::size_t length = 13; length <= 19; ++length) {
        const std::string pan = luhn_pan(random, length);
        const std::string stars(length - 10, '*');
        const std::string masked = pan.substr(0, 6) + stars + pan.substr(length - 4);
        CHECK(mask_text("卡号:" + pan + "\n金额:12.34") == "卡号:" + masked + "\n金额:12.34");
        CHECK(mask_text(pan) == masked);
    }
}

TEST_CASE("digits in groups are one number, and the number may begin or end at any group") {
    CHECK(mask_text("6210 9480 0000 0011") == "6210 94** **** 0011");
    CHECK(mask_text("6210-9480-0000-0011.") == "6210-94**-****-0011.");
    CHECK(mask_text("STAN 000002 6210948000000011") == "STAN 000002 621094******0011");
    CHECK(mask_text("6210948000000011 000002") == "621094******0011 000002");
    CHECK(mask_text("6210948000000011 6210948000000029") == "621094******0011 621094******0029");
}

TEST_CASE("numbers that are no PAN stay") {
    for (const char* text : {"6210948000000012", "123456789012", "RRN 260615000002", "12345678901234567890",
                             "2026-06-15 10:00:00", "621094******0011", "", "no digits"}) {
        CHECK(mask_text(text) == text);
    }
}

TEST_CASE("two blanks end a number") {
    CHECK(mask_text("62109480  00000011") == "62109480  00000011");
}

TEST_CASE("what follows a PAN as on a track is masked up to the next blank") {
    CHECK(mask_text(";6210948000000011=28122010000000000?") == ";621094******0011=******************");
    CHECK(mask_text("6210948000000011D2812201 next") == "621094******0011D******* next");
    CHECK(mask_text("%B6210948000000011^TEST/CARD^2812?\nnext") ==
          "%B621094******0011^***************\nnext");
}

TEST_CASE("track 1 is masked whole, blanks in the name included (ISO/IEC 7813, format B)") {
    CHECK(mask_text("%B6210948000000011^ZHANG/SAN MR^28122010000012300000?") ==
          "%B621094******0011^" + std::string(34, '*'));
    CHECK(mask_text("read %B6210948000000011^ZHANG SAN^2812201?, then idle") ==
          "read %B621094******0011^******************, then idle");
}

TEST_CASE("nothing of a track survives, however it is spoilt") {
    const std::string track = GENERATE(
        // separators
        "%B6210948000000011 ^ZHANG/SAN MR^28122010000012300000?", ";6210948000000011 = 28122010000012300000?",
        "6210948000000011 D28122010000012300000", "%B6210948000000011^ZHANG/SAN MR 28122010000012300000?",
        "%B6210948000000011^ZHANG?SAN MR^28122010000012300000?",
        "%B6210948000000011^ZHANG\tSAN MR^28122010000012300000?",
        // letters
        "%b6210948000000011^zhang/san mr^28122010000012300000?", "6210948000000011d28122010000012300000",
        "%B6210948000000011^张三 ZHANG^28122010000012300000?",
        "%B6210948000000011^ZHANG/SAN \xD5\xC5^28122010000012300000?",
        // sentinels
        "B6210948000000011^ZHANG/SAN MR^28122010000012300000", "6210948000000011=28122010000012300000",
        "6210948000000011^ZHANG SAN MR^28122010000012300000",
        "?6210948000000011^ZHANG SAN MR^28122010000012300000%",
        // digits
        "%B6210 9480 0000 0011^ZHANG/SAN MR^2812 2010 0000 1230 0000?",
        "%B6210-9480-0000-0011^ZHANG/SAN MR^28122010000012300000?",
        "%B62109480\n00000011^ZHANG/SAN MR^281220100\n00012300000?",
        "%B62109480\r\n00000011^ZHANG/SAN\nMR^281220100\r\n00012300000",
        ";6210948000000011=2812 2010 0000 1230 0000?", ";6210948000000011=281220\n10000012300000",
        // a check digit that is wrong
        "%B6210948000000012^ZHANG/SAN MR^28122010000012300000?", ";6210948000000012=28122010000012300000?");
    INFO(track);
    const std::string masked = mask_text("read " + track + "\nend");
    CHECK(masked.size() == track.size() + 9);
    CHECK_THAT(masked, Catch::Matchers::StartsWith("read ") && Catch::Matchers::EndsWith("\nend"));
    std::string digits;
    for (char c : masked)
        if (c >= '0' && c <= '9') digits += c;
    CHECK(digits.starts_with("621094"));
    CHECK(digits.size() == 10);
    for (const char* secret : {"ZHANG", "zhang", "SAN", "san", "MR", "mr", "2812", "张"})
        CHECK(masked.find(secret) == std::string::npos);
    for (std::string_view rest = masked; !rest.empty(); rest.remove_prefix(runtime::utf8_length(rest)))
        REQUIRE(runtime::utf8_length(rest) > 0);
}

TEST_CASE("a PAN that wraps is a PAN; the lines stay lines") {
    CHECK(mask_text("621094800000\n0011\nOK") == "621094******\n0011\nOK");
    CHECK(mask_text("62109480\r\n00000011") == "621094**\r\n****0011");
}

TEST_CASE("words after a PAN stay") {
    CHECK(mask_text("6210948000000011 Declined") == "621094******0011 Declined");
    CHECK(mask_text("6210948000000011 12.34 CNY") == "621094******0011 12.34 CNY");
}

TEST_CASE("no PAN survives in random text") {
    runtime::Random random(7);
    for (int round = 0; round < 2000; ++round) {
        const std::string pan = luhn_pan(random, static_cast<std::size_t>(random.between(13, 19)));
        std::string text;
        for (int i = 0; i < 10; ++i) text += static_cast<char>(random.between(0x20, 0x2F));
        text += 'x' + pan + 'x';
        for (int i = 0; i < 10; ++i) text += static_cast<char>(random.between(0, 255));
        CHECK(mask_text(text).find(pan) == std::string::npos);
        CHECK(mask_text(text).size() == text.size());
    }
}

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
