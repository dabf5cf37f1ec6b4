#include "bench/cli/recorded_line.hpp"

#include <array>

#include "tests/support/catch.hpp"

using posbench::cli::recorded_line;
using posbench::cli::recorded_override;

TEST_CASE("a harmless override is recorded as it was given") {
    const std::string text = GENERATE(
        "terminal.defects=[\"forgets-reversal\"]", "terminal.defects=[\"clear-track\", 'track']",
        "terminal.timings.key=\"30ms\"", "terminal.pin_bypass=false", "host.account.visa.balance=\"0.00\"",
        "card.account.expiry=\"2512\"", "terminal.mid=\"104110045110012\"",
        "host.rules=[{ when = \"mti == '0200'\" }]", "given.now=2026-06-15T10:00:00Z", "scenarios/network");
    CHECK(recorded_override(text) == text);
}

TEST_CASE("an override that names a secret is recorded without its value") {
    const std::string path = GENERATE("terminal.tmk", "host.terminal.countertop.tmk", "host.imk_ac",
                                      "card.application.credit.issuer_key", "cardholder.pin",
                                      "host.account.visa.pin", "card.account.pan", "card.stripe.track2",
                                      "card.account.discretionary", "card.account.cvv2", "card.\"Pin\"");
    CHECK(recorded_override(path + "=\"1\"") == path + "=***");
}

TEST_CASE("a secret inside a value is masked wherever it stands") {
    CHECK(recorded_override("cardholder={ pin = \"1\" }") == "cardholder=***");
    CHECK(recorded_override("terminal.account=[{ number = \"01\", password = \"1\" }]") ==
          "terminal.account=***");
    CHECK(recorded_override("card.account={pan=1, psn=\"01\"}") == "card.account=***");
    CHECK(recorded_override("card={ account.\"pan\"\t = 1 }") == "card=***");
    CHECK(recorded_override("card={ pan . x = 1 }") == "card=***");
    CHECK(recorded_override("a.b=\"CA5D92598DCA48CE\"") == "a.b=***");
    CHECK(recorded_override("a.b=\"ca 5d-92:59 8d_ca 48 ce\"") == "a.b=***");
    CHECK(recorded_override("a.b=\"number 4761739001010119.\"") == "a.b=***");
    CHECK(recorded_override("a.b=\"4111 1111 1111 1\"") ==
          "a.b=\"4111 1111 1111 1\"");                               // fails the Luhn check
    CHECK(recorded_override("a.b=\"4222222222222\"") == "a.b=***");  // 13 digits that pass it
    CHECK(recorded_override("a.b=\"\\u0031\"") == "a.b=***");
    CHECK(recorded_override("a.b=\"\"\"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\"\"\"") ==
          "a.b=***");
    CHECK(recorded_override("host.account.4761739001010119.balance=\"1.00\"") ==
          "host.account.476173******0119.balance=\"1.00\"");
}

TEST_CASE("the command line is what a shell takes again, without secrets in either form of --set") {
    const std::array words{"posbench",
                           "run",
                           "my scenarios",
                           "--set",
                           "terminal.tmk=\"AB\"",
                           "--set=cardholder.pin=\"4711\"",
                           "--set",
                           "terminal.defects=['it''s']",
                           "--seed=7"};
    CHECK(recorded_line(static_cast<int>(words.size()), words.data()) ==
          "run 'my scenarios' --set 'terminal.tmk=***' '--set=cardholder.pin=***' "
          "--set 'terminal.defects=['\\''it'\\'''\\''s'\\'']' --seed=7");
}
