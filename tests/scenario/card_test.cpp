#include <chrono>
#include <filesystem>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// `posbench card` as a person calls it. With a PC/SC reader: pcsc_test.cpp.

using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("card show tells what is on a card, and no secret of it") {
    const auto shown = run_posbench({"card", "show", "unionpay-credit"});
    INFO(shown.out << shown.err);
    CHECK(shown.exit_code == 0);
    for (const char* part :
         {"UnionPay credit", "84 Dedicated File Name  A000000333010102", "cardholder verification supported",
          "SFI 1, record 1", "5A Application Primary Account Number  621094******0011", "2030-12-31",
          "signature, if terminal supports the CVM", "9F37 Unpredictable Number  4 octets",
          "@unionpay-test.imk_ac, check value", "track 2  ;621094******0011=*"})
        CHECK_THAT(shown.out, ContainsSubstring(part));
    for (const char* secret :
         {"6210948000000011", "TEST/CARD", "123456", "9E15204313F7318ACB79B90BD986AD29", "\x1b["})
        CHECK_THAT(shown.out, !ContainsSubstring(secret));
}

TEST_CASE("card show --clear shows a test card whole, but never its keys") {
    const auto shown =
        run_posbench({"card", "show", "unionpay-credit", "--clear", "--lang", "zh", "--color", "always"});
    CHECK(shown.exit_code == 0);
    for (const char* part :
         {"银联贷记卡", "应用", "密码可试次数", "6210948000000011", "TEST/CARD", "123456", "\x1b["})
        CHECK_THAT(shown.out, ContainsSubstring(part));
    CHECK_THAT(shown.out, !ContainsSubstring("9E15204313F7318ACB79B90BD986AD29"));
}

TEST_CASE("card show takes every image of the library, and a file") {
    for (const char* image : {"visa-credit", "mastercard-credit", "unionpay-debit", "unionpay-quasi-credit",
                              "unionpay-stripe-only", "stripe-bad-lrc", "unionpay-credit-expired"}) {
        INFO(image);
        CHECK(run_posbench({"card", "show", image}).exit_code == 0);
    }
    const TemporaryFolder folder;
    const auto file =
        folder.write("mine.toml", "extends = \"unionpay-credit\"\n[account]\nholder = \"SOMEONE/ELSE\"\n");
    const auto shown = run_posbench({"card", "show", file.string(), "--clear"});
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out, ContainsSubstring("SOMEONE/ELSE"));
    CHECK_THAT(run_posbench({"card", "show", "unionpay-kredit"}).err, ContainsSubstring("unionpay-credit"));
}

TEST_CASE("card apdu plays a sale and meets its expectations") {
    const auto played =
        run_posbench({"card", "apdu", "unionpay-credit", "select pse # expect 9000", "read 1 1",
                      "select A000000333010102", "gpo # expect 9000", "records", "# expect 9000",
                      "verify 9999 # expect 63C2", "verify 123456 # expect 9000", "ac arqc # expect 9000",
                      "ac tc # expect 9000", "ac tc # expect 6985"});
    INFO(played.out << played.err);
    CHECK(played.exit_code == 0);
    for (const char* part : {"1PAY.SYS.DDF01", "wrong PIN, 2 tries left", "ARQC: the issuer is to be asked",
                             "TC: approved", "conditions of use not satisfied", "621094******0011"})
        CHECK_THAT(played.out, ContainsSubstring(part));
    for (const char* secret : {"6210948000000011", "123456", "9999", "TEST/CARD"})
        CHECK_THAT(played.out, !ContainsSubstring(secret));
}

TEST_CASE("card apdu: auth is of the application where the card is, in the slot or in the field") {
    const TemporaryFolder folder;
    const auto file = folder.write("two-keys.toml",
                                   "extends = \"jcb-credit\"\n[application.credit.contactless]\n"
                                   "issuer_key = \"2315208C9110AD402315208C9110AD40\"\n");
    for (const char* place : {"", "--contactless"}) {
        std::vector<std::string> arguments{"card", "apdu", file.string()};
        if (*place != '\0') arguments.emplace_back(place);
        for (const char* line : {"select A0000000651010", "gpo", "records", "ac arqc", "auth # expect 9000"})
            arguments.emplace_back(line);
        const auto played = run_posbench(arguments);
        INFO(played.out << played.err);
        CHECK(played.exit_code == 0);
    }
}

TEST_CASE("card apdu: an expectation that is not met is told with its line, exit 1") {
    const TemporaryFolder folder;
    const auto script = folder.write("sale.apdu",
                                     "# a card that is not there\nselect A0000000031010\n# expect 9000\n"
                                     "00B2010C00 # expect 69xx\n");
    const auto played = run_posbench({"card", "apdu", "unionpay-credit", "--file", script.string()});
    CHECK(played.exit_code == 1);
    CHECK_THAT(played.out, ContainsSubstring("sale.apdu:3: expected 9000, got 6A82"));
    CHECK_THAT(played.out, !ContainsSubstring("expected 69XX"));
}

TEST_CASE("card apdu: what is not sent fails with what to type first, and insert brings a pulled card back") {
    const auto early = run_posbench({"card", "apdu", "unionpay-credit", "records"});
    CHECK(early.exit_code == 1);
    CHECK_THAT(early.out, ContainsSubstring("command:1: not sent: records: no file locator was heard: type"));

    const TemporaryFolder folder;
    const auto image = folder.write("pulled.toml",
                                    "extends = 'unionpay-credit'\n[[fault]]\non = 'any'\nnth = 2\n"
                                    "do = 'remove'\n");
    const std::vector<std::string> pulled{"card", "apdu", image.string(), "select A000000333010102", "gpo"};
    auto gone = pulled;
    gone.insert(gone.end(), {"gpo"});
    const auto stopped = run_posbench(gone);
    CHECK(stopped.exit_code == 1);
    CHECK_THAT(stopped.out, ContainsSubstring("command:3: not sent: the card was pulled out: type insert"));
    auto back = pulled;
    back.insert(back.end(), {"insert", "select A000000333010102", "gpo # expect 9000", "records", "ac arqc",
                             "auth # expect 9000", "ac tc # expect 9000"});
    const auto played = run_posbench(back);
    INFO(played.out << played.err);
    CHECK(played.exit_code == 0);
    CHECK_THAT(played.out, ContainsSubstring("> EXTERNAL AUTHENTICATE  00820000 0A "));
}

TEST_CASE("card apdu: what was never sent is not judged by the answer to a command before it, exit 1") {
    const auto unsent =
        run_posbench({"card", "apdu", "unionpay-credit", "select A0000000031010 # expect 6A82",
                      "ac arqc # expect 6A82", "# expect 6A82", "set 9C 00", "# expect 6A82"});
    INFO(unsent.out << unsent.err);
    CHECK(unsent.exit_code == 1);
    for (const char* part :
         {"command:2: not sent: ac: CDOL1", "command:2: expect 6A82: not judged: nothing was sent",
          "command:3: expect 6A82: not judged", "command:5: expect 6A82: not judged"})
        CHECK_THAT(unsent.out, ContainsSubstring(part));
    CHECK_THAT(unsent.out, !ContainsSubstring("got "));
    // A command that goes without saying is no failure, only what was expected of it.
    const std::vector<std::string> online{
        "card", "apdu", "mastercard-credit", "select A0000000041010", "gpo", "records", "ac arqc"};
    auto declined = online;
    declined.insert(declined.end(), {"auth 05", "ac aac # expect 9000"});
    const auto played = run_posbench(declined);
    INFO(played.out << played.err);
    CHECK(played.exit_code == 0);
    CHECK_THAT(played.out, ContainsSubstring("not sent: auth: the AIP has no issuer authentication") &&
                               !ContainsSubstring("EXTERNAL AUTHENTICATE"));
    auto expecting = online;
    expecting.insert(expecting.end(), {"auth 05 # expect 6985"});
    CHECK(run_posbench(expecting).exit_code == 1);
}

TEST_CASE("card apdu: the ICC dynamic number of a right signature goes into 9F4C (EMV book 2 clause 6.5.2)") {
    const std::vector<std::string> up_to_records{
        "card", "apdu", "mastercard-credit", "select A0000000041010", "gpo", "records"};
    const auto number_after = [&](std::vector<std::string> more) {
        auto all = up_to_records;
        all.insert(all.end(), more.begin(), more.end());
        const auto played = run_posbench(all);
        INFO(played.out << played.err);
        const std::string name = "9F4C ICC Dynamic Number  ";
        const std::size_t last = played.out.rfind(name);
        REQUIRE(last != std::string::npos);
        return played.out.substr(last + name.size(), 16);
    };
    CHECK(number_after({"ac arqc"}) == "0000000000000000");
    CHECK(number_after({"dda", "ac arqc"}) != "0000000000000000");
    CHECK(number_after({"set 9F4C 1122334455667788", "dda", "ac arqc"}) == "1122334455667788");
    CHECK(number_after({"dda", "select A0000000041010", "gpo", "records", "ac arqc"}) == "0000000000000000");
}

TEST_CASE("card apdu: a whole transaction with signature, decline, issuer script and enciphered PIN") {
    const auto signed_one =
        run_posbench({"card", "apdu", "unionpay-credit-cda", "select A000000333010102", "gpo", "records",
                      "verify 123456 enciphered # expect 9000", "ac arqc cda # expect 9000",
                      "auth 05 # expect 9000", "ac aac # expect 9000", "00A4 # expect 6700"});
    INFO(signed_one.out << signed_one.err);
    CHECK(signed_one.exit_code == 0);
    for (const char* part : {"signature 9F4B: right by the card's public key",
                             "91 Issuer Authentication Data", "\"05\"", "AAC: declined"})
        CHECK_THAT(signed_one.out, ContainsSubstring(part));
    CHECK_THAT(signed_one.out, !ContainsSubstring("123456"));
    const auto scripted =
        run_posbench({"card", "apdu", "unionpay-issuer-scripts", "select A000000333010102", "gpo", "records",
                      "ac arqc", "auth # expect 9000", "script pin 4711 # expect 9000", "ac tc # expect 9000",
                      "script update 1 1 70025000 # expect 9000", "script block # expect 9000",
                      "select A000000333010102 # expect 6283", "gpo", "verify 4711 # expect 9000"});
    INFO(scripted.out << scripted.err);
    CHECK(scripted.exit_code == 0);
    CHECK_THAT(scripted.out, !ContainsSubstring("4711"));
}

TEST_CASE("card apdu tells a fault that acted, and what a card without contactless application lacks") {
    const TemporaryFolder folder;
    const auto image = folder.write(
        "mute.toml", "extends = 'unionpay-credit'\n[[fault]]\non = 'GET CHALLENGE'\ndo = 'mute'\n");
    const auto mute = run_posbench({"card", "apdu", image.string(), "select A000000333010102", "challenge"});
    CHECK_THAT(mute.out, ContainsSubstring("! fault rule 1: no answer, on GET CHALLENGE\n> GET CHALLENGE"));
    const auto contact = run_posbench({"card", "apdu", "unionpay-quasi-credit", "gpo", "--contactless"});
    CHECK(contact.exit_code == 2);
    CHECK_THAT(contact.err, ContainsSubstring("no contactless application: leave --contactless away"));
    const auto identifier =
        run_posbench({"card", "apdu", "visa-credit", "FF CA 00 00 00 # expect 9000", "--contactless"});
    CHECK(identifier.exit_code == 0);
    CHECK_THAT(identifier.out, ContainsSubstring("asks for the card's unique identifier"));
}

TEST_CASE("card apdu tells the length alone of what a fault altered, and of nothing else") {
    const TemporaryFolder folder;
    const std::string select = "select A000000333010102";
    const auto reset = folder.write(
        "reset.toml",
        "extends = \"unionpay-credit\"\nfault = [{ on = \"reset\", do = \"append\", octets = \"00\" }]\n");
    const auto untouched = run_posbench({"card", "apdu", reset.string(), select});
    CHECK_THAT(untouched.out,
               ContainsSubstring("84 Dedicated File Name") && !ContainsSubstring("altered by"));
    const auto behind =
        folder.write("t0.toml",
                     "extends = \"unionpay-credit-t0\"\n"
                     "application.credit.fci = { \"9F12\" = \"36323130393438303030303030303131\" }\n"
                     "fault = [{ on = \"SELECT\", do = \"corrupt\", at = 62, xor = \"40\" }]\n");
    const auto altered = run_posbench({"card", "apdu", behind.string(), select});
    CHECK_THAT(altered.out, ContainsSubstring("altered by a fault") && !ContainsSubstring("6210948"));
}

TEST_CASE("card apdu: script counts the commands that the card counts, and no other's") {
    const TemporaryFolder folder;
    const auto play = [&](const std::string& image, std::vector<std::string> lines) {
        const auto file = folder.write("card.toml", image);
        lines.insert(lines.begin(), {"card", "apdu", file.string()});
        const auto played = run_posbench(lines);
        INFO(played.out << played.err);
        CHECK(played.exit_code == 0);
    };
    // M/Chip, each MAC over a cryptogram one higher: before the issuer's answer the card takes up none.
    play(
        "extends = \"mastercard-credit\"\n[application.credit]\naip = \"3C00\"\n"
        "issuer_mac_key = \"@unionpay-test.imk_mac\"\n",
        {"select A0000000041010", "gpo", "records", "ac arqc", "script block # expect 6985",
         "auth 00 # expect 9000", "script block # expect 9000", "script unblock # expect 9000"});
    // Format 1, each MAC chained to the one before: a blocked application takes up nothing but the way out.
    play("extends = \"unionpay-issuer-scripts\"\n[application.credit]\nmessaging_format = 1\n",
         {"select A000000333010102", "gpo", "records", "ac arqc", "auth 00 # expect 9000",
          "script block # expect 9000", "script pin 1234 # expect 6985", "script unblock # expect 9000"});
}

TEST_CASE(
    "card apdu: of a card with two algorithms the issuer's key is that of the side the terminal was given") {
    const TemporaryFolder folder;
    const auto file = folder.write("dual.toml",
                                   "extends = \"unionpay-credit-dual\"\n[application.credit.sm]\n"
                                   "cryptogram_version = \"01\"\n"
                                   "issuer_key = \"11111111111111111111111111111111\"\n");
    for (const char* knows_sm : {"set DF69 00", "set DF69 01"}) {
        const auto played =
            run_posbench({"card", "apdu", file.string(), "select A000000333010102", knows_sm,
                          "gpo # expect 9000", "records", "ac arqc # expect 9000", "auth 00 # expect 9000"});
        INFO(played.out << played.err);
        CHECK(played.exit_code == 0);
    }
}

TEST_CASE("card apdu: a script with a wrong line is not begun, exit 2") {
    const auto played = run_posbench({"card", "apdu", "unionpay-credit", "gpo", "nonsense"});
    CHECK(played.exit_code == 2);
    CHECK(played.out.empty());
    CHECK_THAT(played.err, ContainsSubstring("command:2: neither octets"));
    CHECK(run_posbench({"card", "apdu", "unionpay-stripe-only", "gpo"}).exit_code == 2);
    CHECK(run_posbench({"card", "apdu", "unionpay-credit", "--file", "/no/such/file"}).exit_code == 2);
    const auto endless = run_posbench({"card", "apdu", "unionpay-credit", "--file", "/dev/zero"});
    CHECK(endless.exit_code == 2);
    CHECK_THAT(endless.err, ContainsSubstring("/dev/zero: has more than 1 MiB"));
}

TEST_CASE("card serve: what it cannot serve or reach by that name is bad usage") {
    CHECK(run_posbench({"card", "serve", "unionpay-credit", "--address", "localhost"}).exit_code == 2);
    CHECK(run_posbench({"card", "serve", "unionpay-credit", "--address", "127.0.0.1:0"}).exit_code == 2);
    CHECK(run_posbench({"card", "serve", "unionpay-credit", "--reader", "usb"}).exit_code == 2);
    CHECK(run_posbench({"card", "serve", "unionpay-stripe-only"}).exit_code == 2);
    CHECK(run_posbench({"card"}).exit_code == 2);
}

TEST_CASE("card serve waits for a reader that is not there, and a signal ends it in order") {
    const int number = GENERATE(SIGINT, SIGTERM);
    const TemporaryFolder folder;
    const auto trace = folder.path() / "card.jsonl";
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    // Nobody listens at port 1.
    Program program(posbench_program(), {"card", "serve", "unionpay-credit", "--address", "127.0.0.1:1",
                                         "--trace", trace.string()});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (read_file(trace).find("card.inserted") == std::string::npos) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        poll(nullptr, 0, 5);
    }
    program.signal(number);
    const auto result = program.wait();
    INFO(result.out << result.err);
    CHECK(result.exit_code == 128 + number);
}

TEST_CASE("card apdu on a terminal has a prompt") {
    // script(1) gives the program a terminal of its own.
    const TemporaryFolder folder;
    const auto lines = folder.write("typed", "select pse\nnonsense\nhelp\nquit\n");
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    const auto result =
        Program("/bin/sh", {"-c", "script -qec '" + posbench_program().string() +
                                      " card apdu unionpay-credit' /dev/null <" + lines.string()})
            .wait();
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    for (const char* part :
         {"card> ", "Dedicated File Name", "neither octets in hexadecimal", "ac aac|tc|arqc"})
        CHECK_THAT(result.out, ContainsSubstring(part));
}

TEST_CASE("card import makes an image from a log that card show, card apdu and a scenario take") {
    const TemporaryFolder folder;
    const auto image = folder.path() / "merchant.toml";
    const std::string log = POSBENCH_SOURCE_DIR "/tests/unit/card/logs/scriptor.log";
    const auto imported = run_posbench({"card", "import", log, "-o", image.string()});
    INFO(imported.out << imported.err);
    REQUIRE(imported.exit_code == 0);
    CHECK_THAT(imported.out, ContainsSubstring("1 application of 16 exchanges"));
    CHECK_THAT(imported.err, ContainsSubstring("test number 4761730000000003"));

    const auto shown = run_posbench({"card", "show", image.string(), "--clear"});
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out, ContainsSubstring("VISA CREDIT") && ContainsSubstring("4761730000000003"));
    CHECK_THAT(shown.out, !ContainsSubstring("4761739001010119") && !ContainsSubstring("DOE"));
    CHECK(run_posbench({"card", "apdu", image.string(), "select A0000000031010", "gpo", "records",
                        "# expect 9000", "ac arqc # expect 9000"})
              .exit_code == 0);

    // As the help prints it.
    const std::string account =
        "host.account.imported={pan=\"4761730000000003\", psn=\"02\", balance=\"100000.00\"}";
    CHECK_THAT(run_posbench({"card", "import", "--help"}).out, ContainsSubstring("--set '" + account + "'"));

    // A library of its own, with the image among its cards.
    const std::filesystem::path source = POSBENCH_SOURCE_DIR, library = folder.path() / "library";
    std::filesystem::create_directory(library);
    for (const char* part : {"fixtures", "scenarios"})
        std::filesystem::copy(source / part, library / part, std::filesystem::copy_options::recursive);
    std::filesystem::copy(image, library / "fixtures/cards/merchant.toml");
    setenv("POSBENCH_HOME", library.c_str(), 1);
    const auto run =
        Program(posbench_program(), {"run", (library / "scenarios/card/chip-sale.toml").string(),
                                     "--no-report", "--set", "card.image=\"merchant\"", "--set", account})
            .wait();
    INFO(run.out << run.err);
    CHECK(run.exit_code == 0);
}

TEST_CASE("card import does not replace a file unasked") {
    const TemporaryFolder folder;
    const auto image = folder.write("mine.toml", "# written by hand\n");
    const std::string log = POSBENCH_SOURCE_DIR "/tests/unit/card/logs/octets.log";
    const auto refused = run_posbench({"card", "import", log, "-o", image.string()});
    CHECK(refused.exit_code == 2);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, ContainsSubstring("mine.toml exists; --force replaces it"));
    CHECK(read_file(image) == "# written by hand\n");

    // What stands there stays when there is nothing to replace it by.
    const auto nothing = folder.write("nothing.log", "hello\n");
    CHECK(run_posbench({"card", "import", nothing.string(), "-o", image.string(), "--force"}).exit_code == 2);
    CHECK(read_file(image) == "# written by hand\n");

    folder.write("mine.toml.new", "left by a crash");
    const auto replaced = run_posbench({"card", "import", log, "-o", image.string(), "--force"});
    INFO(replaced.out << replaced.err);
    CHECK(replaced.exit_code == 0);
    CHECK_THAT(read_file(image), Catch::Matchers::StartsWith("# Written by"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "mine.toml.new"));

    const auto onto = run_posbench({"card", "import", log, "-o", folder.path().string(), "--force"});
    CHECK(onto.exit_code == 2);
    CHECK_THAT(onto.err, ContainsSubstring("exists and is no file that could be replaced"));
    CHECK(run_posbench({"card", "import", log, "--force"}).exit_code == 2);
}

TEST_CASE("card import reads standard input, writes standard output, and tells what is no log") {
    const std::string log = POSBENCH_SOURCE_DIR "/tests/unit/card/logs/octets.log";
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    const auto piped =
        Program("/bin/sh", {"-c", posbench_program().string() + " card import - <" + log}).wait();
    CHECK(piped.exit_code == 0);
    CHECK_THAT(piped.out, Catch::Matchers::StartsWith("# Written by") && ContainsSubstring("[account]"));
    const TemporaryFolder folder;
    const auto nothing = folder.write("nothing.log", "hello\n");
    const auto refused = run_posbench({"card", "import", nothing.string()});
    CHECK(refused.exit_code == 2);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, ContainsSubstring("nothing.log: no command with its answer in 1 line"));
    CHECK(run_posbench({"card", "import", "/no/such/file"}).exit_code == 2);
    CHECK(run_posbench({"card", "import", log, "-o", "/no/such/folder/x.toml"}).exit_code == 2);
}
