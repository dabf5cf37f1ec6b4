#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/authentication_sale.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using Catch::Matchers::ContainsSubstring;

// Offline data authentication with SM2 (PBOC 3.0 part 17): sm2_certificate_verify.cpp in the terminal against
// a card that signs with sm2_certificate_issue.cpp. The bits are those of the methods with RSA.

namespace {

constexpr auto sm2 = SigningCard::Algorithm::sm2;

Outcome sm2_sale(std::uint8_t methods, const Spoil& spoil = {}, std::string_view overrides = "") {
    return sale(methods, spoil, overrides, sm2);
}

const std::string part17 = "PBOC 3.0 part 17, ";

/// What is wrong alike for SDA, DDA and CDA. Octets of the issuer's certificate: 0 format, 1 identifier, 5
/// expiry, 10 algorithm, 12 curve, 14 key, 78 signature. @param lookup clause of the authority's key
std::vector<Case> chain_cases(const std::string& lookup) {
    const std::string issuer = part17 + "issuer certificate: ";
    return {
        {"no authority index", without(0x8F), "EMV book 3 clause 7.2: a data object is missing", true, ""},
        {"no issuer certificate", without(0x90), "clause 7.2: a data object is missing", true, ""},
        {"another format", flipped(0x90, 0), issuer + "the format is not 12", false, ""},
        {"another algorithm", flipped(0x90, 10), issuer + "the signature algorithm is not SM2", false, ""},
        {"another curve", flipped(0x90, 12), issuer + "the curve is not that of SM2", false, ""},
        {"a point off the curve", flipped(0x90, 14), issuer, false, ""},
        {"serial number tampered with", flipped(0x90, 8), issuer + "the signature is not", false, ""},
        {"wrong signature", flipped(0x90, 100), issuer + "the signature is not", false, ""},
        {"issuer certificate expired",
         [](SigningCard& card) { card.issuer.expiry = std::chrono::year(2026) / 5; },
         issuer + "it has expired", false, ""},
        {"another issuer", [](SigningCard& card) { card.issuer.identifier = "622200"; },
         issuer + "the issuer identifier is not what the PAN begins with", false, ""},
        {"too short",
         [](SigningCard& card) {
             card.spoil_objects = [](emv::TlvMap& objects) {
                 if (objects.has(0x90))
                     objects.set(0x90, Bytes(objects.get(0x90).begin(), objects.get(0x90).end() - 1));
             };
         },
         issuer + "it has 141 octets instead of 142", false, ""},
        {"unknown authority key", [](SigningCard& card) { card.authority_index = "91"; },
         "EMV book 2 clause " + lookup + ": no authority key A000000333 91", false, ""},
    };
}

/// Octets of the card's certificate: 0 format, 1 PAN, 16 algorithm, 20 key, 84 signature.
std::vector<Case> card_cases() {
    const std::string icc = part17 + "ICC certificate: ";
    return {
        {"no card certificate", without(0x9F46), "clause 7.2: a data object is missing", true, ""},
        {"another format", flipped(0x9F46, 0), icc + "the format is not 14", false, ""},
        {"wrong signature", flipped(0x9F46, 120), icc + "the signature is not", false, ""},
        {"record tampered with", tamper_record, icc + "the signature is not", false, ""},
        {"card certificate expired", [](SigningCard& card) { card.icc.expiry = std::chrono::year(2026) / 5; },
         icc + "it has expired", false, ""},
        {"another card's certificate", [](SigningCard& card) { card.icc.pan = "6210948000000029"; },
         icc + "the PAN differs", false, ""},
    };
}

std::vector<Case> joined(std::vector<Case> first, const std::vector<Case>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

}  // namespace

TEST_CASE("SM2: static data, dynamic data and cryptograms are authentic") {
    const Outcome first = sm2_sale(sda);
    CHECK(first.details == std::vector<std::string>{"SDA: authentic"});
    CHECK(first.tvr == "02" + std::string(rest_of_tvr));
    for (const std::string ddol : {"", "9F37049A03"}) {
        const Outcome second = sm2_sale(dda, [&](SigningCard& card) { card.ddol = ddol; });
        CHECK(second.details == std::vector<std::string>{"DDA: authentic"});
        CHECK(second.tvr == "00" + std::string(rest_of_tvr));
    }
    const Outcome third = sm2_sale(cda);
    CHECK(third.details ==
          std::vector<std::string>{"CDA: goes on with the cryptogram", "CDA: authentic", "CDA: authentic"});
    CHECK(third.reference == 0x90);
    CHECK(to_hex(third.field55.get(0x9F26)) == "A1A2A3A4A5A6A7A8");
    CHECK(third.outcome == "approved");
}

TEST_CASE("SM2, SDA: whatever is wrong sets its bits and is named") {
    const std::string data = part17 + "signed static data: ";
    check_failures(
        sda, "SDA", 0x42,
        joined(chain_cases("5.2"),
               {{"no signed data", without(0x93), "clause 7.2: a data object is missing", true, ""},
                {"another format", flipped(0x93, 0), data + "the format is not 13", false, ""},
                {"another code", flipped(0x93, 1), data + "the signature is not", false, ""},
                {"record tampered with", tamper_record, data + "the signature is not", false, ""}}),
        sm2);
}

TEST_CASE("SM2, DDA: whatever is wrong sets its bits and is named") {
    const std::string data = part17 + "signed dynamic data: ";
    const auto spoiled = [](std::function<void(Bytes&)> spoil) {
        return [spoil = std::move(spoil)](SigningCard& card) { card.spoil_signature = spoil; };
    };
    auto cases = joined(chain_cases("6.2"), card_cases());
    cases.push_back({"signed for another number", wrong_number, data + "the signature is not", false, ""});
    cases.push_back({"wrong signature", spoiled([](Bytes& octets) { flip(octets, 20); }),
                     data + "the signature is not", false, ""});
    cases.push_back({"short signature", spoiled([](Bytes& octets) { octets.pop_back(); }),
                     data + "the length of the ICC dynamic data does not fit", false, ""});
    cases.push_back({"two octets", spoiled([](Bytes& octets) { octets.resize(2); }),
                     data + "2 octets are too few", false, ""});
    check_failures(dda, "DDA", 0x08, cases, sm2);
}

TEST_CASE("SM2, CDA: keys that cannot be recovered leave a cryptogram without a signature") {
    check_failures(cda, "CDA", 0x04, joined(chain_cases("6.2"), card_cases()), sm2);
}

TEST_CASE("SM2, CDA: an ARQC whose signature is wrong is declined with an AAC, and nothing is sent") {
    const std::string data = part17 + "combined dynamic data: ";
    const std::vector<Case> cases{
        {"signed for another number", wrong_number, data + "the signature is not", false, ""},
        {"another ATC",
         [](SigningCard& card) {
             // Template 77 with a length of two octets: 9F27 at 3, 9F36 at 7.
             card.spoil_answer = [](Bytes& octets) {
                 if (octets[0] == 0x77) flip(octets, 11);
             };
         },
         data + "the hash of the transaction data differs", false, ""},
    };
    for (const Case& wrong : cases) {
        INFO(wrong.name);
        const Outcome result = sm2_sale(cda, wrong.spoil);
        REQUIRE(result.details.size() == 2);
        CHECK_THAT(result.details[1], ContainsSubstring("CDA: " + wrong.detail));
        CHECK(result.second_tvr == "04" + std::string(rest_of_tvr));
        CHECK(result.reason == "offline_decline");
        CHECK(result.requests == 0);
    }
}

TEST_CASE("a chain whose algorithm is not the authority's is refused") {
    // The index of the RSA key, with certificates of SM2: exponents are missing, which says so.
    const Outcome as_rsa = sm2_sale(dda, [](SigningCard& card) { card.authority_index = "80"; });
    CHECK(as_rsa.tvr == "28" + std::string(rest_of_tvr));
    // And that of the SM2 key, with certificates of RSA.
    const Outcome as_sm2 = sale(dda, [](SigningCard& card) { card.authority_index = "90"; });
    REQUIRE(as_sm2.details.size() == 1);
    CHECK_THAT(as_sm2.details[0],
               ContainsSubstring(part17 + "issuer certificate: it has 176 octets instead of 142"));
    CHECK(as_sm2.tvr == "08" + std::string(rest_of_tvr));
}
