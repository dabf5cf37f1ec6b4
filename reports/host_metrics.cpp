#include "reports/host_metrics.hpp"

#include <algorithm>
#include <array>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "reports/metrics_server.hpp"

namespace posbench::reports {
namespace {

/// Upper bounds in seconds: from what a host needs by itself to what makes a terminal give up.
const prometheus::Histogram::BucketBoundaries buckets{
    0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30};

constexpr std::array<std::string_view, 7> answers_of_terminals{"0110", "0210", "0230", "0330",
                                                               "0410", "0810", "0830"};

prometheus::Counter& single(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

struct HostMetrics::State {
    std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
    prometheus::Gauge& connections = prometheus::BuildGauge()
                                         .Name("posbench_host_connections")
                                         .Help("Connections that stand")
                                         .Register(*registry)
                                         .Add({});
    prometheus::Counter& requests =
        single(*registry, "posbench_host_requests_total", "Requests that came whole");
    prometheus::Family<prometheus::Counter>& answers = prometheus::BuildCounter()
                                                           .Name("posbench_host_answers_total")
                                                           .Help("Answers, by message type and field 39")
                                                           .Register(*registry);
    prometheus::Histogram& took = prometheus::BuildHistogram()
                                      .Name("posbench_host_answer_seconds")
                                      .Help("From the whole request to the answer")
                                      .Register(*registry)
                                      .Add({}, buckets);
    prometheus::Family<prometheus::Counter>& posted = prometheus::BuildCounter()
                                                          .Name("posbench_host_posted_minor_units_total")
                                                          .Help("Money that the books took, by entry")
                                                          .Register(*registry);
    prometheus::Family<prometheus::Counter>& orders =
        prometheus::BuildCounter()
            .Name("posbench_host_orders_total")
            .Help("Orders (payments by code) that came into a state")
            .Register(*registry);
    prometheus::Counter& rejected =
        single(*registry, "posbench_host_rejected_total", "Octets that were no request");
    prometheus::Counter& rules =
        single(*registry, "posbench_host_rules_total", "Answers and connections that a rule bent");
    std::unique_ptr<MetricsServer> server;
};

HostMetrics::HostMetrics(const std::string& endpoint) : state_(std::make_unique<State>()) {
    state_->server = std::make_unique<MetricsServer>(endpoint, state_->registry);
}

HostMetrics::~HostMetrics() = default;

void HostMetrics::connections(std::uint64_t standing) {
    state_->connections.Set(static_cast<double>(standing));
}

void HostMetrics::request() {
    state_->requests.Increment();
}

void HostMetrics::answer(const std::string& mti, const std::string& code, std::chrono::nanoseconds took) {
    const bool known = std::ranges::find(answers_of_terminals, mti) != answers_of_terminals.end();
    state_->answers.Add({{"mti", known ? mti : "other"}, {"code", code}}).Increment();
    state_->took.Observe(std::chrono::duration<double>(took).count());
}

void HostMetrics::posted(const std::string& entry, std::int64_t minor_units) {
    state_->posted.Add({{"entry", entry}}).Increment(static_cast<double>(minor_units));
}

void HostMetrics::order(const std::string& state) {
    state_->orders.Add({{"state", state}}).Increment();
}

void HostMetrics::rejected() {
    state_->rejected.Increment();
}

void HostMetrics::rule() {
    state_->rules.Increment();
}

std::uint16_t HostMetrics::port() const {
    return state_->server->port();
}

}  // namespace posbench::reports
