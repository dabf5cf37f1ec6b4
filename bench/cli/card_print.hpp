#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "bench/trace/event.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/protocols/emv/describe.hpp"

/// Data objects and exchanges on a terminal.
namespace posbench::cli {

enum class Ink { plain, heading, tag, value, faint, good, bad };
/// `text` in its colour; as it is when `colour` is off. Control characters are made visible.
std::string in_ink(Ink ink, std::string_view text, bool colour);

/// A line each, two columns further in for each level of depth. @param indent columns before depth 0
void print_lines(std::ostream& out, const emv::Lines& lines, int indent, bool colour);

/// "fault rule 2: mute, at VERIFY" of card.fault; none of another event.
std::optional<std::string> fault_in_words(const trace::Event& event);

/// Command, its octets, its data, the answer's data, and the status word in words.
void print_exchange(std::ostream& out, const card::Exchange& exchange, bool colour);

}  // namespace posbench::cli
