#include "drivers/network/virtual/buffers.hpp"

#include <algorithm>

namespace posbench::network::virtual_net {

void OctetQueue::drop(std::size_t count) noexcept {
    taken_ += count;
    if (taken_ == octets_.size()) {
        clear();
    } else if (taken_ > octets_.size() / 2) {
        octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = 0;
    }
}

void OctetQueue::clear() noexcept {
    octets_.clear();
    taken_ = 0;
}

void Reassembly::take(std::uint64_t seq, ByteView data) {
    if (ended_) return;
    const std::uint64_t edge = expected_ + window();
    if (seq >= edge || seq + data.size() <= expected_) return;
    data = data.first(std::min<std::uint64_t>(data.size(), edge - seq));
    if (seq > expected_) {
        Bytes& kept = ahead_[seq];
        if (kept.size() < data.size()) kept.assign(data.begin(), data.end());
        return;
    }
    data = data.subspan(expected_ - seq);
    readable_.append(data);
    expected_ += data.size();
    while (!ahead_.empty() && ahead_.begin()->first <= expected_) {
        const auto first = ahead_.begin();
        const ByteView kept(first->second);
        const std::uint64_t known = expected_ - first->first;
        if (known < kept.size()) {
            readable_.append(kept.subspan(known));
            expected_ += kept.size() - known;
        }
        ahead_.erase(first);
    }
    advance();
}

void Reassembly::end_at(std::uint64_t seq) noexcept {
    end_ = seq;
    advance();
}

/// The end takes a sequence number of its own once everything before it is there.
void Reassembly::advance() noexcept {
    if (ended_ || expected_ != end_) return;
    ended_ = true;
    ++expected_;
}

std::size_t Reassembly::read(std::span<std::uint8_t> buffer) noexcept {
    const std::size_t count = std::min(buffer.size(), readable_.size());
    std::ranges::copy(readable_.view(0, count), buffer.begin());
    readable_.drop(count);
    return count;
}

void Reassembly::clear() noexcept {
    readable_.clear();
    ahead_.clear();
}

}  // namespace posbench::network::virtual_net
