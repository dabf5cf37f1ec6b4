// Each defect, switched on and off, at the place where its rule is kept. Those of chip and stripe, and of the
// first reversals, have their tests beside the rule (emulated_host_test.cpp and others).

#include <set>

#include "drivers/terminal/emulated/defects.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using iso8583::Message;
using terminal::Function;
using trace::Kind;

namespace {

/// What `observe` sees with the defect, and what without.
template <class Observe>
auto seen_with_and_without(std::string_view defect, Observe observe) {
    Rig with("defects = ['" + std::string(defect) + "']");
    Rig without;
    auto seen = observe(with);
    return std::pair(std::move(seen), observe(without));
}

std::string outcome(const Rig& rig) {
    return std::string(rig.last(Kind::terminal_outcome).text("outcome"));
}

/// How a sale ends whose reply is changed so.
auto ends_with(std::string_view defect, std::function<void(Message&)> change) {
    return seen_with_and_without(defect, [&](Rig& rig) {
        rig.host.change = [&](Message& reply) {
            if (reply.mti() == "0210") change(reply);
        };
        rig.stripe_sale();
        return outcome(rig);
    });
}

const std::pair<std::string, std::string> only_with_defect{"approved", "failed"};

std::string order_of(const Rig& rig) {
    std::string types;
    for (const Message& message : rig.host.requests) types += message.mti() + " ";
    return types;
}

/// A sale that got no reply, and then a whole one.
std::string sale_after_silence(Rig& rig) {
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.stripe_sale();
    return order_of(rig);
}

void settle(Rig& rig) {
    rig.until_idle();
    rig.application->choose(Function::settlement);
    rig.until_idle();
}

}  // namespace

TEST_CASE("every defect names its row of the complaint catalogue, and has a meaning of its own") {
    std::set<std::string_view> meanings;
    for (const terminal::DefectSpec& spec : terminal::defect_table()) {
        CAPTURE(spec.name);
        CHECK(spec.row.size() == 3);
        CHECK(std::string_view("KNHTO").find(spec.row[0]) != std::string_view::npos);
        CHECK(meanings.insert(spec.meaning).second);
    }
}

TEST_CASE("defects of the checks of a reply") {
    const auto set = [](int field, std::string value) {
        return [field, value](Message& reply) { reply.set(field, value); };
    };
    CHECK(ends_with("reply-amount-unchecked", set(4, "000000001235")) == only_with_defect);
    CHECK(ends_with("reply-tid-unchecked", set(41, "00000002")) == only_with_defect);
    CHECK(ends_with("reply-processing-code-unchecked", set(3, "200000")) == only_with_defect);
    CHECK(ends_with("reply-mti-unchecked", [](Message& reply) {
              Message other("0230");
              for (const int field : reply.fields()) other.set(field, std::string(reply.get(field)));
              reply = other;
          }) == only_with_defect);
    CHECK(ends_with("approves-unknown-code", set(39, "ZZ")) ==
          std::pair<std::string, std::string>{"approved", "declined"});
}

TEST_CASE("defects of reversals") {
    const auto pin_in_reversal = [](Rig& rig) {
        rig.host.silent_to_sales = true;
        rig.start_sale();
        rig.reader.swipe(good_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("1 2 3 4 confirm");
        rig.until_idle();
        rig.application->choose(Function::sign_in);
        rig.until_idle();
        return rig.host.last("0400").has(52);
    };
    CHECK(seen_with_and_without("reversal-with-pin", pin_in_reversal) == std::pair(true, false));
    CHECK(seen_with_and_without("reversal-after-next-sale", sale_after_silence) ==
          std::pair<std::string, std::string>{"0800 0200 0200 0400 ", "0800 0200 0400 0200 "});
    CHECK(seen_with_and_without("abandons-reversal-at-once", sale_after_silence) ==
          std::pair<std::string, std::string>{"0800 0200 0200 ", "0800 0200 0400 0200 "});
    CHECK(seen_with_and_without("retries-sale", [](Rig& rig) {
              rig.host.silent_to_sales = true;
              rig.stripe_sale();
              return rig.host.count("0200");
          }) == std::pair(2, 1));
    CHECK(seen_with_and_without("reverses-inquiries", [](Rig& rig) {
              rig.host.silent_to_sales = true;
              rig.start(Function::inquiry, {});
              REQUIRE(rig.until_prompt("card"));
              rig.reader.swipe(good_track);
              REQUIRE(rig.until_prompt("pin"));
              rig.press("confirm");
              rig.until_idle();
              return rig.reversal_pending();
          }) == std::pair(true, false));
}

TEST_CASE("defects of waiting: late replies, half ones, connecting for ever") {
    CHECK(seen_with_and_without("late-reply-approves", [](Rig& rig) {
              rig.until_idle();
              rig.host.delay = 40s;
              rig.stripe_sale();
              return outcome(rig);
          }) == only_with_defect);
    CHECK(seen_with_and_without("acts-on-half-message", [](Rig& rig) {
              rig.until_idle();
              rig.host.cut_to = 40;
              rig.stripe_sale();
              return outcome(rig);
          }) == only_with_defect);
    CHECK(seen_with_and_without("connects-for-ever", [](Rig& rig) {
              rig.until_idle();
              rig.host.way = ScriptedHost::Way::refused;
              rig.start_sale();
              rig.reader.swipe(good_track);
              REQUIRE(rig.until_prompt("pin"));
              rig.press("confirm");
              rig.run_for(1h);
              return rig.application->idle();
          }) == std::pair(false, true));
}

TEST_CASE("defects of keys, batch number, clock and STAN") {
    CHECK(seen_with_and_without("keeps-keys-when-told-to-renew", [](Rig& rig) {
              rig.host.code = "77";
              rig.stripe_sale();
              rig.stripe_sale();
              return rig.host.count("0800");
          }) == std::pair(1, 2));
    CHECK(seen_with_and_without("keeps-keys-after-failed-sign-in", [](Rig& rig) {
              rig.until_idle();
              rig.host.change = [](Message& reply) {
                  if (reply.mti() == "0810") reply.set(39, std::string("97"));
              };
              rig.application->choose(Function::sign_in);
              rig.until_idle();
              rig.start_sale();
              rig.reader.swipe(good_track);
              if (rig.until_prompt_or_idle("pin")) rig.press("confirm");
              rig.until_idle();
              return rig.host.count("0200");
          }) == std::pair(1, 0));
    CHECK(seen_with_and_without("ignores-new-batch", [](Rig& rig) {
              rig.stripe_sale();
              return std::string(rig.host.last("0200").get(60).substr(2, 6));
          }) == std::pair<std::string, std::string>{"000001", "000007"});
    CHECK(seen_with_and_without("reuses-stan", [](Rig& rig) {
              rig.stripe_sale();
              const std::string first(rig.host.last("0200").get(11));
              rig.stripe_sale();
              return rig.host.last("0200").get(11) == first;
          }) == std::pair(true, false));
    const auto year_printed = [](std::string_view defect) {
        Rig rig("clock = '2025-12-31T23:59:00'\n" + std::string(defect));
        rig.stripe_sale();
        return std::string(rig.last(Kind::terminal_printed).text("date"));
    };
    CHECK(year_printed("defects = ['never-sets-clock']") != "0615");
    CHECK(year_printed("") == "0615");
}

TEST_CASE("defects of receipts") {
    CHECK(seen_with_and_without("clear-pan-on-receipt", [](Rig& rig) {
              rig.stripe_sale();
              return std::string(rig.last(Kind::terminal_printed).text("pan"));
          }) == std::pair<std::string, std::string>{"6210948000**0011", "621094******0011"});
    CHECK(seen_with_and_without("receipt-amount-differs", [](Rig& rig) {
              rig.stripe_sale();
              return rig.last(Kind::terminal_printed).integer("amount") == 1234;
          }) == std::pair(false, true));
    CHECK(seen_with_and_without("prints-full-amount-on-partial", [](Rig& rig) {
              rig.host.code = "10";
              rig.host.change = [](Message& reply) {
                  if (reply.mti() == "0210") reply.set(4, std::string("000000001000"));
              };
              rig.stripe_sale();
              return rig.last(Kind::terminal_printed).integer("amount").value_or(0);
          }) == std::pair<std::int64_t, std::int64_t>{1234, 1000});
    CHECK(seen_with_and_without("counts-reprint-twice", [](Rig& rig) {
              rig.stripe_sale();
              rig.application->choose(Function::reprint);
              settle(rig);
              return rig.last(Kind::terminal_settlement).integer("debits").value_or(0);
          }) == std::pair<std::int64_t, std::int64_t>{2, 1});
}

TEST_CASE("defects of the journal") {
    CHECK(seen_with_and_without("voids-reversed-sale", [](Rig& rig) {
              rig.host.silent_to_sales = true;
              rig.stripe_sale();
              rig.host.silent_to_sales = false;
              rig.application->choose(Function::sign_in);
              rig.start(Function::sale_void, {{"voucher", "2"}});
              if (rig.until_prompt_or_idle("amount")) {
                  rig.press("1 2 3 4 confirm");
                  rig.reader.swipe(good_track);
                  rig.until_idle();
              }
              return outcome(rig);
          }) == only_with_defect);
    CHECK(seen_with_and_without("drops-batch-after-failed-settlement", [](Rig& rig) {
              rig.stripe_sale();
              rig.host.silent_to_settlements = true;
              settle(rig);
              return rig.count(Kind::terminal_journal, "state", "settled");
          }) == std::pair(1, 0));
    CHECK(seen_with_and_without("accepts-corrupt-journal", [](Rig& rig) {
              rig.until_idle();
              rig.power_off();
              rig.flash.write({{"reversal", Bytes{'x'}}});
              rig.power_on();
              rig.until_idle();
              return rig.all(Kind::terminal_fault).size();
          }) == std::pair<std::size_t, std::size_t>{0, 1});
}

TEST_CASE("a full journal sells no more, but with the defect sells-with-full-journal") {
    for (const bool defect : {false, true}) {
        Rig rig(std::string("journal_capacity = 1\n") +
                (defect ? "defects = ['sells-with-full-journal']" : ""));
        rig.stripe_sale();
        rig.application->press("sale");
        CHECK(rig.until_prompt_or_idle("amount") == defect);
    }
}

TEST_CASE("defects of input") {
    CHECK(seen_with_and_without("accepts-zero-amount", [](Rig& rig) {
              rig.start(Function::sale, {{"amount", ""}});
              return rig.until_prompt_or_idle("card");
          }).first);
    CHECK(seen_with_and_without("refund-without-original", [](Rig& rig) {
              rig.start(Function::refund, {});
              rig.until(Kind::terminal_prompt, [](const auto&) { return true; });
              return std::string(rig.last(Kind::terminal_prompt).text("what"));
          }) == std::pair<std::string, std::string>{"amount", "reference"});
    CHECK(seen_with_and_without("double-key-two-sales", [](Rig& rig) {
              rig.start_sale();
              rig.reader.swipe(good_track);
              REQUIRE(rig.until_prompt("pin"));
              rig.press("confirm confirm");
              rig.until_idle();
              return rig.host.count("0200");
          }) == std::pair(2, 1));
}

TEST_CASE(
    "crashes-on-empty-field, grows-with-bad-messages: the terminal crashes, and is whole after a power "
    "cycle") {
    const auto crashed = [](Rig& rig) { return rig.count(Kind::terminal_state, "state", "crashed"); };
    for (const bool defect : {false, true}) {
        Rig rig(defect ? "defects = ['grows-with-bad-messages']" : "");
        rig.until_idle();
        rig.host.raw = [](const Message&) { return Bytes{0x00, 0x0B, 0x60, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0}; };
        for (int i = 0; i < 20 && crashed(rig) == 0; ++i) {
            rig.application->choose(Function::echo);
            rig.run_for(2min);
        }
        CHECK(crashed(rig) == (defect ? 1 : 0));
        rig.host.raw = nullptr;
        rig.power_off();
        rig.power_on();
        rig.stripe_sale();
        CHECK(outcome(rig) == "approved");
    }
    for (const bool defect : {false, true}) {
        Rig rig(defect ? "defects = ['crashes-on-empty-field']" : "");
        rig.until_idle();
        rig.host.change = [](Message& reply) {
            if (reply.mti() == "0210") reply.set(44, std::string());
        };
        rig.start_sale();
        rig.reader.swipe(good_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.run_for(2min);
        CHECK(crashed(rig) == (defect ? 1 : 0));
    }
}
