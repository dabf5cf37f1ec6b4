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

/// What became of a step.
struct StepOutcome {
    enum class How {
        done,      ///< what there was to send was sent
        needless,  ///< nothing was sent, and that is right
        stopped,   ///< not sent
    };
    How how = How::done;
    std::string words{};  ///< why nothing was sent; of what stopped also what to type first
};

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
    /// InsertCard is a reset here; Help and Quit do nothing.
    StepOutcome perform(const Step& step);
    /// Of the last command; none when the card did not answer, or nothing was sent yet.
    std::optional<std::uint16_t> last_sw() const noexcept { return last_sw_; }

  private:
    Bytes ask(ByteView command);
    Bytes exchange(ByteView command);
    /// Answer to the command and to what had to follow it, without status word.
    Bytes send(Bytes command);
    /// What stands in the way of any command.
    std::optional<StepOutcome> lost() const;
    StepOutcome send_raw(const Bytes& command);
    /// What SELECT and a reset end: the issuer's answer and scripts are no other transaction's.
    void forget_issuer() {
        of_issuer_ = {};
        script_turn_ = {};
    }
    /// GET PROCESSING OPTIONS begins: another unpredictable number, and nothing is authenticated.
    void begin_transaction();
    StepOutcome send_processing_options();
    StepOutcome read_all_records();
    StepOutcome generate_ac(std::uint8_t type);
    StepOutcome authenticate_card();
    StepOutcome answer_for_issuer(const IssuerAnswer& answer);
    /// What `auth` says of an answer that no EXTERNAL AUTHENTICATE brings to the card.
    std::string without_command() const;
    StepOutcome send_script(const card::ScriptCommand& command);
    StepOutcome verify_enciphered(const std::string& pin);
    /// What the terminal answers to a list: what its issuer answered and what was set by hand, whichever came
    /// last, else its own objects. TVR octet 1 bit 8 of these tells that nothing was authenticated.
    Bytes answer_list(const std::vector<emv::DolEntry>& dol, bool authenticated);
    /// All that the terminal answers from.
    emv::TlvMap answers() const;

    runtime::Clock& clock_;
    card::Reader& card_;
    bool get_response_;
    Show show_;
    card::Dialogue dialogue_;
    emv::TlvMap objects_;    ///< what the terminal answers by itself
    emv::TlvMap by_hand_;    ///< set; stays
    emv::TlvMap of_issuer_;  ///< 91 and 8A of `auth`, in this transaction
    /// In this transaction: INTERNAL AUTHENTICATE went well, or CDA was asked for.
    bool authenticated_ = false;
    /// Format 1: the MAC of the last script command that the card took; none: the cryptogram.
    card::ScriptTurn script_turn_;
    runtime::Random random_;   ///< of the PIN pad
    runtime::Random numbers_;  ///< unpredictable ones
    CardOwner& owner_;
    std::optional<card::ReaderError> failure_;  ///< of the last exchange: the card has no power since
    std::optional<std::uint16_t> last_sw_;
};

}  // namespace posbench::cli
