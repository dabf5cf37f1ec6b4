// The acquirer host without sockets: one sale by stripe from its octets to the octets of the answer, MAC
// checked and made, decided and posted, with all events, on a virtual clock.

#include <memory>
#include <stdexcept>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/runtime/job.hpp"
#include "bench/runtime/resources.hpp"
#include "drivers/host/acquirer/acquirer_host.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "tests/support/dialect.hpp"
#include "tests/support/memory_stream.hpp"

using namespace posbench;

namespace {

constexpr auto settings = R"(
header = "603100311003"
processing = "0ms"
[terminal.one]
tid = "00000001"
mid = "104110045110012"
tmk = "CA5D92598DCA48CE8A4C76361A9269E9"
[account.credit]
pan = "6210948000000011"
balance = "9999999999.99"
)";

class Bench {
  public:
    Bench() : clock_(runtime::WallTime{}), trace_(clock_), network_(clock_) {
        auto profile = config::load_text(settings, "profile");
        config::at_path(profile, "dialect") = tests::dialect_table("unionpay-pos");
        host_ = std::make_unique<host::AcquirerHost>(
            std::make_shared<const host::Profile>(host::read_profile(profile)), context_, network_);
        host_->start();
        stream_ = network_.connect_now();
        iso8583::Message request("0800");
        request.set(11, "000000");
        request.set(41, "00000001");
        request.set(42, "104110045110012");
        request.set(60, "00000001003");
        const auto reply = exchange(frame(iso8583::encode(tests::unionpay(), request)));
        const crypto::DesCipher master{hex("CA5D92598DCA48CE8A4C76361A9269E9")};
        mac_ = iso8583::mac_function(tests::unionpay(), master.decrypt(reply.bytes(62).subspan(20, 8)));
    }

    /// The frame of the next sale.
    Bytes sale() {
        if (stan_ == 999'999) throw std::runtime_error("no STAN is left in this batch");
        iso8583::Message request("0200");
        for (const auto& [field, value] : {std::pair{3, "000000"},
                                           {4, "000000000001"},
                                           {22, "022"},
                                           {25, "00"},
                                           {35, "6210948000000011D30121010000000000000"},
                                           {41, "00000001"},
                                           {42, "104110045110012"},
                                           {49, "156"},
                                           {60, "2200000100050"}})
            request.set(field, std::string(value));
        request.set(11, fmt::format("{:06}", ++stan_));
        return frame(iso8583::encode_with_mac(tests::unionpay(), request, mac_));
    }

    iso8583::Message exchange(const Bytes& request) {
        Bytes answer(2048);
        std::size_t octets = 0;
        const runtime::Job job(clock_, talk(request, answer, octets));
        clock_.run_until([&] { return job.done(); });
        trace_.take_events();
        return iso8583::decode(tests::unionpay(), ByteView(answer).first(octets).subspan(13)).value();
    }

  private:
    Bytes frame(ByteView message) const {
        return iso8583::encode_frame(tests::unionpay(), {{{0x60, 0x00, 0x06, 0x00, 0x01}}, header_, message});
    }
    runtime::Task<void> talk(const Bytes& request, Bytes& answer, std::size_t& octets) {
        const auto sent = co_await stream_->write(request, runtime::never);
        const auto count = co_await stream_->read_some(answer, runtime::never);
        octets = sent && count ? *count : 0;
    }

    runtime::VirtualClock clock_;
    trace::Recorder trace_;
    test::MemoryNetwork network_;
    runtime::ResourceJournal resources_;
    drivers::Context context_{clock_, trace_, resources_, runtime::Random(1)};
    std::unique_ptr<host::AcquirerHost> host_;
    std::unique_ptr<runtime::Stream> stream_;
    iso8583::MacFunction mac_;
    const Bytes header_ = hex("603100311003");
    int stan_ = 0;
};

void BM_host_sale(benchmark::State& state) {
    auto bench = std::make_unique<Bench>();
    int left = 900'000;
    for (auto _ : state) {
        state.PauseTiming();
        if (--left == 0) {
            bench = std::make_unique<Bench>();
            left = 900'000;
        }
        const Bytes request = bench->sale();
        state.ResumeTiming();
        const auto reply = bench->exchange(request);
        if (reply.get(39) != "00") state.SkipWithError("a sale was not approved");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_host_sale);

}  // namespace
