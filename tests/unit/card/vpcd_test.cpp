#include "drivers/card/vpcd/vpcd.hpp"

#include <memory>

#include "bench/runtime/job.hpp"
#include "bench/runtime/random.hpp"
#include "drivers/card/vpcd/frame.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/unit/card/card_rig.hpp"
#include "tests/unit/card/fake_reader.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace std::chrono_literals;
using Calls = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Watch final : DoorWatch {
    Calls told;
    void connected(std::string_view) override { told.emplace_back("connected"); }
    void lost(std::string_view reason) override { told.push_back("lost: " + std::string(reason)); }
    void reset(ByteView atr) override { told.push_back("reset " + to_hex(atr)); }
    void power_off() override { told.emplace_back("off"); }
    void exchange(ByteView command, ByteView answer) override {
        told.push_back(to_hex(command) + " -> " + to_hex(answer));
    }
};

runtime::Task<void> serve(runtime::Clock& clock, runtime::Stream& stream, Reader& card, DoorWatch& watch,
                          std::string& end) {
    end = co_await vpcd::serve_connection(clock, stream, card, watch);
}

/// The reader's end of one connection.
struct Connection {
    runtime::VirtualClock clock{runtime::WallTime{}};
    std::shared_ptr<test::MemoryPipe> up = std::make_shared<test::MemoryPipe>();
    std::shared_ptr<test::MemoryPipe> down = std::make_shared<test::MemoryPipe>();
    test::MemoryStream stream{clock, up, down, "reader"};
    test::FakeReader card;
    Watch watch;
    std::string end;
    runtime::Job job{clock, serve(clock, stream, card, watch, end)};

    /// Lets the card take these octets; what it answered.
    std::string send(std::string_view octets) {
        const Bytes sent = hex(octets);
        up->octets.insert(up->octets.end(), sent.begin(), sent.end());
        up->changed.notify_all();
        settle();
        const Bytes answered(down->octets.begin(), down->octets.end());
        down->octets.clear();
        return to_hex(answered);
    }
    void hang_up() {
        up->ended = true;
        up->changed.notify_all();
        settle();
    }
    /// Until only deadlines are left.
    void settle() {
        bool now_over = false;
        runtime::CallbackTimer mark([&] { now_over = true; });
        clock.arm(mark, clock.now() + 1ms);
        clock.run_until([&] { return now_over; });
    }
};

runtime::Task<void> serve_door(Door& door, Reader& card) {
    co_await door.serve(card);
}

}  // namespace

TEST_CASE("vpcd frames: a length in two octets, big-endian, and the body") {
    CHECK(to_hex(vpcd::frame(hex("9000"))) == "00029000");
    CHECK(to_hex(vpcd::frame({})) == "0000");
    CHECK(vpcd::frame(Bytes(0x1234)).at(0) == 0x12);
    CHECK(vpcd::frame(Bytes(0x1234)).at(1) == 0x34);
    CHECK(vpcd::body_size(0x12, 0x34) == 0x1234);
    CHECK(vpcd::frame(Bytes(0xFFFF)).size() == 0xFFFF + 2);
    CHECK_THROWS_AS(vpcd::frame(Bytes(0x10000)), std::length_error);
}

TEST_CASE("a body of one octet is a control code, a longer one a command") {
    CHECK(vpcd::parse_request(hex("00")).value().control == vpcd::Control::power_off);
    CHECK(vpcd::parse_request(hex("01")).value().control == vpcd::Control::power_on);
    CHECK(vpcd::parse_request(hex("02")).value().control == vpcd::Control::reset);
    CHECK(vpcd::parse_request(hex("04")).value().control == vpcd::Control::atr);
    const Bytes command = hex("00B2010C00");
    const auto request = vpcd::parse_request(command);
    REQUIRE(request.has_value());
    CHECK_FALSE(request->control);
    CHECK(to_hex(request->command) == "00B2010C00");
    CHECK(vpcd::parse_request(hex("03")).error().what == "control code 03 is none of 00, 01, 02, 04");
    CHECK_THAT(vpcd::parse_request({}).error().what, ContainsSubstring("without a body"));
}

TEST_CASE("the reader polls for presence without touching the card, and has the answer of each reset") {
    Connection connection;
    CHECK(connection.send("0001 04") == "00023B00");  // no answer to reset is known yet
    CHECK(connection.send("0001 04") == "00023B00");
    CHECK(connection.card.calls.empty());
    CHECK(connection.send("0001 01").empty());
    CHECK(connection.send("0001 04") == "00043B600000");
    CHECK(connection.send("0001 02").empty());
    CHECK(connection.send("0001 00").empty());
    CHECK(connection.send("0001 04") == "00043B600000");
    CHECK(connection.card.calls == Calls{"up", "warm", "down"});
    CHECK(connection.watch.told == Calls{"reset 3B600000", "reset 3B600000", "off"});
    connection.card.cards_in_field = 1;  // out of the slot
    CHECK(connection.send("0001 04") == "0000");
}

TEST_CASE("a mute card is there until it is powered, and no poll resets it") {
    Connection connection;
    connection.card.atr.clear();
    CHECK(connection.send("0001 04") == "00023B00");
    CHECK(connection.send("0001 01").empty());
    CHECK(connection.send("0001 04") == "0000");
    CHECK(connection.send("0001 04") == "0000");
    CHECK(connection.send("0004 00B2010C") == "0000");
    CHECK(connection.card.calls == Calls{"up", "00B2010C"});
}

TEST_CASE("a fault of the first reset is the reader's, not the first poll's") {
    const char* fault = "[[fault]]\non = 'reset'\ndo = 'garbage_atr'\noctets = '3B0102'";
    test::CardRig rig("unionpay-credit", fault);
    rig.card->insert(Card::How::chip);
    Watch watch;
    std::string end;
    const auto up = std::make_shared<test::MemoryPipe>(), down = std::make_shared<test::MemoryPipe>();
    test::MemoryStream stream(rig.clock, up, down, "reader");
    const runtime::Job job(rig.clock, serve(rig.clock, stream, rig.reader, watch, end));
    const Bytes asked = hex("000104 000101 000104 000100 000101 000104");
    up->octets.insert(up->octets.end(), asked.begin(), asked.end());
    up->changed.notify_all();
    rig.clock.run_until([&] { return watch.told.size() == 3 && down->octets.size() == 20; });
    const Bytes answered(down->octets.begin(), down->octets.end());
    CHECK(to_hex(answered) ==
          "00023B00"
          "00033B0102"
          "00093BE000008131FE45EB");
}

TEST_CASE("commands are answered in order, also in pieces and several at once") {
    Connection connection;
    connection.card.answers = {hex("6A82"), hex("70009000"), hex("6D00")};
    CHECK(connection.send("00").empty());
    CHECK(connection.send("05 00B2").empty());
    CHECK(connection.send("010C00") == "00026A82");
    CHECK(connection.send("0004 00B20114 0004 00FF0000") == "00047000900000026D00");
    CHECK(connection.watch.told == Calls{"00B2010C00 -> 6A82", "00B20114 -> 70009000", "00FF0000 -> 6D00"});
    connection.hang_up();
    CHECK(connection.end == "closed by the reader");
    CHECK(connection.card.calls.back() == "down");
}

TEST_CASE("the longest frame is taken whole") {
    Connection connection;
    connection.card.answers = {hex("6700")};
    CHECK(connection.send("FFFF" + to_hex(Bytes(0xFFFF, 0xA5))) == "00026700");
}

TEST_CASE("what breaks the rules ends the connection, and the card is without power") {
    Connection connection;
    std::string octets, reason;
    std::tie(octets, reason) = GENERATE(table<std::string, std::string>({
        {"0000", "without a body"},
        {"0001 03", "control code 03"},
        {"0001 FF", "control code FF"},
    }));
    CHECK(connection.send(octets).empty());
    CHECK(connection.job.done());
    CHECK_THAT(connection.end, ContainsSubstring(reason));
    CHECK(connection.card.calls == Calls{"down"});
}

TEST_CASE("whatever octets come, the card is asked for whole commands only, and every end has a reason") {
    runtime::Random random(2024);
    for (int round = 0; round < 300; ++round) {
        Connection connection;
        connection.card.answers.assign(64, hex("6D00"));
        for (int piece = 0; piece < 8 && connection.job.running(); ++piece) {
            Bytes octets(static_cast<std::size_t>(random.between(1, 40)));
            random.fill(octets);
            // Mostly short frames: of random lengths hardly any would ever be whole.
            for (std::size_t i = 0; i + 1 < octets.size(); i += 4) {
                octets[i] = 0;
                octets[i + 1] %= 8;
            }
            connection.send(to_hex(octets));
        }
        connection.hang_up();
        REQUIRE(connection.job.done());
        CHECK_FALSE(connection.end.empty());
        CHECK(connection.card.calls.back() == "down");
        for (const std::string& told : connection.watch.told)
            if (const auto arrow = told.find(" -> "); arrow != std::string::npos) CHECK(arrow >= 4);
    }
}

TEST_CASE("a frame that does not come whole is not waited for beyond its patience") {
    Connection connection;
    CHECK(connection.send("0005 00B2").empty());
    CHECK_FALSE(connection.job.done());
    connection.clock.run_until([&] { return connection.job.done(); });
    CHECK(connection.end == "a frame of 5 octets did not come whole: timed out");
    CHECK(connection.clock.now() <= runtime::TimePoint(vpcd::frame_patience + 1ms));

    Connection cut;
    cut.send("0005 00B2");
    cut.hang_up();
    CHECK(cut.end == "a frame of 5 octets did not come whole: connection reset");
}

TEST_CASE("the door finds the reader again, and tells once that it is away") {
    runtime::VirtualClock clock{runtime::WallTime{}};
    test::MemoryNetwork network(clock);
    test::FakeReader card;
    Watch watch;
    network.set_open(false);
    const auto door = vpcd::make_door(clock, network, network.endpoint(), watch);
    const runtime::Job service(clock, serve_door(*door, card));
    const auto pass = [&](runtime::Duration time) {
        bool over = false;
        runtime::CallbackTimer mark([&] { over = true; });
        clock.arm(mark, clock.now() + time);
        clock.run_until([&] { return over; });
    };
    pass(10s);
    CHECK(watch.told == Calls{"lost: 10.0.0.1:8583: connection refused"});
    network.set_open(true);
    pass(1s);
    CHECK(watch.told.back() == "connected");

    std::unique_ptr<runtime::Stream> reader;
    const auto take = [](test::MemoryNetwork& from,
                         std::unique_ptr<runtime::Stream>& into) -> runtime::Task<void> {
        auto accepted = co_await from.accept();
        into = *std::move(accepted);
    };
    const runtime::Job first(clock, take(network, reader));
    pass(1ms);
    REQUIRE(reader);
    reader->close();
    pass(1s);
    CHECK(watch.told == Calls{"lost: 10.0.0.1:8583: connection refused", "connected",
                              "lost: closed by the reader", "connected"});
    CHECK(service.running());
}
