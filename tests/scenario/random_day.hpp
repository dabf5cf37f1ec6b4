#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/judge/judge.hpp"
#include "bench/runner/people.hpp"
#include "bench/runner/rig.hpp"
#include "bench/runner/watch.hpp"
#include "bench/station/station.hpp"

/// A terminal's day in virtual time, with a fault to most of what is done: what the books of host, terminal
/// and receipts say after it.
namespace posbench::tests {

enum class Way { inserted, swiped, tapped };

/// A card, and how it is presented.
struct Presented {
    std::string_view image;
    Way way = Way::inserted;
    std::string_view card = {};      ///< more keys of the card (TOML), with a comma in front
    std::string_view terminal = {};  ///< more keys of the terminal's profile, the same
};

/// @param defects "'forgets-reversal', …" of the terminal
station::BoundCase bound_day(const Presented& card, std::string_view defects = "");

enum class Menu {
    sales,  ///< sales alone
    whole   ///< all transactions, settlements, sign-ins and sign-offs; the day ends with a settlement
};

/// One day: functions one after the other, most of them with a fault at a random moment; then the faults are
/// lifted, and what is owed is paid. All of it follows from the seed.
class Day {
  public:
    Day(const station::BoundCase& bound, Way way, Menu menu, int functions, std::uint64_t seed);

    /// The lines of the ledger that do not agree.
    std::vector<judge::LedgerLine> differences() const;
    int count(trace::Kind kind, std::string_view field, std::string_view word) const;
    /// The terminal was idle after its last function. Of a whole menu also: in the last settlement the totals
    /// agreed.
    bool at_rest() const noexcept { return at_rest_; }
    /// Functions that the terminal began.
    int begun() const noexcept { return begun_; }

  private:
    /// What the operator does, and what he types for it.
    struct Errand {
        terminal::Function function = terminal::Function::sale;
        runner::Answers answers;
        bool presents_card = true;
    };

    runtime::Task<void> pass();
    runtime::Task<void> close();
    runtime::Task<void> run(Errand errand);
    Errand draw();
    Errand draw_for(const trace::Event& receipt);
    runtime::Task<void> scan_display();
    runtime::Task<void> rest();
    runtime::Duration between(runtime::Duration least, runtime::Duration most);
    runtime::Task<void> disturb();
    void misbehave();
    void lift();

    Way way_;
    Menu menu_;
    int functions_;
    runtime::Random random_;
    runtime::VirtualClock clock_;
    trace::Recorder trace_;
    runner::Watch watch_;
    runner::Rig rig_;
    runner::Operator hand_;
    runner::Cardholder cardholder_;
    bool at_rest_ = false;
    int begun_ = 0;
};

}  // namespace posbench::tests
