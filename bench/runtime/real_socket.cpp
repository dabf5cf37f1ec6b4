#include "bench/runtime/real_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace posbench::runtime {
namespace {

template <class Address>
SocketAddress as_storage(const Address& address) noexcept {
    sockaddr_storage storage{};
    std::memcpy(&storage, &address, sizeof address);
    return {storage, sizeof address};
}

template <class Address>
Address from_storage(const sockaddr* data) noexcept {
    Address address{};
    std::memcpy(&address, data, sizeof address);
    return address;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::parse(const Endpoint& endpoint) noexcept {
    sockaddr_in v4{};
    if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        return as_storage(v4);
    }
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET6, endpoint.address.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        return as_storage(v6);
    }
    return std::nullopt;
}

Endpoint SocketAddress::endpoint() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET) {
        const auto v4 = from_storage<sockaddr_in>(data());
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(v4.sin_port)};
    }
    const auto v6 = from_storage<sockaddr_in6>(data());
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(v6.sin6_port)};
}

NetError net_error(int error) noexcept {
    switch (error) {
        case ECONNREFUSED:
            return NetError::refused;
        case EHOSTUNREACH:
        case ENETUNREACH:
        case ENETDOWN:
            return NetError::unreachable;
        case ETIMEDOUT:
            return NetError::gave_up;
        case ECONNRESET:
        case ECONNABORTED:
        case EPIPE:
            return NetError::reset;
        case EBADF:
            return NetError::closed;
        default:
            return NetError::failed;
    }
}

FileDescriptor bind_tcp(const Endpoint& at) {
    const auto address = SocketAddress::parse(at);
    if (!address)
        throw std::system_error(EINVAL, std::generic_category(), "not a numeric address: " + at.address);
    FileDescriptor socket(system_call(
        "making a TCP socket", ::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
    const int on = 1;
    system_call("setting SO_REUSEADDR",
                ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    system_call("binding " + at.to_string(), ::bind(socket.number(), address->data(), address->size()));
    return socket;
}

void listen_at(int socket, const Endpoint& at) {
    system_call("listening at " + at.to_string(), ::listen(socket, SOMAXCONN));
}

Endpoint local_endpoint(int socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    system_call("asking for a socket's own address",
                ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size));
    return SocketAddress(storage, size).endpoint();
}

void set_no_delay(int socket) noexcept {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void acknowledge_at_once(int socket) noexcept {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void abort_on_close(int socket) noexcept {
    const linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int pending_error(int socket) noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace posbench::runtime
