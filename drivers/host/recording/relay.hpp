#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/job.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/host/recording/recording.hpp"

namespace posbench::host {

/// What a relay tells of what passes through it. Called from the relay's tasks: they do not wait.
struct RelayEars {
    std::function<void(const RecordedExchange&)> exchange;  ///< a request and its answer, or one without
    /// A connection began, ended, or passes what is no message; one sentence.
    std::function<void(std::int64_t connection, const std::string& what)> note;
};

/// Sits between terminals and an acquirer: passes every octet on as it comes, both ways, and reads along. An
/// answer belongs to the oldest request of its connection with its message type, STAN (field 11) and terminal
/// (41).
class Relay {
  public:
    struct Limits {
        std::size_t connections = 64;  ///< at once; more are reset
        std::size_t unanswered =
            256;  ///< requests of a connection that wait for answers; older ones are told
        runtime::Duration connect = std::chrono::seconds(10);
        runtime::Duration idle = std::chrono::minutes(10);  ///< a connection without an octet is reset
    };
    /// All references outlive the relay.
    Relay(runtime::Clock& clock, runtime::Listener& listener, runtime::Connector& connector,
          runtime::Endpoint upstream, const iso8583::Dialect& dialect, RelayEars ears, Limits limits);
    ~Relay();

    /// Takes connections until the relay is destroyed, or accepting fails for good.
    runtime::Task<void> run();
    /// Tells the requests that wait for an answer still. Nothing is to be passed on afterwards.
    void stop();

  private:
    class Passage;
    runtime::Task<void> pass(std::unique_ptr<runtime::Stream> down, std::int64_t number);

    runtime::Clock& clock_;
    runtime::Listener& listener_;
    runtime::Connector& connector_;
    runtime::Endpoint upstream_;
    const iso8583::Dialect& dialect_;
    RelayEars ears_;
    Limits limits_;
    std::int64_t last_connection_ = 0;
    std::vector<Passage*> live_;
    runtime::JobPool passages_;
};

}  // namespace posbench::host
