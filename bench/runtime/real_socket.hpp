#pragma once

#include <optional>

#include <sys/socket.h>

#include "bench/runtime/stream.hpp"
#include "bench/runtime/system.hpp"

/// The system calls below real_stream.cpp. Included by the sources of this folder only.
namespace posbench::runtime {

/// A socket address of IPv4 or IPv6.
class SocketAddress {
  public:
    SocketAddress(const sockaddr_storage& storage, socklen_t size) noexcept
        : storage_(storage), size_(size) {}
    /// Empty when the endpoint's address is not a numeric one.
    static std::optional<SocketAddress> parse(const Endpoint& endpoint) noexcept;

    int family() const noexcept { return storage_.ss_family; }
    const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const noexcept { return size_; }
    Endpoint endpoint() const;

  private:
    sockaddr_storage storage_;
    socklen_t size_;
};

/// What `error`, an errno, means for a connection.
NetError net_error(int error) noexcept;

/// A TCP socket bound to `at` that shares the port with others of this user (SO_REUSEADDR).
/// @throws std::system_error naming the endpoint
FileDescriptor bind_tcp(const Endpoint& at);
void listen_at(int socket, const Endpoint& at);
Endpoint local_endpoint(int socket);

void set_no_delay(int socket) noexcept;
/// Acknowledges what has arrived now, and what arrives next without delay; the kernel takes this back.
void acknowledge_at_once(int socket) noexcept;
/// Closing the socket then sends RST and drops what is unsent (SO_LINGER of zero).
void abort_on_close(int socket) noexcept;
/// The outcome of a connection attempt that ended, an errno; 0 when the connection stands.
int pending_error(int socket) noexcept;

}  // namespace posbench::runtime
