#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <fnmatch.h>

#include "tests/support/catch.hpp"

/// The table of folders in bench/README.md is held against the sources: every #include of ours must be one
/// that the table allows, and every permission of the table must be used.
namespace {

namespace fs = std::filesystem;

const fs::path root = POSBENCH_SOURCE_DIR;

/// A row of the table: these folders may include what lies in or matches those.
struct Row {
    std::vector<std::string> folders;
    std::vector<std::string> permissions;
};

std::vector<std::string> in_backticks(std::string_view cell) {
    std::vector<std::string> found;
    for (std::size_t begin; (begin = cell.find('`')) != std::string_view::npos;) {
        cell.remove_prefix(begin + 1);
        const std::size_t end = cell.find('`');
        if (end == std::string_view::npos) break;
        found.emplace_back(cell.substr(0, end));
        cell.remove_prefix(end + 1);
    }
    return found;
}

std::vector<Row> read_table() {
    std::vector<Row> rows;
    std::ifstream readme(root / "bench/README.md");
    for (std::string line; std::getline(readme, line);) {
        if (!line.starts_with("| `")) continue;
        const std::size_t second = line.find(" | ", 2);
        const std::size_t third = line.rfind(" | ");
        REQUIRE(third != second);
        rows.push_back({in_backticks(std::string_view(line).substr(0, second)),
                        in_backticks(std::string_view(line).substr(third))});
    }
    return rows;
}

bool allows(const std::string& permission, const std::string& path) {
    return path.starts_with(permission + "/") ||
           ::fnmatch(permission.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

bool lies_in(const std::string& file, const std::string& folder) {
    return file == folder || file.starts_with(folder + "/");
}

/// The row for a file, by the longest folder that it lies in.
std::pair<const Row*, std::string> row_of(const std::vector<Row>& rows, const std::string& file) {
    std::pair<const Row*, std::string> best{};
    for (const Row& row : rows)
        for (const std::string& folder : row.folders)
            if (lies_in(file, folder) && folder.size() > best.second.size()) best = {&row, folder};
    return best;
}

std::vector<std::string> includes_of(const fs::path& file) {
    std::vector<std::string> found;
    std::ifstream source(file);
    for (std::string line; std::getline(source, line);)
        if (line.starts_with("#include \"")) found.push_back(line.substr(10, line.rfind('"') - 10));
    return found;
}

struct Finding {
    std::set<std::string> forbidden;
    std::set<std::string> used;  ///< "first folder of the row: permission"
    int files = 0;
};

std::string name(const Row& row, const std::string& permission) {
    return row.folders.front() + ": " + permission;
}

void look_at(const std::vector<Row>& rows, const fs::path& path, Finding& finding) {
    const std::string file = path.lexically_relative(root).generic_string();
    const auto [row, own] = row_of(rows, file);
    INFO(file);
    REQUIRE(row);
    ++finding.files;
    for (const std::string& included : includes_of(path)) {
        if (lies_in(included, own)) continue;
        const auto permission = std::ranges::find_if(
            row->permissions, [&](const std::string& candidate) { return allows(candidate, included); });
        if (permission == row->permissions.end())
            finding.forbidden.insert(file + " includes " + included);
        else
            finding.used.insert(name(*row, *permission));
    }
}

Finding look(const std::vector<Row>& rows) {
    Finding finding;
    for (const char* top : {"bench", "drivers", "reports"})
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top))
            if (const auto kind = entry.path().extension(); kind == ".cpp" || kind == ".hpp")
                look_at(rows, entry.path(), finding);
    return finding;
}

TEST_CASE("every include is one that bench/README.md allows") {
    const Finding finding = look(read_table());
    CHECK(finding.files > 100);
    CHECK(finding.forbidden == std::set<std::string>{});
}

TEST_CASE("no permission in bench/README.md goes unused") {
    const std::vector<Row> rows = read_table();
    std::set<std::string> granted;
    for (const Row& row : rows)
        for (const std::string& permission : row.permissions) granted.insert(name(row, permission));
    CHECK(granted == look(rows).used);
}

/// What lies beside a role's interface is for every driver of the role. The card's images are the
/// programmable card's own: their sources, not their headers, may look into it.
bool is_for_every_driver(const fs::path& file) {
    return file.extension() == ".hpp" || !file.stem().string().starts_with("image_");
}

TEST_CASE("what lies beside a role's interface includes nothing of a driver's folder") {
    std::set<std::string> forbidden;
    int files = 0;
    for (const fs::directory_entry& role : fs::directory_iterator(root / "drivers")) {
        if (!role.is_directory() || role.path().filename() == "protocols") continue;
        for (const fs::directory_entry& entry : fs::directory_iterator(role)) {
            if (!entry.is_regular_file() || !is_for_every_driver(entry.path())) continue;
            ++files;
            for (const std::string& included : includes_of(entry.path()))
                if (fs::exists(root / fs::path(included).parent_path() / "driver.hpp"))
                    forbidden.insert(entry.path().filename().string() + " includes " + included);
        }
    }
    CHECK(files > 10);
    CHECK(forbidden == std::set<std::string>{});
}

TEST_CASE("a permission is a folder or a pattern of files") {
    CHECK(allows("bench/trace", "bench/trace/event.hpp"));
    CHECK_FALSE(allows("bench/trace", "bench/tracer/event.hpp"));
    CHECK(allows("drivers/*/*.hpp", "drivers/card/card.hpp"));
    CHECK_FALSE(allows("drivers/*/*.hpp", "drivers/card/emulated/chip.hpp"));
}

}  // namespace
