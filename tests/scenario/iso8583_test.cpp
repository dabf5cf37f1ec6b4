#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// `posbench iso8583` as a person runs it.

using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<std::string> sale{"0200",
                                    "2=6210948000000011",
                                    "3=000000",
                                    "4=000000001234",
                                    "11=000042",
                                    "35=6210948000000011D28122010000000000000",
                                    "42=898100000000001",
                                    "55=9F26080102030405060708",
                                    "60=22000001"};

ProgramResult iso8583(std::vector<std::string> words, const std::vector<std::string>& more = {}) {
    words.insert(words.begin(), "iso8583");
    words.insert(words.end(), more.begin(), more.end());
    return run_posbench(words);
}

std::string encoded(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"encode"};
    words.insert(words.end(), options.begin(), options.end());
    const auto result = iso8583(words, sale);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out.substr(0, result.out.size() - 1);
}

}  // namespace

TEST_CASE("iso8583: what encode writes decode names, masked unless asked for") {
    const std::string frame = encoded({"--frame", "--tpdu", "6000060000", "--header", "603100311003"});
    CHECK_THAT(frame, Catch::Matchers::StartsWith("00"));
    const auto masked = iso8583({"decode", frame});
    CHECK(masked.exit_code == 0);
    for (const char* part :
         {"TPDU 6000060000, header 603100311003", "0200  financial request",
          "  2  primary account number  621094******0011", "  4  amount, transaction  000000001234",
          " 35  track 2 data  <37 characters>", "9F26 Application Cryptogram  0102030405060708"})
        CHECK_THAT(masked.out, ContainsSubstring(part));
    CHECK_THAT(masked.out, !ContainsSubstring("6210948000000011"));
    CHECK_THAT(iso8583({"decode", frame, "--clear"}).out, ContainsSubstring("6210948000000011D2812201"));
}

TEST_CASE("iso8583: the fields of one dialect are a message of another") {
    const auto fields = iso8583({"decode", encoded(), "--fields"});
    CHECK_THAT(fields.out, ContainsSubstring("35=6210948000000011D2812201"));
    std::vector<std::string> words{"encode", "--dialect", "iso1987-ebcdic"};
    std::istringstream lines(fields.out);
    for (std::string line; std::getline(lines, line);) words.push_back(line);
    const auto other = iso8583(words);
    INFO(other.err);
    CHECK_THAT(other.out, Catch::Matchers::StartsWith("F0F2F0F0"));
    CHECK(iso8583({"decode", other.out, "--dialect", "iso1987-ebcdic", "--fields"}).out == fields.out);
}

TEST_CASE("iso8583: an enciphered track goes out and comes in again, and none of it is shown") {
    const std::string track = "62109480000000117FD0569FDC2012B945";
    const auto octets = iso8583({"encode", "0200", "11=000042", "35=" + track, "53=0610000000000000"});
    REQUIRE(octets.exit_code == 0);
    const auto masked = iso8583({"decode", octets.out});
    CHECK_THAT(masked.out, ContainsSubstring(" 35  track 2 data  <34 characters>"));
    CHECK_THAT(masked.out, !ContainsSubstring("6210948") && !ContainsSubstring("B945"));
    CHECK_THAT(iso8583({"decode", octets.out, "--fields"}).out, ContainsSubstring("35=" + track));
    CHECK_THAT(iso8583({"encode", "0200", "35=" + track, "--dialect", "iso1987-bcd"}).err,
               ContainsSubstring("field 35: a character is neither a digit nor the separator D"));
}

TEST_CASE("iso8583: several messages go out as lines and come in again, a track changes its separator") {
    const auto one = iso8583({"encode", "--frame"}, sale),
               two = iso8583({"encode", "0800", "11=000001", "--frame"});
    REQUIRE(one.exit_code == 0);
    const auto fields = iso8583({"decode", one.out, two.out, "--fields"});
    TemporaryFolder folder;
    const auto file = folder.write("fields.txt", fields.out);
    const auto again = iso8583({"encode", "-i", file.string(), "--frame"});
    INFO(again.err);
    CHECK(again.out == one.out + two.out);

    const auto characters =
        iso8583({"encode", "0200", "35=6210948000000011=28122010000000000000", "--dialect", "iso1987-ascii"});
    const auto with_equals = iso8583({"decode", characters.out, "--dialect", "iso1987-ascii", "--fields"});
    CHECK_THAT(with_equals.out, ContainsSubstring("35=6210948000000011=2812201"));
    const auto packed = iso8583({"encode", "0200", "35=6210948000000011=28122010000000000000"});
    CHECK_THAT(packed.out, ContainsSubstring("6210948000000011D2812201"));
}

TEST_CASE("iso8583: a message in characters is taken as it stands") {
    const auto message =
        iso8583({"encode", "0800", "7=0615223000", "11=000042", "70=301", "--dialect", "iso1987-ascii"});
    std::string characters;
    for (std::size_t i = 0; i + 1 < message.out.size(); i += 2)
        characters += static_cast<char>(std::stoi(message.out.substr(i, 2), nullptr, 16));
    const auto read = iso8583({"decode", characters, "--dialect", "iso1987-ascii"});
    INFO(read.err);
    CHECK_THAT(read.out, ContainsSubstring("network management request") && ContainsSubstring("000042"));
}

TEST_CASE("iso8583: what no receiver takes is not written") {
    const auto no_tpdu = iso8583(
        {"encode", "0800", "11=000042", "--frame", "--tpdu", "6000060000", "--dialect", "iso1987-ascii"});
    CHECK(no_tpdu.exit_code == 2);
    CHECK_THAT(no_tpdu.err, ContainsSubstring("frames of iso1987-ascii have no TPDU"));
    const auto other = iso8583({"encode", "0800", "11=000042", "--frame", "--tpdu", "6100060000"});
    CHECK_THAT(other.err, ContainsSubstring("TPDU identifier 61 instead of 60"));
}

TEST_CASE("iso8583: a code is made and checked under a key") {
    const std::string key = "0123456789ABCDEF";
    const std::string octets = encoded({"--mac-key", key});
    CHECK_THAT(iso8583({"decode", octets, "--mac-key", key}).out, ContainsSubstring(", right"));
    const auto wrong = iso8583({"decode", octets, "--mac-key", "FEDCBA9876543210"});
    CHECK_THAT(wrong.out, ContainsSubstring(", wrong under this key"));
    const auto no_key = iso8583({"decode", octets, "--mac-key", "0123"});
    CHECK(no_key.exit_code == 2);
    CHECK_THAT(no_key.err, !ContainsSubstring("0123"));
}

TEST_CASE("iso8583: what is wrong is told with field and octet, exit 2") {
    std::string octets = encoded();
    const auto cut = iso8583({"decode", octets.substr(0, octets.size() - 2)});
    CHECK(cut.exit_code == 2);
    CHECK_THAT(cut.err,
               ContainsSubstring("read as a message alone: field 60: content needs 4 octets, 3 left"));
    CHECK_THAT(iso8583({"decode", "0200", "zz"}).err, ContainsSubstring("column 6: no hexadecimal"));
    CHECK_THAT(iso8583({"encode", "0200", "4=12"}).err, ContainsSubstring("field 4: 2 digits instead of 12"));
    CHECK_THAT(iso8583({"encode", "0200", "4"}).err, ContainsSubstring("NUMBER=VALUE"));
    CHECK_THAT(iso8583({"encode", "0200", "11=000001", "11=000002"}).err,
               ContainsSubstring("field 11 is there twice"));
    CHECK_THAT(iso8583({"encode", "0200", "129=1"}).err, ContainsSubstring("not one of 2 to 128"));
    CHECK_THAT(iso8583({"encode", "0200", "52=XY"}).err, ContainsSubstring("field 52 is hexadecimal"));
    CHECK_THAT(iso8583({"decode", "0200", "--dialect", "unionpay"}).err, ContainsSubstring("unionpay-pos"));
    for (const auto& result : {cut, iso8583({"encode", "0200", "4=12"})}) CHECK(result.exit_code == 2);
}

TEST_CASE("iso8583: octets that are whole in another dialect are told so") {
    for (const char* dialect : {"iso1987-ascii", "iso1987-bcd", "iso1987-ebcdic"}) {
        INFO(dialect);
        const auto other = iso8583({"decode", encoded({"--frame", "--dialect", dialect})});
        CHECK(other.exit_code == 2);
        CHECK_THAT(other.err, ContainsSubstring("no message of unionpay-pos") &&
                                  ContainsSubstring("they are whole in another dialect: --dialect ") &&
                                  ContainsSubstring(dialect));
    }
    // As characters they are not even hexadecimal.
    const auto characters =
        iso8583({"decode", "080082200000000000000400000000000000", "0615223000000042301"});
    CHECK_THAT(characters.err, !ContainsSubstring("another dialect"));
    const auto text = iso8583({"decode", "0800822000000000000004000000000000000615223000000042301"});
    CHECK_THAT(text.err, ContainsSubstring("odd number") && ContainsSubstring("--dialect iso1987-ascii"));
    // Wrong in all of them: none is named.
    CHECK_THAT(iso8583({"decode", "0200FFFF"}).err, !ContainsSubstring("another dialect"));
}

TEST_CASE("iso8583: a frame without --tpdu is addressed to the bench's own host") {
    CHECK_THAT(encoded({"--frame"}).substr(4), Catch::Matchers::StartsWith("6000060000"
                                                                           "000000000000"
                                                                           "0200"));
    CHECK_THAT(encoded({"--frame", "--dialect", "iso1987-bcd"}).substr(4),
               Catch::Matchers::StartsWith("6000060000"
                                           "0200"));
}

TEST_CASE("iso8583: the dialects are listed with their titles") {
    const auto listed = run_posbench({"list", "dialects"});
    CHECK(listed.exit_code == 0);
    CHECK_THAT(listed.out, ContainsSubstring("iso1993-ascii") && ContainsSubstring("UnionPay POS terminals"));
}
