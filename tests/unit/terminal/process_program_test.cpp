#include <array>
#include <future>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "bench/runtime/real_stream.hpp"
#include "drivers/terminal/process/lines.hpp"
#include "drivers/terminal/process/messages.hpp"
#include "drivers/terminal/process/program.hpp"
#include "tests/support/dialect.hpp"
#include "tests/unit/terminal/process_support.hpp"

using namespace posbench;
using namespace posbench::terminal::process;
using posbench::tests::finish;
using posbench::tests::RealBench;
using trace::Kind;

namespace {

constexpr const char* quick_profile = R"(
tid = "10000001"
mid = "898111148990001"
merchant_name = "Test"
tmk = "CA5D92598DCA48CE8A4C76361A9269E9"
header = "603100311003"
sign_in_at_start = false
connect_attempts = 1
[timings]
boot = "1ms"
key = "0s"
display = "0s"
flash_write = "0s"
)";

/// The program in a thread of this process, and the bench's end of its channel.
class Channel {
  public:
    explicit Channel(RealBench& bench) : bench_(bench) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        stream_ = runtime::adopt_stream(bench.clock, ends[0], "program");
        lines_ = std::make_unique<LineReader>(*stream_);
        outcome_ = std::async(std::launch::async, [number = ends[1]] {
            runtime::FileDescriptor input(number);
            runtime::FileDescriptor output(::dup(number));
            serve(std::move(input), std::move(output));
        });
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() { stream_->close(); }

    void send(const ToTerminal& message) { send_text(encode(message)); }
    void send_text(std::string text) { finish(bench_, write(std::move(text))).value(); }
    void greet(const std::string& text = quick_profile) {
        config::Value profile = config::load_text(text, "profile");
        config::at_path(profile, "dialect") = posbench::tests::dialect_table("unionpay-pos");
        // Nothing listens at port 1: an attempt to connect is refused at once.
        send(Hello{bench_.clock.start_ns(),
                   bench_.clock.wall_start(),
                   7,
                   {"127.0.0.1", 1},
                   (bench_.scratch.path() / "flash").native(),
                   std::move(profile)});
    }
    ToBench next() {
        const auto line = finish(bench_, lines_->next()).value();
        REQUIRE(line.has_value());
        return decode_to_bench(*line).value();
    }
    /// The next message of a type that satisfies a predicate; others are passed over.
    template <class Message, class Predicate>
    Message next(Predicate predicate) {
        for (;;) {
            const ToBench message = next();
            if (const auto* wanted = std::get_if<Message>(&message); wanted && predicate(*wanted))
                return *wanted;
        }
    }
    trace::Event event(Kind kind, std::string_view field, std::string_view text) {
        return next<trace::Event>(
            [&](const trace::Event& event) { return event.kind == kind && event.text(field) == text; });
    }
    /// Ends the channel; throws what the program ended with.
    void end() {
        stream_->close();
        outcome_.get();
    }
    std::string failure() {
        try {
            outcome_.get();
        } catch (const std::exception& error) {
            return error.what();
        }
        return "(none)";
    }

  private:
    runtime::Task<runtime::NetResult<void>> write(std::string text) {
        auto written = co_await stream_->write(as_bytes(text), runtime::never);
        co_return written;
    }

    RealBench& bench_;
    std::unique_ptr<runtime::Stream> stream_;
    std::unique_ptr<LineReader> lines_;
    std::future<void> outcome_;
};

}  // namespace

TEST_CASE("posbench-terminal boots on the bench's time line, says when it is idle, and ends with its input") {
    RealBench bench;
    Channel channel(bench);
    channel.greet();
    CHECK(std::get<Ready>(channel.next()).program == "posbench-terminal");
    const trace::Event booting = channel.event(Kind::terminal_state, "state", "booting");
    const trace::Event idle = channel.event(Kind::terminal_state, "state", "idle");
    CHECK(idle.at - booting.at >= std::chrono::milliseconds(1));
    CHECK(idle.at <= bench.clock.now());
    CHECK(channel.next<Idle>([](const Idle& state) { return state.idle; }).after == 0);
    channel.end();
}

TEST_CASE("posbench-terminal acknowledges inputs by number and shows what they do") {
    RealBench bench;
    Channel channel(bench);
    channel.greet();
    channel.next<Idle>([](const Idle& state) { return state.idle; });
    channel.send(Key{1, "sale"});
    channel.event(Kind::terminal_key, "key", "sale");
    channel.event(Kind::terminal_prompt, "what", "amount");
    channel.send(Key{2, "cancel"});
    channel.event(Kind::terminal_outcome, "outcome", "cancelled");
    channel.next<Idle>([](const Idle& state) { return state.idle && state.after == 2; });
    channel.end();
}

TEST_CASE("posbench-terminal takes a condition, and lives on without power until it has it again") {
    RealBench bench;
    Channel channel(bench);
    channel.greet();
    channel.next<Idle>([](const Idle& state) { return state.idle; });
    channel.send(Condition{1, config::load_text("battery = 1", "test")});
    channel.event(Kind::terminal_condition, "what", "battery");
    channel.event(Kind::terminal_state, "state", "off");
    channel.event(Kind::terminal_power, "state", "off");
    channel.next<Idle>([](const Idle& state) { return state.after == 1 && !state.idle; });
    channel.send(Condition{2, config::load_text("mains = true", "test")});
    channel.event(Kind::terminal_power, "state", "on");
    channel.event(Kind::terminal_state, "state", "booting");
    channel.next<Idle>([](const Idle& state) { return state.after == 2 && state.idle; });
    channel.end();
}

TEST_CASE("posbench-terminal signs in over real TCP: nobody there is a refused connection") {
    RealBench bench;
    Channel channel(bench);
    channel.greet();
    channel.next<Idle>([](const Idle& state) { return state.idle; });
    channel.send(Choose{1, terminal::Function::sign_in});
    CHECK(channel.event(Kind::terminal_connecting, "endpoint", "127.0.0.1:1").integer("attempt") == 1);
    channel.event(Kind::terminal_disconnected, "reason", "connection refused");
    channel.end();
}

TEST_CASE("posbench-terminal reads the bench's card: a swipe and a chip reach the application") {
    RealBench bench;
    Channel channel(bench);
    channel.greet();
    channel.next<Idle>([](const Idle& state) { return state.idle; });
    channel.send(Key{1, "sale"});
    channel.event(Kind::terminal_prompt, "what", "amount");
    for (const std::uint64_t input : {2U, 3U, 4U}) channel.send(Key{input, "1"});
    channel.send(Key{5, "confirm"});
    channel.event(Kind::terminal_prompt, "what", "card");
    channel.send(CardState{true, std::nullopt});
    const auto reset = channel.next<CardPowerUp>([](const CardPowerUp&) { return true; });
    channel.send(CardAnswer{reset.id, card::ReaderError::mute});
    channel.next<CardPowerDown>([](const CardPowerDown&) { return true; });
    channel.end();
}

TEST_CASE("posbench-terminal scans a payment code where it asks for one, and says it masked") {
    RealBench bench;
    Channel channel(bench);
    channel.greet();
    channel.next<Idle>([](const Idle& state) { return state.idle; });
    channel.send(Scan{1, "621094800000001234"});
    CHECK_FALSE(channel.event(Kind::terminal_scanned, "outcome", "ignored").find("payment_code"));
    channel.next<Idle>([](const Idle& state) { return state.after == 1 && state.idle; });
    channel.send(Choose{2, terminal::Function::scan_payment});
    channel.event(Kind::terminal_prompt, "what", "amount");
    for (const std::uint64_t input : {3U, 4U, 5U}) channel.send(Key{input, "1"});
    channel.send(Key{6, "confirm"});
    channel.event(Kind::terminal_prompt, "what", "code");
    channel.send(Scan{7, "6210"});
    channel.event(Kind::terminal_scanned, "outcome", "malformed");
    channel.event(Kind::terminal_prompt, "what", "code");
    channel.send(Scan{8, "621094800000001234"});
    const trace::Event read = channel.event(Kind::terminal_scanned, "outcome", "read");
    CHECK(read.text("payment_code") == "621094********1234");
    channel.event(Kind::terminal_disconnected, "reason", "connection refused");
    channel.end();
}

TEST_CASE("posbench-terminal refuses what is no greeting, and settings that do not hold, by name") {
    RealBench bench;
    Channel no_greeting(bench);
    no_greeting.send(Key{1, "sale"});
    CHECK(no_greeting.failure() == "from the bench: the first message is no greeting");
    Channel garbage(bench);
    garbage.send_text("garbage\n");
    CHECK(garbage.failure() == "from the bench: the line is not JSON");
    Channel silent(bench);
    CHECK_THROWS_WITH(silent.end(), "from the bench: no greeting");
    Channel misspelt(bench);
    misspelt.greet(std::string("boot_time = \"1s\"\n") + quick_profile);
    CHECK_THAT(misspelt.failure(), Catch::Matchers::ContainsSubstring("boot_time"));
    Channel twice(bench);
    twice.greet();
    twice.greet();
    CHECK(twice.failure() == "from the bench: a second greeting");
}
