#include "bench/trace/mask.hpp"

#include "bench/runtime/random.hpp"
#include "bench/runtime/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::trace;

namespace {

/// `digits` and the one that makes the Luhn sum right.
std::string with_check_digit(const std::string& digits) {
    int sum = 0;
    bool doubled = true;
    for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
        int digit = digits[i] - '0';
        if (doubled && (digit *= 2) > 9) digit -= 9;
        sum += digit;
    }
    return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

/// `length` digits of which the last makes the Luhn sum right.
std::string luhn_pan(runtime::Random& random, std::size_t length) {
    std::string digits;
    for (std::size_t i = 0; i + 1 < length; ++i) digits += static_cast<char>('0' + random.between(0, 9));
    return with_check_digit(digits);
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
    for (const char* text : {"6210948000000012", "123456789012", "RRN 260615000002", "18787878787878787878",
                             "2026-06-15 10:00:00", "621094******0011", "", "no digits"}) {
        CHECK(mask_text(text) == text);
    }
}

TEST_CASE("points, slashes and repeated blanks join what begins like a PAN") {
    CHECK(mask_text("62109480  00000011") == "621094**  ****0011");
    CHECK(mask_text("6210.9480.0000.0011") == "6210.94**.****.0011");
    CHECK(mask_text("6210/9480/0000/0011") == "6210/94**/****/0011");
    CHECK(mask_text("6210 - 9480 - 0000 - 0011") == "6210 - 94** - **** - 0011");
    CHECK(mask_text("62109480 \r\n 00000011") == "621094** \r\n ****0011");
    CHECK(mask_text("2223.0000.4841.0010") == "2223.00**.****.0010");
    CHECK(mask_text("62109480     00000011") == "62109480     00000011");  // five blanks: two numbers
    CHECK(mask_text("9210.9480.0000.0015") == "9210.94**.****.0015");      // as domestic cards begin
    CHECK(mask_text("1210.9480.0000.0012") == "1210.9480.0000.0012");  // right check digit, no such network
    CHECK(mask_text("2026/06/15  12.34  000008") == "2026/06/15  12.34  000008");
}

TEST_CASE("a PAN that is written together with other digits is masked within them") {
    CHECK(mask_text("62109480000000113012") == "621094********113012");
    CHECK_THAT(mask_text("12345678906210948000000011"),
               !Catch::Matchers::ContainsSubstring("6210948000000011"));
    CHECK_THAT(mask_text("000002 62109480000000113012"),
               Catch::Matchers::StartsWith("000002 621094********113012"));
    runtime::Random random(11);
    for (int round = 0; round < 2000; ++round) {
        const auto pan = "62" + std::to_string(random.between(10'000'000, 99'999'999));
        const std::string full = with_check_digit(pan + "00000");
        std::string around[2];
        for (std::string& digits : around)
            for (auto i = random.between(2, 20); i > 0; --i)
                digits += static_cast<char>('0' + random.between(0, 9));
        const std::string text = around[0] + full + around[1];
        const std::string masked = mask_text(text);
        INFO(text << " " << masked);
        CHECK(masked.substr(around[0].size() + 6, 6) == "******");
        CHECK(masked.size() == text.size());
    }
}

TEST_CASE("what follows a number too long for a PAN as on a track is masked, whatever the check digit") {
    CHECK_THAT(mask_text("000006210948000000012=28122010000000000"),
               Catch::Matchers::EndsWith("0012=*****************"));
}

TEST_CASE("full-width digits, signs and blanks are masked as ASCII is, and keep their width") {
    CHECK(mask_text("卡号６２１０９４８０００００００１１。") == "卡号６２１０９４＊＊＊＊＊＊００１１。");
    CHECK(mask_text("６２１０　９４８０　００００　００１１") == "６２１０　９４＊＊　＊＊＊＊　００１１");
    CHECK(mask_text("6210９４８0\xC2\xA0００0000１１") == "6210９４＊*\xC2\xA0＊＊**00１１");
    CHECK(mask_text("６２１０９４８０００００００１１＝２８１２２０１　完") ==
          "６２１０９４＊＊＊＊＊＊００１１＝＊＊＊＊＊＊＊　完");
    for (const char* text :
         {"１２３４５６", "＝＾　Ｄ", "\xEF\xBC", "\xEF\xBD\xBF\xEF\xBC\x80", "６２１０９４８００００００＊"})
        CHECK(mask_text(text) == text);
}

TEST_CASE("false alarms are as rare as mask.hpp says") {
    const auto rate = [](std::size_t digits) {
        runtime::Random random(12);
        int alarms = 0;
        for (int round = 0; round < 4000; ++round) {
            std::string text;
            while (text.size() < digits) text += static_cast<char>('0' + random.between(0, 9));
            alarms += mask_text(text) != text;
        }
        return alarms / 4000.0;
    };
    CHECK(rate(12) == 0);
    CHECK(rate(16) == Catch::Approx(0.1).margin(0.02));
    CHECK(rate(20) == Catch::Approx(0.80).margin(0.03));
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

TEST_CASE("a private key in PEM is masked, whole or cut off, a public one is not") {
    const std::string begin = "-----BEGIN PRIVATE KEY-----\n", end = "-----END PRIVATE KEY-----\n";
    CHECK(mask_text("a\n" + begin + "MIIB+/8=\nAAAA\n" + end + "b") ==
          "a\n" + begin + "********\n****\n" + end + "b");
    CHECK(mask_text(begin + "MIIB\r\nAA") == begin + "****\r\n**");
    CHECK(mask_text("-----BEGIN RSA PRIVATE KEY-----MIIB") == "-----BEGIN RSA PRIVATE KEY-----****");
    CHECK(mask_text("-----BEGIN ENCRYPTED PRIVATE KEY-----MIIB") ==
          "-----BEGIN ENCRYPTED PRIVATE KEY-----****");
    const std::string open = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
    CHECK(mask_text(open) == open);
    CHECK(mask_text(open + begin + "AA\n" + end + open + begin + "BB") ==
          open + begin + "**\n" + end + open + begin + "**");
    CHECK(mask_text("-----BEGIN PRIVATE KEY----") == "-----BEGIN PRIVATE KEY----");
}
