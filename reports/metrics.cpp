#include "reports/metrics.hpp"

#include <chrono>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include "reports/files.hpp"
#include "reports/live_metrics.hpp"
#include "reports/metrics_server.hpp"

namespace posbench::reports {
namespace {

/// Upper bounds in seconds: from a local round trip to a terminal's longest time-out.
const prometheus::Histogram::BucketBoundaries phase_buckets{
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 120};

double in_seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Metrics::Metrics(std::string station)
    : station_(std::move(station)),
      registry_(std::make_shared<prometheus::Registry>()),
      runs_(prometheus::BuildCounter()
                .Name("posbench_runs_total")
                .Help("Runs judged, by verdict")
                .Register(*registry_)),
      phases_(prometheus::BuildHistogram()
                  .Name("posbench_phase_seconds")
                  .Help("Measured phases, on the run's own time line")
                  .Register(*registry_)),
      incomplete_(prometheus::BuildCounter()
                      .Name("posbench_phase_incomplete_total")
                      .Help("Phases that never ended (censored samples)")
                      .Register(*registry_)),
      differences_(prometheus::BuildCounter()
                       .Name("posbench_money_differences_total")
                       .Help("Transactions whose three books differ")
                       .Register(*registry_)) {}

void Metrics::add(const judge::CaseRecord& record) {
    const prometheus::Labels where{
        {"station", station_}, {"scenario", record.scenario}, {"profile", record.profile}};
    auto with = [&](const char* name, std::string_view value) {
        prometheus::Labels labels = where;
        labels.emplace(name, value);
        return labels;
    };
    runs_.Add(with("outcome", judge::to_string(record.verdict()))).Increment();
    if (record.verdict() == judge::Verdict::skipped) return;
    for (const judge::Measurement& measurement : record.judgement.measurements) {
        if (measurement.value) {
            phases_.Add(with("phase", measurement.name), phase_buckets)
                .Observe(in_seconds(*measurement.value));
        } else {
            incomplete_.Add(with("phase", measurement.name)).Increment();
        }
    }
    auto& differences = differences_.Add(where);
    for (const judge::LedgerLine& line : record.judgement.ledger)
        if (!line.agrees) differences.Increment();
}

std::string prometheus_text(const judge::RunRecord& run) {
    Metrics metrics(run.station);
    for (const judge::CaseRecord& record : run.cases) metrics.add(record);
    const auto gauge = [&](const char* name, const char* help, double value) {
        prometheus::BuildGauge()
            .Name(name)
            .Help(help)
            .Register(*metrics.registry())
            .Add({{"station", run.station}})
            .Set(value);
    };
    gauge("posbench_campaign_started_seconds", "When the campaign began, seconds since 1970",
          in_seconds(run.started.time_since_epoch()));
    gauge("posbench_campaign_duration_seconds", "How long the campaign took", in_seconds(run.wall_time));
    gauge("posbench_campaign_exit_code", "0 passed, 1 failed, 3 bench error, 4 nothing shown",
          run.exit_code());
    return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

struct LiveMetrics::State {
    Metrics metrics;
    std::unique_ptr<MetricsServer> server;
};

LiveMetrics::LiveMetrics(const std::string& endpoint, const std::string& station)
    : state_(new State{Metrics(station), nullptr}) {
    state_->server = std::make_unique<MetricsServer>(endpoint, state_->metrics.registry());
}

LiveMetrics::~LiveMetrics() = default;

void LiveMetrics::case_done(const judge::CaseRecord& record) {
    state_->metrics.add(record);
}

std::uint16_t LiveMetrics::port() const {
    return state_->server->port();
}

}  // namespace posbench::reports
