#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/money.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/pin_pad.hpp"

namespace posbench::terminal {

/// Why the chip's part of a transaction ended.
struct ChipFailure {
    std::string_view outcome;  ///< failed, declined or cancelled, as terminal.outcome names it
    std::string_view reason;
    Text text{};
    bool fallback = false;  ///< the chip itself could not be read: the stripe may be used
};
using ChipStep = std::optional<ChipFailure>;

/// What the host's part came to, for the card's second decision.
struct HostDecision {
    bool approved = false;
    std::string authorisation_code;  ///< tag 8A: field 39, or Z3 when the host was not reached
    Bytes icc;                       ///< field 55 of the reply: 91, 71, 72
};

/// Offline data authentication, in the order of preference (EMV book 3 clause 10.3).
enum class DataAuthentication : std::uint8_t { none, combined, dynamic_data, static_data };

/// The EMV contact kernel of an online-only terminal (EMV books 1, 3, 4), one transaction. Each step is a
/// member in a file of its own and ends with a terminal.chip event; the caller (sale.cpp) puts them in order.
/// Whatever a card answers ends in a step done or a ChipFailure; loops over a card's data are bounded.
class Kernel {
  public:
    Kernel(card::Reader& reader, Panel& panel, runtime::Clock& clock, runtime::Random& random,
           const TerminalSettings& settings);
    ~Kernel() { reader_.power_down(); }
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    /// What the steps need to know of the transaction. Called first.
    void begin(Amount amount, std::string_view stan, const iso8583::CivilTime& now);

    runtime::Task<ChipStep> reset();                // reset.cpp
    runtime::Task<ChipStep> select_application();   // selection.cpp
    runtime::Task<ChipStep> initiate();             // initiation.cpp
    runtime::Task<ChipStep> read_data();            // read_data.cpp
    runtime::Task<ChipStep> authenticate();         // authentication.cpp
    runtime::Task<ChipStep> restrict_processing();  // restrictions.cpp
    runtime::Task<ChipStep> verify_cardholder();    // cvm.cpp
    runtime::Task<ChipStep> manage_risk();          // action_analysis.cpp
    /// Terminal action analysis and the card's first cryptogram. A refusal by either is a failure `declined`.
    runtime::Task<ChipStep> first_cryptogram();  // action_analysis.cpp
    /// Issuer authentication, scripts and the card's second cryptogram. None when the card confirmed an
    /// approval, or when there was none to confirm.
    runtime::Task<ChipStep> complete(HostDecision decision);  // completion.cpp

    const std::string& pan() const noexcept { return pan_; }
    const std::string& expiry() const noexcept { return expiry_; }  ///< YYMM
    const std::string& psn() const noexcept { return psn_; }        ///< two digits or empty
    const std::string& track2() const noexcept { return track2_; }  ///< as field 35, or empty
    const PinEntry& pin() const noexcept { return pin_; }
    /// The cardholder verification came to a signature on the receipt.
    bool wants_signature() const noexcept { return signature_; }
    std::vector<std::string> tvr_names() const { return tvr_.names(); }
    std::vector<std::string> tsi_names() const { return emv::bit_names(tsi_, emv::tsi_bits()); }
    /// Field 55 of the request, and of its reversal, both as the transaction stands: after complete() the
    /// reversal's has the final TVR, the issuer script results and the data of the second cryptogram.
    Bytes field55() const;
    Bytes field55_of_reversal() const;
    /// "AID … TVR … TSI … TC …", for the receipt.
    std::string receipt_line() const;

  private:
    enum Tsi : std::uint8_t {
        data_authentication_performed = 0x80,
        cvm_performed = 0x40,
        card_risk_performed = 0x20,
        issuer_authentication_performed = 0x10,
        risk_management_performed = 0x08,
        scripts_performed = 0x04,
    };
    enum class Cryptogram : std::uint8_t { aac = 0x00, tc = 0x40, arqc = 0x80 };
    struct Candidate {
        Bytes aid;  ///< as the card names it
        std::string label;
        int priority = 0;  ///< 1 is the highest; 0: none, behind all others
        const AcceptedApplication* accepted = nullptr;
    };
    struct Answer {
        Bytes data;
        std::uint16_t sw = 0;
    };

    // transport.cpp
    /// One command and whatever T=0 leaves to the terminal until its answer is whole.
    runtime::Task<Result<Answer, ChipFailure>> command(Bytes apdu);
    runtime::Task<Result<Answer, ChipFailure>> select(ByteView name, bool next);
    runtime::Task<ChipStep> done(std::string_view step, std::string detail = {});
    runtime::Task<ChipStep> failed(std::string_view step, ChipFailure failure, std::string detail = {});
    /// The data a DOL asks for; none when it cannot be read or asks for more than a command holds.
    std::optional<Bytes> data_for(ByteView dol) const;
    ByteView object(emv::Tag tag) const noexcept;
    void set_tsi(Tsi bit) noexcept { tsi_[0] |= bit; }
    bool aip_has(std::uint8_t mask) const noexcept { return (aip_[0] & mask) != 0; }
    void refresh_results();
    Bytes pick(std::span<const emv::Tag> tags) const;

    // selection.cpp
    runtime::Task<ChipStep> list_from_directory();
    runtime::Task<ChipStep> list_by_aid();
    runtime::Task<ChipStep> select_next_candidate();
    void add_candidate(const emv::Tlv& entry);
    const AcceptedApplication* find_accepted(ByteView aid) const noexcept;

    // read_data.cpp
    /// @param authenticated how many records take part in offline data authentication, from the first
    runtime::Task<ChipStep> read_file(std::uint8_t sfi, std::uint8_t first, std::uint8_t last,
                                      std::uint8_t authenticated);
    bool take_card_data();

    // authentication.cpp
    DataAuthentication choose_authentication() const noexcept;
    const AuthorityKey* authority_key() const noexcept;
    bool has_data_for_authentication() const noexcept;
    /// What was wrong, in one sentence; none when all was right.
    using Setback = std::optional<std::string>;
    Result<crypto::PublicKey, emv::Rejection> issuer_key();
    Setback verify_static_data();
    Setback recover_card_key();
    runtime::Task<Result<Setback, ChipFailure>> verify_dynamic_data();
    /// Whether a cryptogram is to be asked for with a signature.
    bool asks_for_signature(Cryptogram wanted) const noexcept;
    /// Verifies what GENERATE AC answered to that; 9F26 and 9F4C are then in the card's data.
    /// @param answer template 77 or 80, as it was read
    runtime::Task<void> verify_cryptogram(const emv::Tlv& answer);
    /// Notes the end of the method in TVR and TSI.
    runtime::Task<ChipStep> authenticated(Setback setback);

    // cvm.cpp
    struct Rule {
        std::uint8_t method, condition;
    };
    enum class Verified : std::uint8_t { yes, no, ended };
    /// The terminal's capabilities have the method (six bits).
    bool supports(std::uint8_t method) const noexcept;
    bool condition_holds(const Rule& rule, std::uint64_t x, std::uint64_t y) const;
    /// Does what the rule says. `ended`: the cardholder ended the transaction (cardholder_end_ tells how).
    runtime::Task<Verified> apply(Rule rule);
    runtime::Task<Verified> verify_online_pin();
    void set_cvm_results(Rule rule, std::uint8_t result);

    // action_analysis.cpp
    runtime::Task<Result<Cryptogram, ChipFailure>> generate_ac(Cryptogram wanted, emv::Tag dol);
    ChipFailure refusal() const;
    runtime::Task<ChipStep> decline_unsigned();

    // completion.cpp
    runtime::Task<ChipStep> authenticate_issuer(ByteView data);
    runtime::Task<ChipStep> run_scripts(const std::vector<emv::Tlv>& reply, emv::Tag wanted,
                                        emv::Tvr::Bit failed_bit);
    struct ScriptEnd {
        std::uint8_t result;  ///< DF31 octet 1: 20, or 1x with the number x of the command that failed
        ChipStep failure{};   ///< the card is gone
    };
    runtime::Task<ScriptEnd> run_script(const emv::Tlv& script);

    card::Reader& reader_;
    Panel& panel_;
    runtime::Clock& clock_;
    runtime::Random& random_;
    const TerminalSettings& settings_;

    int protocol_ = 0;  ///< T=0 or T=1, by the answer to reset
    Amount amount_;
    std::chrono::year_month_day today_{};  ///< by the terminal's clock
    emv::TlvMap terminal_;                 ///< the terminal's own objects: a card's never replace them
    emv::TlvMap card_;
    std::vector<Candidate> candidates_;
    Candidate selected_;
    emv::Tvr tvr_;
    std::array<std::uint8_t, 2> tsi_{};
    std::array<std::uint8_t, 2> aip_{};
    Bytes afl_;
    std::vector<emv::AuthenticatedRecord> authenticated_records_;
    DataAuthentication authentication_ = DataAuthentication::none;
    std::optional<crypto::PublicKey> card_key_;  ///< of DDA and CDA, once it was recovered
    bool signature_failed_ = false;              ///< of a cryptogram that was asked for with one
    Bytes transaction_data_;                     ///< values of PDOL, CDOL1 and CDOL2 as sent
    std::string pan_, expiry_, psn_, track2_;
    PinEntry pin_;
    bool signature_ = false;
    std::optional<ChipFailure> cardholder_end_;
    std::size_t script_octets_ = 0;
    Bytes script_results_;  ///< DF31: five octets a script
};

}  // namespace posbench::terminal
