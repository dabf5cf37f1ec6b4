#pragma once

#include <optional>
#include <string_view>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/terminal/emulated/downloader.hpp"
#include "drivers/terminal/emulated/flash.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "drivers/terminal/emulated/link.hpp"
#include "drivers/terminal/emulated/online.hpp"
#include "drivers/terminal/emulated/operators.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/settings.hpp"
#include "drivers/terminal/emulated/transaction.hpp"

namespace posbench::terminal {

/// What the payment application runs on. All references outlive the application.
struct Hardware {
    runtime::Clock& clock;
    trace::Recorder& trace;
    Device& device;
    card::Reader* reader;  ///< null: no card reader
    runtime::Connector& network;
    runtime::Endpoint host;
    Flash& flash;
    runtime::Random random;
};

/// The payment application of the emulated terminal, one power cycle of it. The same class runs in the
/// controller's process in virtual time and in a process of its own in real time: it knows its hardware only
/// through the interfaces above.
///
/// A power cut is the destruction of the task that runs run(): it stops at the instruction where it is; what
/// is in the flash stays.
class Application {
  public:
    Application(Hardware hardware, const TerminalSettings& profile);

    /// Boots, signs in as configured, settles what the last power cycle left, and serves. Never returns.
    runtime::Task<void> run();

    /// A key is pressed; lost when nothing listens. @throws std::invalid_argument for a key there is not
    void press(std::string_view key);
    /// The operator chooses a function of the menu: begun as soon as the terminal is idle. Of two chosen
    /// before that the later counts.
    void choose(Function function);
    /// A code is held before the scanner; ignored, and told so, while none is asked for.
    void scan(std::string_view text);
    /// The idle display, nothing outstanding.
    bool idle() const noexcept;

  private:
    runtime::Task<void> boot();
    runtime::Task<void> sign_in();
    runtime::Task<void> refuse(Function function, Unfit unfit);
    runtime::Task<std::optional<Unfit>> examine(Function function);
    void give_up_dialogue();
    runtime::Task<Function> wait_idle();
    runtime::Task<void> serve(Function function);
    runtime::Task<Step> admit(Function function);
    runtime::Task<void> trade(iso8583::TransactionType type);
    bool charges_again();
    runtime::Task<End> perform(Function function);
    runtime::Task<End> log_in(Function function);
    runtime::Task<End> reprint();
    runtime::Task<void> settle();
    runtime::Task<void> tell(Function function, End end);
    runtime::Task<void> obey_host();
    runtime::Task<void> watch_reader();
    runtime::Task<void> watch_device();

    Hardware hardware_;
    TerminalSettings settings_;  ///< the profile, and what was downloaded and who logged in since
    Panel panel_;
    Keypad keypad_;
    Fitness fitness_;
    Printer printer_;
    Journal journal_;
    WorkingKeys keys_;
    Link link_;
    Online online_;
    Downloader downloader_;
    Parts parts_;
    Operators operators_;
    std::optional<Unfit> unfit_;     ///< until the next start
    bool confirm_repeated_ = false;  ///< by a stuck key
    bool idle_ = false;
    std::optional<Function> chosen_;
};

}  // namespace posbench::terminal
