#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/config/value.hpp"

namespace posbench::terminal {

enum class Sim : std::uint8_t { present, absent, locked };
enum class Modem : std::uint8_t { registered, searching, no_signal, no_carrier, disconnected, no_antenna };
enum class PrinterState : std::uint8_t { fine, no_paper, cover_open, overheated, motor_fault };
enum class ApplicationState : std::uint8_t {
    running,
    blocked,  ///< the step it is in never ends
    stopped,  ///< it was killed or crashed
};

/// The state of a terminal's hardware around its payment application: what a terminal.condition step, the
/// table [condition] of a terminal profile and the control channel's `condition` speak of. The default is a
/// sound terminal, on a full battery.
struct Condition {
    int battery = 100;     ///< percent
    bool mains = false;    ///< on external power: the battery's level does not matter
    int temperature = 25;  ///< of the main board, degrees Celsius
    Sim sim = Sim::present;
    Modem modem = Modem::registered;
    PrinterState printer = PrinterState::fine;
    bool chip_reader_dead = false;
    bool stripe_reader_dead = false;
    bool contactless_reader_dead = false;
    std::string stuck_key = "none";  ///< a key as terminal.key names it, held down by dirt; or "none"
    bool display_dead = false;
    ApplicationState application = ApplicationState::running;
    bool tampered = false;  ///< the case was opened; false again: serviced and given new keys
    bool storage_full = false;
};

/// Lays the keys of `change`, a table, over `before`:
/// `battery` 0-100, `mains` true or false, `temperature` -40 to 120, `sim` present, absent, locked, `modem`
/// registered, searching, no_signal, no_carrier, disconnected, no_antenna, `printer` fine, no_paper,
/// cover_open, overheated, motor_fault, `reader` a table of `chip`, `stripe`, `contactless`, each fine or
/// dead, `stuck_key` a key or none, `display` fine or dead, `application` running, blocked, stopped, `tamper`
/// true or false, `storage` fine or full.
/// @throws config::ConfigError at a key that is unknown or a value that is none of these
Condition read_condition(const config::Value& change, Condition before = {});

/// Each part with its value, as terminal.condition names them, in an order of its own.
std::vector<std::pair<std::string_view, std::string>> describe(const Condition& condition);

}  // namespace posbench::terminal
