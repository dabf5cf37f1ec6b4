#include "bench/runtime/resources.hpp"

#include <csignal>
#include <fstream>
#include <optional>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace posbench::runtime;
using posbench::tests::read_file;
using posbench::tests::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void write_file(const fs::path& file, std::string_view text) {
    std::ofstream(file, std::ios::binary) << text;
}

/// The journal of a bench that no longer runs: no process can have the largest number.
fs::path orphan(const fs::path& folder, std::string_view lines) {
    const fs::path file = folder / "2147483646-1-0.journal";
    write_file(file, lines);
    return file;
}

std::string acquire_line(std::string_view kind, const std::string& id) {
    return R"({"op":"acquire","kind":")" + std::string(kind) + R"(","id":")" + id + "\"}\n";
}

/// A child that waits to be killed.
class Sleeper {
  public:
    Sleeper() : pid_(::fork()) {
        if (pid_ == 0) {
            ::alarm(60);
            for (;;) ::pause();
        }
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    pid_t pid() const { return pid_; }
    bool running() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }
    /// Waits for its end; the signal it died of.
    int signal() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }

  private:
    pid_t pid_;
};

}  // namespace

TEST_CASE("nothing is made before the first acquisition, and nothing is left after the last release") {
    const TemporaryFolder scratch;
    const fs::path folder = scratch.path() / "run" / "posbench";
    {
        ResourceJournal journal(folder);
        CHECK_FALSE(fs::exists(folder));
        journal.acquire("socket", "/run/x");
        struct stat status {};
        REQUIRE(::stat(folder.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0700);
        CHECK(files_in(folder) == 1);
        journal.release("socket", "/run/x");
        journal.release("socket", "never taken");
    }
    CHECK(files_in(folder) == 0);
}

TEST_CASE("what is taken is on disk before acquire returns, and is no orphan while its owner runs") {
    const TemporaryFolder scratch;
    ResourceJournal journal(scratch.path());
    journal.acquire("file", "a \"quoted\"\nname");
    const auto file = *fs::directory_iterator(scratch.path());
    CHECK(read_file(file) == "{\"op\":\"acquire\",\"kind\":\"file\",\"id\":\"a \\\"quoted\\\"\\nname\"}\n");
    CHECK(ResourceJournal::orphans(scratch.path()).empty());
    CHECK(repair_orphans(scratch.path()).empty());
    CHECK(fs::exists(file));
    journal.release("file", "a \"quoted\"\nname");
    CHECK(fs::file_size(file) == 0);
}

TEST_CASE("what a killed bench held is named and undone, the process before its folder") {
    const TemporaryFolder scratch;
    const fs::path folder = scratch.path() / "terminal-1";
    // The bench is there before what it starts: it waits to be told of the process.
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t bench = ::fork();
    if (bench == 0) {
        char text[64] = {};
        const auto length = ::read(told[0], text, sizeof text);
        ResourceJournal journal(scratch.path());
        journal.acquire("folder", folder.string());
        journal.acquire("process", std::string(text, static_cast<std::size_t>(length)));
        journal.acquire("file", (scratch.path() / "gone").string());
        journal.release("file", (scratch.path() / "gone").string());
        ::raise(SIGKILL);
    }
    Sleeper sleeper;
    const std::string process =
        ResourceJournal::process_id(sleeper.pid(), process_start_time(sleeper.pid()).value());
    REQUIRE(::write(told[1], process.data(), process.size()) == static_cast<ssize_t>(process.size()));
    ::close(told[0]);
    ::close(told[1]);
    REQUIRE(::waitpid(bench, nullptr, 0) == bench);
    fs::create_directory(folder);
    write_file(folder / "flash", "x");

    const auto orphans = ResourceJournal::orphans(scratch.path());
    REQUIRE(orphans.size() == 2);
    CHECK(orphans[0].kind == "folder");
    CHECK(orphans[1].id == process);
    CHECK(orphans[1].owner == bench);

    const auto done = repair_orphans(scratch.path());
    CHECK(done == std::vector<std::string>{"process " + process + " killed",
                                           "folder " + folder.string() + " removed"});
    CHECK(sleeper.signal() == SIGKILL);
    CHECK(files_in(scratch.path()) == 0);
}

TEST_CASE("a process is killed only when its start time is the recorded one") {
    const TemporaryFolder scratch;
    const Sleeper sleeper;
    const auto started = process_start_time(sleeper.pid()).value();
    orphan(scratch.path(), acquire_line("process", ResourceJournal::process_id(sleeper.pid(), started + 1)));
    const auto done = repair_orphans(scratch.path());
    REQUIRE(done.size() == 1);
    CHECK_THAT(done[0], Catch::Matchers::EndsWith("is gone already"));
    CHECK(sleeper.running());
}

TEST_CASE("what a process had started is killed with it, and after its own end") {
    for (const bool leader_lives : {true, false}) {
        const TemporaryFolder scratch;
        int told[2];
        REQUIRE(::pipe(told) == 0);
        const pid_t leader = ::fork();
        if (leader == 0) {
            ::setpgid(0, 0);
            const pid_t helper = ::fork();
            if (helper == 0) {
                ::close(told[0]);
                ::pause();
                ::_exit(0);
            }
            [[maybe_unused]] const auto written = ::write(told[1], &helper, sizeof helper);
            ::close(told[1]);
            ::pause();
            ::_exit(0);
        }
        ::close(told[1]);
        pid_t helper = 0;
        REQUIRE(::read(told[0], &helper, sizeof helper) == static_cast<ssize_t>(sizeof helper));
        const auto started = process_start_time(leader).value();
        if (!leader_lives) {
            ::kill(leader, SIGKILL);
            ::waitpid(leader, nullptr, 0);
        }
        orphan(scratch.path(), acquire_line("process", ResourceJournal::process_id(leader, started)));
        const auto done = repair_orphans(scratch.path());
        REQUIRE(done.size() == 1);
        CHECK_THAT(done[0], Catch::Matchers::EndsWith("and 1 that it had started killed"));
        char none = 0;
        CHECK(::read(told[0], &none, 1) == 0);  // the helper, the last that held the other end, is gone
        ::close(told[0]);
        if (leader_lives) ::waitpid(leader, nullptr, 0);
    }
}

TEST_CASE("a process older than the bench that is said to have started it is left alone") {
    const TemporaryFolder scratch;
    const Sleeper sleeper;
    const auto started = process_start_time(sleeper.pid()).value();
    write_file(scratch.path() / ("2147483646-" + std::to_string(started + 1) + "-0.journal"),
               acquire_line("process", ResourceJournal::process_id(sleeper.pid(), started)));
    const auto done = repair_orphans(scratch.path());
    REQUIRE(done.size() == 1);
    CHECK_THAT(done[0], Catch::Matchers::ContainsSubstring("left alone"));
    CHECK(sleeper.running());
}

TEST_CASE("nothing outside the bench's own folder is removed, by whatever path it is named") {
    const TemporaryFolder scratch;
    const TemporaryFolder elsewhere;
    const fs::path precious = elsewhere.path() / "precious";
    write_file(precious, "x");
    fs::create_directory_symlink(elsewhere.path(), scratch.path() / "link");
    const std::string by_link = (scratch.path() / "link" / "precious").string();
    const std::string by_dots = (scratch.path() / ".." / elsewhere.path().filename() / "precious").string();
    orphan(scratch.path(), acquire_line("file", precious.string()) + acquire_line("file", by_link) +
                               acquire_line("file", by_dots) +
                               acquire_line("folder", scratch.path().string()) +
                               acquire_line("folder", (scratch.path() / "link").string()));
    const auto done = repair_orphans(scratch.path());
    CHECK(done.size() == 5);
    for (const std::string& sentence : done)
        CHECK_THAT(sentence, Catch::Matchers::ContainsSubstring("left alone"));
    CHECK(fs::exists(precious));
}

TEST_CASE("a socket and a file are removed; of another kind than recorded they are left") {
    const TemporaryFolder scratch;
    const fs::path socket_path = scratch.path() / "socket";
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    write_file(scratch.path() / "file", "x");
    write_file(scratch.path() / "other", "x");
    orphan(scratch.path(), acquire_line("socket", socket_path.string()) +
                               acquire_line("file", (scratch.path() / "file").string()) +
                               acquire_line("socket", (scratch.path() / "other").string()));
    CHECK(repair_orphans(scratch.path()).size() == 3);
    CHECK_FALSE(fs::exists(socket_path));
    CHECK_FALSE(fs::exists(scratch.path() / "file"));
    CHECK(fs::exists(scratch.path() / "other"));
}

TEST_CASE("what cannot be undone stays in the journal, and only that") {
    const TemporaryFolder scratch;
    const fs::path journal =
        orphan(scratch.path(), acquire_line("qdisc", "eth0 root 1:") +
                                   acquire_line("file", (scratch.path() / "gone").string()) +
                                   R"({"op":"acquire","kind":"fi)");
    CHECK(repair_orphans(scratch.path()).size() == 2);
    REQUIRE(fs::exists(journal));
    const auto left = ResourceJournal::orphans(scratch.path());
    REQUIRE(left.size() == 1);
    CHECK(left[0].kind == "qdisc");
}

TEST_CASE("a journal of garbage harms nothing") {
    const TemporaryFolder scratch;
    orphan(scratch.path(),
           "\n\xFF\xFE{}\n[1]\n{\"op\":1,\"kind\":\"file\",\"id\":\"x\"}\n"
           "{\"op\":\"acquire\",\"kind\":\"file\"}\n" +
               acquire_line("process", "1 0") + acquire_line("process", "-5 7") +
               acquire_line("process", "nonsense") + acquire_line("file", ""));
    write_file(scratch.path() / "0-1-0.journal", acquire_line("file", "x"));
    write_file(scratch.path() / "notes.txt", "mine");
    fs::create_directory(scratch.path() / "2147483645-1-0.journal");
    const fs::path large = scratch.path() / "2147483644-1-0.journal";
    write_file(large, "");
    fs::resize_file(large, (1 << 20) + 1);

    const auto done = repair_orphans(scratch.path());
    CHECK(done.size() == 4);
    CHECK(fs::exists(scratch.path() / "notes.txt"));
    CHECK(fs::exists(scratch.path() / "0-1-0.journal"));
    CHECK(ResourceJournal::orphans(scratch.path() / "no such folder").empty());
}

TEST_CASE("a folder that others can write to is made private; one that is a link is refused") {
    const TemporaryFolder scratch;
    const fs::path open_folder = scratch.path() / "open";
    fs::create_directory(open_folder);
    fs::permissions(open_folder, fs::perms::all);
    ResourceJournal journal(open_folder);
    journal.acquire("file", "x");
    CHECK(fs::status(open_folder).permissions() == fs::perms::owner_all);
    journal.release("file", "x");

    fs::create_directory_symlink(open_folder, scratch.path() / "link");
    ResourceJournal linked(scratch.path() / "link");
    CHECK_THROWS_WITH(linked.acquire("file", "x"),
                      Catch::Matchers::ContainsSubstring("not this user's own folder"));
}
