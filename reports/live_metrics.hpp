#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/judge/record.hpp"

namespace posbench::reports {

/// `/metrics` while a campaign runs, through prometheus-cpp's exposer, on 127.0.0.1 unless an address is
/// given.
class LiveMetrics {
  public:
    /// @param endpoint "9464" or "ADDRESS:9464"; port 0 takes a free one
    /// @throws std::runtime_error naming endpoint and reason
    LiveMetrics(const std::string& endpoint, const std::string& station);
    ~LiveMetrics();
    void case_done(const judge::CaseRecord& record);
    std::uint16_t port() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posbench::reports
