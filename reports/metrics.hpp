#pragma once

#include <memory>
#include <string>

#include <prometheus/registry.h>

#include "bench/judge/record.hpp"

namespace posbench::reports {

/// The metrics of a campaign, the same for the live endpoint and for the text file. Labels: station,
/// scenario, profile, outcome and phase; never a transaction, a PAN, a time or a port.
///
///   posbench_runs_total{station,scenario,profile,outcome}            counter
///   posbench_phase_seconds{station,scenario,profile,phase}           histogram of measurements
///   posbench_phase_incomplete_total{station,scenario,profile,phase}  counter: the measurement never ended
///   (censored samples) posbench_money_differences_total{station,scenario,profile}       counter:
///   transactions whose three books differ
class Metrics {
  public:
    explicit Metrics(std::string station);
    void add(const judge::CaseRecord& record);
    const std::shared_ptr<prometheus::Registry>& registry() const noexcept { return registry_; }

  private:
    std::string station_;
    std::shared_ptr<prometheus::Registry> registry_;
    prometheus::Family<prometheus::Counter>& runs_;
    prometheus::Family<prometheus::Histogram>& phases_;
    prometheus::Family<prometheus::Counter>& incomplete_;
    prometheus::Family<prometheus::Counter>& differences_;
};

}  // namespace posbench::reports
