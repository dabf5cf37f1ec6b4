#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "bench/runtime/bytes.hpp"

namespace posbench::network::virtual_net {

/// Octets in, octets out, in order. What was taken is cut off only when it outweighs what is left.
class OctetQueue {
  public:
    std::size_t size() const noexcept { return octets_.size() - taken_; }
    bool empty() const noexcept { return size() == 0; }
    void append(ByteView data) { octets_.insert(octets_.end(), data.begin(), data.end()); }
    /// `length` octets from `offset` on. Precondition: they are there.
    ByteView view(std::size_t offset, std::size_t length) const noexcept {
        return ByteView(octets_).subspan(taken_ + offset, length);
    }
    void drop(std::size_t count) noexcept;
    void clear() noexcept;

  private:
    Bytes octets_;
    std::size_t taken_ = 0;
};

/// The receiving side of a stream: puts segments in order, keeps at most `capacity` octets beyond what the
/// application has read, and answers with the next octet it expects.
class Reassembly {
  public:
    static constexpr std::size_t capacity = 65'536;

    /// Octets that begin at sequence number `seq`; repeated ones are dropped, as is what is beyond the
    /// window.
    void take(std::uint64_t seq, ByteView data);
    /// The peer's stream ends before sequence number `seq`.
    void end_at(std::uint64_t seq) noexcept;

    std::uint64_t expected() const noexcept { return expected_; }
    bool ended() const noexcept { return ended_; }
    std::uint32_t window() const noexcept { return static_cast<std::uint32_t>(capacity - readable_.size()); }
    bool readable() const noexcept { return !readable_.empty(); }
    std::size_t read(std::span<std::uint8_t> buffer) noexcept;
    void clear() noexcept;

  private:
    void advance() noexcept;

    OctetQueue readable_;
    std::map<std::uint64_t, Bytes> ahead_;  ///< by sequence number, behind a gap
    std::uint64_t expected_ = 1;
    std::uint64_t end_ = UINT64_MAX;
    bool ended_ = false;
};

}  // namespace posbench::network::virtual_net
