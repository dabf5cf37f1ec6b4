#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Files that a command makes where its user says: none is lost unasked, none is left half written.
namespace posbench::cli {

enum class Readers {
    owner,  ///< for secrets
    all,    ///< as the umask says
};

/// What becomes of a file that is there already.
enum class Existing {
    replaced,
    kept,         ///< a command that never replaces one
    kept_unless,  ///< a command that replaces one with --force, which was not given
};

/// Why nothing can be written there, in one sentence; empty when it can. What takes long before it writes
/// asks this first.
std::string refuses_new_file(const std::filesystem::path& file, Existing existing);

/// Writes the whole file or none. With `force` the one that is there stays until the new one is on the disk;
/// what a crash left of an earlier attempt ("FILE.new") is removed.
/// @throws std::system_error, also when without `force` there is a file by now
void write_new_file(const std::filesystem::path& file, std::string_view text, bool force, Readers readers);

}  // namespace posbench::cli
