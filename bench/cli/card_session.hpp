#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "bench/cli/card_owner.hpp"
#include "bench/cli/card_script.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/random.hpp"
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
    /// @param owner asked for what a terminal does not know; outlives this
    CardSession(runtime::Clock& clock, card::Reader& card, emv::Secrets secrets, bool get_response, Show show,
                CardOwner& owner);

    /// Answer to reset; empty when the card is mute.
    Bytes reset();
    /// InsertCard is a reset here; Help and Quit do nothing. @return why nothing was sent, and what to type
    /// first; none when it was
    std::optional<std::string> perform(const Step& step);
    /// Of the last command; none when the card did not answer, or nothing was sent yet.
    std::optional<std::uint16_t> last_sw() const noexcept { return last_sw_; }

  private:
    Bytes ask(ByteView command);
    Bytes exchange(ByteView command);
    /// Answer to the command and to what had to follow it, without status word.
    Bytes send(Bytes command);
    /// What stands in the way of any command.
    std::optional<std::string> lost() const;
    std::optional<std::string> send_raw(const Bytes& command);
    std::optional<std::string> send_processing_options();
    std::optional<std::string> read_all_records();
    std::optional<std::string> generate_ac(std::uint8_t type);
    std::optional<std::string> authenticate_card();
    std::optional<std::string> answer_for_issuer(const IssuerAnswer& answer);
    std::optional<std::string> send_script(const card::ScriptCommand& command);
    std::optional<std::string> verify_enciphered(const std::string& pin);
    /// What the terminal answers to a list: TVR octet 1 bit 8 tells that nothing was authenticated, unless
    /// the TVR was set by hand.
    Bytes answer_list(const std::vector<emv::DolEntry>& dol, bool authenticated);

    runtime::Clock& clock_;
    card::Reader& card_;
    bool get_response_;
    Show show_;
    card::Dialogue dialogue_;
    emv::TlvMap objects_;   ///< what the terminal answers
    bool own_tvr_ = false;  ///< set by hand
    /// In this transaction: INTERNAL AUTHENTICATE went well, or CDA was asked for.
    bool authenticated_ = false;
    /// Format 1: the MAC of the last script command that the card took; none: the cryptogram.
    card::ScriptTurn script_turn_;
    Bytes scripts_of_;        ///< the cryptogram of the transaction that this is of
    runtime::Random random_;  ///< of the PIN pad
    CardOwner& owner_;
    std::optional<card::ReaderError> failure_;  ///< of the last exchange: the card has no power since
    std::optional<std::uint16_t> last_sw_;
};

}  // namespace posbench::cli
