#include "drivers/terminal/process/program.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/real_stream.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/terminal/emulated/file_flash.hpp"
#include "drivers/terminal/emulated/machine.hpp"
#include "drivers/terminal/process/lines.hpp"
#include "drivers/terminal/process/messages.hpp"
#include "drivers/terminal/process/remote_reader.hpp"

namespace posbench::terminal::process {
namespace {

using runtime::FileDescriptor;
using runtime::system_call;
using runtime::Task;

[[noreturn]] void refuse(const std::string& what) {
    throw std::runtime_error("from the bench: " + what);
}

/// Writes before the next instruction runs: what the terminal did is known even if it is killed right after.
class Output final : public trace::Sink {
  public:
    explicit Output(FileDescriptor socket) : socket_(std::move(socket)) {}

    void write(const trace::Event& event) override { send(event); }
    void send(const ToBench& message) {
        const std::string line = encode(message);
        for (std::string_view rest = line; !rest.empty();) {
            const ssize_t count = ::send(socket_.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (count >= 0) {
                rest.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno == EAGAIN) {
                pollfd writable{socket_.number(), POLLOUT, 0};
                ::poll(&writable, 1, -1);
            } else if (errno == EPIPE || errno == ECONNRESET) {
                return;  // the bench is gone; the end of its input ends the program
            } else if (errno != EINTR) {
                system_call("writing to the bench", count);
            }
        }
    }

  private:
    FileDescriptor socket_;
};

/// The greeting, and what was read beyond it. There is no clock yet that could wait: the greeting brings it.
std::pair<Hello, std::string> read_hello(const FileDescriptor& input) {
    std::string text;
    std::array<char, 4096> chunk;
    std::size_t end = std::string::npos;
    while ((end = text.find('\n')) == std::string::npos) {
        if (text.size() > longest_line) refuse("a greeting without end");
        const ssize_t count = ::read(input.number(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (system_call("reading the greeting", count) == 0) refuse("no greeting");
        text.append(chunk.data(), static_cast<std::size_t>(count));
    }
    auto message = decode_to_terminal(std::string_view(text).substr(0, end));
    if (!message) refuse(message.error().what);
    auto* hello = std::get_if<Hello>(&*message);
    if (!hello) refuse("the first message is no greeting");
    return {std::move(*hello), text.substr(end + 1)};
}

/// From power on to the end of its input.
class Program {
  public:
    Program(const Hello& hello, std::string begun, FileDescriptor input, FileDescriptor output)
        : output_(std::move(output)),
          clock_(hello.wall_start, {}, hello.start_ns),
          trace_(clock_, &output_),
          input_(runtime::adopt_stream(clock_, input.release(), "bench")),
          lines_(*input_, std::move(begun)),
          reader_(clock_, [this](const ToBench& message) { output_.send(message); }),
          network_(runtime::make_tcp_connector(clock_)),
          flash_(hello.flash),
          machine_({clock_, trace_, &reader_, *network_, hello.host, flash_, runtime::Random(hello.seed)},
                   read_settings(hello.settings)) {}

    void run() {
        output_.send(Ready{"posbench-terminal"});
        const runtime::Job receiving(clock_, receive());
        machine_.supply_on();
        clock_.run_until([&] {
            report_idle();
            return receiving.done();
        });
    }

  private:
    Task<void> receive() {
        for (;;) {
            auto line = co_await lines_.next();
            if (!line) refuse(line.error().what);
            if (!*line) co_return;
            auto message = decode_to_terminal(**line);
            if (!message) refuse(message.error().what);
            std::visit([this](auto& content) { take(content); }, *message);
        }
    }

    void take(const Hello&) { refuse("a second greeting"); }
    void take(const Key& key) {
        machine_.press(key.key);
        acknowledge(key.input);
    }
    void take(const Choose& choice) {
        machine_.choose(choice.function);
        acknowledge(choice.input);
    }
    void take(const Scan& scan) {
        machine_.scan(scan.code);
        acknowledge(scan.input);
    }
    void take(const Condition& condition) {
        machine_.change(condition.change);
        acknowledge(condition.input);
    }
    void take(CardState& state) { reader_.take(std::move(state)); }
    void take(CardAnswer& answer) { reader_.take(std::move(answer)); }

    void acknowledge(std::uint64_t input) {
        reported_ = {input, machine_.idle()};
        output_.send(reported_);
    }
    void report_idle() {
        if (reported_.idle == machine_.idle()) return;
        reported_.idle = machine_.idle();
        output_.send(reported_);
    }

    Output output_;
    runtime::RealClock clock_;
    trace::Recorder trace_;
    std::unique_ptr<runtime::Stream> input_;
    LineReader lines_;
    RemoteReader reader_;
    std::unique_ptr<runtime::Connector> network_;
    FileFlash flash_;
    Machine machine_;
    Idle reported_;
};

}  // namespace

void serve(FileDescriptor input, FileDescriptor output) {
    auto [hello, begun] = read_hello(input);
    Program(hello, std::move(begun), std::move(input), std::move(output)).run();
}

}  // namespace posbench::terminal::process
