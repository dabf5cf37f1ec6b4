#pragma once

#include <cstdint>
#include <string>

#include "bench/runtime/stream.hpp"
#include "drivers/host/acquirer/desk.hpp"
#include "drivers/host/acquirer/exchange.hpp"
#include "drivers/host/acquirer/frame_reader.hpp"

namespace posbench::host {

/// One connection from its acceptance to its end: reads a request, thinks, obeys the behaviour rules,
/// decides, answers; then the next. What came meanwhile waits in the stream.
class Connection {
  public:
    Connection(Desk& desk, runtime::Stream& stream, std::int64_t number) noexcept
        : desk_(desk), stream_(stream), number_(number) {}

    runtime::Task<void> serve();

  private:
    struct Asked {
        iso8583::Tpdu tpdu;
        Request request;
    };
    /// What a frame asks for, or why it asks for nothing.
    Result<Asked> parse(ByteView octets) const;

    runtime::Task<Ending> take_requests();
    runtime::Task<Ending> handle(ByteView octets);
    runtime::Task<Ending> obey(Rule rule, Exchange& exchange);
    runtime::Task<void> reject(const std::string& reason, std::size_t octets);
    /// Tells host.rule of this connection, and does nothing for as long as the rule says.
    runtime::Task<void> hold_back(const Rule& rule, const Delay& length);

    Desk& desk_;
    runtime::Stream& stream_;
    std::int64_t number_;
};

}  // namespace posbench::host
