#include "drivers/network/loopback/network.hpp"

#include <stdexcept>
#include <utility>

#include "bench/runtime/real_stream.hpp"

namespace posbench::network::loopback {
namespace {

using runtime::Listener;
using runtime::NetResult;
using runtime::Stream;
using runtime::Task;
using trace::Kind;

constexpr const char* refused_word = "connection refused";

}  // namespace

/// The host's port, open when both the host and the link want it so.
class LoopbackNetwork::Port final : public Listener {
  public:
    explicit Port(runtime::RealClock& clock) : tcp_(runtime::make_tcp_listener(clock, {"127.0.0.1", 0})) {}

    Task<NetResult<std::unique_ptr<Stream>>> accept() override { return tcp_->accept(); }
    void set_open(bool open) override {
        host_opens_ = open;
        tcp_->set_open(host_opens_ && !cut_);
    }
    runtime::Endpoint endpoint() const override { return tcp_->endpoint(); }

    bool cut() const noexcept { return cut_; }
    void set_cut(bool cut) {
        cut_ = cut;
        tcp_->set_open(host_opens_ && !cut_);
    }

  private:
    std::unique_ptr<Listener> tcp_;
    bool host_opens_ = true;
    bool cut_ = false;
};

LoopbackNetwork::LoopbackNetwork(runtime::RealClock& clock, trace::Recorder& trace, std::string profile)
    : trace_(trace),
      profile_(std::move(profile)),
      port_(std::make_unique<Port>(clock)),
      connector_(runtime::make_tcp_connector(clock)) {}

LoopbackNetwork::~LoopbackNetwork() = default;

void LoopbackNetwork::start() {
    for (const char* direction : {"up", "down"})
        trace_.emit(Kind::network_applied, {{"profile", profile_},
                                            {"direction", direction},
                                            {"delay_us", 0},
                                            {"jitter_us", 0},
                                            {"rate_bps", 0},
                                            {"loss_ppm", 0},
                                            {"limit", 0},
                                            {"blackouts", 0}});
}

void LoopbackNetwork::change(const config::Value&) {
    throw std::logic_error("the loopback network cannot change its figures");
}

void LoopbackNetwork::cut(Cut mode) {
    if (mode != Cut::refused) throw std::logic_error("the loopback network can only refuse connections");
    if (port_->cut()) return;
    port_->set_cut(true);
    const auto refusal = runtime::probe_tcp(port_->endpoint());
    proofs_.emplace_back(refusal ? to_string(*refusal) : "connected");
    trace_.emit(Kind::network_cut, {{"mode", "refused"}, {"reason", "step"}});
}

void LoopbackNetwork::restore(Why why) {
    if (!port_->cut()) return;
    port_->set_cut(false);
    trace_.emit(Kind::network_restored,
                {{"mode", "refused"}, {"reason", why == Why::step ? "step" : "closing"}});
}

void LoopbackNetwork::verify() {
    for (const std::string& proof : proofs_)
        trace_.emit(Kind::network_verified, {{"what", "refused"},
                                             {"asked", refused_word},
                                             {"achieved", proof},
                                             {"ok", proof == refused_word}});
}

runtime::Endpoint LoopbackNetwork::host_endpoint() const {
    return port_->endpoint();
}

runtime::Listener& LoopbackNetwork::listener() {
    return *port_;
}

}  // namespace posbench::network::loopback
