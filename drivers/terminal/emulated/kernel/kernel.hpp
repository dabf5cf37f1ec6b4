#pragma once

#include <array>
#include <cstdint>
#include <functional>
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
#include "drivers/terminal/emulated/kernel/candidate.hpp"
#include "drivers/terminal/emulated/kernel/card_channel.hpp"
#include "drivers/terminal/emulated/kernel/certificate_chain.hpp"
#include "drivers/terminal/emulated/kernel/chip_kernel.hpp"
#include "drivers/terminal/emulated/kernel/chip_step.hpp"
#include "drivers/terminal/emulated/kernel/data_objects.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/pin_pad.hpp"

namespace posbench::terminal {

/// Offline data authentication, in the order of preference (EMV book 3 clause 10.3).
enum class DataAuthentication : std::uint8_t { none, combined, dynamic_data, static_data };

/// What the terminal's log has of a card since its last transaction with the host: the amount that floor
/// limit checking adds (book 3 clause 10.6.1).
using LoggedAmount = std::function<Amount(std::string_view pan, std::string_view psn)>;

/// The EMV contact kernel (EMV books 1, 3, 4), one transaction. Each step is a member in a file of its own
/// and ends with a terminal.chip event; read_chip() of card_entry.cpp and decide() put them in order.
/// Whatever a card answers ends in a step done or a ChipFailure; loops over a card's data are bounded.
class Kernel final : public ChipKernel {
  public:
    Kernel(card::Reader& reader, Panel& panel, runtime::Clock& clock, runtime::Random& random,
           const TerminalSettings& settings);
    ~Kernel() override {
        reader_.power_down();
        panel_.forget_cardholder();
    }
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    /// What the steps need to know of the transaction. Called first.
    void begin(iso8583::TransactionType type, Amount amount, std::string_view stan,
               const iso8583::CivilTime& now);
    /// Of a terminal that keeps one; without it each transaction is checked against the floor limit alone.
    void use_log(LoggedAmount log) { log_ = std::move(log); }

    runtime::Task<ChipStep> reset();                // reset.cpp
    runtime::Task<ChipStep> select_application();   // selection.cpp
    runtime::Task<ChipStep> initiate();             // initiation.cpp
    runtime::Task<ChipStep> read_data();            // read_data.cpp
    runtime::Task<ChipStep> authenticate();         // authentication.cpp
    runtime::Task<ChipStep> restrict_processing();  // restrictions.cpp
    runtime::Task<ChipStep> verify_cardholder();    // cvm.cpp
    runtime::Task<ChipStep> manage_risk();          // risk.cpp
    /// Terminal action analysis and the card's first cryptogram. A refusal by either is a failure `declined`;
    /// else decision() says whether the host is to be asked.
    runtime::Task<ChipStep> first_cryptogram();  // action_analysis.cpp
    /// From offline data authentication to the first cryptogram.
    runtime::Task<ChipStep> decide() override;  // kernel.cpp
    /// Issuer authentication, scripts and the card's second cryptogram. None when the card confirmed an
    /// approval, or when there was none to confirm. Only after an ARQC.
    runtime::Task<ChipStep> complete(HostDecision decision) override;  // completion.cpp
    /// The same when the host could not be asked or gave no answer that can be used: the action codes
    /// "default" decide. None when terminal and card approve offline. Only after an ARQC.
    runtime::Task<ChipStep> complete_without_host() override;  // action_analysis.cpp

    Decision decision() const noexcept override { return decision_; }
    const CardIdentity& identity() const noexcept override { return identity_; }
    const PinEntry& pin() const noexcept override { return pin_; }
    bool wants_signature() const noexcept override { return signature_; }
    std::vector<std::string> tvr_names() const override { return tvr_.names(); }
    std::vector<std::string> tsi_names() const override { return emv::bit_names(tsi_, emv::tsi_bits()); }
    Bytes field55() const override;
    /// After complete() with the final TVR, the issuer script results and the data of the second cryptogram.
    Bytes field55_of_reversal() const override;
    std::string receipt_line() const override;

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

    // kernel.cpp
    void set_tsi(Tsi bit) noexcept { tsi_[0] |= bit; }
    bool aip_has(std::uint8_t mask) const noexcept { return (aip_[0] & mask) != 0; }
    void refresh_results();

    // selection.cpp
    runtime::Task<ChipStep> list_from_directory();
    runtime::Task<ChipStep> list_by_aid();
    void add_candidate(const emv::Tlv& entry);
    runtime::Task<ChipStep> select_next_candidate();
    runtime::Task<ChipStep> choose_candidate();
    runtime::Task<ChipStep> ask_for_application();
    bool takes_blocked(std::uint16_t sw) const noexcept;

    // authentication.cpp
    CertificateChain chain() const noexcept;
    DataAuthentication choose_authentication() const noexcept;
    bool has_data_for_authentication() const noexcept;
    /// What was wrong, in one sentence; none when all was right.
    using Setback = std::optional<std::string>;
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
    /// Notes in the TVR why a method whose condition holds is not performed.
    void note_not_performed(std::uint8_t method);
    /// Performs a method that the terminal supports. `ended`: the transaction is over (cvm_end_ tells how).
    runtime::Task<Verified> perform(std::uint8_t method);
    runtime::Task<Verified> verify_online_pin();
    /// What asking for a PIN that did not come means.
    Verified not_entered(PinEntry::End end);
    void set_cvm_results(Rule rule, std::uint8_t result);

    // offline_pin.cpp
    runtime::Task<Verified> verify_offline_pin(bool enciphered);
    /// VERIFY with one PIN: the card's status word; none when no block could be made for it, and nothing was
    /// presented. @param key of an enciphered PIN; null: plaintext
    runtime::Task<Result<std::optional<std::uint16_t>, ChipFailure>> present_pin(
        const std::string& pin, const crypto::RsaPublicKey* key);

    // risk.cpp
    void check_floor_limit();
    void select_randomly();
    runtime::Task<ChipStep> check_velocity();

    // action_analysis.cpp
    /// Some bit of the TVR is set in the terminal's or the issuer's action code.
    bool demanded(const std::array<std::uint8_t, 5>& terminal_code, emv::Tag issuer_code,
                  std::uint8_t when_absent) const noexcept;
    Cryptogram analyse() const noexcept;
    ChipFailure refusal() const;
    runtime::Task<ChipStep> decline_unsigned();
    runtime::Task<ChipStep> act_on_first(Cryptogram given);

    // generate_ac.cpp
    runtime::Task<Result<Cryptogram, ChipFailure>> generate_ac(Cryptogram wanted, emv::Tag dol);
    void hash_transaction_data(ByteView dol);

    // completion.cpp
    runtime::Task<ChipStep> confirm(HostDecision decision);
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
    CardChannel channel_;
    StepReport report_;
    LoggedAmount log_;

    Amount amount_;
    std::chrono::year_month_day today_{};  ///< by the terminal's clock
    DataObjects objects_;
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
    CardIdentity identity_;
    PinEntry pin_;
    bool pin_bypassed_ = false;
    bool signature_ = false;
    std::optional<ChipFailure> cvm_end_;
    Decision decision_ = Decision::none;
    std::size_t script_octets_ = 0;
    Bytes script_results_;  ///< DF31: five octets a script
};

}  // namespace posbench::terminal
