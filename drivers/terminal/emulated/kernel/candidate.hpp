#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/terminal/emulated/applications.hpp"

namespace posbench::terminal {

/// An application of the card that the terminal takes, over contacts or field.
struct Candidate {
    Bytes aid;                     ///< as the card names it
    int rank = 0;                  ///< 1 is the highest priority; without one behind all others
    bool to_be_confirmed = false;  ///< over contacts: by the cardholder
    const AcceptedApplication* accepted = nullptr;  ///< the terminal's of that name
    std::string name{};                             ///< for the cardholder's choice
};

/// Of one card, in all.
inline constexpr std::size_t most_candidates = 16;

/// Whether the terminal's application is meant by the card's name: the same, or where partial selection is
/// allowed one that begins so (EMV book 1 clause 12.3.1, contactless book B clause 3.3.2).
bool names(const AcceptedApplication& own, ByteView aid) noexcept;

/// @param aid of the card, 5 to 16 octets; others are none
/// @param indicator application priority indicator 87 (book 1 table 48); empty or of another length: none
/// @param fits what else the terminal's application must meet; empty: nothing
/// @returns none when no application of the terminal's is meant
std::optional<Candidate> make_candidate(const std::vector<AcceptedApplication>& own, ByteView aid,
                                        ByteView indicator,
                                        const std::function<bool(const AcceptedApplication&)>& fits = {});

/// The highest priority first, those of the same as the card lists them (book 1 clause 12.4).
void sort_by_priority(std::vector<Candidate>& candidates);

}  // namespace posbench::terminal
