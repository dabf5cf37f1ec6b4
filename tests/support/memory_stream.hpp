#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/sync.hpp"

/// Streams inside one process, without a network between them: what is written can be read at the same
/// instant, in the reader's next turn on the clock.
namespace posbench::test {

/// One direction.
struct MemoryPipe {
    std::deque<std::uint8_t> octets;
    bool ended = false;  ///< FIN
    bool reset = false;
    std::size_t room = SIZE_MAX;  ///< octets that may wait to be read: the writer waits for more
    runtime::Condition changed;
};

class MemoryStream final : public runtime::Stream {
  public:
    MemoryStream(runtime::Clock& clock, std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out,
                 std::string peer)
        : clock_(clock), in_(std::move(in)), out_(std::move(out)), peer_(std::move(peer)) {}

    runtime::Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer,
                                                             runtime::TimePoint deadline) override {
        while (in_->octets.empty()) {
            if (in_->reset) co_return runtime::NetError::reset;
            if (in_->ended) co_return std::size_t{0};
            const bool notified = co_await in_->changed.wait(clock_, deadline);
            if (!notified && in_->octets.empty()) co_return runtime::NetError::timed_out;
        }
        const std::size_t count = std::min(buffer.size(), in_->octets.size());
        std::copy_n(in_->octets.begin(), count, buffer.begin());
        in_->octets.erase(in_->octets.begin(), in_->octets.begin() + static_cast<std::ptrdiff_t>(count));
        if (in_->room != SIZE_MAX) in_->changed.notify_all();
        co_return count;
    }

    runtime::Task<runtime::NetResult<void>> write(ByteView data, runtime::TimePoint deadline) override {
        for (;;) {
            if (in_->reset) co_return runtime::NetError::reset;
            if (out_->ended || out_->reset) co_return runtime::NetError::closed;
            const std::size_t count =
                std::min(data.size(), out_->room - std::min(out_->room, out_->octets.size()));
            out_->octets.insert(out_->octets.end(), data.begin(),
                                data.begin() + static_cast<std::ptrdiff_t>(count));
            if (count > 0) out_->changed.notify_all();
            data = data.subspan(count);
            if (data.empty()) co_return runtime::NetResult<void>{};
            const bool notified = co_await out_->changed.wait(clock_, deadline);
            if (!notified && out_->octets.size() >= out_->room) co_return runtime::NetError::timed_out;
        }
    }

    void close() noexcept override {
        out_->ended = true;
        out_->changed.notify_all();
    }

    void reset() noexcept override {
        for (const auto& pipe : {in_, out_}) {
            pipe->octets.clear();
            pipe->reset = true;
            pipe->changed.notify_all();
        }
    }

    std::string peer() const override { return peer_; }

  private:
    runtime::Clock& clock_;
    std::shared_ptr<MemoryPipe> in_;
    std::shared_ptr<MemoryPipe> out_;
    std::string peer_;
};

/// A listening port and the way to it.
class MemoryNetwork final : public runtime::Listener, public runtime::Connector {
  public:
    explicit MemoryNetwork(runtime::Clock& clock) : clock_(clock) {}

    runtime::Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> accept() override {
        while (waiting_.empty()) {
            if (!open_) co_return runtime::NetError::closed;
            co_await changed_.wait(clock_);
        }
        auto stream = std::move(waiting_.front());
        waiting_.pop_front();
        co_return std::move(stream);
    }

    void set_open(bool open) override {
        open_ = open;
        changed_.notify_all();
    }

    runtime::Endpoint endpoint() const override { return {"10.0.0.1", 8583}; }

    runtime::Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> connect(runtime::Endpoint,
                                                                                runtime::TimePoint) override {
        auto stream = connect_now();
        if (!stream) co_return runtime::NetError::refused;
        co_return std::move(stream);
    }

    /// Null when the port is closed. @param room of each direction, as the windows of TCP
    std::unique_ptr<runtime::Stream> connect_now(std::size_t room = SIZE_MAX) {
        if (!open_) return nullptr;
        auto up = std::make_shared<MemoryPipe>();
        auto down = std::make_shared<MemoryPipe>();
        up->room = down->room = room;
        waiting_.push_back(std::make_unique<MemoryStream>(clock_, up, down, "10.0.0.2:40001"));
        changed_.notify_all();
        return std::make_unique<MemoryStream>(clock_, down, up, endpoint().to_string());
    }

  private:
    runtime::Clock& clock_;
    bool open_ = true;
    std::deque<std::unique_ptr<runtime::Stream>> waiting_;
    runtime::Condition changed_;
};

}  // namespace posbench::test
