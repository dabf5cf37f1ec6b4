// What passes between a terminal and an acquirer is passed on octet by octet, and kept without card data.

#include "drivers/host/recording/recording.hpp"

#include <fmt/format.h>

#include "drivers/host/recording/relay.hpp"
#include "drivers/host/recording/stand_in.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench;
using namespace posbench::host;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using iso8583::Message;
using runtime::Task;

namespace {

constexpr runtime::WallTime morning = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h;

Message sale(const std::string& stan = "000042") {
    Message message("0200");
    message.set(3, "000000");
    message.set(4, "000000001234");
    message.set(11, stan);
    message.set(35, "6210948000000011D28122010000000000000");
    message.set(41, "00000001");
    message.set(52, hex("041277CDDEEFF669"));
    message.set(55, hex("9F2608 0102030405060708 5A08 6210948000000011"));
    message.set(60, "22000001");
    return message;
}

Message approval(const std::string& stan = "000042") {
    Message message("0210");
    message.set(2, "6210948000000011");
    message.set(4, "000000001234");
    message.set(11, stan);
    message.set(39, "00");
    message.set(41, "00000001");
    message.set(63, hex("435550"));
    return message;
}

Bytes framed(const Message& message) {
    const Bytes octets = iso8583::encode(tests::unionpay(), message);
    return iso8583::encode_frame(tests::unionpay(), {{}, hex("603100311003"), octets});
}

struct Tapped {
    std::vector<Wiretap::Heard> heard;
    std::vector<std::string> lost;
    Wiretap tap{tests::unionpay(), [this](const Wiretap::Heard& one) { heard.push_back(one); },
                [this](const std::string& why) { lost.push_back(why); }};
};

KeptMessage kept(const Message& message) {
    return keep(tests::unionpay(), {{}, hex("603100311003"), message, 0});
}

/// A terminal, a relay and an acquirer in memory.
struct Passing {
    runtime::VirtualClock clock{morning};
    test::MemoryNetwork below{clock}, above{clock};
    std::vector<RecordedExchange> exchanges;
    std::vector<std::string> notes;
    Relay relay{clock,
                below,
                above,
                {"10.0.0.9", 8583},
                tests::unionpay(),
                {[this](const RecordedExchange& one) { exchanges.push_back(one); },
                 [this](std::int64_t, const std::string& what) { notes.push_back(what); }},
                {}};
    runtime::Job running{clock, relay.run()};

    void run(const std::function<bool()>& until) { clock.run_until(until); }
    bool noted(std::string_view what) const {
        return std::ranges::any_of(notes,
                                   [&](const std::string& note) { return note.find(what) != note.npos; });
    }
};

}  // namespace

TEST_CASE("frames are heard in whatever pieces they come") {
    Bytes two = framed(sale());
    append(two, framed(approval()));
    for (const std::size_t piece : {1u, 7u, 64u, 4096u}) {
        Tapped tapped;
        for (std::size_t at = 0; at < two.size(); at += piece)
            tapped.tap.feed(ByteView(two).subspan(at, std::min(piece, two.size() - at)));
        tapped.tap.end();
        REQUIRE(tapped.heard.size() == 2);
        CHECK(tapped.heard[0].message == sale());
        CHECK(tapped.heard[1].message == approval());
        CHECK(to_hex(tapped.heard[0].header) == "603100311003");
        CHECK(tapped.lost.empty());
    }
}

TEST_CASE("what is no frame is told once, and counted from there on") {
    Tapped tapped;
    Bytes octets = framed(sale());
    append(octets, hex("FFFF"));
    append(octets, Bytes(100'000, 0xAA));
    tapped.tap.feed(octets);
    tapped.tap.end();
    CHECK(tapped.heard.size() == 1);
    REQUIRE(tapped.lost.size() == 1);
    CHECK_THAT(tapped.lost[0], ContainsSubstring("65535 octets"));
    CHECK(tapped.tap.unread() == 100'002);

    Tapped cut;
    cut.tap.feed(ByteView(framed(sale())).first(20));
    cut.tap.end();
    REQUIRE(cut.lost.size() == 1);
    CHECK_THAT(cut.lost[0], ContainsSubstring("ended inside a frame after 20 octets"));
}

TEST_CASE("a message that is none of the dialect is told, counted and passed over") {
    Tapped tapped;
    Bytes octets = framed(sale());
    Bytes strange = framed(sale());
    strange[2 + 5 + 6 + 2 + 5] |= 0x20;  // field 43 is said to be there
    append(octets, strange);
    append(octets, framed(sale("000002")));
    tapped.tap.feed(octets);
    tapped.tap.end();
    REQUIRE(tapped.heard.size() == 2);
    CHECK(tapped.heard[1].message == sale("000002"));
    REQUIRE(tapped.lost.size() == 1);
    CHECK_THAT(tapped.lost[0], ContainsSubstring("field 43"));
    CHECK(tapped.tap.unread() == strange.size());
}

TEST_CASE("a message is kept without card data, and its line read again is the same") {
    const KeptMessage request = kept(sale()), reply = kept(approval());
    CHECK(request.pan == "621094******0011");
    CHECK(reply.pan == "621094******0011");
    CHECK(request.hidden == std::set<int>{35, 52, 55});
    CHECK(reply.hidden == std::set<int>{2});
    CHECK(request.get(4) == "000000001234");
    CHECK(reply.get(63) == "435550");

    const RecordedExchange whole{3, 5s, request, reply, 80ms};
    const std::string line = to_line(whole);
    for (const char* secret : {"6210948000000011", "041277CDDEEFF669", "D2812201"})
        CHECK_THAT(line, !ContainsSubstring(secret));
    CHECK(parse_recorded(line).value() == whole);
    const RecordedExchange alone{1, 0s, request, std::nullopt, {}};
    CHECK(parse_recorded(to_line(alone)).value() == alone);
    const RecordedExchange closed{1, 0s, request, std::nullopt, {}, 7s};
    CHECK(parse_recorded(to_line(closed)).value() == closed);
}

TEST_CASE("a line that is none is refused with what is wrong") {
    const auto refused = [](std::string_view line) {
        const auto exchange = parse_recorded(line);
        return exchange ? "taken" : exchange.error().what;
    };
    CHECK_THAT(refused("{"), ContainsSubstring("no JSON"));
    CHECK_THAT(refused("[]"), ContainsSubstring("a table is due"));
    CHECK_THAT(refused(R"({"at":1})"), ContainsSubstring("unknown key 'at'"));
    CHECK_THAT(refused(R"({"at_ns":1,"connection":1})"), ContainsSubstring("request"));
    CHECK_THAT(refused(R"({"at_ns":-1,"connection":1,"request":{"mti":"0200","fields":{}}})"),
               ContainsSubstring("negative"));
    CHECK_THAT(refused(R"({"at_ns":1,"connection":1,"request":{"mti":"020","fields":{}}})"),
               ContainsSubstring("four digits"));
    CHECK_THAT(refused(R"({"at_ns":1,"connection":1,"request":{"mti":"0200","fields":{"x":"1"}}})"),
               ContainsSubstring("no number"));
    CHECK_THAT(refused(R"({"at_ns":1,"connection":1,"request":{"mti":"0200","fields":{"129":"1"}}})"),
               ContainsSubstring("no field"));
    CHECK_THAT(refused(R"({"at_ns":1,"connection":1,"request":{"mti":"0200","fields":{"4":7}}})"),
               ContainsSubstring("string"));
}

TEST_CASE("a relay passes both ways, pairs answers with requests, and passes the end on") {
    Passing p;
    auto terminal = p.below.connect_now();
    std::unique_ptr<runtime::Stream> acquirer;
    Bytes at_acquirer(framed(sale()).size()), at_terminal(framed(approval()).size());
    std::size_t end = 99;
    const auto acquire = [&]() -> Task<void> {
        auto accepted = co_await p.above.accept();
        acquirer = *std::move(accepted);
        const auto read = co_await runtime::read_exactly(*acquirer, at_acquirer, runtime::never);
        CHECK(read.has_value());
        co_await p.clock.sleep_for(80ms);
        const Bytes octets = framed(approval());
        const auto written = co_await acquirer->write(octets, runtime::never);
        CHECK(written.has_value());
        Bytes more(1);
        const auto count = co_await acquirer->read_some(more, runtime::never);
        if (count) end = *count;
        acquirer->close();
    };
    const auto sell = [&]() -> Task<void> {
        const Bytes octets = framed(sale());
        const auto written = co_await terminal->write(octets, runtime::never);
        CHECK(written.has_value());
        const auto read = co_await runtime::read_exactly(*terminal, at_terminal, runtime::never);
        CHECK(read.has_value());
        terminal->close();
    };
    runtime::Job acquiring(p.clock, acquire());
    runtime::Job selling(p.clock, sell());
    p.run([&] { return p.noted("ended"); });
    CHECK(at_acquirer == framed(sale()));
    CHECK(at_terminal == framed(approval()));
    CHECK(end == 0);
    REQUIRE(p.exchanges.size() == 1);
    CHECK(p.exchanges[0].request == kept(sale()));
    CHECK(p.exchanges[0].reply == kept(approval()));
    CHECK(p.exchanges[0].took == 80ms);
}

TEST_CASE("a reversal has its original's STAN: its answer is not taken for the sale's, and both are told") {
    Passing p;
    auto terminal = p.below.connect_now();
    const auto retyped = [](const Message& message, std::string_view mti) {
        Message made{std::string(mti)};
        for (const int field : message.fields()) made.set(field, std::string(message.get(field)));
        return made;
    };
    const Message reversal = retyped(sale(), "0400"), reversed = retyped(approval(), "0410");
    const auto sell = [&]() -> Task<void> {
        for (const Bytes& octets : {framed(sale()), framed(reversal)}) {
            const auto written = co_await terminal->write(octets, runtime::never);
            CHECK(written.has_value());
        }
    };
    std::unique_ptr<runtime::Stream> acquirer;
    const auto acquire = [&]() -> Task<void> {
        auto accepted = co_await p.above.accept();
        acquirer = *std::move(accepted);
        Bytes octets = framed(sale());
        append(octets, framed(reversal));
        const auto read = co_await runtime::read_exactly(*acquirer, octets, runtime::never);
        CHECK(read.has_value());
        const Bytes answer = framed(reversed);
        const auto written = co_await acquirer->write(answer, runtime::never);
        CHECK(written.has_value());
    };
    runtime::Job acquiring(p.clock, acquire());
    runtime::Job selling(p.clock, sell());
    p.run([&] { return !p.exchanges.empty(); });
    REQUIRE(p.exchanges.size() == 1);
    CHECK(p.exchanges[0].request.mti == "0400");
    CHECK(p.exchanges[0].reply->mti == "0410");
    p.relay.stop();
    REQUIRE(p.exchanges.size() == 2);
    CHECK(p.exchanges[1].request.mti == "0200");
    CHECK_FALSE(p.exchanges[1].reply);
}

TEST_CASE("requests without an answer, answers without a request, garbage: all of it is told") {
    Passing p;
    auto terminal = p.below.connect_now();
    const auto sell = [&]() -> Task<void> {
        for (const Bytes& octets : {framed(sale("000001")), framed(sale("000002")), hex("000000")}) {
            const auto written = co_await terminal->write(octets, runtime::never);
            CHECK(written.has_value());
        }
    };
    std::unique_ptr<runtime::Stream> acquirer;
    const auto acquire = [&]() -> Task<void> {
        auto accepted = co_await p.above.accept();
        acquirer = *std::move(accepted);
        const Bytes octets = framed(approval("000009"));
        const auto written = co_await acquirer->write(octets, runtime::never);
        CHECK(written.has_value());
        co_await p.clock.sleep_for(1s);
        acquirer->reset();
    };
    runtime::Job acquiring(p.clock, acquire());
    runtime::Job selling(p.clock, sell());
    p.run([&] { return p.noted("ended"); });
    REQUIRE(p.exchanges.size() == 2);
    CHECK(p.exchanges[0].request.get(11) == "000001");
    CHECK_FALSE(p.exchanges[1].reply);
    CHECK(p.noted("an answer 0210 to no request, STAN 000009"));
    CHECK(p.noted("from the terminal: frame: 0 octets"));
    CHECK(p.noted("3 octets of the terminal were passed on unread"));
}

TEST_CASE("an acquirer that is not there, and a connection on which nothing happens") {
    Passing p;
    p.above.set_open(false);
    auto refused = p.below.connect_now();
    p.run([&] { return p.noted("was not reached: connection refused"); });
    p.above.set_open(true);
    auto silent = p.below.connect_now();
    p.run([&] { return p.noted("ended"); });
    CHECK(p.noted("idle"));
    CHECK(p.clock.now() - runtime::TimePoint{} == 10min);
}

TEST_CASE("an acquirer that hangs up without an answer is told from a terminal that does") {
    const bool acquirer_first = GENERATE(true, false);
    Passing p;
    auto terminal = p.below.connect_now();
    std::unique_ptr<runtime::Stream> acquirer;
    const auto acquire = [&]() -> Task<void> {
        auto accepted = co_await p.above.accept();
        acquirer = *std::move(accepted);
        Bytes octets(framed(sale()).size());
        const auto read = co_await runtime::read_exactly(*acquirer, octets, runtime::never);
        CHECK(read.has_value());
        co_await p.clock.sleep_for(2s);
        if (acquirer_first) acquirer->close();
    };
    const auto sell = [&]() -> Task<void> {
        const Bytes octets = framed(sale());
        const auto written = co_await terminal->write(octets, runtime::never);
        CHECK(written.has_value());
        co_await p.clock.sleep_for(5s);
        terminal->close();
        co_await p.clock.sleep_for(1s);
        acquirer->close();
    };
    runtime::Job acquiring(p.clock, acquire());
    runtime::Job selling(p.clock, sell());
    p.run([&] { return p.noted("ended"); });
    REQUIRE(p.exchanges.size() == 1);
    CHECK_FALSE(p.exchanges[0].reply);
    CHECK(p.exchanges[0].closed == (acquirer_first ? std::optional<runtime::Duration>(2s) : std::nullopt));
}

TEST_CASE("a stand-in takes what was recorded for the same card and amount, then for less") {
    Message other_amount = sale(), other_card = sale(), refund = sale(), reversal = sale();
    other_amount.set(4, "000000000500");
    other_card.set(35, "6210948000000029D28122010000000000000");
    refund.set(3, "200000");
    reversal = Message("0400");
    const Recording recording{{{1, 0s, kept(sale()), kept(approval()), 1s}, 1},
                              {{1, 1s, kept(other_amount), kept(approval()), 2s}, 2},
                              {{1, 2s, kept(sale()), kept(approval()), 3s}, 4}};
    StandIn stand_in(std::make_shared<const Recording>(recording));
    using Words = std::vector<std::string>;
    CHECK(stand_in.take(other_amount).taken->took == 2s);
    const auto unlike = stand_in.take(reversal);
    CHECK(unlike.taken == nullptr);
    CHECK(unlike.line == 0);
    const auto first = stand_in.take(sale());
    CHECK(first.taken->took == 1s);
    CHECK(first.line == 1);
    CHECK(first.differs.empty());
    const auto of_other = stand_in.take(other_card);  // rather than nothing
    CHECK(of_other.taken->took == 3s);
    CHECK(of_other.line == 4);
    CHECK(of_other.differs == Words{"card"});
    const auto used_up = stand_in.take(sale());
    CHECK(used_up.taken == nullptr);
    CHECK(used_up.line == 4);
    CHECK(used_up.differs.empty());
    CHECK(stand_in.take(refund).differs == Words{"field 3"});
}

TEST_CASE("a recorded answer repeats what it repeated, of the request that it answers now") {
    Message was = sale(), reply = approval();
    reply.set(60, "22000001");
    const RecordedExchange recorded{1, 0s, kept(was), kept(reply), 80ms};
    Message now = sale("000777");
    now.set(35, "6210948000000029D28122010000000000000");
    now.set(60, "2200000900060");
    const Message answer = answer_like(tests::unionpay(), recorded, now);
    CHECK(answer.mti() == "0210");
    CHECK(answer.get(11) == "000777");
    CHECK(answer.get(4) == "000000001234");
    CHECK(answer.get(39) == "00");
    CHECK(answer.get(2) == "6210948000000029");  // of track 2
    CHECK(answer.get(60) == "22000009");
    CHECK(answer.get(63) == "CUP");
    CHECK_FALSE(answer.has(64));

    Message partial = approval();
    partial.set(4, "000000000500");
    partial.set(39, "10");
    now.set(4, "000000009999");
    const Message part = answer_like(tests::unionpay(), {1, 0s, kept(sale()), kept(partial), 80ms}, now);
    CHECK(part.get(4) == "000000000500");
    CHECK(part.get(39) == "10");
}

TEST_CASE("a recording is a file of lines, and a wrong one is named") {
    const tests::TemporaryFolder folder;
    const RecordedExchange whole{3, 5s, kept(sale()), kept(approval()), 80ms};
    const auto good = folder.write("good.jsonl", to_line(whole) + "\n\n" + to_line(whole) + "\n");
    const Recording recording = load_recording(good, tests::unionpay());
    REQUIRE(recording.size() == 2);
    CHECK(recording[1].exchange == whole);
    CHECK(recording[1].line == 3);
    const auto refused = [&](const std::string& second) {
        const auto bad = folder.write("bad.jsonl", to_line(whole) + "\n" + second + "\n");
        try {
            load_recording(bad, tests::unionpay());
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK_THAT(refused("{}"), ContainsSubstring("bad.jsonl:2: "));
    const auto with_reply = [](std::string_view reply, std::string_view more = ",\"took_ns\":1") {
        return fmt::format(
            R"({{"at_ns":1,"connection":1,"request":{{"mti":"0200","fields":{{}}}},"reply":{}{}}})", reply,
            more);
    };
    CHECK_THAT(refused(with_reply(R"({"mti":"0210","fields":{"39":"000"}})")), ContainsSubstring("39"));
    CHECK_THAT(refused(with_reply(R"({"mti":"0210","fields":{"63":"4355x0"}})")),
               ContainsSubstring("field 63 is no hexadecimal"));
    CHECK_THAT(refused(with_reply(R"({"mti":"02A0","fields":{}})")), ContainsSubstring("message type"));
    CHECK_THAT(refused(with_reply(R"({"mti":"0210","fields":{}})", ",\"took_ns\":90000000000000")),
               ContainsSubstring("'took_ns' is more than a day"));
    CHECK_THAT(refused(with_reply(R"({"mti":"0210","fields":{}})", ",\"took_ns\":1,\"closed_ns\":1")),
               ContainsSubstring("'closed_ns'"));
    CHECK_THROWS_AS(load_recording(folder.path() / "none.jsonl", tests::unionpay()), std::system_error);
}
