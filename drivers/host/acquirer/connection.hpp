#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/host/acquirer/authorisation.hpp"
#include "drivers/host/acquirer/behaviour.hpp"
#include "drivers/host/acquirer/frame_reader.hpp"
#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/session.hpp"

namespace posbench::host {

/// What all connections of a host share.
struct Desk {
    runtime::Clock& clock;
    trace::Recorder& trace;
    const Profile& profile;
    Sessions& sessions;
    Authorisation& authorisation;
    Behaviour& behaviour;
};

/// One connection from its acceptance to its end: reads a request, thinks, obeys the behaviour rules,
/// decides, answers; then the next.
class Connection {
  public:
    Connection(Desk& desk, runtime::Stream& stream, std::int64_t number) noexcept
        : desk_(desk), stream_(stream), number_(number) {}

    runtime::Task<void> serve();

  private:
    /// An empty text: the connection goes on. Else why it ends.
    using Ending = std::string;

    struct Asked {
        iso8583::Tpdu tpdu;
        Request request;
    };
    /// What a frame asks for, or why it asks for nothing.
    Result<Asked> parse(ByteView octets) const;

    runtime::Task<Ending> handle(ByteView octets);
    runtime::Task<Ending> obey(Rule rule, const Request& request, const iso8583::Tpdu& tpdu);
    runtime::Task<Outcome> decide(const Request& request);
    runtime::Task<Ending> send(const Outcome& outcome, const Request& request, const iso8583::Tpdu& tpdu);
    runtime::Task<void> reject(const std::string& reason, std::size_t octets);
    void note(const Rule& rule, const Request& request);

    Desk& desk_;
    runtime::Stream& stream_;
    std::int64_t number_;
};

}  // namespace posbench::host
