#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/runtime/result.hpp"
#include "drivers/card/log/apdu_log.hpp"
#include "drivers/card/log/logged_card.hpp"

/// A log may have several cards in it, one after the other.
namespace posbench::card {

/// One card of a log.
struct CardInLog {
    ApduLog log;  ///< the resets and exchanges that are its own
    LoggedCard card;
    int line = 0;  ///< where it begins
    /// "line 1, ATR 3B65..., A0000000031010 with PAN 476173******0119, 16 commands"
    std::string description;
    /// What was told of it in two ways: "another answer to reset in line 40". No octets of the log.
    std::vector<std::string> notes;
};

/// Cards of one log that are told from one another.
inline constexpr std::size_t most_cards = 16;

/// Shares the exchanges of a log out to cards, in the order in which they come. Evidence is looked for from
/// one reset, or SELECT of a directory or of an application selected before, to the next:
///   - an account number of an earlier card: that card again, whatever its answer to reset (a dual-interface
///     card has two)
///   - another account number under the same application identifier: another card
///   - another answer to reset: another card
///   - after a reset, other account numbers under other identifiers: another card, unless the directory of
///     the one names the applications of the other
/// Everything else goes on with the card before it, so that there is one card at least. A masked account
/// number counts when ten digits of it are there. The error: more than most_cards.
/// @param name stands for the log in messages
Result<std::vector<CardInLog>> cards_in(const ApduLog& log, std::string_view name);

}  // namespace posbench::card
