#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/terminal/emulated/application.hpp"
#include "tests/unit/terminal/scripted_host.hpp"
#include "tests/unit/terminal/scripted_reader.hpp"

/// The emulated terminal's application between a scripted chip, a scripted host and a scripted operator, in
/// virtual time.
namespace posbench::terminal::testing {

using namespace std::chrono_literals;

/// The countertop profile with some keys replaced (TOML).
std::shared_ptr<const TerminalSettings> settings(std::string_view overrides = "");
/// A file of fixtures/keys, by its name without ".toml".
config::Value pki_file(const std::string& name);

/// A terminal's surroundings, its operator and cardholder, and what the trace says of it. Which part of the
/// terminal stands in them is said by the class below.
class Scene {
  public:
    virtual ~Scene() = default;

    /// Runs until the terminal is idle.
    void until_idle();
    /// Runs until the terminal has asked for `what` once more than before.
    bool until_prompt(std::string_view what);
    bool until(trace::Kind kind, const std::function<bool(const trace::Event&)>& condition);
    void run_for(runtime::Duration duration);
    /// Runs so many steps of the clock; the cardholder takes the card when asked. False when the terminal was
    /// idle before: a loop over 1, 2, 3… steps has then met every moment of what it does.
    bool run_steps(std::uint64_t steps);

    void press(std::string_view keys);  ///< separated by blanks, 150 ms apart
    /// Chooses a function when the terminal is idle and answers these prompts as they come: digits, confirm.
    void start(Function function,
               std::initializer_list<std::pair<std::string_view, std::string_view>> answers);
    /// False when the terminal became idle without asking.
    bool until_prompt_or_idle(std::string_view what);
    /// Presses sale, types the amount in minor units and confirms.
    void start_sale(std::string_view minor = "1234");
    /// A whole stripe sale without a PIN; comes back when the terminal is idle.
    void stripe_sale();
    /// A whole chip sale; comes back when the terminal is idle.
    void chip_sale();

    std::vector<const trace::Event*> all(trace::Kind kind) const;
    const trace::Event& last(trace::Kind kind) const;
    int count(trace::Kind kind, std::string_view field, std::string_view value) const;
    bool shown(std::string_view text) const;
    /// What the terminal's journal says by its events: approved sales, minor units.
    std::int64_t book() const;
    /// The same with voids and refunds taken off.
    std::int64_t journal_book() const;
    bool reversal_pending() const;

    runtime::VirtualClock clock;
    trace::Recorder trace;
    ScriptedReader reader;
    ScriptedHost host;
    MemoryFlash flash;

  protected:
    Scene();

  private:
    virtual void push(std::string_view key) = 0;
    virtual void choose(Function function) = 0;
    virtual bool idle() const = 0;
    /// Nothing more will happen by itself.
    virtual bool ended() const = 0;
};

/// The payment application alone, one power cycle after the other.
class Rig : public Scene {
  public:
    explicit Rig(std::string_view overrides = "", std::uint64_t seed = 1);
    ~Rig() override { power_off(); }

    void power_on();
    void power_off();

    Device device{trace};
    std::unique_ptr<Application> application;

  private:
    void push(std::string_view key) override { application->press(key); }
    void choose(Function function) override { application->choose(function); }
    bool idle() const override { return application->idle(); }
    bool ended() const override { return job_.done(); }

    std::shared_ptr<const TerminalSettings> settings_;
    std::uint64_t seed_;
    runtime::Job job_;
};

inline constexpr std::string_view good_track = "6210948000000011=30121010000012345";
inline constexpr std::string_view chip_track = "6210948000000011=30122010000012345";

}  // namespace posbench::terminal::testing
