// A recording answers transactions in the place of the host's own judgement; the books stay the host's.

#include <fmt/format.h>

#include "drivers/host/recording/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"
#include "tests/unit/host/tape.hpp"

using namespace posbench;
using namespace posbench::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using iso8583::Message;
using trace::Kind;
using Type = iso8583::TransactionType;

namespace {

/// Has no account in the profile.
constexpr std::string_view stranger = "6210948000000029";

/// A host that answers from `tape`, and a terminal that has signed in.
struct Played {
    explicit Played(Tape& tape, const std::string& more = "") : bench(tape.key() + more), client(bench) {
        client.sign_in();
    }
    Amount balance() const { return bench.host->ledger().balance(credit); }
    std::size_t posted() const { return bench.events(Kind::host_posted).size(); }
    /// "answer line detail" of the last host.replayed.
    std::string last() const {
        const auto events = bench.events(Kind::host_replayed);
        if (events.empty()) return "none";
        const trace::Event& event = events.back();
        return fmt::format("{} {} {}", event.text("answer"), event.integer("line").value_or(0),
                           event.text("detail"));
    }

    HostBench bench;
    Client client;
};

/// Makes requests for tapes; never asks anybody.
struct Writer {
    HostBench bench;
    Client client{bench};
    Message sale(std::int64_t amount = 1234, std::string_view pan = credit) {
        return client.sale(amount, pan);
    }
};

Amount yuan(std::int64_t minor) {
    return {minor, cny};
}

}  // namespace

TEST_CASE(
    "replay: a sale has the recorded answer, after the recorded time, with today's date; and is booked") {
    Writer writer;
    Tape tape;
    const Message recorded = writer.sale();
    tape.add(recorded, "00");
    Played played(tape);
    const Message asked = played.client.sale(1234);
    const auto exchange = played.client.exchange(asked);
    REQUIRE(exchange.reply);
    const Message& reply = *exchange.reply;
    CHECK(exchange.took == 2s);
    CHECK(exchange.mac_right);
    CHECK(reply.get(11) == asked.get(11));
    CHECK(reply.get(2) == credit);
    CHECK(reply.get(13) == "0615");
    CHECK(reply.get(15) == "0615");
    CHECK(reply.get(12).substr(0, 4) == "1000");
    CHECK(reply.get(37) == recorded_rrn(recorded));
    CHECK(reply.get(38) == "424242");
    CHECK(reply.get(44) == "99999999   88888888   ");
    CHECK(played.last() == "given 1 ");
    CHECK(played.balance() == yuan(100'000 - 1234));
    REQUIRE(played.posted() == 1);
    CHECK(played.bench.events(Kind::host_posted)[0].text("rrn") == recorded_rrn(recorded));
    // The link may be cut on it: the answer has not left.
    CHECK(played.bench.events(Kind::host_posted)[0].at + 1s <
          played.bench.events(Kind::host_response).back().at);
}

TEST_CASE("replay: a refusal is given though the account could pay, and nothing is booked") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(), "51");
    Played played(tape);
    CHECK(played.client.code(played.client.sale(1234)) == "51");
    CHECK(played.balance() == yuan(100'000));
    CHECK(played.posted() == 0);
}

TEST_CASE("replay: where nothing is left the answer is 96, and the event names what the nearest differs in") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(), "00").add(writer.client.request(Type::pre_authorisation, 500), "00");
    Played played(tape);
    CHECK(played.client.code(played.client.sale(999)) == "00");
    CHECK(played.last() == "given 1 recorded with another field 4");
    CHECK(played.client.code(played.client.sale(1234)) == "96");
    CHECK(played.last() == "missing 1 all of this kind have been answered");
    CHECK(played.client.code(played.client.inquiry()) == "96");
    CHECK(played.last() == "missing 1 the nearest has another field 3, field 60.1");
    CHECK(played.client.code(played.client.request(Type::offline_sale, 100)) == "96");
    CHECK(played.last() == "missing 0 the recording has no such message type");
    CHECK(played.posted() == 1);
}

TEST_CASE(
    "replay: no recorded answer is silence, or the end of the connection at its time; nothing is booked") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(1), std::nullopt).add(writer.sale(2), std::nullopt, {}, 3s);
    Played played(tape);
    const auto silent = played.client.exchange(played.client.sale(1), 20s);
    CHECK(silent.error == runtime::NetError::timed_out);
    CHECK(played.last() == "withheld 1 ");
    const auto ended = played.client.exchange(played.client.sale(2), 20s);
    CHECK(ended.ended);
    CHECK(ended.took == 3s);
    CHECK(played.last() == "hung_up 2 ");
    CHECK(played.posted() == 0);
    CHECK(played.bench.events(Kind::host_response).size() == 1);  // of the sign-in
}

TEST_CASE("replay: a card that the profile does not know has an account from its first approval on") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(1234, stranger), "00");
    Played played(tape);
    const Message sale = played.client.sale(1234, stranger);
    CHECK(played.client.code(sale) == "00");
    CHECK(played.bench.host->ledger().balance(stranger) == yuan(-1234));
    CHECK(played.client.code(played.client.reversal(sale)) == "00");
    CHECK(played.bench.host->ledger().balance(stranger) == yuan(0));
    CHECK(played.bench.host->totals().debits == played.bench.host->totals().credits);
}

TEST_CASE("replay: an approval that the books cannot take is not given") {
    Writer writer;
    Tape tape;
    const Message sale = writer.sale();
    Message approved = sale;
    approved.set(37, recorded_rrn(sale));
    const Message undo = writer.client.request(Type::sale_void, 1234, &approved);
    tape.add(undo, "00").add(sale, "00").add(undo, "00");
    Played played(tape);
    Message unknown = played.client.sale(1234);
    unknown.set(37, "000000000001");
    CHECK(played.client.code(played.client.request(Type::sale_void, 1234, &unknown)) == "25");
    CHECK(played.last() == "overruled 1 code 00 cannot be booked: original_voidable refuses");
    const Message mine = played.client.approved(Type::sale, 1234);
    CHECK(played.balance() == yuan(100'000 - 1234));
    CHECK(played.client.code(played.client.request(Type::sale_void, 1234, &mine)) == "00");
    CHECK(played.balance() == yuan(100'000));
}

TEST_CASE("replay: of a partial approval the part is booked, and never more than was asked for") {
    Writer writer;
    Tape tape;
    Message part = answered(writer.sale(1234), "10");
    part.set(4, "000000000500");
    const Message sale = writer.sale(1234);
    tape.add(sale, part).add(sale, part);
    Message whole = answered(sale, "10");
    const Message undo = writer.client.request(Type::sale_void, 500, &sale);
    whole.set(4, "000000000500");
    tape.add(undo, whole);
    Played played(tape);
    const Message mine = played.client.sale(1234);
    const Message reply = played.client.ask(mine);
    CHECK(reply.get(39) == "10");
    CHECK(reply.get(4) == "000000000500");
    CHECK(played.balance() == yuan(100'000 - 500));
    CHECK(played.client.code(played.client.sale(400)) == "96");
    CHECK_THAT(played.last(), ContainsSubstring("overruled 2 code 10 cannot be booked: field 4"));
    // Only sales have parts.
    CHECK(played.client.code(played.client.request(Type::sale_void, 500, &mine)) == "96");
    CHECK(played.balance() == yuan(100'000 - 500));
}

TEST_CASE("replay: reversals follow the recording as far as the books agree, and else the books") {
    Writer writer;
    Tape tape;
    const Message sale = writer.sale();
    const Message undo = writer.client.reversal(sale);
    for (const char* code : {"00", "96", "25"}) tape.add(undo, code);
    tape.add(sale, "00").add(sale, "00");
    Played played(tape);
    // Of what was never seen: nothing to undo, and the sale is refused if it comes yet.
    const Message late = played.client.sale(1234);
    CHECK(played.client.code(played.client.reversal(late)) == "00");
    CHECK(played.last() == "given 1 ");
    CHECK(played.client.code(late) == "94");
    // 96 is given: the terminal will ask again. 25 would make it forget a sale that is booked.
    const Message mine = played.client.sale(1234);
    CHECK(played.client.code(mine) == "00");
    CHECK(played.client.code(played.client.reversal(mine)) == "96");
    CHECK(played.balance() == yuan(100'000 - 1234));
    CHECK(played.client.code(played.client.reversal(mine)) == "00");
    CHECK(played.last() == "overruled 3 code 25 would end the reversal of what is booked");
    CHECK(played.balance() == yuan(100'000));
    // Nothing is left: the books answer.
    const Message another = played.client.sale(1234);
    CHECK(played.client.code(another) == "00");
    CHECK(played.client.code(played.client.reversal(another)) == "00");
    CHECK(played.last() == "missing 3 all of this kind have been answered");
    CHECK(played.balance() == yuan(100'000));
}

TEST_CASE("replay: who may ask, and what was asked before, the host says itself, and nothing is taken") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(), "00").add(writer.sale(), "51");
    Played played(tape);
    Message forged = played.client.sale(1234);
    forged.set(64, hex("0000000000000000"));
    CHECK(played.client.code(forged) == "A0");
    const Message sale = played.client.sale(1234);
    CHECK(played.client.code(sale) == "00");
    CHECK(played.client.code(sale) == "94");
    CHECK(played.bench.events(Kind::host_replayed).size() == 1);
    CHECK(played.client.code(played.client.sale(1234)) == "51");
}

TEST_CASE("replay: what refuses an advice for the moment is not its answer when it comes again") {
    Writer writer;
    Tape tape;
    const Message told = writer.client.request(Type::offline_sale, 1234);
    tape.add(told, "91").add(told, "00").add(told, "14");
    Played played(tape);
    const Message advice = played.client.request(Type::offline_sale, 1234);
    CHECK(played.client.code(advice) == "91");
    CHECK(played.posted() == 0);
    CHECK(played.client.code(advice) == "00");
    CHECK(played.client.code(advice) == "00");  // that one is
    CHECK(played.posted() == 1);
}

TEST_CASE("replay: behaviour rules stand in front, and what was not answered stays so") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(1), "00").add(writer.sale(2), "00").add(writer.sale(3), std::nullopt);
    Played played(tape, R"(
rules = [ { when = { amount = "0.01", count = 1 }, then = { action = "respond", code = "91" } },
          { when = { amount = "0.02" }, then = { action = "wrong_mac" } },
          { when = { amount = "0.03" }, then = { action = "duplicate_reply" } } ]
)");
    CHECK(played.client.code(played.client.sale(1)) == "91");
    CHECK(played.bench.events(Kind::host_replayed).empty());
    CHECK(played.client.code(played.client.sale(1)) == "00");
    const auto bent = played.client.exchange(played.client.sale(2));
    CHECK(bent.reply);
    CHECK_FALSE(bent.mac_right);
    CHECK(played.client.hear(played.client.sale(3)).octets.empty());
}

TEST_CASE("replay: the totals of a settlement are those of the books") {
    Writer writer;
    Tape tape;
    tape.add(writer.sale(1000), "00").add(writer.sale(500), "00").add(writer.sale(500), "51");
    Played played(tape);
    for (const std::int64_t amount : {1000, 500, 500}) played.client.ask(played.client.sale(amount));
    Message settlement("0500");
    settlement.set(11, played.client.next_stan());
    settlement.set(41, std::string(tid));
    settlement.set(42, std::string(mid));
    settlement.set(48, fmt::format("{:012}{:03}{:016}{:031}", 1500, 2, 0, 0));
    settlement.set(49, "156");
    settlement.set(60, "00000001201");
    CHECK(played.client.code(settlement) == "00");
    CHECK(played.bench.events(Kind::host_settlement)[0].text("outcome") == "agreed");
}

TEST_CASE("replay: a recording that does not hold is refused when the profile is read") {
    const tests::TemporaryFolder folder;
    const auto file = folder.write("tape.jsonl", "{\"at_ns\":1}\n").string();
    const auto error_of = [](const std::string& path) {
        try {
            host::read_profile(host_profile("recording = '" + path + "'"));
        } catch (const config::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK_THAT(error_of(file), ContainsSubstring("over:1:") && ContainsSubstring("tape.jsonl:1: "));
    CHECK_THAT(error_of(file + "x"), ContainsSubstring("tape.jsonlx"));
}
