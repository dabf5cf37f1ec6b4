#include "tests/support/program.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace posbench::tests {

Program::Program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                 int stdout_to) {
    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string out = (folder_.path() / "out").string();
    const std::string err = (folder_.path() / "err").string();
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (stdout_to >= 0)
        posix_spawn_file_actions_adddup2(&actions, stdout_to, STDOUT_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                         0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t standard;
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int failed = posix_spawn(&pid_, program.c_str(), &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw std::system_error(failed, std::generic_category(), "posix_spawn " + program.string());
}

Program::~Program() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Program::signal(int number) const {
    kill(pid_, number);
}

ProgramResult Program::wait() {
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_) throw std::system_error(errno, std::generic_category(), "waitpid");
    pid_ = -1;
    ProgramResult result;
    result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    result.out = read_file(folder_.path() / "out");
    result.err = read_file(folder_.path() / "err");
    return result;
}

std::filesystem::path posbench_program() {
    const char* folder = std::getenv("POSBENCH_BIN");
    if (!folder)
        throw std::runtime_error("POSBENCH_BIN is not set: run these tests through ctest or tests/run");
    return std::filesystem::path(folder) / "posbench";
}

ProgramResult run_posbench(const std::vector<std::string>& arguments, int out) {
    setenv("POSBENCH_HOME", POSBENCH_SOURCE_DIR, 1);
    return Program(posbench_program(), arguments, out).wait();
}

}  // namespace posbench::tests
