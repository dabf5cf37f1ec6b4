// PINs that the card verifies (EMV book 3 clause 10.5.1, book 4 clause 6.3.4), and the results of cardholder
// verification by book 4, table 2.

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/kernel_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;

namespace {

constexpr std::string_view all_methods = "capabilities = 'E0F8C8'";
constexpr std::string_view plaintext_alone = "application.credit.cvm_list = '0000000000000000 0100'";
constexpr std::string_view plaintext_else_none = "application.credit.cvm_list = '0000000000000000 4100 1F00'";

/// Octet 3 of the TVR.
std::string cvm_bits(const KernelRig& rig) {
    return rig.tvr().substr(4, 2);
}

}  // namespace

TEST_CASE("offline PIN: the first rule both sides have, enciphered or plaintext") {
    KernelRig enciphered("unionpay-credit-dda", {}, all_methods);
    enciphered.pins = {"123456"};
    CHECK(reason(enciphered.run()).empty());
    CHECK(enciphered.cvm_results() == "440302");
    CHECK(cvm_bits(enciphered) == "00");
    CHECK(enciphered.count_commands("GET CHALLENGE") == 1);
    CHECK(enciphered.count_commands("VERIFY") == 1);
    CHECK(enciphered.shown("密码正确"));
    CHECK(enciphered.kernel().pin().digits.empty());  // no PIN for the host

    KernelRig plaintext("unionpay-credit-dda", {}, "capabilities = 'E0E8C8'");
    plaintext.pins = {"123456"};
    CHECK(reason(plaintext.run()).empty());
    CHECK(plaintext.cvm_results() == "410302");
    CHECK(plaintext.count_commands("GET CHALLENGE") == 0);
    CHECK(plaintext.count_commands("VERIFY") == 1);

    KernelRig neither("unionpay-credit-dda", {}, "capabilities = 'E068C8'");
    CHECK(reason(neither.run()).empty());
    CHECK(neither.cvm_results() == "1F0302");
    CHECK(neither.prompts("pin") == 0);
}

TEST_CASE("offline PIN: a card without a PIN key of its own has its PIN enciphered with the card's key") {
    KernelRig own("unionpay-credit-cda", "application.credit.cvm_list = '0000000000000000 0400'",
                  all_methods);
    own.pins = {"123456"};
    CHECK(reason(own.run()).empty());
    CHECK(own.cvm_results() == "040002");
}

TEST_CASE("offline PIN: a wrong PIN is told with the tries that are left, and the right one is taken then") {
    KernelRig rig("unionpay-credit-dda", {}, all_methods);
    rig.pins = {"1111", "123456"};
    CHECK(reason(rig.run()).empty());
    CHECK(rig.prompts("pin") == 2);
    CHECK(rig.shown("密码错,剩余次数: 2"));
    CHECK_FALSE(rig.shown("最后一次"));
    CHECK(rig.cvm_results() == "440302");
    CHECK(cvm_bits(rig) == "00");
    // Each try has a challenge and a block of its own.
    CHECK(rig.count_commands("GET CHALLENGE") == 2);
}

TEST_CASE("offline PIN: when no tries are left the next rule counts, and without one verification fails") {
    KernelRig rig("unionpay-credit", plaintext_else_none, all_methods);
    rig.pins = {"1111", "2222", "3333", "123456"};
    CHECK(reason(rig.run()).empty());
    CHECK(rig.prompts("pin") == 3);
    CHECK(rig.shown("最后一次"));
    CHECK(rig.shown("密码输入次数超限"));
    CHECK(cvm_bits(rig) == "20");
    CHECK(rig.cvm_results() == "1F0002");

    // The next transaction finds the counter at zero and asks for nothing.
    CHECK(reason(rig.run()).empty());
    CHECK(rig.prompts("pin") == 3);
    CHECK(rig.count_commands("VERIFY") == 3);
    CHECK(cvm_bits(rig) == "20");

    KernelRig alone("unionpay-credit", plaintext_alone, all_methods);
    alone.pins = {"1111", "2222", "3333"};
    CHECK(reason(alone.run()).empty());
    CHECK(cvm_bits(alone) == "A0");
    CHECK(alone.cvm_results() == "010001");
}

TEST_CASE("offline PIN: a card that tells no counter is asked for the PIN, and 6983 or 6984 ends the tries") {
    for (const std::string sw : {"6983", "6984"}) {
        INFO(sw);
        const std::string faults =
            "fault = [{ on = 'GET DATA', do = 'status', sw = '6A88', every = true }, "
            "{ on = 'VERIFY', do = 'status', sw = '" +
            sw + "' }]\n";
        KernelRig rig("unionpay-credit", faults + std::string(plaintext_else_none), all_methods);
        rig.pins = {"123456", "123456"};
        CHECK(reason(rig.run()).empty());
        CHECK(rig.prompts("pin") == 1);
        CHECK(cvm_bits(rig) == "20");
        CHECK(rig.cvm_results() == "1F0002");
    }
}

TEST_CASE("offline PIN: a status word that VERIFY does not have ends the transaction") {
    KernelRig rig(
        "unionpay-credit",
        "fault = [{ on = 'VERIFY', do = 'status', sw = '6A86' }]\n" + std::string(plaintext_else_none),
        all_methods);
    rig.pins = {"123456"};
    CHECK(reason(rig.run()) == "chip_error");
    CHECK(rig.step("cvm") == "chip_error");
}

TEST_CASE("offline PIN: a card that always has tries left is not asked without end") {
    KernelRig rig("unionpay-credit",
                  "fault = [{ on = 'VERIFY', do = 'status', sw = '63C3', every = true }]\n" +
                      std::string(plaintext_else_none),
                  all_methods);
    rig.pins = std::vector<std::string>(100, "1111");
    CHECK(reason(rig.run()) == "chip_error");
    CHECK(rig.count_commands("VERIFY") == 15);
}

TEST_CASE("offline PIN: bypassed once it is bypassed for all PINs; cancelled it ends the transaction") {
    KernelRig rig("unionpay-credit-dda",
                  "application.credit.cvm_list = '0000000000000000 4400 4100 4200 1F00'", all_methods);
    rig.pins = {"", "123456"};
    CHECK(reason(rig.run()).empty());
    CHECK(rig.prompts("pin") == 1);
    CHECK(rig.count_commands("VERIFY") == 0);
    CHECK(cvm_bits(rig) == "08");
    CHECK(rig.cvm_results() == "1F0002");

    KernelRig late("unionpay-credit", plaintext_alone, all_methods);
    late.pins = {"1111", ""};
    CHECK(reason(late.run()).empty());
    CHECK(cvm_bits(late) == "88");  // not "PIN try limit exceeded"
    CHECK(late.cvm_results() == "010001");

    KernelRig cancelled("unionpay-credit", plaintext_alone, all_methods);
    cancelled.pins = {"cancel"};
    CHECK(reason(cancelled.run()) == "cancelled");
    KernelRig nobody("unionpay-credit", plaintext_alone, all_methods);
    CHECK(reason(nobody.run()) == "no_input");
}

TEST_CASE("offline PIN with signature: both, and the result is unknown until the paper is signed") {
    KernelRig rig("unionpay-credit", "application.credit.cvm_list = '0000000000000000 0300'", all_methods);
    rig.pins = {"123456"};
    CHECK(reason(rig.run()).empty());
    CHECK(rig.cvm_results() == "030000");
    CHECK(rig.kernel().wants_signature());
    CHECK(cvm_bits(rig) == "00");

    KernelRig wrong("unionpay-credit", "pin_tries = 1\napplication.credit.cvm_list = '0000000000000000 0300'",
                    all_methods);
    wrong.pins = {"1111"};
    CHECK(reason(wrong.run()).empty());
    CHECK(wrong.cvm_results() == "030001");
    CHECK_FALSE(wrong.kernel().wants_signature());

    // Without signature the combination is not there.
    KernelRig unsigned_rig("unionpay-credit", "application.credit.cvm_list = '0000000000000000 0300'",
                           "capabilities = 'E0D8C8'");
    CHECK(reason(unsigned_rig.run()).empty());
    CHECK(unsigned_rig.cvm_results() == "3F0001");
    CHECK(cvm_bits(unsigned_rig) == "80");
}

TEST_CASE("enciphered PIN: a PIN key that cannot be recovered fails the method, and no PIN is asked for it") {
    KernelRig rig("unionpay-credit-dda",
                  "application.credit.cvm_list = '0000000000000000 4400 1F00'\n"
                  "application.credit.authentication.wrong = ['pin_certificate']",
                  all_methods);
    CHECK(reason(rig.run()).empty());
    CHECK(rig.prompts("pin") == 0);
    CHECK(rig.cvm_results() == "1F0002");

    KernelRig last("unionpay-credit-dda",
                   "application.credit.cvm_list = '0000000000000000 0400'\n"
                   "application.credit.authentication.wrong = ['pin_certificate']",
                   all_methods);
    CHECK(reason(last.run()).empty());
    CHECK(last.cvm_results() == "040001");
    CHECK(cvm_bits(last) == "80");
}

TEST_CASE("enciphered PIN: without a challenge the method has failed, and the next rule counts") {
    for (const std::string fault : {"do = 'status', sw = '6A86'", "do = 'truncate', length = 5"}) {
        INFO(fault);
        const std::string faults = "fault = [{ on = 'GET CHALLENGE', " + fault + " }]\n";
        KernelRig rig("unionpay-credit-dda",
                      faults + "application.credit.cvm_list = '0000000000000000 4400 1F00'", all_methods);
        rig.pins = {"123456"};
        CHECK(reason(rig.run()).empty());
        CHECK(rig.count_commands("VERIFY") == 0);
        CHECK(rig.cvm_results() == "1F0002");
        CHECK(cvm_bits(rig) == "00");

        KernelRig last("unionpay-credit-dda",
                       faults + "application.credit.cvm_list = '0000000000000000 0400'", all_methods);
        last.pins = {"123456"};
        CHECK(reason(last.run()).empty());
        CHECK(last.cvm_results() == "040001");
        CHECK(cvm_bits(last) == "80");
    }
    // A card that leaves is another matter.
    KernelRig gone("unionpay-credit-dda",
                   "fault = [{ on = 'GET CHALLENGE', do = 'remove' }]\n"
                   "application.credit.cvm_list = '0000000000000000 4400 1F00'",
                   all_methods);
    gone.pins = {"123456"};
    CHECK(reason(gone.run()) == "card_removed");
}

TEST_CASE("the TVR says that there is no PIN pad only when no PIN of the kind is there at all") {
    struct Case {
        std::string capabilities, rule, bits;
    };
    for (const Case& check :
         {Case{"E068C8", "0100", "90"}, Case{"E0E8C8", "0400", "80"}, Case{"E078C8", "0100", "80"},
          Case{"E0B8C8", "0200", "90"}, Case{"E0F8C8", "1700", "C0"}, Case{"E0F8C8", "0000", "80"}}) {
        INFO(check.capabilities << " " << check.rule);
        KernelRig rig("unionpay-credit",
                      "application.credit.cvm_list = '0000000000000000 " + check.rule + "'",
                      "capabilities = '" + check.capabilities + "'");
        CHECK(reason(rig.run()).empty());
        CHECK(cvm_bits(rig) == check.bits);
        CHECK(rig.cvm_results() == (check.rule == "0000" ? "000001" : "3F0001"));
    }
}

TEST_CASE(
    "CVM results tell of the last method performed, not of one whose condition does not hold after it") {
    // PIN fails; signature only for more than X; then the list is over.
    KernelRig rig("unionpay-credit", "application.credit.cvm_list = '00002710 00000000 4100 1E07'",
                  all_methods);
    rig.pins = {""};
    CHECK(reason(rig.run()).empty());
    CHECK(rig.cvm_results() == "410001");
    CHECK(cvm_bits(rig) == "88");

    KernelRig none("unionpay-credit", "application.credit.cvm_list = '00002710 00000000 1E07'", all_methods);
    CHECK(reason(none.run()).empty());
    CHECK(none.cvm_results() == "3F0001");
    CHECK(cvm_bits(none) == "80");
}

TEST_CASE("a terminal that ignores the PIN try counter asks on") {
    KernelRig rig("unionpay-credit", plaintext_else_none,
                  std::string(all_methods) + "\ndefects = ['ignores-pin-tries']");
    rig.pins = {"1111", "2222", "3333", "4444", ""};
    CHECK(reason(rig.run()).empty());
    CHECK(rig.prompts("pin") == 5);
    CHECK(cvm_bits(rig) == "08");
}
