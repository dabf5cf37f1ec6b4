#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/cli/card_line_input.hpp"
#include "bench/cli/card_own.hpp"
#include "bench/cli/card_print.hpp"
#include "bench/cli/card_script.hpp"
#include "bench/cli/card_session.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/read_text.hpp"
#include "bench/cli/select.hpp"
#include "bench/judge/verdict.hpp"

namespace posbench::cli {
namespace {

namespace exit_code = posbench::judge::exit_code;

/// A morning in the cards' years, as virtual runs begin.
constexpr runtime::WallTime virtual_morning =
    std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + std::chrono::hours(10);

constexpr std::string_view prompt_help =
    "reset | insert | select AID|pse|ppse | gpo | read SFI RECORD | records | dda | verify PIN [enciphered] "
    "|\n"
    "get TAG | challenge | ac aac|tc|arqc [cda] | auth [CODE] [csu HEX] | auth HEX | script block | "
    "script unblock |\n"
    "script card-block | script unblock-pin | script pin NEW [CURRENT] | script put TAG HEX | "
    "script update SFI RECORD HEX |\n"
    "set TAG HEX | octets in hexadecimal | # expect 9000 | quit\n";

std::string read_script(const std::string& file) {
    constexpr std::size_t longest = 1024 * 1024;
    std::string text = read_text(file, longest);
    if (text.size() > longest)
        throw config::ConfigError({}, fmt::format("{}: has more than 1 MiB, which no script has", file));
    return text;
}

/// Card, session and what was found wrong so far.
class Play {
  public:
    Play(const CardApduArguments& arguments, bool colour)
        : clock_(virtual_morning),
          card_(clock_, arguments.image, CardTime::none, arguments.contactless ? Place::field : Place::slot),
          session_(
              clock_, card_.reader(), arguments.clear ? emv::Secrets::clear : emv::Secrets::masked,
              arguments.get_response,
              [this](const card::Exchange& exchange) {
                  print_faults();
                  print_exchange(std::cout, exchange, colour_);
              },
              card_),
          colour_(colour) {
        reset();
    }

    /// False after quit.
    bool play(const ScriptLine& line, std::string_view name) {
        if (line.step) {
            if (std::holds_alternative<Quit>(*line.step)) return false;
            if (std::holds_alternative<Help>(*line.step))
                std::cout << prompt_help;
            else
                perform(*line.step, fmt::format("{}:{}", name, line.number));
        }
        if (line.expected) expect(*line.expected, fmt::format("{}:{}", name, line.number));
        std::cout.flush();
        return true;
    }

    int failures() const noexcept { return failures_; }

  private:
    void perform(const Step& step, const std::string& place) {
        if (std::holds_alternative<InsertCard>(step)) card_.put_back();
        if (std::holds_alternative<InsertCard>(step) || std::holds_alternative<ResetCard>(step)) {
            reset();
            sent_ = true;
            return;
        }
        const StepOutcome outcome = session_.perform(step);
        if (!std::holds_alternative<SetObject>(step)) sent_ = outcome.how == StepOutcome::How::done;
        const std::string told = fmt::format("{}: not sent: {}", place, outcome.words);
        if (outcome.how == StepOutcome::How::stopped) complain(told);
        if (outcome.how == StepOutcome::How::needless) std::cout << in_ink(Ink::plain, told, colour_) << '\n';
    }

    /// Rules of the fault programme that acted since the last time.
    void print_faults() {
        for (const trace::Event& event : card_.trace().take_events())
            if (const auto words = fault_in_words(event))
                std::cout << in_ink(Ink::bad, "! " + *words, colour_) << '\n';
    }

    void reset() {
        const Bytes atr = session_.reset();
        print_faults();
        std::cout << in_ink(Ink::heading, "reset", colour_) << "  ATR "
                  << in_ink(Ink::value, atr.empty() ? "none: the card gave no answer" : to_hex(atr), colour_)
                  << '\n';
    }

    /// Counts as a failure of the script.
    void complain(const std::string& text) {
        ++failures_;
        std::cout << in_ink(Ink::bad, "✗ " + text, colour_) << '\n';
    }

    void expect(const std::string& expected, const std::string& place) {
        if (!sent_)
            return complain(fmt::format("{}: expect {}: not judged: nothing was sent", place, expected));
        const auto sw = session_.last_sw();
        if (sw && meets(*sw, expected)) return;
        complain(fmt::format("{}: expected {}, got {}", place, expected,
                             sw ? fmt::format("{:04X}", *sw) : "no status word"));
    }

    runtime::VirtualClock clock_;
    OwnCard card_;
    CardSession session_;
    bool colour_;
    bool sent_ = true;  ///< the last command: only then is a status word its answer
    int failures_ = 0;
};

int play_script(const CardApduArguments& arguments, const Script& script, std::string_view name,
                bool colour) {
    for (const std::string& error : script.errors) std::cerr << error << '\n';
    if (!script.errors.empty()) throw InvalidFiles{static_cast<int>(script.errors.size())};
    Play play(arguments, colour);
    for (const ScriptLine& line : script.lines)
        if (!play.play(line, name)) break;
    return play.failures() == 0 ? exit_code::passed : exit_code::failed;
}

int play_prompt(const CardApduArguments& arguments, bool colour) {
    Play play(arguments, colour);
    std::cout.flush();
    LineInput input("card> ");
    for (int number = 1;; ++number) {
        const auto text = input.next();
        if (!text) break;
        if (!may_hold_pin(*text)) input.remember(*text);
        auto line = parse_script_line(*text);
        if (!line) {
            std::cout << in_ink(Ink::bad, line.error().what, colour) << " (help: what there is)" << std::endl;
            continue;
        }
        line->number = number;
        if (!play.play(*line, "line")) break;
    }
    return play.failures() == 0 ? exit_code::passed : exit_code::failed;
}

}  // namespace

int card_apdu(const CardApduArguments& arguments, const Surroundings& here) {
    const bool colour = here.console.colour;
    if (!arguments.commands.empty())
        return play_script(arguments,
                           parse_script(fmt::format("{}", fmt::join(arguments.commands, "\n")), "command"),
                           "command", colour);
    if (arguments.file == "-" && isatty(STDIN_FILENO) == 1) return play_prompt(arguments, colour);
    return play_script(arguments, parse_script(read_script(arguments.file), arguments.file), arguments.file,
                       colour);
}

}  // namespace posbench::cli
