#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <prometheus/exposer.h>

namespace posbench::reports {

/// `/metrics` through prometheus-cpp's exposer, on 127.0.0.1 unless an address is given.
class MetricsServer {
  public:
    /// @param endpoint "9464" or "ADDRESS:9464"; port 0 takes a free one
    /// @throws std::runtime_error naming endpoint and reason
    MetricsServer(const std::string& endpoint, const std::shared_ptr<prometheus::Collectable>& metrics);
    ~MetricsServer();
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;

    std::uint16_t port() const;

  private:
    std::string address_;
    std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace posbench::reports
