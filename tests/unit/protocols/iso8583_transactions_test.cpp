#include <set>
#include <string>

#include "bench/trace/vocabulary.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using iso8583::TransactionType;

TEST_CASE("each row of the table of transactions is found by what stands on the wire, and by nothing else") {
    std::set<std::string> seen;
    for (const auto& row : iso8583::transaction_table()) {
        INFO(row.title);
        const auto* found = iso8583::find_transaction(row.mti, row.processing_code, row.condition, row.code);
        CHECK(found == &row);
        CHECK(seen.insert(std::string(row.mti) + std::string(row.processing_code) +
                          std::string(row.condition) + std::string(row.code))
                  .second);
        CHECK(iso8583::find_transaction("0800", row.processing_code, row.condition, row.code) == nullptr);
        CHECK(iso8583::transaction_row(row.type).type == row.type);
    }
    CHECK(iso8583::transaction_row(TransactionType::emv_offline_sale).mti == "0220");
    CHECK(iso8583::find_transaction("0320", "000000", "00", "36")->type == TransactionType::emv_offline_sale);
    CHECK(iso8583::find_transaction("0200", "000000", "00", "23") == nullptr);
}

TEST_CASE("advices, refund, inquiry and what is by code are not reversed, everything else is") {
    for (const auto& row : iso8583::transaction_table()) {
        INFO(row.title);
        const bool advice = row.mti == "0220" || row.mti == "0320";
        CHECK(row.reversible == (!advice && row.type != TransactionType::inquiry && !is_by_code(row.type)));
    }
}

TEST_CASE("the trace has a word for each transaction that an operator chooses") {
    const auto* outcome = trace::find_field(trace::Kind::terminal_outcome, "transaction");
    const auto* printed = trace::find_field(trace::Kind::terminal_printed, "transaction");
    for (const auto& row : iso8583::transaction_table()) {
        // The terminal asks these by itself: nobody chooses them, and they have no receipt.
        if (row.type == TransactionType::code_query || row.type == TransactionType::code_close) continue;
        CHECK(outcome->takes(iso8583::to_string(row.type)));
        CHECK(printed->takes(iso8583::to_string(row.type)));
    }
}
