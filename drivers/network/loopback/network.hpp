#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/runtime/real_clock.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/network/network.hpp"

namespace posbench::network::loopback {

/// The link as the machine itself gives it: TCP on 127.0.0.1, unimpaired. The host listens at a free port
/// that stays the same for the run. Of the cuts it can do one, `refused`, by closing the port.
class LoopbackNetwork final : public Network {
  public:
    /// @param profile its name, for the trace. @throws std::system_error
    LoopbackNetwork(runtime::RealClock& clock, trace::Recorder& trace, std::string profile);
    ~LoopbackNetwork() override;

    void start() override;
    /// @throws std::logic_error always: lacks() names it
    void change(const config::Value& figures) override;
    /// @throws std::logic_error for any other mode than `refused`
    void cut(Cut mode) override;
    void restore(Why why) override;
    void verify() override;

    runtime::Endpoint host_endpoint() const override;
    runtime::Listener& listener() override;
    /// Plain TCP, for a terminal in this process as for one outside.
    runtime::Connector* connector() noexcept override { return connector_.get(); }

  private:
    class Port;

    trace::Recorder& trace_;
    std::string profile_;
    std::unique_ptr<Port> port_;
    std::unique_ptr<runtime::Connector> connector_;
    std::vector<std::string> proofs_;  ///< for each cut, how an attempt to connect ended
};

}  // namespace posbench::network::loopback
