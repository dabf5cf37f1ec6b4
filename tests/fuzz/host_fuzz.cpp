// Any octets, cut into any segments, on any number of connections, as the peers of a host with one terminal
// that is signed in. A part of the input is three octets, what it is and its size, and then as many octets
// (README.md). Nothing ends the host; every message that comes whole is answered, or rejected with an event;
// each account has what its transactions come to; and there are no more events than the octets can have
// caused.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/runtime/job.hpp"
#include "bench/runtime/resources.hpp"
#include "drivers/host/acquirer/acquirer_host.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "tests/support/dialect.hpp"
#include "tests/support/memory_stream.hpp"

using namespace posbench;
using namespace std::chrono_literals;
using trace::Kind;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

constexpr auto master_key = "CA5D92598DCA48CE8A4C76361A9269E9";

std::shared_ptr<const host::Profile> small_profile() {
    auto settings = config::load_text(R"(
header = "603100311003"
processing = "1ms"
idle = "10s"
connections = 4
[terminal.one]
tid = "00000001"
mid = "104110045110012"
tmk = "CA5D92598DCA48CE8A4C76361A9269E9"
[account.credit]
pan = "6210948000000011"
balance = "1000.00"
pin = "123456"
[wallet.prompt]
code = "6212345678901234"
balance = "1000.00"
[wallet.slow]
code = "621234567890123456"
balance = "10.00"
confirms = "100ms"
)",
                                      "profile");
    config::at_path(settings, "dialect") = tests::dialect_table("unionpay-pos");
    return std::make_shared<const host::Profile>(host::read_profile(settings));
}

class Bench {
  public:
    Bench() : clock_(runtime::WallTime{}), trace_(clock_), network_(clock_) {
        static const auto profile = small_profile();
        host_ = std::make_unique<host::AcquirerHost>(profile, context_, network_);
        host_->start();
        connect();
        require(sign_in("003"));
    }

    void run_for(runtime::Duration duration) {
        bool over = false;
        runtime::CallbackTimer timer([&] { over = true; });
        clock_.arm(timer, clock_.now() + duration);
        clock_.run_until([&] { return over; });
    }

    /// All later octets go there.
    void connect() {
        streams_.push_back(network_.connect_now());
        in_step_ = true;
        run_for(1ms);
    }

    /// On a connection of its own.
    void take_track_key() {
        connect();
        sign_in("004");
    }

    void send_octets(ByteView octets) {
        in_step_ = in_step_ && octets.empty();
        write(octets);
    }

    /// As a whole frame, with a MAC that is right where the octets are a message that has one.
    void send_message(ByteView octets) {
        Bytes message(octets.begin(), octets.end());
        const auto read = iso8583::decode(tests::unionpay(), message);
        if (read && read->has(64)) {
            const auto code = crypto::mac_unionpay(*mac_key_, ByteView(message).first(message.size() - 8));
            std::ranges::copy(code, message.end() - 8);
        }
        if (message.size() < 10 || message.size() > 2048 - 11) return;
        const bool expected = in_step_ && served();
        const std::size_t before = count(Kind::host_request) + count(Kind::host_rejected);
        write(iso8583::encode_frame(tests::unionpay(), {{{0x60, 0x00, 0x06, 0x00, 0x01}}, header_, message}));
        run_for(20ms);
        if (expected) require(count(Kind::host_request) + count(Kind::host_rejected) == before + 1);
        in_step_ = in_step_ && served();
    }

    void end() {
        for (const auto& stream : streams_) stream->close();
        run_for(30s);
        require(count(Kind::host_response) == count(Kind::host_request));
        require(count(Kind::host_connected) == count(Kind::host_disconnected));
        require(host_->ledger().difference().empty());
        // The shortest frame has 23 octets, and brings a request, a posting and an answer at most. One that
        // opens an order brings two more, and has 70.
        require(trace_.events().size() <= 4 * streams_.size() + 3 * (octets_ / 23 + streams_.size()) + 16);
    }

  private:
    /// The newest connection is one of those the host has, and goes on.
    bool served() const {
        for (const trace::Event& event : trace_.events())
            if (event.kind == Kind::host_disconnected &&
                event.integer("connection") == static_cast<std::int64_t>(streams_.size()))
                return false;
        return true;
    }

    std::size_t count(Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(trace_.events(), kind, &trace::Event::kind));
    }

    void write(ByteView octets) {
        octets_ += octets.size();
        const runtime::Job job(clock_, write_all(*streams_.back(), Bytes(octets.begin(), octets.end())));
        run_for(1us);
    }
    static runtime::Task<void> write_all(runtime::Stream& stream, Bytes octets) {
        co_await stream.write(octets, runtime::never);  // a connection that ended takes none
    }
    static runtime::Task<void> read_once(runtime::Stream& stream, Bytes& octets) {
        Bytes buffer(2048);
        const auto got = co_await stream.read_some(buffer, runtime::never);
        if (got) octets.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
    }

    /// False when the host has no room for the connection.
    /// @param form 60.3
    bool sign_in(std::string_view form) {
        iso8583::Message request("0800");
        request.set(11, "000001");
        request.set(41, "00000001");
        request.set(42, "104110045110012");
        request.set(60, "00000001" + std::string(form));
        Bytes octets;
        const runtime::Job job(clock_, read_once(*streams_.back(), octets));
        const Bytes message = iso8583::encode(tests::unionpay(), request);
        write(iso8583::encode_frame(tests::unionpay(), {{{0x60, 0x00, 0x06, 0x00, 0x01}}, header_, message}));
        run_for(20ms);
        if (octets.size() <= 13) return false;
        const auto reply = iso8583::decode(tests::unionpay(), ByteView(octets).subspan(13));
        require(reply && reply->get(39) == "00");
        const crypto::DesCipher master{*from_hex(master_key)};
        mac_key_.emplace(master.decrypt(reply->bytes(62).subspan(20, 8)));
        return true;
    }

    runtime::VirtualClock clock_;
    trace::Recorder trace_;
    test::MemoryNetwork network_;
    runtime::ResourceJournal resources_;
    drivers::Context context_{clock_, trace_, resources_, runtime::Random(1)};
    std::unique_ptr<host::AcquirerHost> host_;
    std::vector<std::unique_ptr<runtime::Stream>> streams_;
    std::optional<crypto::DesCipher> mac_key_;
    const Bytes header_ = *from_hex("603100311003");
    bool in_step_ = true;  ///< only whole frames went to the newest connection
    std::size_t octets_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView rest(data, size);
    Bench bench;
    while (rest.size() >= 3) {
        const std::uint8_t what = rest[0];
        const std::size_t length = std::min<std::size_t>(rest[1] << 8 | rest[2], rest.size() - 3);
        const ByteView octets = rest.subspan(3, length);
        rest = rest.subspan(3 + length);
        if (what == 'c') bench.connect();
        if (what == 'k') bench.take_track_key();
        if (what == 't') bench.run_for(length * 10ms);
        if (what == 'm')
            bench.send_message(octets);
        else
            bench.send_octets(octets);
    }
    bench.end();
    return 0;
}
