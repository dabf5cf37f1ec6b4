#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "bench/trace/event.hpp"
#include "bench/trace/recorder.hpp"

/// Traces as JSON Lines (UTF-8, one event a line): {"t":12345,"kind":"host.request","mti":"0200",...}. `t` is
/// nanoseconds since the start of the run; the other members are the event's fields in the vocabulary's
/// order. Equal events give equal octets.
namespace posbench::trace {

/// Octets of a line, without its end, that are read.
inline constexpr std::size_t longest_line = 1 << 20;

/// Appends one event without the line end. Octets of a text that are not UTF-8 become U+FFFD.
void append_json(std::string& out, const Event& event);

/// What an error says of names that are not in the vocabulary: a line of another program may hold a secret in
/// the place of a name.
enum class Unknown {
    quoted,
    withheld,  ///< the member's number in the line instead, from 1
};

/// One line to an event; the error names what is wrong (not JSON, unknown kind, unknown field, wrong type,
/// ...). Unknown kinds and fields of a newer vocabulary are an error as well: a trace is judged whole or not
/// at all.
Result<Event> parse_json(std::string_view line, Unknown unknown = Unknown::quoted);

/// Writes each event as it happens; every line is handed to the operating system before write() returns when
/// `each_line` is set (real time), else in blocks (virtual time, where a run takes less than a block's life).
/// @throws std::system_error naming file and reason when the disk is full or the like.
class JsonlWriter final : public Sink {
  public:
    JsonlWriter(const std::filesystem::path& path, bool each_line);
    ~JsonlWriter() override;
    void write(const Event& event) override;
    /// Writes out what is buffered. The destructor does so too, but cannot report that the disk is full:
    /// call this at the end of a run.
    void flush();
    JsonlWriter(const JsonlWriter&) = delete;
    JsonlWriter& operator=(const JsonlWriter&) = delete;

  private:
    int descriptor_ = -1;
    bool each_line_;
    std::string path_;
    std::string buffer_;
};

struct StoredTrace {
    std::vector<Event> events;
    /// Set when the last line is incomplete, as after a SIGKILL: everything before it was read.
    bool truncated = false;
};

/// Reads a trace. The error names file, line number and reason. Bounded: a line of at most 1 MiB, a file of
/// at most 1 GiB. A trace of a newer vocabulary is refused.
Result<StoredTrace> read_jsonl(const std::filesystem::path& path);

}  // namespace posbench::trace
