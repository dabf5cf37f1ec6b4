#pragma once

#include <cstdint>
#include <string>

#include "bench/runtime/stream.hpp"
#include "drivers/host/acquirer/desk.hpp"
#include "drivers/host/acquirer/exchange.hpp"
#include "drivers/host/acquirer/frame_reader.hpp"
#include "drivers/tls/stream.hpp"

namespace posbench::host {

/// One connection from its acceptance to its end: shakes hands where there is TLS, reads a request, thinks,
/// obeys the behaviour rules, decides, answers; then the next. What came meanwhile waits in the stream.
class Connection {
  public:
    Connection(Desk& desk, runtime::Stream& stream, std::int64_t number) noexcept
        : desk_(desk), stream_(stream), number_(number) {}
    /// @param stall where the handshake goes silent on purpose
    Connection(Desk& desk, tls::TlsStream& stream, tls::ServerSettings::Stall stall,
               std::int64_t number) noexcept
        : desk_(desk), stream_(stream), secured_(&stream), stall_(stall), number_(number) {}

    runtime::Task<void> serve();

  private:
    struct Asked {
        iso8583::Tpdu tpdu;
        Request request;
    };
    /// What a frame asks for, or why it asks for nothing.
    Result<Asked> parse(ByteView octets) const;

    /// Why it came to nothing; empty when it did not, and without TLS.
    runtime::Task<std::string> shake_hands();
    runtime::Task<Ending> turn_away(const std::string& refusal);
    runtime::Task<Ending> take_requests();
    runtime::Task<Ending> handle(ByteView octets);
    runtime::Task<Ending> obey(Rule rule, Exchange& exchange);
    runtime::Task<void> reject(const std::string& reason, std::size_t octets);
    /// Tells host.rule of this connection, and does nothing for as long as the rule says.
    runtime::Task<void> hold_back(const Rule& rule, const Delay& length);

    Desk& desk_;
    runtime::Stream& stream_;
    tls::TlsStream* secured_ = nullptr;  ///< the stream, where it is TLS
    tls::ServerSettings::Stall stall_ = tls::ServerSettings::Stall::none;
    std::int64_t number_;
};

}  // namespace posbench::host
