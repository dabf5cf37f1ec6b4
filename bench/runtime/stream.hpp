#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::runtime {

/// What a byte stream or a connection attempt can end with; names as in errno.
enum class NetError {
    timed_out,    ///< the caller's deadline passed
    refused,      ///< ECONNREFUSED: the peer answered with a reset
    unreachable,  ///< EHOSTUNREACH or ENETUNREACH
    gave_up,      ///< ETIMEDOUT: TCP's own retransmissions ran out
    reset,        ///< ECONNRESET
    closed,       ///< written to or read from after this end was closed
    failed,       ///< any other system error, see the trace
};
std::string_view to_string(NetError error) noexcept;

template <class T>
using NetResult = Result<T, NetError>;
[[noreturn]] void throw_exception_from_error(NetError error, const boost::source_location& where);

/// An ordered, reliable byte stream, as TCP gives one. One reader and one writer at a time.
/// A pending operation is withdrawn when the awaiting coroutine is destroyed. A stream destroyed without
/// close() or reset() is a device that lost its power: in virtual time nothing more is sent, not even a FIN.
class Stream {
  public:
    virtual ~Stream() = default;

    /// Reads what has arrived, at least one octet, into `buffer`; 0 is the orderly end of the peer's stream.
    virtual Task<NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer, TimePoint deadline) = 0;
    /// Hands all of `data` to the transport. Success means handed over, not delivered.
    virtual Task<NetResult<void>> write(ByteView data, TimePoint deadline) = 0;
    /// Orderly end (FIN) of this end's sending side; what was written is still delivered.
    virtual void close() noexcept = 0;
    /// Abortive end (RST): nothing more is delivered either way.
    virtual void reset() noexcept = 0;
    /// The peer as a person would name it: "10.0.0.2:40001".
    virtual std::string peer() const = 0;
};

/// Where an acquirer host is found.
struct Endpoint {
    std::string address;  ///< numeric IPv4 or IPv6 address
    std::uint16_t port = 0;
    std::string to_string() const { return address + ":" + std::to_string(port); }
    bool operator==(const Endpoint&) const = default;
};

/// Makes connections: a terminal's network interface.
class Connector {
  public:
    virtual ~Connector() = default;
    virtual Task<NetResult<std::unique_ptr<Stream>>> connect(Endpoint endpoint, TimePoint deadline) = 0;
};

/// Takes connections: a host's listening port.
class Listener {
  public:
    virtual ~Listener() = default;
    /// The next connection. Ends with `closed` when the port is closed while waiting.
    virtual Task<NetResult<std::unique_ptr<Stream>>> accept() = 0;
    /// Closed, attempts to connect are refused; open, they are taken again. Starts open.
    virtual void set_open(bool open) = 0;
    virtual Endpoint endpoint() const = 0;
};

/// Reads until `buffer` is full. An end of stream before that is `reset`; an end before the first octet is
/// `closed`.
Task<NetResult<void>> read_exactly(Stream& stream, std::span<std::uint8_t> buffer, TimePoint deadline);

}  // namespace posbench::runtime
