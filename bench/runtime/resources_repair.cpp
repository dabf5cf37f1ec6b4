#include <algorithm>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/runtime/journal_file.hpp"
#include "bench/runtime/resources.hpp"

namespace posbench::runtime {
namespace {

namespace fs = std::filesystem;

/// What became of one record. `settled` records need not be looked at again.
struct Undone {
    bool settled;
    std::string sentence;
};

bool is_ours(std::int64_t pid) {
    struct stat status {};
    return ::stat(fmt::format("/proc/{}", pid).c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

/// Ends what a process of ours that led a group has started since `started`, and may have outlived it.
/// Returns how many.
int kill_group(std::int64_t group, std::uint64_t started) {
    int killed = 0;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        std::istringstream name(entry->path().filename().string());
        std::int64_t pid = 0;
        if (!(name >> pid) || pid == group || ::getpgid(static_cast<pid_t>(pid)) != group) continue;
        const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        const bool since = process_start_time(pid).value_or(0) >= started;
        if (!process || !since || ::getpgid(static_cast<pid_t>(pid)) != group || !is_ours(pid)) continue;
        killed += ::syscall(SYS_pidfd_send_signal, process.number(), SIGKILL, nullptr, 0) == 0 ? 1 : 0;
    }
    return killed;
}

Undone undo_process(const std::string& id, const OrphanedJournal& journal) {
    std::istringstream text(id);
    std::int64_t pid = 0;
    std::uint64_t started = 0;
    if (!(text >> pid >> started) || pid <= 1)
        return {true, "is no process number with a start time: dropped"};
    if (started < journal.owner_started)
        return {true, "is older than the bench said to have started it: left alone"};

    // The pidfd is opened before the check, so that the number cannot change its meaning in between.
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    const auto with_group = [&](std::string_view what) {
        const int others = kill_group(pid, started);
        if (others == 0) return Undone{true, std::string(what)};
        return Undone{true, fmt::format("{}, and {} that it had started killed", what, others)};
    };
    const auto starts = process_start_time(pid);
    if (process && starts && starts != started) return {true, "is gone already"};  // its number is another's
    if (!process || !starts) return with_group("is gone already");
    if (!is_ours(pid)) return {true, "belongs to another user: left alone"};
    if (::syscall(SYS_pidfd_send_signal, process.number(), SIGKILL, nullptr, 0) != 0)
        return {false, fmt::format("could not be killed: {}", std::generic_category().message(errno))};
    return with_group("killed");
}

/// True when `path` lies in `folder` itself, not by way of a link or of "..".
bool lies_in(const fs::path& path, const fs::path& folder) {
    std::error_code error;
    const fs::path parent = fs::canonical(path.parent_path(), error);
    if (error || !path.is_absolute() || path.lexically_normal() != path || !path.has_filename()) return false;
    const fs::path root = fs::canonical(folder, error);
    if (error) return false;
    return std::mismatch(root.begin(), root.end(), parent.begin(), parent.end()).first == root.end();
}

Undone undo_path(const std::string& id, fs::file_type expected, const fs::path& folder) {
    const fs::path path(id);
    std::error_code error;
    const fs::file_type found = fs::symlink_status(path, error).type();
    if (found == fs::file_type::not_found) return {true, "is gone already"};
    if (!lies_in(path, folder)) return {true, "lies outside the bench's own folder: left alone"};
    if (found != expected) return {true, "is of another kind than was recorded: left alone"};
    fs::remove_all(path, error);  // does not follow links
    if (error) return {false, "could not be removed: " + error.message()};
    return {true, "removed"};
}

Undone undo(const std::string& kind, const std::string& id, const OrphanedJournal& journal,
            const fs::path& folder) {
    if (kind == "process") return undo_process(id, journal);
    if (kind == "file") return undo_path(id, fs::file_type::regular, folder);
    if (kind == "socket") return undo_path(id, fs::file_type::socket, folder);
    if (kind == "folder") return undo_path(id, fs::file_type::directory, folder);
    return {false, "is of a kind this version cannot undo: left alone"};
}

/// Marks the settled records in a journal that still has others.
void mark_released(const OrphanedJournal& journal, const std::string& lines) {
    const FileDescriptor file(
        system_call("opening " + journal.file.string(),
                    ::open(journal.file.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)));
    write_journal(file.number(), '\n' + lines, journal.file);  // its last line may have been cut short
}

}  // namespace

std::vector<std::string> repair_orphans(const fs::path& folder) {
    std::vector<std::string> sentences;
    for (const OrphanedJournal& journal : read_orphans(folder)) {
        std::string released;
        bool all_settled = true;
        // In the reverse order of taking: the process before the folder it works in.
        for (auto record = journal.held.rbegin(); record != journal.held.rend(); ++record) {
            const auto& [kind, id] = *record;
            const Undone undone = undo(kind, id, journal, folder);
            sentences.push_back(fmt::format("{} {} {}", kind, id, undone.sentence));
            all_settled = all_settled && undone.settled;
            if (undone.settled) released += journal_line("release", kind, id);
        }
        std::error_code error;
        if (all_settled) {
            fs::remove(journal.file, error);
        } else if (!released.empty()) {
            mark_released(journal, released);
        }
        if (error)
            sentences.push_back(
                fmt::format("{} could not be removed: {}", journal.file.string(), error.message()));
    }
    return sentences;
}

}  // namespace posbench::runtime
