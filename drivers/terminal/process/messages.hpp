#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/time.hpp"
#include "bench/trace/event.hpp"
#include "drivers/card/card.hpp"
#include "drivers/terminal/function.hpp"

/// The lines between the bench and a terminal program (README.md is the protocol's public description).
namespace posbench::terminal::process {

inline constexpr int protocol_version = 3;
/// Octets of a line, without its end.
inline constexpr std::size_t longest_line = 1 << 20;

// ---- from the bench

struct Hello {
    std::int64_t start_ns = 0;       ///< CLOCK_MONOTONIC at the start of the run
    runtime::WallTime wall_start{};  ///< civil time then
    std::uint64_t seed = 0;
    runtime::Endpoint host;
    std::string flash;  ///< file for everything that survives a power cut
    config::Value settings;
};
struct Key {
    std::uint64_t input = 0;  ///< number of the operator's input, from 1
    std::string key;
};
struct Choose {
    std::uint64_t input = 0;
    Function function{};  ///< of the menu
};
struct Scan {
    std::uint64_t input = 0;
    std::string code;  ///< what the code before the scanner says
};
struct Condition {
    std::uint64_t input = 0;
    config::Value change;  ///< keys of terminal::read_condition()
};
struct CardState {
    bool present = false;
    std::optional<card::Swipe> swipe;  ///< a stripe that just passed
    int in_field = 0;                  ///< cards in the field, at most 2
};
struct CardAnswer {
    std::uint64_t id = 0;  ///< of the exchange it answers
    card::ReaderResult<Bytes> outcome;
};
using ToTerminal = std::variant<Hello, Key, Choose, Scan, Condition, CardState, CardAnswer>;

// ---- from the terminal

struct Ready {
    std::string program;  ///< name and version, for people
};
struct Idle {
    std::uint64_t after = 0;  ///< number of the last input that was taken into account
    bool idle = false;
};
struct Lacks {
    std::string what;  ///< of a condition, what the terminal cannot do
};
struct CardPowerUp {
    std::uint64_t id = 0;
};
struct CardWarmReset {
    std::uint64_t id = 0;
};
struct CardActivate {
    std::uint64_t id = 0;
};
struct CardTransmit {
    std::uint64_t id = 0;
    Bytes command;
};
struct CardPowerDown {};
using ToBench = std::variant<Ready, Idle, Lacks, CardPowerUp, CardWarmReset, CardActivate, CardTransmit,
                             CardPowerDown, trace::Event>;

/// One line with its end.
std::string encode(const ToTerminal& message);
std::string encode(const ToBench& message);

/// A line without its end, taken in a time that grows with its length alone: objects and lists at most 32
/// deep, 256 members in an object, 16,384 values in the line. The error names what breaks the protocol and
/// repeats neither a value nor an unknown name: lines carry keys, PIN digits and card data.
Result<ToTerminal> decode_to_terminal(std::string_view line);
Result<ToBench> decode_to_bench(std::string_view line);

}  // namespace posbench::terminal::process
