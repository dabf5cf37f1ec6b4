#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bench/runtime/job.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/sync.hpp"
#include "drivers/host/acquirer/connection.hpp"
#include "drivers/host/host.hpp"
#include "drivers/registry.hpp"

namespace posbench::host {

/// The acquirer and issuer simulator: takes connections, serves each by a job of its own, and opens and
/// closes its port as the behaviour rules say.
class AcquirerHost final : public Host {
  public:
    /// @param profile shared by all runs of a case
    AcquirerHost(std::shared_ptr<const Profile> profile, drivers::Context& context,
                 runtime::Listener& listener);
    ~AcquirerHost() override;

    void start() override;
    void stop() noexcept override;
    void add_rules(const config::Value& rules) override;
    void behave() override;
    std::string scan_code(std::string_view wallet, std::string_view code) override;
    Totals totals() const override;

    /// The books, for tests.
    const Ledger& ledger() const noexcept { return ledger_; }

  private:
    runtime::Task<void> take_connections();
    runtime::Task<void> serve(std::unique_ptr<runtime::Stream> stream, std::int64_t number);
    runtime::Task<void> tend_port();
    void update_port();
    runtime::Task<void> tend_orders();
    runtime::Task<void> turn_away(runtime::Stream& stream, std::int64_t number);

    std::shared_ptr<const Profile> profile_;
    runtime::Clock& clock_;
    trace::Recorder& trace_;
    runtime::Listener& listener_;
    std::optional<tls::ServerSettings> tls_;  ///< none: plain TCP
    Sessions sessions_;
    Ledger ledger_;
    Authorisation authorisation_;
    Behaviour behaviour_;
    runtime::Condition orders_changed_;
    Desk desk_;

    bool started_ = false;
    bool port_open_ = true;
    runtime::Condition port_changed_;  ///< it opened
    runtime::Condition rules_changed_;
    std::int64_t last_connection_ = 0;
    std::vector<runtime::Stream*> streams_;  ///< of the connections being served
    runtime::JobPool port_jobs_;
    runtime::JobPool connections_;
};

}  // namespace posbench::host
