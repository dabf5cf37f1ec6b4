#include "drivers/card/image_description.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using namespace posbench::card;
using Catch::Matchers::ContainsSubstring;

namespace {

/// "name: value" of every line.
std::string described(const std::string& name) {
    const auto settings = test::card_settings(name);
    std::string all;
    for (const ImageSection& section : describe_image(settings, settings, emv::Secrets::masked))
        for (const emv::Line& line : section.lines) all += line.name + ": " + line.value + "\n";
    return all;
}

}  // namespace

TEST_CASE("a key's check value is made with the cipher that the application uses it with") {
    // SM4 and triple DES over zeros, computed with the openssl program.
    const std::string sm4 = described("unionpay-credit-sm4");
    CHECK_THAT(sm4, ContainsSubstring("check value C21B05E1 (SM4)"));
    CHECK_THAT(sm4, ContainsSubstring("card key derived from it: check value F4146992 (SM4)"));
    CHECK_THAT(described("unionpay-credit"), ContainsSubstring("check value 85057132 (triple DES)"));
}

TEST_CASE("a cryptogram version is told in decimal and in the hexadecimal of 9F10") {
    CHECK_THAT(described("visa-credit-cvn18"), ContainsSubstring("cryptogram version: 18 (hex 12; Visa)"));
    CHECK_THAT(described("visa-credit"), ContainsSubstring("cryptogram version: 10 (hex 0A; Visa)"));
}

TEST_CASE("every line that is no data object is there in Chinese") {
    const auto lines = [](const std::string& name, ImageLanguage language) {
        const auto settings = test::card_settings(name);
        emv::Lines all;
        for (const ImageSection& section : describe_image(settings, settings, emv::Secrets::masked, language))
            for (const emv::Line& line : section.lines)
                if (line.tag.empty() && line.depth == 0) all.push_back(line);
        return all;
    };
    for (const std::string& name : test::card_names()) {
        INFO(name);
        const auto english = lines(name, ImageLanguage::english),
                   chinese = lines(name, ImageLanguage::chinese);
        REQUIRE(english.size() == chinese.size());
        for (std::size_t i = 0; i < english.size(); ++i) {
            INFO(english[i].name);
            CHECK(english[i].name != chinese[i].name);
        }
    }
    const auto chinese = lines("unionpay-credit", ImageLanguage::chinese);
    CHECK(std::ranges::any_of(
        chinese, [](const emv::Line& line) { return line.name == "密码可试次数" && line.value == "3"; }));
}

namespace {

/// The lines of a section, "name: value" each. @param heading as ImageSection::en
std::string section_of(const config::Value& settings, std::string_view heading) {
    std::string all;
    for (const ImageSection& section : describe_image(settings, settings, emv::Secrets::masked))
        if (section.en == heading)
            for (const emv::Line& line : section.lines) all += line.name + ": " + line.value + "\n";
    return all;
}

}  // namespace

TEST_CASE("over the field a quick application shows the methods and defects that it has there") {
    const auto bad = test::card_settings("unionpay-bad-static-signature");
    CHECK_THAT(section_of(bad, "Application"), ContainsSubstring("offline data authentication: SDA") &&
                                                   ContainsSubstring("wrong on purpose: static_signature"));
    CHECK_THAT(
        section_of(bad, "Contactless application"),
        ContainsSubstring("offline data authentication: none") && !ContainsSubstring("wrong on purpose"));
    const auto sm2 = test::card_settings("unionpay-credit-sm2");
    CHECK_THAT(section_of(sm2, "Application"),
               ContainsSubstring("offline data authentication: SDA, DDA, CDA"));
    CHECK_THAT(
        section_of(sm2, "Contactless application"),
        ContainsSubstring("offline data authentication: fDDA\n") && ContainsSubstring("card key: SM2"));
    const auto visa = test::card_settings("visa-credit");
    CHECK_THAT(section_of(visa, "Contactless application"),
               ContainsSubstring("offline data authentication: fDDA\n") &&
                   !ContainsSubstring("enciphered PIN offline"));
    const auto spoilt = test::card_settings(
        "visa-credit",
        "application.credit.contactless.authentication.wrong = ['card_certificate', 'dynamic_signature']");
    CHECK_THAT(section_of(spoilt, "Contactless application"),
               ContainsSubstring("wrong on purpose: card_certificate, dynamic_signature"));
}

TEST_CASE("what as_is takes is told where it stands, and over the field only what is wrong there too") {
    const auto aip = test::card_settings("unionpay-missing-tag");
    CHECK_THAT(section_of(aip, "Application"), ContainsSubstring("wrong on purpose (as_is): 8C\n"));
    const auto card =
        test::card_settings("unionpay-credit",
                            "atr = '3B'\nas_is = ['atr']\n[account]\npan = '6210948000000012'\n"
                            "as_is = ['pan']\n[application.credit]\naip = '7C00'\nas_is = ['aip']\n");
    CHECK_THAT(section_of(card, "Card"),
               ContainsSubstring("wrong on purpose (as_is): atr, pan of [account]\n"));
    CHECK_THAT(section_of(card, "Application"), ContainsSubstring("wrong on purpose (as_is): aip\n"));
    CHECK_THAT(section_of(card, "Contactless application"), !ContainsSubstring("as_is"));
    CHECK_THAT(described("unionpay-credit"), !ContainsSubstring("as_is"));
}
