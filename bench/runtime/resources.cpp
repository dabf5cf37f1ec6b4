#include "bench/runtime/resources.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/runtime/journal_file.hpp"

namespace posbench::runtime {
namespace {

/// Makes `folder` unless it exists, and makes sure that nobody else can put anything into it: what lies in
/// it will be believed.
void make_private_folder(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder.parent_path());
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        throw std::system_error(errno, std::generic_category(), "making " + folder.string());
    struct stat status {};
    system_call("looking at " + folder.string(), ::lstat(folder.c_str(), &status));
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
        throw std::system_error(EPERM, std::generic_category(),
                                folder.string() + " is not this user's own folder");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        system_call("making " + folder.string() + " private", ::chmod(folder.c_str(), S_IRWXU));
}

}  // namespace

ResourceJournal::ResourceJournal() : ResourceJournal(default_folder()) {}

ResourceJournal::ResourceJournal(std::filesystem::path folder) : folder_(std::move(folder)) {}

ResourceJournal::~ResourceJournal() {
    if (descriptor_ && held_.empty()) ::unlink(file_.c_str());
}

void ResourceJournal::acquire(std::string_view kind, std::string_view id) {
    const std::lock_guard lock(mutex_);
    if (!descriptor_) open();
    append("acquire", kind, id);
    held_.emplace_back(kind, id);
}

void ResourceJournal::release(std::string_view kind, std::string_view id) noexcept {
    const std::lock_guard lock(mutex_);
    const auto last = std::find_if(held_.rbegin(), held_.rend(), [&](const auto& record) {
        return record.first == kind && record.second == id;
    });
    if (last == held_.rend()) return;
    try {
        append("release", kind, id);
        held_.erase(std::next(last).base());
        // A night of power cuts takes and returns thousands of processes: start over when nothing is held.
        if (held_.empty()) system_call("emptying the journal", ::ftruncate(descriptor_.number(), 0));
    } catch (const std::exception&) {
        // The record stays, and repair finds the resource gone already.
    }
}

std::vector<ResourceRecord> ResourceJournal::orphans(const std::filesystem::path& folder) {
    std::vector<ResourceRecord> records;
    for (const OrphanedJournal& journal : read_orphans(folder))
        for (const auto& [kind, id] : journal.held)
            records.push_back({kind, id, journal.owner, journal.owner_started});
    return records;
}

std::filesystem::path ResourceJournal::default_folder() {
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime && runtime[0] == '/')
        return std::filesystem::path(runtime) / "posbench";
    if (::geteuid() == 0) return "/run/posbench";
    return fmt::format("/tmp/posbench-{}", ::geteuid());
}

std::string ResourceJournal::process_id(std::int64_t pid, std::uint64_t started) {
    return fmt::format("{} {}", pid, started);
}

void ResourceJournal::open() {
    make_private_folder(folder_);
    const auto started = process_start_time(::getpid());
    if (!started) throw std::runtime_error("/proc does not tell when this process started");
    for (int number = 0;; ++number) {
        file_ = folder_ / journal_name(::getpid(), *started, number);
        descriptor_ = FileDescriptor(
            ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (descriptor_) return;
        if (errno != EEXIST)
            throw std::system_error(errno, std::generic_category(), "making " + file_.string());
    }
}

void ResourceJournal::append(std::string_view op, std::string_view kind, std::string_view id) {
    write_journal(descriptor_.number(), journal_line(op, kind, id), file_);
}

}  // namespace posbench::runtime
