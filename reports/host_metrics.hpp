#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace posbench::reports {

/// `/metrics` of a host that is served by itself. Labels: mti, code, entry, state; never a terminal, a PAN or
/// a port. Message types that no terminal of the protocol gets an answer of are "other".
///
///   posbench_host_connections                       gauge: connections that stand
///   posbench_host_requests_total                    counter
///   posbench_host_answers_total{mti,code}           counter
///   posbench_host_answer_seconds                    histogram: from the whole request to the answer
///   posbench_host_orders_total{state}               counter: payments by code, by what became of them
///   posbench_host_posted_minor_units_total{entry}   counter: money that the books took
///   posbench_host_rejected_total                    counter: octets that were no request
///   posbench_host_rules_total                       counter: answers and connections that a rule bent
class HostMetrics {
  public:
    /// @param endpoint "9464" or "ADDRESS:9464"; port 0 takes a free one
    /// @throws std::runtime_error naming endpoint and reason
    explicit HostMetrics(const std::string& endpoint);
    ~HostMetrics();

    void connections(std::uint64_t standing);
    void request();
    void answer(const std::string& mti, const std::string& code, std::chrono::nanoseconds took);
    void posted(const std::string& entry, std::int64_t minor_units);
    void order(const std::string& state);
    void rejected();
    void rule();
    std::uint16_t port() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posbench::reports
