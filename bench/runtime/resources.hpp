#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/system.hpp"

namespace posbench::runtime {

/// One thing the bench took from the system: "process 4711 posbench-terminal", "socket /run/…".
struct ResourceRecord {
    std::string kind;        ///< process, file, socket, folder; of others only their owner knows the undoing
    std::string id;          ///< what identifies it: process number and start time, path, ...
    std::int64_t owner = 0;  ///< process number of the bench that took it
    std::uint64_t owner_started =
        0;  ///< start time of that process (clock ticks since boot, /proc/PID/stat field 22)
};

/// The journal of acquired system resources: what the bench holds, on disk before it holds it, so that the
/// next start (or `posbench doctor --repair`) can undo what a killed bench left behind, and nothing else. One
/// file a process under $XDG_RUNTIME_DIR/posbench (or /run/posbench as root, or /tmp/posbench-UID), one JSON
/// object a line, each line synced before acquire() returns. May be used from several threads.
class ResourceJournal {
  public:
    /// A journal in the default folder; nothing is created before the first acquire().
    ResourceJournal();
    explicit ResourceJournal(std::filesystem::path folder);
    ResourceJournal(const ResourceJournal&) = delete;
    ResourceJournal& operator=(const ResourceJournal&) = delete;
    /// Removes the file when everything was released.
    ~ResourceJournal();

    /// Writes down that this resource is about to be taken. @throws std::system_error
    void acquire(std::string_view kind, std::string_view id);
    /// Writes down that it is gone. Never throws: what cannot be written is left for the repair.
    void release(std::string_view kind, std::string_view id) noexcept;

    /// Where the journal lies, and where files, sockets and folders must lie that repair may remove. Private
    /// to this user once acquire() has returned.
    const std::filesystem::path& folder() const noexcept { return folder_; }

    /// Everything that benches no longer running have left, by the journals in `folder`.
    static std::vector<ResourceRecord> orphans(const std::filesystem::path& folder);
    static std::filesystem::path default_folder();
    /// How kind "process" is identified: "4711 123456", process number and start time.
    static std::string process_id(std::int64_t pid, std::uint64_t started);

  private:
    void open();
    void append(std::string_view op, std::string_view kind, std::string_view id);

    std::mutex mutex_;
    std::filesystem::path folder_;
    std::filesystem::path file_;
    FileDescriptor descriptor_;
    std::vector<std::pair<std::string, std::string>> held_;
};

/// Undoes what `orphans` names: kills a process only when its start time is the recorded one, unlinks a
/// socket or file only in the bench's own folders. Returns a sentence for each record: what was done, or why
/// not. A journal of which nothing is left is removed.
std::vector<std::string> repair_orphans(const std::filesystem::path& folder);

}  // namespace posbench::runtime
