#pragma once

#include <filesystem>

#include "bench/runtime/resources.hpp"

namespace posbench::terminal::process {

/// A private folder for a terminal's flash file, in the bench's own runtime folder; recorded in the resource
/// journal before it is made, removed at the end.
class FlashFolder {
  public:
    /// @throws std::system_error
    explicit FlashFolder(runtime::ResourceJournal& journal);
    FlashFolder(const FlashFolder&) = delete;
    FlashFolder& operator=(const FlashFolder&) = delete;
    ~FlashFolder();

    std::filesystem::path file() const { return path_ / "flash"; }

  private:
    runtime::ResourceJournal& journal_;
    std::filesystem::path path_;
};

}  // namespace posbench::terminal::process
