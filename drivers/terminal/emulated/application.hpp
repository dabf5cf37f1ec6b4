#pragma once

#include <memory>
#include <string_view>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/terminal/emulated/flash.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "drivers/terminal/emulated/link.hpp"
#include "drivers/terminal/emulated/online.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/sale.hpp"
#include "drivers/terminal/emulated/settings.hpp"

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
    Application(Hardware hardware, std::shared_ptr<const TerminalSettings> settings);

    /// Boots, signs in as configured, settles what the last power cycle left, and serves. Never returns.
    runtime::Task<void> run();

    /// A key is pressed; lost when nothing listens. @throws std::invalid_argument for a key there is not
    void press(std::string_view key);
    /// The operator chooses "sign in": done as soon as the terminal is idle, with the pending reversal after.
    void request_sign_in();
    /// The idle display, nothing outstanding.
    bool idle() const noexcept;

  private:
    runtime::Task<void> boot();
    runtime::Task<void> sign_in();
    runtime::Task<void> refuse(Input::What wanted, Unfit unfit);
    runtime::Task<std::optional<Unfit>> examine(Input::What wanted);
    bool repeats_sale();
    void give_up_dialogue();
    runtime::Task<Input> wait_idle();
    runtime::Task<void> watch_reader();
    runtime::Task<void> watch_device();

    Hardware hardware_;
    std::shared_ptr<const TerminalSettings> settings_;
    Panel panel_;
    Keypad keypad_;
    Fitness fitness_;
    Printer printer_;
    Journal journal_;
    WorkingKeys keys_;
    Link link_;
    Online online_;
    Parts parts_;
    std::optional<Unfit> unfit_;     ///< until the next start
    bool confirm_repeated_ = false;  ///< by a stuck key
    bool idle_ = false;
    bool sign_in_requested_ = false;
};

}  // namespace posbench::terminal
