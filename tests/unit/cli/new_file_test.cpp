#include "bench/cli/new_file.hpp"

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench::cli;
using posbench::tests::read_file;
using posbench::tests::TemporaryFolder;

namespace {

std::ptrdiff_t files_in(const TemporaryFolder& folder) {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

}  // namespace

TEST_CASE("A new file is written whole, and replaces another only when told to") {
    using std::filesystem::perms;
    const TemporaryFolder folder;
    const auto file = folder.path() / "made";
    CHECK(refuses_new_file(file, Existing::kept).empty());
    CHECK(refuses_new_file(file, Existing::replaced).empty());
    CHECK(refuses_new_file("made-beside-nothing", Existing::kept).empty());
    write_new_file(file, "first", false, Readers::owner);
    CHECK(read_file(file) == "first");
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));

    CHECK(refuses_new_file(file, Existing::kept_unless) == file.string() + " exists; --force replaces it");
    CHECK(refuses_new_file(file, Existing::kept) == file.string() + " exists, and is not replaced");
    CHECK(refuses_new_file(file, Existing::replaced).empty());
    CHECK_THROWS_AS(write_new_file(file, "second", false, Readers::all), std::system_error);
    CHECK(read_file(file) == "first");
    write_new_file(file, "second", true, Readers::all);
    CHECK(read_file(file) == "second");
    CHECK(files_in(folder) == 1);

    CHECK(refuses_new_file(folder.path(), Existing::replaced) ==
          folder.path().string() + " exists and is no file that could be replaced");
    CHECK(refuses_new_file(folder.path() / "no/folder", Existing::replaced) ==
          "cannot write " + (folder.path() / "no/folder").string() + ": there is no folder " +
              (folder.path() / "no").string());
    CHECK(!refuses_new_file(file / "below", Existing::replaced).empty());
    CHECK_THROWS_AS(write_new_file(folder.path() / "no/folder", "x", false, Readers::all), std::system_error);
}

TEST_CASE("What a crash left of a new file is in nobody's way, and nobody's secret") {
    using std::filesystem::perms;
    const TemporaryFolder folder;
    const auto file = folder.write("made", "first");
    const auto left = folder.write("made.new", "half of");
    std::filesystem::permissions(left, perms::others_read, std::filesystem::perm_options::add);
    write_new_file(file, "second", true, Readers::owner);
    CHECK(read_file(file) == "second");
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
    CHECK(files_in(folder) == 1);
}
