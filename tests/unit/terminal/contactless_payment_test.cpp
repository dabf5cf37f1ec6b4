// What a tap brings into a transaction: the steps behind it, the request, the record, the receipt.

#include <fmt/format.h>

#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/terminal/emulated/receipt.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/kernel_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;

namespace {

TransactionRecord tapped_record() {
    TransactionRecord record;
    record.type = iso8583::TransactionType::sale;
    record.stan = "000007";
    record.amount = record.total = Amount(1234, cny);
    record.pan = "6210948000000011";
    record.entry = "contactless";
    record.signature = false;
    record.unverified = true;
    return record;
}

std::string profile_of(std::string_view type) {
    return fmt::format(
        "terminal_type = '{}'\n[[application]]\naid = 'A000000333010101'\n"
        "contactless = {{ transaction_limit = '1000.00', floor_limit = '200.00', cvm_limit = '300.00' }}\n",
        type);
}

}  // namespace

TEST_CASE("contactless payment: field 22 is 07x, and 60.4 tells that the terminal has a contactless reader") {
    TransactionData data;
    data.type = iso8583::TransactionType::sale;
    data.amount = Amount(1234, cny);
    data.entry = Entry::contactless;
    const auto with = settings("contactless_reader = true");
    const auto request = transaction_request(*with, "000001", data);
    CHECK(request.get(22) == "072");
    const auto field60 = iso8583::parse_field60(request.get(60)).value();
    CHECK(field60.read_capability == "6");
    CHECK(field60.ic_condition == "0");
    data.pin_block = Bytes(8);
    CHECK(transaction_request(*with, "000001", data).get(22) == "071");
    const auto without = settings("contactless_reader = false");
    CHECK(iso8583::parse_field60(transaction_request(*without, "000001", data).get(60))
              .value()
              .read_capability == "5");
}

TEST_CASE("contactless payment: the journal keeps how it was entered and that nobody was verified") {
    const auto again = to_transaction(to_record(tapped_record()));
    REQUIRE(again);
    CHECK(again->entry == "contactless");
    CHECK(again->unverified);
}

TEST_CASE("contactless payment: a receipt says C, and that neither PIN nor signature is wanted") {
    const auto profile = settings();
    TransactionRecord record = tapped_record();
    const std::string small = receipt_text(*profile, record, "merchant", false);
    CHECK(small.find("621094******0011 /C") != std::string::npos);
    CHECK(small.find("免密免签(NO PIN, NO SIGNATURE REQUIRED)") != std::string::npos);
    CHECK(small.find("持卡人签名") == std::string::npos);
    record.unverified = false;
    record.signature = true;
    const std::string signed_for = receipt_text(*profile, record, "merchant", false);
    CHECK(signed_for.find("免密免签") == std::string::npos);
    CHECK(signed_for.find("持卡人签名") != std::string::npos);
}

TEST_CASE("contactless payment: what the host says stands, and without it an ARQC is a decline") {
    FieldKernelRig rig("unionpay-debit", {}, profile_of("22"));
    rig.begin();
    rig.tap();
    REQUIRE(reason(rig.decide()).empty());
    CHECK(rig.kernel().decision() == Decision::online);
    emv::TlvMap of_reversal;
    of_reversal.absorb(emv::parse_tlv(rig.kernel().field55_of_reversal()).value());
    CHECK(of_reversal.has(0x95));
    CHECK(of_reversal.has(0x9F10));
    CHECK(of_reversal.has(0x9F36));
    CHECK_FALSE(of_reversal.has(0x9F26));
    CHECK(reason(rig.complete({true, "00", {}})).empty());
    CHECK(rig.kernel().decision() == Decision::approved);
    CHECK(reason(rig.complete({false, "51", {}})).empty());
    CHECK(rig.kernel().decision() == Decision::declined);
    CHECK(reason(rig.complete_without_host()) == "offline_decline");
    CHECK(rig.kernel().receipt_line().find("AID:A000000333010101 TVR:0000000000 ATC:0001 ARQC:") == 0);
    CHECK(rig.count_commands("GENERATE AC") == 0);
}

TEST_CASE("contactless payment: a card that declined ends the transaction") {
    FieldKernelRig rig("unionpay-debit", {}, profile_of("23"));
    rig.begin();
    CHECK(rig.tap().end == Tap::End::decided);
    CHECK(reason(rig.decide()) == "offline_decline");
    CHECK(rig.prompts("pin") == 0);
}

TEST_CASE("contactless payment: only a sale is spent from electronic cash") {
    FieldKernelRig sale("unionpay-ecash", {}, profile_of("22"));
    sale.begin();
    sale.tap();
    CHECK(sale.kernel().decision() == Decision::approved);

    FieldKernelRig hold("unionpay-ecash", {}, profile_of("22"));
    hold.begin(1234, iso8583::TransactionType::pre_authorisation);
    hold.tap();
    CHECK(hold.kernel().decision() == Decision::online);

    // Read for a refund: who the card is, no verification whatever the amount, and nothing decided.
    FieldKernelRig refund("unionpay-ecash", {}, profile_of("22"));
    refund.begin(50000, iso8583::TransactionType::refund);
    CHECK(refund.tap().end == Tap::End::decided);
    CHECK(refund.kernel().decision() == Decision::none);
    CHECK(refund.object(0x9F27) == "80");
    CHECK(refund.kernel().identity().pan == "6210948000000060");
}

TEST_CASE("contactless payment: defects of a reader that does not keep to limit and card") {
    const auto careless = settings("defects = ['ignores-contactless-limit']");
    CHECK(ContactlessKernel::allowed(*careless, Amount(99'999'999, cny)));
    CHECK_FALSE(ContactlessKernel::allowed(*settings(), Amount(99'999'999, cny)));

    FieldKernelRig rig("unionpay-debit", {}, "defects = ['approves-declined-tap']\n" + profile_of("23"));
    rig.begin();
    rig.tap();
    CHECK(rig.object(0x9F27) == "00");
    CHECK(rig.kernel().decision() == Decision::approved);
}
