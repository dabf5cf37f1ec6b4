#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "bench/cli/card_script.hpp"
#include "bench/runtime/clock.hpp"
#include "drivers/card/card.hpp"
#include "drivers/card/dialogue.hpp"

namespace posbench::cli {

/// Plays the terminal to a card, one step at a time: knows what the card asked for and answers its lists from
/// a terminal's customary data objects.
class CardSession {
  public:
    using Show = std::function<void(const card::Exchange&)>;

    /// @param get_response fetches what 61xx announces, and repeats a command with the length that 6Cxx tells
    /// @param show called with every exchange
    CardSession(runtime::Clock& clock, card::Reader& card, emv::Secrets secrets, bool get_response,
                Show show);

    /// Answer to reset; empty when the card is mute.
    Bytes reset();
    /// Help and Quit do nothing here.
    void perform(const Step& step);
    /// Of the last command; none when the card did not answer, or nothing was sent yet.
    std::optional<std::uint16_t> last_sw() const noexcept { return last_sw_; }

  private:
    Bytes ask(ByteView command);
    Bytes exchange(ByteView command);
    /// Answer to the command and to what had to follow it, without status word.
    Bytes send(Bytes command);
    void send_processing_options();
    void read_all_records();
    void generate_ac(std::uint8_t type);

    runtime::Clock& clock_;
    card::Reader& card_;
    bool get_response_;
    Show show_;
    card::Dialogue dialogue_;
    emv::TlvMap objects_;  ///< what the terminal answers
    Bytes afl_;
    std::optional<std::uint16_t> last_sw_;
};

}  // namespace posbench::cli
