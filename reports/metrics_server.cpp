#include "reports/metrics_server.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "bench/runtime/real_stream.hpp"

namespace posbench::reports {

MetricsServer::MetricsServer(const std::string& endpoint,
                             const std::shared_ptr<prometheus::Collectable>& metrics) {
    const std::size_t colon = endpoint.rfind(':');
    address_ = colon == std::string::npos ? "127.0.0.1" : endpoint.substr(0, colon);
    const std::string bind = colon == std::string::npos ? address_ + ":" + endpoint : endpoint;
    try {
        exposer_ = std::make_unique<prometheus::Exposer>(bind, 1);
        exposer_->RegisterCollectable(metrics);
    } catch (const std::exception& error) {
        throw std::runtime_error("cannot serve /metrics on " + bind +
                                 ": the port is taken, or not to be had here (" + error.what() + ")");
    }
}

/// The exposer's server (civetweb) looks for the wish to stop between two waits of 2 s for a connection, so
/// it is given some.
MetricsServer::~MetricsServer() {
    const runtime::Endpoint at{address_, port()};
    std::atomic<bool> stopped = false;
    const std::jthread stopping([this, &stopped] {
        exposer_.reset();
        stopped = true;
    });
    while (!stopped) {
        runtime::probe_tcp(at);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::uint16_t MetricsServer::port() const {
    return static_cast<std::uint16_t>(exposer_->GetListeningPorts().at(0));
}

}  // namespace posbench::reports
