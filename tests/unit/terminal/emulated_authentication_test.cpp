#include <fmt/format.h>

#include "drivers/protocols/emv/authority_key.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/authentication_sale.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using Catch::Matchers::ContainsSubstring;
using trace::Kind;

// Offline data authentication of the terminal (certificate_recover.hpp) against a card that signs with
// certificate_issue.hpp. TVR octet 1: 80 not performed, 40 SDA, 08 DDA, 04 CDA failed, 20 data missing, 02
// SDA selected.

namespace {

std::string authority_table(std::string_view more) {
    const auto key = crypto::RsaPublicKey::from_pem(test_pki("authority_public")).value();
    return fmt::format(
        "authority_key = [{{ rid = 'A000000333', index = '80', modulus = '{}', exponent = '{}'{} }}]",
        to_hex(key.modulus()), to_hex(key.exponent()), more);
}

/// What is wrong alike for SDA, DDA and CDA. @param chain clause of the issuer's certificate, @param lookup
/// of the authority's key
std::vector<Case> common_cases(const std::string& lookup, const std::string& chain) {
    const std::string book2 = "EMV book 2 clause ";
    return {
        {"no authority index", without(0x8F), "EMV book 3 clause 7.2: a data object is missing", true, ""},
        {"no issuer certificate", without(0x90), "clause 7.2: a data object is missing", true, ""},
        {"no issuer exponent", without(0x9F32), "clause 7.2: a data object is missing", true, ""},
        {"no remainder", without(0x92), book2 + chain + " step 5", false, ""},
        {"wrong issuer certificate", flipped(0x90, 100), book2 + chain + " step", false, ""},
        {"wrong remainder", flipped(0x92, 0), book2 + chain + " step 7: the hash differs", false, ""},
        {"issuer certificate expired",
         [](SigningCard& card) { card.issuer.expiry = std::chrono::year(2026) / 5; },
         book2 + chain + " step 9: the certificate has expired", false, ""},
        {"another issuer", [](SigningCard& card) { card.issuer.identifier = "622200"; },
         book2 + chain + " step 8", false, ""},
        {"unknown authority key", [](SigningCard& card) { card.authority_index = "81"; },
         book2 + lookup + ": no authority key A000000333 81", false, ""},
        {"authority key expired",
         {},
         book2 + lookup + ": the authority key A000000333 80 has expired",
         false,
         authority_table(", expires = '2605'")},
        {"no authority keys",
         {},
         book2 + lookup + ": no authority key A000000333 80",
         false,
         "authority_key = []"},
        {"tag list of more than the AIP", [](SigningCard& card) { card.tag_list = "825A"; },
         "EMV book 3 clause 10.3: the static data authentication tag list", false, ""},
    };
}

std::vector<Case> card_cases() {
    return {
        {"no card certificate", without(0x9F46), "clause 7.2: a data object is missing", true, ""},
        {"no card exponent", without(0x9F47), "clause 7.2: a data object is missing", true, ""},
        {"no card remainder", without(0x9F48), "EMV book 2 clause 6.4 step 5", false, ""},
        {"wrong card certificate", flipped(0x9F46, 60), "EMV book 2 clause 6.4 step", false, ""},
        {"record tampered with", tamper_record, "EMV book 2 clause 6.4 step 7: the hash differs", false, ""},
        {"card certificate expired", [](SigningCard& card) { card.icc.expiry = std::chrono::year(2026) / 5; },
         "EMV book 2 clause 6.4 step 9: the certificate has expired", false, ""},
        {"another card's certificate", [](SigningCard& card) { card.icc.pan = "6210948000000029"; },
         "EMV book 2 clause 6.4 step 8: the PAN differs", false, ""},
    };
}

}  // namespace

TEST_CASE("a card without a method in common is not authenticated, and the TVR says so") {
    const Outcome none = sale(0);
    CHECK(none.tvr == "80" + std::string(rest_of_tvr));
    CHECK(none.tsi == "4800");
    CHECK(none.details == std::vector<std::string>{"not performed"});
    CHECK(sale(sda | dda | cda, {}, "capabilities = 'E06800'").tvr == none.tvr);
    CHECK(sale(sda, {}, "capabilities = 'E06848'").tvr == none.tvr);
    CHECK(none.outcome == "approved");
}

TEST_CASE("the best method that both have is taken (EMV book 3 clause 10.3)") {
    const auto method = [](std::uint8_t methods, std::string_view capabilities) {
        const auto result = sale(methods, {}, fmt::format("capabilities = '{}'", capabilities));
        return result.details.at(0).substr(0, 3);
    };
    CHECK(method(sda | dda | cda, "E068C8") == "CDA");
    CHECK(method(sda | dda | cda, "E068C0") == "DDA");
    CHECK(method(sda | dda, "E068C8") == "DDA");
    CHECK(method(dda, "E06840") == "DDA");
    CHECK(method(sda, "E06880") == "SDA");
}

TEST_CASE("SDA: the signed static data is authentic") {
    for (const std::string tag_list : {"", "82"}) {
        const Outcome good = sale(sda, [&](SigningCard& card) { card.tag_list = tag_list; });
        CHECK(good.details == std::vector<std::string>{"SDA: authentic"});
        CHECK(good.tvr == "02" + std::string(rest_of_tvr));
        CHECK(good.tsi == "C800");
        CHECK(good.reference == 0x80);
        CHECK(good.outcome == "approved");
    }
}

TEST_CASE("SDA: whatever is wrong sets its bits and is named") {
    auto cases = common_cases("5.2", "5.3");
    cases.push_back({"no signed data", without(0x93), "clause 7.2: a data object is missing", true, ""});
    cases.push_back({"wrong signed data", flipped(0x93, 70), "EMV book 2 clause 5.4 step", false, ""});
    cases.push_back(
        {"record tampered with", tamper_record, "EMV book 2 clause 5.4 step 7: the hash differs", false, ""});
    check_failures(sda, "SDA", 0x42, cases);
}

TEST_CASE("DDA: the card proves that it has its key") {
    for (const int format : {1, 2})
        for (const std::string ddol : {"", "9F37049A03", "9F02069F3704"}) {
            const Outcome good = sale(dda, [&](SigningCard& card) {
                card.response_format = format;
                card.ddol = ddol;
            });
            CHECK(good.details == std::vector<std::string>{"DDA: authentic"});
            CHECK(good.tvr == "00" + std::string(rest_of_tvr));
            CHECK(good.tsi == "C800");
            CHECK(good.outcome == "approved");
        }
}

TEST_CASE("DDA: whatever is wrong sets its bits and is named") {
    auto cases = common_cases("6.2", "6.3");
    for (const Case& wrong : card_cases()) cases.push_back(wrong);
    const std::string clause = "EMV book 2 clause 6.5.";
    cases.push_back(
        {"signed for another number", wrong_number, clause + "2 step 7: the hash differs", false, ""});
    cases.push_back(
        {"wrong signature",
         [](SigningCard& card) { card.spoil_signature = [](Bytes& octets) { flip(octets, 20); }; },
         clause + "2 step", false, ""});
    cases.push_back(
        {"short signature",
         [](SigningCard& card) { card.spoil_signature = [](Bytes& octets) { octets.pop_back(); }; },
         clause + "2 step 1", false, ""});
    cases.push_back({"list without 9F37", [](SigningCard& card) { card.ddol = "9A03"; },
                     clause + "1: the DDOL does not ask for the unpredictable number", false, ""});
    cases.push_back({"list that is none", [](SigningCard& card) { card.ddol = "9F37"; },
                     clause + "1: the DDOL cannot be served", false, ""});
    check_failures(dda, "DDA", 0x08, cases);
}

TEST_CASE("DDA: an answer to INTERNAL AUTHENTICATE that is none ends the transaction") {
    for (const std::string answer : {"6985", "9000", "80039000", "770A9F2701809F2701809000", "70009000"}) {
        INFO(answer);
        const Outcome result = sale(
            dda, [&](SigningCard& card) { card.spoil_answer = [answer](Bytes& out) { out = hex(answer); }; });
        CHECK(result.outcome == "failed");
        CHECK(result.reason == "chip_error");
        CHECK(result.cryptograms == 0);
        CHECK(result.requests == 0);
    }
}

TEST_CASE("CDA: both cryptograms come with a signature") {
    const Outcome good = sale(cda);
    CHECK(good.details ==
          std::vector<std::string>{"CDA: goes on with the cryptogram", "CDA: authentic", "CDA: authentic"});
    CHECK(good.reference == 0x90);
    CHECK(good.tvr == "00" + std::string(rest_of_tvr));
    CHECK(good.tsi == "4800");  // CDA is performed with the cryptogram
    CHECK(good.second_tsi == "E800");
    CHECK(to_hex(good.field55.get(0x9F26)) == "A1A2A3A4A5A6A7A8");
    CHECK(good.outcome == "approved");
    CHECK_FALSE(good.reversal_pending);
}

TEST_CASE(
    "CDA: keys that cannot be recovered leave a cryptogram without a signature (EMV book 4 clause 6.3.2)") {
    auto cases = common_cases("6.2", "6.3");
    for (const Case& wrong : card_cases()) cases.push_back(wrong);
    check_failures(cda, "CDA", 0x04, cases);
}

TEST_CASE("CDA: an ARQC whose signature is wrong is declined with an AAC, and nothing is sent") {
    const auto spoiled = [](std::function<void(Bytes&)> spoil) {
        return [spoil = std::move(spoil)](SigningCard& card) { card.spoil_answer = spoil; };
    };
    const std::string clause = "EMV book 2 clause 6.6.";
    // Template 77 with a length of two octets: 9F27 at 3, 9F36 at 7, 9F4B at 12.
    const std::vector<Case> cases{
        {"signed for another number", wrong_number, clause + "2 step 9: the hash differs", false, ""},
        {"wrong signature",
         [](SigningCard& card) { card.spoil_signature = [](Bytes& octets) { flip(octets, 20); }; },
         clause + "2 step", false, ""},
        {"short signature",
         [](SigningCard& card) { card.spoil_signature = [](Bytes& octets) { octets.pop_back(); }; },
         clause + "2 step 1", false, ""},
        {"another ATC", spoiled([](Bytes& octets) {
             if (octets[0] == 0x77) flip(octets, 11);
         }),
         clause + "2 step 12: the hash of the transaction data differs", false, ""},
        {"another kind in the clear", spoiled([](Bytes& octets) {
             if (octets[0] == 0x77) octets.at(6) = 0x88;
         }),
         clause + "2 step 6", false, ""},
        {"no signature", spoiled([](Bytes& octets) {
             if (octets[0] == 0x77) octets = hex("800B80000101020304050607089000");
         }),
         clause + "1: the answer has no signature", false, ""},
    };
    for (const Case& wrong : cases) {
        INFO(wrong.name);
        const Outcome result = sale(cda, wrong.spoil);
        CHECK(result.reference == 0x90);
        REQUIRE(result.details.size() == 2);
        CHECK_THAT(result.details[1], ContainsSubstring("CDA: " + wrong.detail));
        REQUIRE(result.cryptograms == 2);
        CHECK(result.second_tvr == "04" + std::string(rest_of_tvr));
        CHECK(result.second_tsi == "E800");
        CHECK(result.outcome == "declined");
        CHECK(result.reason == "offline_decline");
        CHECK(result.requests == 0);
    }
}

TEST_CASE("CDA: a TC whose signature is wrong approves nothing, and the reversal stays") {
    Rig rig;
    SigningCard card(rig, cda);
    card.spoil_signature = [&](Bytes& octets) {
        if (card.generate_ac_count() == 2) flip(octets, 20);
    };
    rig.chip_sale();
    CHECK(card.asked(2).reference == 0x50);
    CHECK(rig.host.count("0200") == 1);
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "declined");
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_declined");
    CHECK(rig.book() == 0);
    CHECK(rig.reversal_pending());
}

TEST_CASE("CDA: an AAC is not asked for with a signature, nor is one expected in it") {
    const Outcome denied =
        sale(cda, {}, "application = [{ aid = 'A000000333010102', tac_denial = '0000008000' }]");
    CHECK(denied.reference == 0x00);
    CHECK(denied.tvr == "00" + std::string(rest_of_tvr));
    CHECK(denied.reason == "offline_decline");

    Rig rig;
    SigningCard card(rig, cda);
    rig.reader.first_cid = 0x00;
    rig.chip_sale();
    CHECK(card.asked(1).reference == 0x90);
    CHECK(card.generate_ac_count() == 1);
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "offline_decline");
}

TEST_CASE("the terminal's action codes decide on what authentication found") {
    const std::string_view denies_failed_dda =
        "application = [{ aid = 'A000000333010102', tac_denial = '0800000000' }]";
    const Outcome bad = sale(dda, wrong_number, denies_failed_dda);
    CHECK(bad.reference == 0x00);
    CHECK(bad.reason == "offline_decline");
    CHECK(bad.requests == 0);
    CHECK(sale(dda, {}, denies_failed_dda).outcome == "approved");
}

TEST_CASE("only the records that the AFL says are static data, those of other files whole") {
    Rig rig;
    SigningCard card(rig, dda);
    rig.reader.afl = "0801010010010200";  // nothing is static data: the hash over the record is wrong
    rig.chip_sale();
    CHECK(card.asked(1).tvr.substr(0, 2) == "08");
}

TEST_CASE("profiles: an authority key is whole, known once and is what its checksum says") {
    const auto refused = [](std::string_view overrides) {
        try {
            settings(overrides);
        } catch (const config::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string("(none)");
    };
    const auto key = crypto::RsaPublicKey::from_pem(test_pki("authority_public")).value();
    const auto sum = emv::check_sum({{0xA0, 0, 0, 0x03, 0x33}, 0x80}, key);
    CHECK(refused(authority_table(", hash_algorithm = '01', checksum = '" + to_hex(sum) + "'")) == "(none)");
    CHECK_THAT(refused(authority_table(", checksum = '" + std::string(40, '0') + "'")),
               ContainsSubstring("is not the SHA-1 of RID, index, modulus and exponent"));
    CHECK_THAT(refused(authority_table(", hash_algorithm = '02'")), ContainsSubstring("must be 01, SHA-1"));
    CHECK_THAT(refused(authority_table(", expires = '3013'")), ContainsSubstring("must be a month YYMM"));
    CHECK_THAT(refused(authority_table(", key = 'x'")), ContainsSubstring("either 'key', or 'modulus'"));
    CHECK_THAT(refused("authority_key = [{ rid = 'A000000333', index = '80' }]"),
               ContainsSubstring("either 'key', or 'modulus'"));
    CHECK_THAT(refused("authority_key = [{ rid = 'A000000333', index = '80', key = 'x' }]"),
               ContainsSubstring("key: a key in PEM begins with"));
    CHECK_THAT(refused("authority_key = [{ rid = 'A0000003', index = '80', key = 'x' }]"),
               ContainsSubstring("rid: must be 5 octets"));
    CHECK_THAT(refused("authority_key = [{ rid = 'A000000333', index = '8080', key = 'x' }]"),
               ContainsSubstring("index: must be 1 octets"));
    CHECK_THAT(
        refused("authority_key = [{ rid = 'A000000333', index = '80', modulus = 'FF', exponent = '03' }]"),
        ContainsSubstring("modulus: an RSA modulus has 64 to 248 octets"));
    const std::string table = authority_table("");
    const std::string entry = table.substr(table.find('{'), table.rfind('}') - table.find('{') + 1);
    CHECK_THAT(refused("authority_key = [" + entry + ", " + entry + "]"),
               ContainsSubstring("another [[authority_key]] has the same RID and index"));
}
