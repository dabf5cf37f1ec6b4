#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/stream.hpp"

/// Streams of the operating system behind the interfaces of stream.hpp. All of them belong to the clock they
/// are made for and must not outlive it. Destroying one that was not closed closes its descriptor: the kernel
/// ends the connection as it does for a process that was killed.
namespace posbench::runtime {

/// TCP with TCP_NODELAY: messages of a payment terminal are smaller than a segment and must not wait for the
/// acknowledgement of the one before.
std::unique_ptr<Connector> make_tcp_connector(RealClock& clock);

/// Listens at `at`, a numeric address; port 0 takes any free port and keeps it. While closed, the port stays
/// reserved for this listener and every attempt to connect is refused. accept() on a closed port waits until
/// it is open again.
/// @throws std::system_error naming the endpoint
std::unique_ptr<Listener> make_tcp_listener(RealClock& clock, Endpoint at);

/// Takes over a connected stream socket (one end of a socketpair) or, for reading only, the end of a pipe.
/// @param peer what peer() says. @throws std::system_error
std::unique_ptr<Stream> adopt_stream(RealClock& clock, int descriptor, std::string peer);

/// Tries to connect to a port of this machine at once, outside any clock: how the attempt failed, or empty
/// when it succeeded (the connection is then aborted). For proving that a port is shut.
std::optional<NetError> probe_tcp(const Endpoint& endpoint);

}  // namespace posbench::runtime
