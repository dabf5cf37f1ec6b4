#include "bench/runtime/real_stream.hpp"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/runtime/real_descriptor.hpp"
#include "bench/runtime/real_socket.hpp"
#include "bench/runtime/sync.hpp"

namespace posbench::runtime {
namespace {

using Ready = Descriptor::Ready;

Task<NetResult<std::size_t>> read_from(std::shared_ptr<Descriptor> descriptor, std::span<std::uint8_t> buffer,
                                       TimePoint deadline, Acknowledge acknowledge) {
    bool tries = !descriptor->is_emptied();
    for (;;) {
        if (!descriptor->is_open()) co_return NetError::closed;
        if (tries) {
            if (acknowledge == Acknowledge::at_once) acknowledge_at_once(descriptor->number());
            const ssize_t count = ::read(descriptor->number(), buffer.data(), buffer.size());
            if (acknowledge == Acknowledge::at_once && count > 0) acknowledge_at_once(descriptor->number());
            if (count >= 0) {
                descriptor->set_emptied(static_cast<std::size_t>(count) < buffer.size());
                co_return static_cast<std::size_t>(count);
            }
            if (errno == EINTR) continue;
            if (errno != EAGAIN) co_return net_error(errno);
        }
        const bool woken = co_await descriptor->ready(Ready::to_read, deadline);
        if (!woken && tries) co_return NetError::timed_out;
        tries = true;
    }
}

Task<NetResult<void>> write_to(std::shared_ptr<Descriptor> descriptor, ByteView data, TimePoint deadline) {
    while (!data.empty()) {
        if (!descriptor->is_open()) co_return NetError::closed;
        const ssize_t count = ::send(descriptor->number(), data.data(), data.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            data = data.subspan(static_cast<std::size_t>(count));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return net_error(errno);
        const bool woken = co_await descriptor->ready(Ready::to_write, deadline);
        if (!woken) co_return NetError::timed_out;
    }
    co_return NetResult<void>{};
}

class RealStream final : public Stream {
  public:
    RealStream(std::shared_ptr<Descriptor> descriptor, std::string peer,
               Acknowledge acknowledge = Acknowledge::when_convenient)
        : descriptor_(std::move(descriptor)), peer_(std::move(peer)), acknowledge_(acknowledge) {}
    RealStream(const RealStream&) = delete;
    RealStream& operator=(const RealStream&) = delete;
    ~RealStream() override { descriptor_->close(); }

    Task<NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer, TimePoint deadline) override {
        return read_from(descriptor_, buffer, deadline, acknowledge_);
    }
    Task<NetResult<void>> write(ByteView data, TimePoint deadline) override {
        return write_to(descriptor_, data, deadline);
    }
    void close() noexcept override { descriptor_->close(); }
    void reset() noexcept override {
        if (descriptor_->is_open()) abort_on_close(descriptor_->number());
        descriptor_->close();
    }
    std::string peer() const override { return peer_; }

  private:
    std::shared_ptr<Descriptor> descriptor_;
    std::string peer_;
    Acknowledge acknowledge_;
};

/// True when a connection attempt has come to an end, for better or worse.
bool attempt_ended(int socket, int patience_ms = 0) noexcept {
    pollfd state{socket, POLLOUT, 0};
    return ::poll(&state, 1, patience_ms) > 0;
}

Task<NetResult<std::unique_ptr<Stream>>> connect_tcp(RealClock& clock, Endpoint endpoint, TimePoint deadline,
                                                     Acknowledge acknowledge) {
    const auto address = SocketAddress::parse(endpoint);
    if (!address) co_return NetError::failed;
    const int socket = ::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) co_return NetError::failed;
    const auto descriptor = Descriptor::adopt(clock, socket);
    set_no_delay(socket);

    if (::connect(socket, address->data(), address->size()) != 0) {
        if (errno != EINPROGRESS) co_return net_error(errno);
        do {
            const bool woken = co_await descriptor->ready(Ready::to_write, deadline);
            if (!woken) co_return NetError::timed_out;
        } while (!attempt_ended(socket));
        if (const int error = pending_error(socket); error != 0) co_return net_error(error);
    }
    std::unique_ptr<Stream> stream =
        std::make_unique<RealStream>(descriptor, endpoint.to_string(), acknowledge);
    co_return std::move(stream);
}

class TcpConnector final : public Connector {
  public:
    TcpConnector(RealClock& clock, Acknowledge acknowledge) noexcept
        : clock_(clock), acknowledge_(acknowledge) {}
    Task<NetResult<std::unique_ptr<Stream>>> connect(Endpoint endpoint, TimePoint deadline) override {
        return connect_tcp(clock_, std::move(endpoint), deadline, acknowledge_);
    }

  private:
    RealClock& clock_;
    Acknowledge acknowledge_;
};

/// The port of a TcpListener, shared with an accept() that waits.
struct Port {
    explicit Port(RealClock& the_clock) noexcept : clock(the_clock) {}

    RealClock& clock;
    std::shared_ptr<Descriptor> listening{};  ///< null while closed
    Condition opened{};
};

Task<NetResult<std::unique_ptr<Stream>>> accept_from(std::shared_ptr<Port> port) {
    while (!port->listening) co_await port->opened.wait(port->clock);
    const auto listening = port->listening;
    for (;;) {
        if (!listening->is_open()) co_return NetError::closed;
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const int socket = ::accept4(listening->number(), reinterpret_cast<sockaddr*>(&from), &size,
                                     SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket >= 0) {
            set_no_delay(socket);
            const auto descriptor = Descriptor::adopt(port->clock, socket);
            std::unique_ptr<Stream> stream =
                std::make_unique<RealStream>(descriptor, SocketAddress(from, size).endpoint().to_string());
            co_return std::move(stream);
        }
        if (errno == EAGAIN) {
            co_await listening->ready(Ready::to_read, never);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            const NetError error = net_error(errno);
            co_await port->clock.sleep_for(
                10ms);  // out of descriptors: a caller that tries again must not spin
            co_return error;
        }
    }
}

class TcpListener final : public Listener {
  public:
    TcpListener(RealClock& clock, const Endpoint& at)
        : reservation_(bind_tcp(at)),
          endpoint_(local_endpoint(reservation_.number())),
          port_(std::make_shared<Port>(clock)) {
        set_open(true);
    }
    TcpListener(const TcpListener&) = delete;
    TcpListener& operator=(const TcpListener&) = delete;
    ~TcpListener() override { set_open(false); }

    Task<NetResult<std::unique_ptr<Stream>>> accept() override { return accept_from(port_); }
    void set_open(bool open) override {
        if (open == (port_->listening != nullptr)) return;
        if (open) {
            FileDescriptor socket = bind_tcp(endpoint_);
            listen_at(socket.number(), endpoint_);
            port_->listening = Descriptor::adopt(port_->clock, socket.release());
            port_->opened.notify_all();
        } else {
            std::exchange(port_->listening, nullptr)->close();
        }
    }
    Endpoint endpoint() const override { return endpoint_; }

  private:
    /// Bound and never listening: attempts are refused while the listening socket is closed, and nobody else
    /// is given the port in the meantime.
    FileDescriptor reservation_;
    Endpoint endpoint_;
    std::shared_ptr<Port> port_;
};

}  // namespace

std::unique_ptr<Connector> make_tcp_connector(RealClock& clock, Acknowledge acknowledge) {
    return std::make_unique<TcpConnector>(clock, acknowledge);
}

std::unique_ptr<Listener> make_tcp_listener(RealClock& clock, Endpoint at) {
    return std::make_unique<TcpListener>(clock, at);
}

std::unique_ptr<Stream> adopt_stream(RealClock& clock, int descriptor, std::string peer) {
    return std::make_unique<RealStream>(Descriptor::adopt(clock, descriptor), std::move(peer));
}

std::optional<NetError> probe_tcp(const Endpoint& endpoint) {
    constexpr int patience_ms = 1000;  // on one machine the answer is there when connect() returns
    const auto address = SocketAddress::parse(endpoint);
    if (!address) return NetError::failed;
    const FileDescriptor socket(::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return NetError::failed;
    if (::connect(socket.number(), address->data(), address->size()) != 0) {
        if (errno != EINPROGRESS) return net_error(errno);
        if (!attempt_ended(socket.number(), patience_ms)) return NetError::timed_out;
        if (const int error = pending_error(socket.number()); error != 0) return net_error(error);
    }
    abort_on_close(socket.number());
    return std::nullopt;
}

}  // namespace posbench::runtime
