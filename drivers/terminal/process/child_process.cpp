#include "drivers/terminal/process/child_process.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Only this source needs Boost.Process; it is used header-only.
#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/vfork_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <fmt/format.h>

#include "bench/runtime/real_descriptor.hpp"
#include "bench/runtime/real_stream.hpp"
#include "bench/runtime/signals.hpp"
#include "bench/runtime/system.hpp"

namespace posbench::terminal::process {
namespace {

namespace boost_process = boost::process::v2;
using runtime::FileDescriptor;
using runtime::system_call;

struct Ends {
    FileDescriptor ours;
    FileDescriptor theirs;
};

Ends socket_pair() {
    std::array<int, 2> ends{};
    system_call("making a socket pair", ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Ends pipe_pair() {
    std::array<int, 2> ends{};
    system_call("making a pipe", ::pipe2(ends.data(), O_CLOEXEC));
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// Runs in the child between vfork and exec, on the memory of the bench.
struct ChildSetup {
    pid_t parent;

    boost::system::error_code on_exec_setup(boost_process::posix::default_launcher&,
                                            const boost_process::filesystem::path&,
                                            const char* const*) const {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // it died before it could be said
        runtime::clean_signals_for_child();
        return {};
    }
    /// The launcher itself would call exit(), and so run the exit handlers of the bench. A template, because
    /// it asks for another signature than it calls (default_launcher.hpp, invoke_on_exec_error).
    template <class... Details>
    [[noreturn]] void on_exec_error(const Details&...) const noexcept {
        ::_exit(EXIT_FAILURE);
    }
};

std::string describe(int status) {
    if (WIFSIGNALED(status))
        return fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    return fmt::format("exited with status {}", WEXITSTATUS(status));
}

}  // namespace

struct ChildProcess::Impl {
    boost::asio::io_context context;  ///< for the launcher; nothing runs in it
    std::optional<boost_process::process> process;
    std::shared_ptr<runtime::Descriptor> pidfd;
    std::unique_ptr<runtime::Stream> channel;
    std::unique_ptr<runtime::Stream> errors;
    std::uint64_t started = 0;
    bool group_killed = false;

    /// Everything that the program has started too: it has lost its power as well. To be done while the
    /// program is not reaped: until then its group's number is nobody else's.
    void kill_group() noexcept {
        if (!std::exchange(group_killed, true)) ::kill(-process->id(), SIGKILL);
    }
};

ChildProcess::ChildProcess(runtime::RealClock& clock, const std::filesystem::path& program,
                           const std::vector<std::string>& arguments)
    : impl_(std::make_unique<Impl>()) {
    if (::access(program.c_str(), X_OK) != 0)
        throw std::system_error(errno, std::generic_category(), "starting " + program.string());
    Ends channel = socket_pair();
    Ends errors = pipe_pair();
    boost::system::error_code error;
    // vfork: other threads of the bench may hold the allocator's locks, and a copy of them would be locked
    // for ever. The launcher tells the context's services in the child of the fork, so it must not have any
    // that holds descriptors: the process, which brings one along, is made after it.
    boost_process::posix::vfork_launcher launch;
    impl_->process = launch(impl_->context.get_executor(), error,
                            boost_process::filesystem::path(program.native()), arguments,
                            boost_process::process_stdio{channel.theirs.number(), channel.theirs.number(),
                                                         errors.theirs.number()},
                            ChildSetup{::getpid()});
    if (error) {
        if (launch.pid > 0) ::waitpid(launch.pid, nullptr, 0);
        throw std::system_error(error.value(), std::generic_category(), "starting " + program.string());
    }
    impl_->started = runtime::process_start_time(pid()).value_or(0);
    impl_->pidfd = runtime::Descriptor::adopt(
        clock, static_cast<int>(system_call("opening a pidfd", ::syscall(SYS_pidfd_open, pid(), 0))));
    impl_->channel = runtime::adopt_stream(clock, channel.ours.release(), program.filename().string());
    impl_->errors = runtime::adopt_stream(clock, errors.ours.release(), program.filename().string());
}

ChildProcess::~ChildProcess() {
    impl_->kill_group();
    if (impl_->pidfd) impl_->pidfd->close();
}

std::int64_t ChildProcess::pid() const noexcept {
    return impl_->process->id();
}

std::uint64_t ChildProcess::start_time() const noexcept {
    return impl_->started;
}

runtime::Stream& ChildProcess::channel() noexcept {
    return *impl_->channel;
}

runtime::Stream& ChildProcess::errors() noexcept {
    return *impl_->errors;
}

runtime::Task<std::string> ChildProcess::ended() {
    co_await impl_->pidfd->ready(runtime::Descriptor::Ready::to_read, runtime::never);
    impl_->kill_group();
    while (impl_->process->running())
        co_await impl_->pidfd->ready(runtime::Descriptor::Ready::to_read, runtime::never);
    co_return describe(impl_->process->native_exit_code());
}

void ChildProcess::kill() noexcept {
    impl_->kill_group();
    boost::system::error_code gone_already;
    impl_->process->terminate(gone_already);
}

}  // namespace posbench::terminal::process
