#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/trace/event.hpp"

/// What a program of somebody else's says, made fit for the trace.
namespace posbench::terminal::process {

/// The codes that a program was given to scan. A payment code that no PAN is like is known by nothing else.
class ScannedCodes {
  public:
    /// One shorter than any payment code (16) is no secret, and would be found in much that is none.
    void add(std::string_view code);
    /// Masks each of them in `text`: a payment code to its first six and last four digits, any other whole.
    /// The text keeps its length.
    void mask(std::string& text) const;

  private:
    std::vector<std::string> codes_;  ///< the longest first: one may stand in another
};

/// Masks card numbers in the fields of an event: `pan` to its first six and last four digits whatever they
/// are (blanks and hyphens dropped), every other text as mask_text does, and `codes` in all of them. Left
/// alone is a `mid` of at most 15 octets (ISO 8583, field 42): of numbers of fifteen digits every tenth
/// passes the Luhn check.
void mask_fields(trace::Fields& fields, const ScannedCodes& codes = {});

/// Bounds the fields of an event, so that no trace grows lines that are not read again. A text keeps 64 KiB,
/// and the texts of one event together 96 KiB; what is longer is cut between two characters, and its end says
/// so: "…[cut: 300000 octets]". Texts of up to 64 octets, among them every word of the vocabulary, are never
/// cut. To be called after mask_fields: a cut could leave part of a PAN that is no longer seen as one.
/// @returns what cannot be mended: a list of more than 256 items
std::optional<std::string> bound_fields(trace::Fields& fields);

/// What a program may say between power on and power off: all of it is kept until the run is over.
class Budget {
  public:
    static constexpr std::size_t most_octets = 64 << 20;
    static constexpr std::size_t most_events = 1'000'000;

    explicit Budget(std::size_t octets = most_octets, std::size_t events = most_events) noexcept
        : octets_(octets), events_(events), octets_left_(octets), events_left_(events) {}

    /// Each of them counts one more; returns why it is too much, or none.
    std::optional<std::string> take_line(std::size_t octets);
    std::optional<std::string> take_event();

  private:
    std::size_t octets_, events_, octets_left_, events_left_;
};

/// Octets of a program's standard error that are worth keeping for last_words().
inline constexpr std::size_t last_words_kept = 512;

/// The end of what a program wrote to its standard error, for a sentence: at most 300 octets of it, PANs and
/// `codes` masked, without line ends at its end, printable (runtime::printable).
/// @param octets the last `last_words_kept`, or all there are
std::string last_words(std::string_view octets, const ScannedCodes& codes = {});

}  // namespace posbench::terminal::process
