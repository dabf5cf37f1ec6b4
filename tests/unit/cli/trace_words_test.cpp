#include "bench/cli/trace_words.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::cli;
using trace::Kind;

namespace {

std::string last_of(const std::vector<trace::Event>& events) {
    const auto texts = tell_with_cards(events);
    REQUIRE(texts.size() == events.size());
    return texts.back();
}

trace::Event apdu(trace::Fields fields) {
    return {{}, Kind::card_apdu, std::move(fields)};
}

const trace::Event selected = apdu({{"command", "SELECT"},
                                    {"header", "00A40400"},
                                    {"data", "A0000000041010"},
                                    {"response", "6F138407A0000000041010A5089F38059F1A029C01"},
                                    {"sw", "9000"}});

}  // namespace

TEST_CASE("a command in a trace is told with what it asks for and what it brings") {
    CHECK(last_of({selected}) ==
          "SELECT 00A40400 by name, sw '9000 success', sends Dedicated File Name A0000000041010, brings "
          "Dedicated File Name A0000000041010, Processing Options Data Object List 9F1A029C01");
    CHECK(last_of({selected, apdu({{"command", "GET PROCESSING OPTIONS"},
                                   {"header", "80A80000"},
                                   {"data", "8303015600"},
                                   {"response", "800A1C000801010010010200"},
                                   {"sw", "9000"}})}) ==
          "GET PROCESSING OPTIONS 80A80000, sw '9000 success', sends Terminal Country Code 0156, Transaction "
          "Type 00, brings Application Interchange Profile 1C00, Application File Locator 0801010010010200");
    CHECK(last_of({apdu({{"command", "GENERATE AC"}, {"header", "80AE8000"}, {"data", "<29 bytes>"}})}) ==
          "GENERATE AC 80AE8000 asks for ARQC, no answer, sends <29 bytes>");
    CHECK_THAT(last_of({apdu({{"command", "SELECT"},
                              {"header", "00A40400"},
                              {"data", "315041592E5359532E4444463031"},
                              {"sw", "6A82"}})}),
               Catch::Matchers::EndsWith("sends Dedicated File Name \"1PAY.SYS.DDF01\""));
    CHECK(last_of({selected, apdu({{"command", "GET DATA"}, {"header", "80CA9F51"}, {"sw", "6A88"}})}) ==
          "GET DATA 80CA9F51 9F51 DRDOL, sw '6A88 referenced data not found'");
}

TEST_CASE("what a trace hides stays hidden in words") {
    CHECK(last_of({apdu({{"command", "READ RECORD"},
                         {"header", "00B2010C"},
                         {"response", "702D57110000000000000000000000000000000000"},
                         {"sw", "9000"}})}) == "READ RECORD 00B2010C record 1 of SFI 1, sw '9000 success'");
    CHECK(last_of({apdu({{"command", "READ RECORD"},
                         {"header", "00B20114"},
                         {"response", "701D5A08621094******00115F2404301231FF5F2004****9F360200015F340100"},
                         {"sw", "9000"}})})
              .starts_with(
                  "READ RECORD 00B20114 record 1 of SFI 2, sw '9000 success', brings Application Primary "
                  "Account Number 621094******0011, Application Expiration Date 301231FF, Cardholder "
                  "Name ****, Application Transaction Counter 0001, +1"));
    CHECK(last_of({apdu(
              {{"command", "VERIFY"}, {"header", "00200080"}, {"data", "********"}, {"sw", "63C2"}})}) ==
          "VERIFY 00200080 plaintext PIN, sw '63C2 wrong PIN, 2 tries left'");
    CHECK(last_of({apdu({{"command", "malformed"}, {"header", "********"}, {"sw", "6700"}})}) ==
          "malformed ********, sw '6700'");
}

TEST_CASE("a reset makes the reader of a trace forget, other events are told as ever") {
    CHECK(last_of({selected,
                   {{}, Kind::card_reset, {{"interface", "contact"}, {"atr", "3B00"}}},
                   apdu({{"command", "GET PROCESSING OPTIONS"},
                         {"header", "80A80000"},
                         {"data", "8303015600"},
                         {"sw", "6985"}})}) ==
          "GET PROCESSING OPTIONS 80A80000, sw '6985 conditions of use not satisfied'");
    CHECK(last_of({{{},
                    Kind::card_fault,
                    {{"rule", 1}, {"do", "mute"}, {"command", "SELECT"}, {"detail", "no answer"}}}}) ==
          "SELECT, rule 1, do 'mute', detail 'no answer'");
}
