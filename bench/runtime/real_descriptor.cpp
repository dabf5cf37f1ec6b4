#include "bench/runtime/real_descriptor.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "bench/runtime/real_reactor.hpp"
#include "bench/runtime/sync.hpp"

namespace posbench::runtime {
namespace asio = boost::asio;
namespace {

/// Whether Asio has been asked to watch one direction, and who waits for its answer. The watch outlives a
/// waiter that gave up: the next waiter takes it over.
struct Watch {
    bool pending = false;
    Condition answered;
};

}  // namespace

struct Descriptor::State {
    State(RealClock& owner, int number) : clock(owner), descriptor(owner.reactor().io(), number) {}

    RealClock& clock;
    asio::posix::stream_descriptor descriptor;
    Watch readable, writable;
};

Descriptor::Descriptor(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Descriptor::~Descriptor() {
    close();
}

std::shared_ptr<Descriptor> Descriptor::adopt(RealClock& clock, int number) {
    const int flags = ::fcntl(number, F_GETFL);
    if (flags < 0 || ::fcntl(number, F_SETFL, flags | O_NONBLOCK) < 0) {
        const int error = errno;
        ::close(number);
        throw std::system_error(error, std::generic_category(), "making a descriptor non-blocking");
    }
    std::unique_ptr<State> state;
    try {
        state = std::make_unique<State>(clock, number);
    } catch (...) {
        ::close(number);
        throw;
    }
    return std::make_shared<Descriptor>(std::move(state));
}

int Descriptor::number() const noexcept {
    return state_->descriptor.is_open() ? state_->descriptor.native_handle() : -1;
}

void Descriptor::close() noexcept {
    if (!is_open()) return;
    boost::system::error_code ignored;  // the descriptor is gone in any case (close(2), EINTR and EIO)
    state_->descriptor.close(ignored);
    state_->readable.answered.notify_all();
    state_->writable.answered.notify_all();
}

Task<bool> Descriptor::ready(Ready what, TimePoint deadline) {
    return wait(shared_from_this(), what, deadline);
}

Task<bool> Descriptor::wait(std::shared_ptr<Descriptor> self, Ready what, TimePoint deadline) {
    if (!self->is_open()) co_return true;
    Watch& watch = what == Ready::to_read ? self->state_->readable : self->state_->writable;
    if (!watch.pending) {
        watch.pending = true;
        const auto direction = what == Ready::to_read ? asio::posix::descriptor_base::wait_read
                                                      : asio::posix::descriptor_base::wait_write;
        // Weak: a watch that nobody needs any more must not keep the descriptor open.
        self->state_->descriptor.async_wait(
            direction, [weak = self->weak_from_this(), &watch](const boost::system::error_code&) {
                const auto alive = weak.lock();
                if (!alive) return;
                watch.pending = false;
                watch.answered.notify_all();
            });
    }
    const bool answered = co_await watch.answered.wait(self->state_->clock, deadline);
    co_return answered;
}

}  // namespace posbench::runtime
