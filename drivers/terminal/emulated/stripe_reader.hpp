#pragma once

#include <chrono>
#include <optional>

#include "bench/runtime/task.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "drivers/terminal/emulated/panel.hpp"

namespace posbench::terminal {

/// Decodes track 2 of a swipe and reports it as terminal.stripe. Only a track whose parity, LRC, form and
/// Luhn digit are right is read; nothing is taken from another swipe or guessed. A card may have no expiry
/// and no service code. None: not read.
runtime::Task<std::optional<magstripe::Track2>> read_stripe(Panel& panel, runtime::Clock& clock,
                                                            const TerminalSettings& settings,
                                                            card::Swipe swipe);

/// The card was good to the last day of its month (ISO/IEC 7813), and that is over. Of a card without an
/// expiry the host knows. Precondition: read_stripe() gave the track.
bool has_expired(const magstripe::Track2& track, std::chrono::year_month now,
                 const Defects& defects) noexcept;

/// The service code says that the card has a chip (2xx, 6xx).
bool is_chip_card(const magstripe::Track2& track) noexcept;

}  // namespace posbench::terminal
