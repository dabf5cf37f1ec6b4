#include "drivers/terminal/process/lines.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "drivers/terminal/process/messages.hpp"

namespace posbench::terminal::process {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 16 * longest_line;
constexpr runtime::Duration patience = 60s;

}  // namespace

runtime::Task<Result<std::optional<std::string>>> LineReader::next() {
    std::array<std::uint8_t, 16 * 1024> chunk;
    for (;;) {
        if (const auto end = buffer_.find('\n', searched_); end != std::string::npos && end <= longest_line) {
            std::optional<std::string> line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            searched_ = 0;
            co_return std::move(line);
        }
        searched_ = buffer_.size();
        if (buffer_.size() > longest_line)
            co_return Error{fmt::format("a line of more than {} octets", longest_line)};
        const auto count = co_await stream_.read_some(chunk, runtime::never);
        if (!count) {
            if (count.error() == runtime::NetError::reset) co_return std::optional<std::string>();
            co_return Error{std::string(runtime::to_string(count.error()))};
        }
        if (*count == 0) co_return std::optional<std::string>();
        buffer_ += as_text(std::span(chunk).first(*count));
    }
}

void LineWriter::send(std::string line) {
    if (lost_) return;
    if (waiting_.size() + line.size() > most_waiting) {
        lost_ = true;
        waiting_.clear();
        return;
    }
    waiting_ += line;
    arrived_.notify_all();
}

runtime::Task<void> LineWriter::write(runtime::Clock& clock, runtime::Stream& stream) {
    while (!lost_) {
        while (waiting_.empty()) co_await arrived_.wait(clock);
        const std::string batch = std::exchange(waiting_, {});
        const auto written = co_await stream.write(as_bytes(batch), clock.now() + patience);
        if (!written) lost_ = true;
    }
}

}  // namespace posbench::terminal::process
