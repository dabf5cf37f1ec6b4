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

/// When the kernel acknowledges what has arrived. A peer with Nagle's algorithm that sends a message in two
/// pieces holds the second back until the first is acknowledged: some 40 ms with delayed acknowledgements.
enum class Acknowledge {
    when_convenient,  ///< the kernel's own choice
    at_once,          ///< TCP_QUICKACK, set around every read because the kernel takes it back
};

/// TCP with TCP_NODELAY: messages of a payment terminal are smaller than a segment and must not wait for the
/// acknowledgement of the one before.
/// @param acknowledge how what arrives is acknowledged, on the connections that it makes
std::unique_ptr<Connector> make_tcp_connector(RealClock& clock,
                                              Acknowledge acknowledge = Acknowledge::when_convenient);

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
