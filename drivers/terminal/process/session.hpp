#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/sync.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/registry.hpp"
#include "drivers/terminal/process/child_process.hpp"
#include "drivers/terminal/process/foreign.hpp"
#include "drivers/terminal/process/lines.hpp"
#include "drivers/terminal/process/messages.hpp"

namespace posbench::terminal::process {

/// One life of a terminal program, from power on to power off: its process, and the conversation with it.
///
/// A program that breaks the protocol, or ends by itself, is a broken part of the bench: a bench.note of
/// severity error says what happened, the process is ended, and terminal.state becomes `crashed`.
class Session {
  public:
    /// Starts the program. @param reader may be null. @param codes that programs of this flash were given to
    /// scan; it lives longer. @throws std::system_error
    Session(drivers::Context& context, runtime::RealClock& clock, const std::filesystem::path& program,
            card::Reader* reader, const Hello& hello, ScannedCodes& codes, Budget budget = Budget());
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    /// Kills the program.
    ~Session();

    void press(std::string_view key) { send(Key{++inputs_, std::string(key)}); }
    void choose(Function function) { send(Choose{++inputs_, function}); }
    void scan(std::string_view text) {
        codes_.add(text);
        send(Scan{++inputs_, std::string(text)});
    }
    void condition(const config::Value& change) { send(Condition{++inputs_, change}); }
    /// The program has taken every input into account and says that nothing is going on.
    bool idle() const noexcept { return !ended_ && idle_ && acknowledged_ == inputs_; }

  private:
    using CardRequest = std::variant<CardPowerUp, CardWarmReset, CardActivate, CardTransmit>;

    void send(const ToTerminal& message) { writer_.send(encode(message)); }

    runtime::Task<void> receive();
    runtime::Task<void> gather_errors();
    runtime::Task<void> watch_end();
    runtime::Task<void> watch_card(card::Reader& reader);
    runtime::Task<void> serve_card(card::Reader& reader);

    /// Acts on one message; the reason when it breaks the protocol.
    std::optional<std::string> handle(ToBench message);
    std::optional<std::string> handle(trace::Event event);
    std::optional<std::string> handle(const Idle& idle);
    std::optional<std::string> handle(const Lacks& lacks);
    std::optional<std::string> handle(CardRequest request);
    void fail(const std::string& reason);
    void note(const std::string& text);

    drivers::Context& context_;
    runtime::RealClock& clock_;
    std::string name_;  ///< of the program, for messages
    card::Reader* reader_;
    ScannedCodes& codes_;
    std::unique_ptr<ChildProcess> child_;
    std::string journal_id_;

    std::uint64_t inputs_ = 0;
    std::uint64_t acknowledged_ = 0;
    bool idle_ = false;
    bool broken_ = false;  ///< it broke the protocol
    bool ended_ = false;
    std::size_t lines_ = 0;
    Budget budget_;
    runtime::TimePoint last_at_{};  ///< of its events; they do not go back in time
    std::string errors_;            ///< the end of its standard error

    std::optional<CardRequest> request_;
    bool exchanging_ = false;
    runtime::Condition requested_;

    LineReader lines_in_;
    LineWriter writer_;
    runtime::Condition drained_;
    // Last: they use everything above.
    runtime::Job receiving_, gathering_, ending_, watching_card_, serving_card_;
};

}  // namespace posbench::terminal::process
