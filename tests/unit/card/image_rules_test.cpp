// What an image may not say of its data objects, and how a card that is wrong on purpose says it.

#include <fmt/format.h>

#include "drivers/card/emulated/image.hpp"
#include "drivers/protocols/emv/object_form.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

/// What is said of unionpay-credit with `credit` in [application.credit] and `more` behind it.
std::string refusal(std::string_view credit, std::string_view more = {},
                    const std::string& image = "unionpay-credit") {
    try {
        test::load_card(image, "[application.credit]\n" + std::string(credit) + "\n" + std::string(more));
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

/// The value of `tag` in the records of the application; empty when none holds it.
Bytes shown(const Application& application, emv::Tag tag) {
    emv::TlvMap objects;
    for (const Record& record : application.records)
        if (const auto list = emv::parse_tlv(record.octets)) objects.absorb(*list);
    return objects.has(tag) ? *objects.find(tag) : Bytes();
}

}  // namespace

TEST_CASE("Image rules: an object that nothing shows is refused, and one that is not there to be taken off") {
    CHECK(refusal("tags = { '9F4D' = '0B0A' }") ==
          "override.toml:2:19: 9F4D: no record holds it; name it under 'holds' of a [[record]], or write it "
          "under "
          "'fci' (SELECT) or 'objects' (GET DATA)");
    CHECK(refusal("tags = { '9F4D' = '' }") ==
          "override.toml:2:19: 9F4D: is not there and cannot be taken off; leave the line out");
    CHECK(refusal("tags = { '90' = '' }").find("is not there") != std::string::npos);
    CHECK(refusal("tags = { '90' = '' }", {}, "unionpay-credit-dda") == "accepted");
    CHECK(refusal("fci = { '9F12' = '' }").find("is not there") != std::string::npos);
    CHECK(refusal("objects = { '9F4F' = '' }").find("is not there") != std::string::npos);
    CHECK(refusal("tags = { '9F4D' = '0B0A' }\n"
                  "record = [{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C', '8D', '9F4D'] }]") ==
          "accepted");
    // Over the field too, where it is written for the field; what is inherited was written for contacts.
    CHECK(refusal("contactless.tags = { '9F0D' = '0000000000' }").find("no record holds it") !=
          std::string::npos);
    CHECK(refusal("tags = { '9F0D' = '0000000000' }") == "accepted");
    CHECK(refusal("contactless.tags = { '9F63' = '00' }") == "accepted");
}

TEST_CASE("Image rules: file control information is laid over too") {
    const auto image =
        test::load_card("unionpay-credit", "application.credit.fci = { '87' = '81', '50' = '' }");
    emv::TlvMap objects;
    objects.absorb(emv::parse_tlv(image.applications.at(0).fci).value());
    CHECK(to_hex(objects.get(0x87)) == "81");
    CHECK_FALSE(objects.has(0x50));
    // What the directory has too is the same there, but a label it has always.
    CHECK(to_hex(image.applications.at(0).directory_entry) ==
          "611E4F08A000000333010102500F556E696F6E50617920437265646974870181");
    const auto named = test::load_card(
        "unionpay-credit", "application.credit.fci = { '87' = '', '50' = '41', '9F12' = '4243' }");
    CHECK(to_hex(named.applications.at(0).directory_entry) == "61124F08A0000003330101025001419F12024243");
    CHECK(refusal("fci = { '84' = 'A000000003' }").find("write 'aid'") != std::string::npos);
    CHECK(refusal("fci = { '9F38' = '9C01' }").find("write 'pdol' for another") != std::string::npos);
}

TEST_CASE("Image rules: a value of another form than its object's is refused, unless as_is names it") {
    CHECK(refusal("tags = { '5F24' = '3012' }") ==
          "override.toml:2:19: 5F24: must be 3 octets, not 2 (as_is = [\"5F24\"] takes it)");
    CHECK(refusal("tags = { '5F24' = '3012' }\nas_is = ['Application Expiration Date']") == "accepted");
    CHECK(refusal("tags = { '5F24' = '3012' }\nas_is = ['5F25']") != "accepted");
    CHECK(refusal("as_is = ['5F25']") ==
          "override.toml:2:9: as_is: '5F25': nothing is wrong there; leave it out");
    CHECK(refusal("tags = { '5F24' = '301231' }\nas_is = ['5F24']").find("nothing is wrong there") !=
          std::string::npos);
    CHECK(refusal("tags = { '8E' = '00000000000000001E031F' }").find("ends within a rule") !=
          std::string::npos);
    CHECK(refusal("tags = { '5A' = '6210948000000012' }").find("check digit") != std::string::npos);
    CHECK(refusal("objects = { '9F4D' = '0B' }").find("9F4D: must be 2 octets, not 1") != std::string::npos);
    CHECK(refusal("objects = { '9F4D' = '0B' }\nas_is = ['9F4D']") == "accepted");
    CHECK(refusal("fci = { '9F11' = '0A' }").find("must be decimal digits") != std::string::npos);
    CHECK(refusal("fci = { 'BF0C' = '9F4D' }").find("must be data objects") != std::string::npos);
    CHECK(refusal("as_is = ['5F2']") ==
          "override.toml:2:9: as_is: '5F2' is neither a tag in hexadecimal nor a name of the dictionary");
    const auto image = test::load_card("unionpay-credit",
                                       "application.credit = { tags = { 5F24 = '3012' }, as_is = ['5F24'] }");
    CHECK(to_hex(shown(image.applications.at(0), 0x5F24)) == "3012");
}

TEST_CASE("Image rules: the forms of data objects") {
    const auto fault = [](emv::Tag tag, std::string_view value) {
        return emv::object_fault(tag, hex(value));
    };
    CHECK(fault(0x5F24, "251231").empty());
    CHECK(fault(0x5F24, "251331") == "must be a date YYMMDD that exists");
    CHECK(fault(0x5A, "374245001751006F").empty());
    CHECK(fault(0x5A, "37424500175100F6") == "must be decimal digits, then F to the end (format cn)");
    CHECK(fault(0x57, "6210948000000011D30122200000000000").empty());
    CHECK(fault(0x57, "6210948000000011D301222000000000001F").empty());
    CHECK(fault(0x57, "62109480000000113012220000000000") != "");
    CHECK(fault(0x9F42, "0156").empty());
    CHECK(fault(0x9F42, "015A") == "must be decimal digits, two an octet (format n)");
    CHECK(fault(0x94, "080101").starts_with("must be 4 to 252 octets"));
    CHECK(fault(0x94, "0801010008") == "must be entries of 4 octets");
    CHECK(fault(0x8C, "9F37") == "tag 9F37 at octet 0: no length in the data object list");
    CHECK(fault(0xDF7E, "00").empty());
    CHECK(emv::cvm_list_fault(hex("0000000000000000")) == "must be 10 to 252 octets, not 8");
    CHECK(emv::cvm_list_fault(hex("00000000000000001E03")).empty());
}

TEST_CASE("Image rules: a CVM list that ends within a rule") {
    CHECK(refusal("cvm_list = '0000000000000000 1E03 1F'") ==
          "override.toml:2:12: cvm_list: ends within a rule: 8 octets of amounts, then 2 for each rule "
          "(as_is = "
          "[\"cvm_list\"] takes it)");
    CHECK(refusal("cvm_list = '0000000000000000'").find("must be 10 to 252 octets") != std::string::npos);
    const auto image = test::load_card(
        "unionpay-credit", "application.credit = { cvm_list = '00000000000000001E', as_is = ['cvm_list'] }");
    CHECK(to_hex(shown(image.applications.at(0), 0x8E)) == "00000000000000001E");
}

TEST_CASE("Image rules: lists that the card itself goes by") {
    CHECK(refusal("cdol2 = '9F0206 9505'").find("must ask for 8A (8A02)") != std::string::npos);
    CHECK(refusal("cdol2 = '8A02'").find("must ask for 95 (9505) again") != std::string::npos);
    CHECK(refusal("cdol2 = '8A02'\nas_is = ['cdol2']") == "accepted");
    CHECK(refusal("cdol2 = '8A02 9505'") == "accepted");
    CHECK(refusal("tags = { '8C' = '9F3704' }").find("the card goes by its own list; write 'cdol1'") !=
          std::string::npos);
    CHECK(refusal("tags = { '8C' = '9F3704' }\nas_is = ['8C']") == "accepted");
    CHECK(refusal("tags = { '8C' = '' }\nas_is = ['8C']") == "accepted");
    // Without them there is no cryptogram: nothing takes that.
    CHECK(refusal("cdol1 = '9F0206'\nas_is = ['8C']").find("must ask for tag") != std::string::npos);
}

TEST_CASE("Image rules: the file control information brings no other lists than the card's own") {
    CHECK(
        refusal("fci = { '8C' = '9F0206' }") ==
        "override.toml:2:16: 8C: the card goes by its own list; write 'cdol1' for another (as_is = [\"8C\"] "
        "takes it)");
    CHECK(refusal("fci = { '8D' = '8A02' }").find("write 'cdol2' for another") != std::string::npos);
    CHECK(refusal("fci = { '9F49' = '9C01' }").find("write 'ddol' for another") != std::string::npos);
    CHECK(refusal("fci = { '9F49' = '9F3704' }") == "accepted");
    for (const char* fci : {"{ '8C' = '9F0206' }", "{ 'BF0C' = '8C039F0206' }"})
        CHECK(refusal("fci = " + std::string(fci) + "\nas_is = ['8C']") == "accepted");
    // Also within templates, and over the field.
    CHECK(refusal("fci = { 'BF0C' = '9F4D020B0A 9F49029C01' }")
              .find("BF0C: 9F49 in it: the card goes by its own list") != std::string::npos);
    CHECK(refusal("fci = { 'BF0C' = '7305 8C039F0206' }").find("BF0C: 8C in it") != std::string::npos);
    CHECK(refusal("fci = { 'BF0C' = '8C00' }").find("BF0C: 8C in it") != std::string::npos);
    CHECK(refusal("fci = { 'BF0C' = '9F4D020B0A' }") == "accepted");
    CHECK(refusal("contactless.fci = { '8C' = '9F0206' }", {}, "mastercard-credit")
              .find("write 'cdol1' for another") != std::string::npos);
    CHECK(refusal("contactless.fci = { '8C' = '9F0206' }").find("8C: a quick profile has no such list") !=
          std::string::npos);
}

TEST_CASE("Image rules: a primitive object stands in the records once") {
    const std::string_view twice =
        "record = [{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C', '8D', '5A'] }]";
    CHECK(refusal(twice) ==
          "override.toml:2:42: holds: 5A stands in the records already: a terminal ends the transaction (EMV "
          "book 3 clause 10.2) (as_is = [\"5A\"] takes it)");
    CHECK(refusal(std::string(twice) + "\nas_is = ['5A']") == "accepted");
    const std::string first = "record = [{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C', '8D'] },";
    CHECK(refusal(first + "{ sfi = 2, number = 1, holds = ['5F24'] }]").find("holds: 5F24 stands in") !=
          std::string::npos);
    CHECK(refusal(first + "{ sfi = 2, number = 1, raw = '7003 5F2401' }]") == "accepted");  // no TLV: unread
    CHECK(
        refusal(first + "{ sfi = 2, number = 1, raw = '7006 5F2403301231' }]").find("raw: 5F24 stands in") !=
        std::string::npos);
    CHECK(refusal(first + "{ sfi = 2, number = 1, raw = '7008 6106 5F2403301231' }]")
              .find("raw: 5F24 stands in") != std::string::npos);
    // What no terminal reads for the application is not there twice.
    CHECK(refusal(first + "{ sfi = 2, number = 1, in_locator = false, holds = ['5F24'] }]") == "accepted");
    CHECK(refusal(first + "{ sfi = 11, number = 1, raw = '7006 5F2403301231' }]") == "accepted");
    CHECK(refusal(std::string(twice) + "\ntags = { '5A' = '' }\nas_is = ['5A']") == "accepted");
}

TEST_CASE("Image rules: a record that is too long is told at the key that made it so") {
    const std::string long_list(2 * 240, '0');
    CHECK(refusal("tags = { 'Cardholder Verification Method List' = '" + long_list + "' }")
              .find("Method List: makes record 2 of file 2") != std::string::npos);
    CHECK(refusal("tags = { '8E' = '" + long_list + "' }")
              .starts_with("override.toml:2:17: 8E: makes record 2 of file 2 319 octets long, which holds at "
                           "most 254"));
    CHECK(
        refusal("cvm_list = '" + long_list + "'").starts_with("override.toml:2:12: cvm_list: makes record"));
    const auto record = [](std::size_t octets) {
        return fmt::format(
            "record = [{{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C', '8D'] }}, {{ sfi = "
            "2, number = 1, raw = '{}' }}]",
            std::string(2 * octets, '0'));
    };
    CHECK(refusal(record(254)) == "accepted");
    CHECK(
        refusal(record(255)).find("raw: makes record 1 of file 2 255 octets long, which holds at most 254") !=
        std::string::npos);
    CHECK(refusal("tags = { '9F4D' = '" + std::string(2 * 253, '0') + "' }")
              .find("has 253 octets, a data object at most 252") != std::string::npos);
}

TEST_CASE("Image rules: one object has one key in a table") {
    const std::string name = emv::find_tag(0x9F0D)->name.data();
    CHECK(refusal("tags = { '9F0D' = '0000000000', '" + name + "' = '1111111111' }") ==
          fmt::format("override.toml:2:66: {}: is the same object as '9F0D' (9F0D); leave one of them out",
                      name));
    CHECK(refusal("tags = { '9F0D' = '0000000000', '9f0d' = '' }").find("same object as '9F0D'") !=
          std::string::npos);
    CHECK(refusal("fci = { '50' = '41', 'Application Label' = '42' }").find("same object as '50'") !=
          std::string::npos);
    CHECK(refusal("objects = { '9F4F' = '9A03', 'Log Format' = '9C01' }").find("same object as '9F4F'") !=
          std::string::npos);
}

TEST_CASE("Image rules: quick profiles answer in template 77") {
    for (const char* image : {"unionpay-credit", "visa-credit"})
        CHECK(refusal("contactless.response_format = 1", {}, image)
                  .find("response_format: must be 2: quick profiles answer in template 77 alone") !=
              std::string::npos);
    CHECK(refusal("contactless.response_format = 2") == "accepted");
    CHECK(refusal("response_format = 1") == "accepted");  // written for contacts, and not inherited
    CHECK(refusal("response_format = 1\ninterfaces = ['contactless']").find("must be 2") !=
          std::string::npos);
    CHECK(refusal("contactless.response_format = 1", {}, "jcb-credit") == "accepted");
}

TEST_CASE("Image rules: the account's check digit, and its dates") {
    CHECK(refusal("", "[account]\npan = '6210948000000012'") ==
          "override.toml:4:7: pan: the check digit is wrong (as_is = [\"pan\"] takes it)");
    CHECK(refusal("", "[account]\npan = '6210948000000012'\nas_is = ['pan']") == "accepted");
    CHECK(refusal("", "[account]\nas_is = ['pan']") ==
          "override.toml:4:9: as_is: 'pan': nothing is wrong there; leave it out");
    CHECK(refusal("pan = '6210948000000012'").starts_with("override.toml:2:7: pan: the check digit"));
    CHECK(refusal("pan = '6210948000000012'\nas_is = ['pan']") == "accepted");
    CHECK(refusal("", "[stripe]\npan = '6210948000000012'").find("check digit") != std::string::npos);
    CHECK(refusal("", "[account]\neffective = '3101'").find("effective: is after the expiry") !=
          std::string::npos);
    CHECK(refusal("", "[account]\nexpiry = '1912'").find("effective: is after the expiry") !=
          std::string::npos);
    CHECK(refusal("expiry = '1912'").find("expiry: is before the effective date") != std::string::npos);
    CHECK(refusal("", "[account]\nexpiry = '1912'\nas_is = ['expiry']") == "accepted");
    CHECK(refusal("", "[account]\nexpiry = '2001'") == "accepted");  // expired is not wrong
    CHECK(refusal("", "[account]\neffective = '9912'\nexpiry = '0312'") == "accepted");
    CHECK(refusal("", "[account]\nas_is = ['holder']").find("as_is: 'holder' is none of pan, effective") !=
          std::string::npos);
}

TEST_CASE("Image rules: a wrong word of a list is refused at its own place") {
    CHECK(refusal("interfaces = ['contact', 'contactles']") ==
          "override.toml:2:26: interfaces: 'contactles' is none of contact, contactless (did you mean "
          "'contactless'?)");
    CHECK(refusal("risk.default_action = ['new_card_onlin']").find("did you mean 'new_card_online'?") !=
          std::string::npos);
}

TEST_CASE("Image rules: the issuer action codes of every image have the bits of its methods") {
    for (const std::string& name : test::card_names()) {
        const CardImage image = test::load_card(name);
        for (const auto* applications : {&image.applications, &image.contactless})
            for (const Application& application : *applications) {
                INFO(name);
                const Bytes otherwise = shown(application, 0x9F0D), online = shown(application, 0x9F0F);
                if (otherwise.empty()) continue;  // a quick profile, or records of its own
                const Authentication& own = application.authentication;
                const int failed =
                    (own.static_data ? 0x40 : 0) | (own.dynamic_data ? 0x08 : 0) | (own.combined ? 0x04 : 0);
                CHECK((otherwise[0] & failed) == failed);
                CHECK((online[0] & failed) == failed);
            }
    }
    const auto chosen =
        test::load_card("unionpay-credit-cda", "application.credit.iac_online = '0000000000'");
    CHECK(to_hex(shown(chosen.applications.at(0), 0x9F0F)) == "0000000000");
    CHECK(to_hex(shown(chosen.applications.at(0), 0x9F0D)) == "DC689CF800");
    CHECK(to_hex(shown(test::load_card("unionpay-credit").applications.at(0), 0x9F0D)) == "D8689CF800");
}

TEST_CASE("Image rules: an AIP claims no method that the card has no keys for") {
    CHECK(refusal("aip = '7C00'") ==
          "override.toml:2:7: aip: claims SDA, DDA, which no 'methods' of an 'authentication' table names "
          "(as_is = [\"aip\"] takes it)");
    CHECK(refusal("aip = '7C00'\nas_is = ['aip']") == "accepted");
    CHECK(refusal("aip = '7C00'\nas_is = ['82']") == "accepted");
    CHECK(refusal("aip = '5C00'", {}, "unionpay-credit-sda") == "accepted");
    CHECK(refusal("aip = '7D00'", {}, "unionpay-credit-sda").find("claims DDA, CDA, which") !=
          std::string::npos);
    CHECK(refusal("contactless.aip = '2000'").find("aip: claims DDA") != std::string::npos);
}

TEST_CASE("Image rules: records hold the mandatory objects") {
    CHECK(refusal("tags = { '8C' = '' }") ==
          "override.toml:2:8: tags: no record holds 8C, which is mandatory (EMV book 3 clause 7.2; as_is = "
          "[\"8C\"] takes it)");
    CHECK(refusal("record = [{ sfi = 1, number = 1, holds = ['5A', '5F24'] }]") ==
          "override.toml:2:10: record: no record holds 8C, 8D, which are mandatory (EMV book 3 clause 7.2; "
          "as_is = [\"8C\", \"8D\"] takes it)");
    CHECK(refusal("record = [{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C'] }]")
              .starts_with("override.toml:2:10: record: no record holds 8D, "));
    CHECK(refusal("record = [{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C'] }]\nas_is = ['8D']") ==
          "accepted");
    // Octets count as far as they can be read, and other files not at all.
    CHECK(refusal("record = [{ sfi = 1, number = 1, holds = ['5F24', '8C', '8D'] },"
                  "{ sfi = 1, number = 2, raw = '700A5A086210948000000011' }]") == "accepted");
    CHECK(refusal("record = [{ sfi = 1, number = 1, holds = ['5F24', '8C', '8D'] },"
                  "{ sfi = 11, number = 2, raw = '700A5A086210948000000011' }]")
              .find("no record holds 5A") != std::string::npos);
    // With Mastercard's profile there is no second cryptogram.
    const std::string_view one =
        "contactless.record = [{ sfi = 1, number = 1, holds = ['5A', '5F24', '8C'] }]";
    CHECK(refusal(one, {}, "mastercard-credit") == "accepted");
    CHECK(refusal(one, {}, "jcb-credit").find("no record holds 8D") != std::string::npos);
}

TEST_CASE("Image rules: a PAN among the objects is the account's") {
    CHECK(refusal("tags = { '5A' = '6210948000000029' }") ==
          "override.toml:2:17: 5A: is another PAN than the account's; write 'pan' for another card (as_is = "
          "[\"5A\"] takes it)");
    CHECK(refusal("tags = { '57' = '6210948000000029D30122200000000000' }").find("57: is another PAN") !=
          std::string::npos);
    CHECK(refusal("tags = { '5A' = '6210948000000029' }\nas_is = ['pan']") == "accepted");
    CHECK(refusal("tags = { '57' = '6210948000000011D49122200000000000' }") == "accepted");
}

TEST_CASE("Image rules: the check digit of a PAN that a track holds") {
    const auto track = [](std::string_view keys) { return refusal("", "[stripe]\n" + std::string(keys)); };
    CHECK(track("track2 = ';6210948000000012=30122200000000000?'") ==
          "override.toml:4:10: track2: the check digit of its PAN is wrong (as_is = [\"pan\"] takes it)");
    CHECK(track("track1 = '%B6210948000000012^TEST/CARD^30122200000000000?'").find("track1: the check") !=
          std::string::npos);
    CHECK(track("track2 = ';6210948000000012=30122200000000000?'\nas_is = ['pan']") == "accepted");
    CHECK(track("track2 = ';6210948000000011=30122200000000000?'\nas_is = ['pan']")
              .find("nothing is wrong there") != std::string::npos);
    CHECK(track("track2 = ';12=?'").find("check digit") != std::string::npos);
    CHECK(track("track2 = ';1234?'") == "accepted");  // no separator: no PAN
}

TEST_CASE("Image rules: an answer to reset that a terminal must reject") {
    const auto atr = [](std::string_view keys) {
        try {
            test::load_card("unionpay-credit", keys);
        } catch (const config::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    CHECK(
        atr("atr = '3B00'") ==
        "override.toml:1:7: atr: a terminal rejects it: TB1 is missing: must be 00 at a cold reset (EMV book "
        "1 clause 8.3) (as_is = [\"atr\"] takes it)");
    CHECK(atr("atr = '3B00'\nas_is = ['atr']") == "accepted");
    CHECK(atr("atr_warm = '3B00'") == "accepted");  // any TB1 or none is taken there
    CHECK(atr("atr_warm = '3B0001'\nas_is = ['atr_warm']") == "accepted");
    CHECK(atr("as_is = ['atr']") == "override.toml:1:9: as_is: 'atr': nothing is wrong there; leave it out");
    CHECK(atr("as_is = ['atr_warm']").find("there is none") != std::string::npos);
    // The protocol that it leads to is spoken all the same.
    CHECK(test::load_card("unionpay-credit", "atr = '3B8001 81'\nas_is = ['atr']").atr.read.protocol() == 1);
}

TEST_CASE("Image rules: what is to be wrong is made, and can happen") {
    const auto wrong = [](const std::string& image, std::string_view more) {
        return refusal("authentication.wrong = ['" + std::string(more) + "']", {}, image);
    };
    CHECK(wrong("unionpay-credit-cda", "static_signature") ==
          "override.toml:2:24: wrong: this card has no static_signature: it needs the method SDA");
    CHECK(wrong("unionpay-credit-sda", "dynamic_signature").find("it needs the method DDA or CDA") !=
          std::string::npos);
    CHECK(wrong("unionpay-credit-sda", "card_certificate").find("it needs the method DDA or CDA") !=
          std::string::npos);
    CHECK(wrong("unionpay-credit-cda", "pin_certificate").find("it needs the key 'pin'") !=
          std::string::npos);
    CHECK(wrong("unionpay-credit-sda", "static_signature") == "accepted");
    CHECK(wrong("unionpay-credit-cda", "dynamic_signature") == "accepted");

    const auto dropout = [](std::string_view keys) {
        return refusal("", "[stripe.faults]\n" + std::string(keys));
    };
    CHECK(dropout("tracks = [1]\ndensity_bpi = 420\ndropout = { from_mm = 40, length_mm = 1 }")
              .find("dropout: changes nothing on track 1") != std::string::npos);
    CHECK(dropout("tracks = [1]\ndensity_bpi = 420\ndropout = { from_mm = 23, length_mm = 1 }") ==
          "accepted");
}

TEST_CASE("Image rules: a fault that can never act is refused") {
    const auto fault = [](std::string_view rule, const std::string& image = "unionpay-credit",
                          std::string_view more = {}) {
        return refusal(more, "[[fault]]\ndo = 'mute'\n" + std::string(rule), image);
    };
    CHECK(fault("on = 'GET RESPONSE'") ==
          "override.toml:5:6: on: GET RESPONSE belongs to T=0: it never comes, this card speaks T=1");
    CHECK(fault("on = 'GET RESPONSE'", "unionpay-credit-t0") == "accepted");
    CHECK(fault("on = 'GET RESPONSE'\ninterface = 'contactless'", "unionpay-credit-t0")
              .find("interface: GET RESPONSE belongs to T=0") != std::string::npos);
    CHECK(fault("on = 'activation'", "unionpay-credit-sda") == "accepted");
    const auto quasi = [](std::string_view rule) {
        try {
            test::load_card("unionpay-quasi-credit", "[[fault]]\ndo = 'mute'\n" + std::string(rule));
        } catch (const config::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    CHECK(quasi("on = 'activation'") == "override.toml:3:6: on: never comes: the card has no antenna");
    CHECK(quasi("on = 'any'\ninterface = 'contactless'") ==
          "override.toml:4:13: interface: never comes: the card has no antenna");
    CHECK(quasi("on = 'reset'") == "accepted");
    CHECK_THROWS_WITH(test::load_card("unionpay-stripe-only", "[[fault]]\non = 'reset'\ndo = 'mute'"),
                      Catch::Matchers::EndsWith("on: never comes: the card has no chip that answers"));
}

TEST_CASE("Image rules: advice for objects that no record has") {
    const auto advice = [](std::string_view tag) {
        return refusal("tags = { '" + std::string(tag) + "' = '7C00' }\nas_is = ['" + std::string(tag) +
                       "']");
    };
    CHECK(refusal("tags = { '82' = '1C00' }")
              .find("82: stands in no record, but is answered to GET "
                    "PROCESSING OPTIONS; write 'aip'") != std::string::npos);
    CHECK(refusal("tags = { '94' = '08010100' }").find("lay them out with [[record]]") != std::string::npos);
    CHECK(refusal("tags = { '9F10' = '07' }").find("write 'cryptogram_version', 'key_index'") !=
          std::string::npos);
    CHECK(advice("9F38").find("write 'pdol'") != std::string::npos);
}

TEST_CASE("Image rules: codes of countries and currencies, and odd digits") {
    CHECK(refusal("issuer_country = '156'") ==
          "override.toml:2:18: issuer_country: must be a numeric code in four digits, such as \"0156\" for "
          "China and CNY");
    CHECK(refusal("currency = 'CNY'").find("four digits, such as \"0156\"") != std::string::npos);
    CHECK(refusal("currency = '0344'") == "accepted");
    CHECK(refusal("tags = { '57' = '6210948000000011D3012220000000001' }") ==
          "override.toml:2:17: 57: has an odd number of digits: fill up the last octet with F");
    CHECK(refusal("currency_exponent = '0202'").find("must be 1 octet, not 2") != std::string::npos);
}

TEST_CASE("Image rules: keys of another profile, and an inherited table that is not used") {
    CHECK(
        refusal("contactless.profile = 'emv'") ==
        "override.toml:2:23: profile: 'emv' has no 'cvm' (" +
            (test::fixtures_folder() / "cards/unionpay-credit.toml").generic_string() +
            ":26:14), which belongs to the quick profiles (profile = \"qpboc\", \"qvsdc\"); take it off with "
            "'remove'");
    CHECK(refusal("contactless.drdol = '9F3704'") ==
          "override.toml:2:21: drdol: belongs to profile = \"mastercard\", not to 'qpboc'");
    const auto contact = test::load_card("unionpay-credit", "application.credit.interfaces = ['contact']");
    CHECK(contact.applications.size() == 1);
    CHECK(contact.contactless.empty());
    CHECK(contact.ats.empty());
    CHECK_THAT(
        refusal("interfaces = ['contactless']"),
        Catch::Matchers::EndsWith("the card decides by it, or signs it; override.toml:1:1 is laid over it"));
    CHECK(refusal("interfaces = ['contact']\ncontactless = { profile = 'emv' }").find("does not name it") !=
          std::string::npos);
}
