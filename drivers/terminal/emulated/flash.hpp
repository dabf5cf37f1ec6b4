#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"

namespace posbench::terminal {

/// One change of a flash write: sets the key, or removes it when there is no value.
struct FlashChange {
    std::string key;
    std::optional<Bytes> value;
};

/// The terminal's persistent memory: octets by key. It outlives the application, as flash outlives a power
/// cut. The time a write takes is the caller's to wait (Journal), before it calls write().
class Flash {
  public:
    virtual ~Flash() = default;
    virtual std::optional<Bytes> read(std::string_view key) const = 0;
    /// All keys that begin with `prefix`, sorted.
    virtual std::vector<std::string> keys(std::string_view prefix) const = 0;
    /// All changes or none: after a power cut the write is complete or not there.
    /// @throws std::system_error when the medium fails
    virtual void write(const std::vector<FlashChange>& changes) = 0;
};

/// Flash of a terminal in virtual time.
class MemoryFlash final : public Flash {
  public:
    std::optional<Bytes> read(std::string_view key) const override;
    std::vector<std::string> keys(std::string_view prefix) const override;
    void write(const std::vector<FlashChange>& changes) override;

  private:
    std::map<std::string, Bytes, std::less<>> cells_;
};

}  // namespace posbench::terminal
