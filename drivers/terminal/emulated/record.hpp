#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"

namespace posbench::terminal {

/// A value of the flash: lines "name=value", so that a person can read a flash file. Values have no line
/// feed.
class Record {
  public:
    Record() = default;
    /// None when a line has no name.
    static std::optional<Record> parse(ByteView octets);
    Bytes octets() const;

    void put(std::string_view name, std::string_view value);
    void put(std::string_view name, std::int64_t value);
    /// The same, in place of what it has had so far.
    void set(std::string_view name, std::string_view value);
    /// Empty when absent.
    std::string_view get(std::string_view name) const noexcept;
    /// Every value of that name, in order.
    std::vector<std::string_view> all(std::string_view name) const;
    /// None when absent or no integer.
    std::optional<std::int64_t> integer(std::string_view name) const noexcept;

  private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

}  // namespace posbench::terminal
