#pragma once

#include <filesystem>

#include "drivers/terminal/emulated/flash.hpp"

namespace posbench::terminal {

/// Flash in a file, for a terminal that is a process of its own and may be killed at any instruction.
///
/// The file is `posbench-flash-1`, LF, then for each key its length (2 octets, big-endian), the key, the
/// value's length (4 octets) and the value, at the end the FNV-1a hash (8 octets) of all before it. A write
/// goes to a file beside it, is synced, renamed over the old one, and the folder is synced: whoever reads
/// finds the old content or the new one.
class FileFlash final : public Flash {
  public:
    /// Opens, or starts empty when there is no such file.
    /// @throws std::system_error when it cannot be read; std::runtime_error when it is damaged
    explicit FileFlash(std::filesystem::path file);

    std::optional<Bytes> read(std::string_view key) const override { return cells_.read(key); }
    std::vector<std::string> keys(std::string_view prefix) const override { return cells_.keys(prefix); }
    void write(const std::vector<FlashChange>& changes) override;

  private:
    void load();
    Bytes image(const MemoryFlash& cells) const;

    std::filesystem::path file_;
    MemoryFlash cells_;
};

}  // namespace posbench::terminal
