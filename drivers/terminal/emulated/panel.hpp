#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/sync.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/terminal/emulated/device.hpp"
#include "drivers/terminal/emulated/settings.hpp"
#include "drivers/terminal/emulated/texts.hpp"

namespace posbench::terminal {

enum class Key : std::uint8_t {
    digit_0,  // the digits in order: Key value 0..9 is the digit
    digit_1,
    digit_2,
    digit_3,
    digit_4,
    digit_5,
    digit_6,
    digit_7,
    digit_8,
    digit_9,
    double_zero,
    point,
    sale,
    confirm,
    clear,
    cancel,
    menu,
    alpha,  ///< turns the digit before it into its letters, one after the other
};
std::optional<Key> find_key(std::string_view name) noexcept;
std::string_view to_string(Key key) noexcept;

/// The payment application's state, as terminal.state names it.
enum class State : std::uint8_t {
    booting,
    signing_in,
    idle,
    amount,
    card,
    reading,
    pin,
    connecting,
    sending,
    waiting,
    completing,
    printing,
    reversing,
    settling,
    downloading,
    login,
    code,    ///< waits for a payment code
    paying,  ///< waits for the customer of an order
    crashed,
    locked,
};
std::string_view to_string(State state) noexcept;

/// What an application waits for at its front.
struct Input {
    enum class What : std::uint8_t { key, card, menu, device, code };
    What what{};
    Key key{};           ///< when what is `key`
    std::string code{};  ///< when what is `code`: what the scanner has read, as it is
};

/// The terminal's front: display, keypad, prompts. Everything it shows becomes an event of the trace and
/// takes some of the device's time afterwards (never none), so that whatever a scenario does on the event, in
/// however many hops, happens before the application goes on.
class Panel {
  public:
    Panel(runtime::Clock& clock, trace::Recorder& trace, const Device& device,
          const TerminalSettings& settings)
        : clock_(clock), trace_(trace), device_(device), settings_(settings) {}

    /// Records an event; awaiting the result lets what reacts to it go first.
    runtime::Clock::Sleep emit(trace::Kind kind, trace::Fields fields = {});
    /// The same for an event that belongs together with the next one: nothing comes between them.
    void note(trace::Kind kind, trace::Fields fields);
    /// Lets what reacts to noted events go first.
    runtime::Clock::Sleep moment();
    runtime::Clock::Sleep enter(State state);
    runtime::Clock::Sleep show(Text text);
    /// A text with the amount on the next line.
    runtime::Clock::Sleep show(Text text, const Amount& amount);
    runtime::Clock::Sleep show(std::string text);
    /// The code of an order, for the customer to scan.
    runtime::Clock::Sleep show_code(std::string code, const Amount& amount);
    /// `what` as terminal.prompt names it.
    runtime::Clock::Sleep prompt(std::string_view what);
    /// A key took effect.
    runtime::Clock::Sleep took(Key key);
    /// A digit of a PIN or password was taken; which one is nobody's business.
    runtime::Clock::Sleep took_pin_digit();

    /// The keypad and the card slot are listened to while one of these lives, the scanner when it is wanted
    /// too; what comes at another time is lost. Dialogues do not overlap.
    class Dialogue {
      public:
        enum class Scanner : std::uint8_t { off, on };
        explicit Dialogue(Panel& panel, Scanner scanner = Scanner::off) : panel_(panel) {
            panel_.listening_ = true;
            panel_.wants_code_ = scanner == Scanner::on;
        }
        Dialogue(const Dialogue&) = delete;
        Dialogue& operator=(const Dialogue&) = delete;
        ~Dialogue() {
            panel_.listening_ = false;
            panel_.wants_code_ = false;
            panel_.inbox_.clear();
        }
        /// The next input; none when `deadline` comes first.
        runtime::Task<std::optional<Input>> next(runtime::TimePoint deadline) {
            return panel_.inbox_.pop(panel_.clock_, deadline);
        }

      private:
        Panel& panel_;
    };
    void offer(Input input) {
        if (!listening_ && input.what == Input::What::key && input.key == Key::confirm) confirm_lost_ = true;
        if (listening_) inbox_.push(std::move(input));
    }
    /// A code before the scanner is read.
    bool wants_code() const noexcept { return wants_code_; }
    /// Confirm was pressed while nothing was asked, since this was asked last.
    bool take_lost_confirm() noexcept { return std::exchange(confirm_lost_, false); }
    bool input_waiting() const noexcept { return !inbox_.empty(); }

    /// The operator's.
    Language language() const noexcept { return settings_.language; }
    /// That of whom the text is for: the operator, or the cardholder (EMV book 4 clause 11.1).
    Language language(Text text) const noexcept {
        return is_for_cardholder(text) ? cardholder_language() : language();
    }
    Language cardholder_language() const noexcept { return cardholder_language_.value_or(language()); }
    /// As the card has it, until the transaction is over.
    void address_cardholder(Language language) noexcept { cardholder_language_ = language; }
    void forget_cardholder() noexcept { cardholder_language_.reset(); }

    /// What some defects end in: the application does nothing more and feeds the watchdog no more.
    runtime::Task<void> crash();

  private:
    /// The device's time for a step; a blocked application never ends the one it is in.
    runtime::Clock::Sleep pause(runtime::Duration time) const;

    runtime::Clock& clock_;
    trace::Recorder& trace_;
    const Device& device_;
    const TerminalSettings& settings_;
    std::optional<Language> cardholder_language_;
    State state_ = State::booting;
    bool listening_ = false;
    bool wants_code_ = false;
    bool confirm_lost_ = false;
    std::optional<std::string> first_code_;  ///< shown; for the defect that shows it again
    runtime::Mailbox<Input> inbox_;
};

}  // namespace posbench::terminal
