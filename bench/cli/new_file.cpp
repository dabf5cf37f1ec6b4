#include "bench/cli/new_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace posbench::cli {
namespace {

constexpr mode_t mode_of(Readers readers) noexcept {
    constexpr mode_t owner = S_IRUSR | S_IWUSR, others = S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
    return readers == Readers::owner ? owner : owner | others;
}

/// Closes and, unless it was kept, removes what was begun.
class NewFile {
  public:
    NewFile(std::filesystem::path path, Readers readers)
        : path_(std::move(path)),
          descriptor_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_of(readers))) {
        if (descriptor_ < 0) fail();
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (descriptor_ >= 0) close(descriptor_);
        if (!kept_) unlink(path_.c_str());
    }

    void write(std::string_view text) {
        while (!text.empty()) {
            const ssize_t written = ::write(descriptor_, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail();
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        if (fsync(descriptor_) != 0) fail();
    }
    void keep_as(const std::filesystem::path& path) {
        if (path != path_ && rename(path_.c_str(), path.c_str()) != 0) fail();
        kept_ = true;
    }

  private:
    [[noreturn]] void fail() const {
        throw std::system_error(errno, std::generic_category(), "cannot write " + path_.string());
    }

    std::filesystem::path path_;
    int descriptor_;
    bool kept_ = false;
};

}  // namespace

std::string refuses_new_file(const std::filesystem::path& file, Existing existing) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    std::error_code ignored;  // what cannot be looked at is no folder to write into
    if (!std::filesystem::is_directory(folder, ignored))
        return fmt::format("cannot write {}: there is no folder {}", file.string(), folder.string());
    if (access(folder.c_str(), W_OK | X_OK) != 0)
        return fmt::format("cannot write {}: {}", file.string(), std::generic_category().message(errno));
    const auto status = std::filesystem::status(file, ignored);
    if (!std::filesystem::exists(status)) return {};
    if (!std::filesystem::is_regular_file(status))
        return fmt::format("{} exists and is no file that could be replaced", file.string());
    if (existing == Existing::replaced) return {};
    return fmt::format("{} exists{}", file.string(),
                       existing == Existing::kept_unless ? "; --force replaces it" : ", and is not replaced");
}

void write_new_file(const std::filesystem::path& file, std::string_view text, bool force, Readers readers) {
    auto beside = file;
    if (force) {
        beside += ".new";
        unlink(
            beside.c_str());  // when it is not there, or cannot be removed, the next line says what matters
    }
    NewFile written(beside, readers);
    written.write(text);
    written.keep_as(file);
}

}  // namespace posbench::cli
