#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// The files behind ResourceJournal. Included by the sources of this folder only.
namespace posbench::runtime {

/// A journal that a bench no longer running has left.
struct OrphanedJournal {
    std::filesystem::path file;
    std::int64_t owner = 0;
    std::uint64_t owner_started = 0;
    std::vector<std::pair<std::string, std::string>> held;  ///< kind and identifier, in the order of taking
};

/// Reads the journals in `folder` whose owners are gone. A journal is input like any other: a file that is
/// not regular, not this user's or larger than 1 MiB is passed over, and so is a line that is not a record
/// (the last one of a killed bench may be cut short).
std::vector<OrphanedJournal> read_orphans(const std::filesystem::path& folder);

/// "4711-123456-0.journal": the owner is told by the name, so that no line can claim another.
std::string journal_name(std::int64_t owner, std::uint64_t owner_started, int number);

/// One line with its end.
std::string journal_line(std::string_view op, std::string_view kind, std::string_view id);

/// Writes all of `text`. @throws std::system_error
void write_journal(int descriptor, std::string_view text, const std::filesystem::path& file);

}  // namespace posbench::runtime
