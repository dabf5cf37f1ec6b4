#pragma once

#include <memory>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/tls/engine.hpp"

namespace posbench::tls {

/// The clear side of a TLS connection over another stream. An orderly end of the stream below is the end of
/// this one, whether a close_notify came or not: whatever is framed above sees what is cut short.
class TlsStream final : public runtime::Stream {
  public:
    TlsStream(std::unique_ptr<runtime::Stream> below, Engine engine);

    runtime::Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer,
                                                             runtime::TimePoint deadline) override;
    runtime::Task<runtime::NetResult<void>> write(ByteView data, runtime::TimePoint deadline) override;
    /// Ends the stream below. No close_notify is sent: there is nobody to wait for it here.
    void close() noexcept override;
    void reset() noexcept override;
    std::string peer() const override;

    /// The handshake. The alert of a refusal is sent before it returns.
    runtime::Task<Result<void, Refusal>> shake_hands(runtime::TimePoint deadline);
    /// The handshake of a server that goes silent on purpose. What comes then is thrown away, until the peer
    /// ends the connection or the time is up.
    runtime::Task<Refusal> stall(runtime::Clock& clock, runtime::TimePoint deadline,
                                 ServerSettings::Stall where);

  private:
    runtime::Task<runtime::NetResult<void>> flush(runtime::TimePoint deadline);
    runtime::Task<runtime::NetResult<void>> fill(runtime::TimePoint deadline);
    runtime::Task<Result<void, Refusal>> send_half_a_flight(runtime::TimePoint deadline);

    std::unique_ptr<runtime::Stream> below_;
    Engine engine_;
    bool flushing_ = false;
    bool below_ended_ = false;
};

}  // namespace posbench::tls
