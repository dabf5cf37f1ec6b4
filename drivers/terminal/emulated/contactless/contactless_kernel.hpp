#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/money.hpp"
#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/terminal/emulated/kernel/candidate.hpp"
#include "drivers/terminal/emulated/kernel/card_channel.hpp"
#include "drivers/terminal/emulated/kernel/chip_kernel.hpp"
#include "drivers/terminal/emulated/kernel/chip_step.hpp"
#include "drivers/terminal/emulated/kernel/data_objects.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/pin_pad.hpp"

namespace posbench::terminal {

/// What a card in the field came to (outcomes of EMV contactless book A clause 6.2).
struct Tap {
    enum class End : std::uint8_t {
        decided,        ///< decision() says how
        present_again,  ///< the transaction is still the same
        use_contacts,   ///< the card is to be inserted
    };
    End end{};
    ChipFailure why{};  ///< unless the card has decided for online or approved; its text is for the display
};

/// The quick profiles over the field, one transaction: qPBOC of UnionPay (PBOC 3.0 part 12, EMV contactless
/// book C-7) and qVSDC of Visa (book C-3), entry point included (book B). GET PROCESSING OPTIONS is the whole
/// of the card's part; there is no second cryptogram and the card may leave before the host is asked.
class ContactlessKernel final : public ChipKernel {
  public:
    ContactlessKernel(card::Reader& reader, Panel& panel, runtime::Clock& clock, runtime::Random& random,
                      const TerminalSettings& settings);
    ~ContactlessKernel() override {
        reader_.power_down();
        panel_.forget_cardholder();
    }
    ContactlessKernel(const ContactlessKernel&) = delete;
    ContactlessKernel& operator=(const ContactlessKernel&) = delete;

    /// Some application may be used over the field for that amount (pre-processing, book B clause 3.1).
    /// Otherwise the field need not be looked at: the card is to be inserted.
    static bool allowed(const TerminalSettings& settings, Amount amount) noexcept;
    /// What a transaction is about. Called first. Only a sale may be approved by the card: the tap is the
    /// whole transaction, and electronic cash would be spent. Upon pre-authorisations and inquiries the host
    /// decides; for the other types it is only read who the card is.
    void begin(iso8583::TransactionType type, Amount amount, std::string_view stan,
               const iso8583::CivilTime& now);

    /// Reads the card that is in the field. The same transaction may need several: a card that left too early
    /// finds its unpredictable number and amount again, so that it need not pay twice.
    runtime::Task<Tap> tap();
    /// After a tap that was not declined: the PIN for the host, when it came to one. The card is not needed.
    runtime::Task<ChipStep> verify_cardholder();
    /// After a tap that came to a decision: a card that declined ends it, else the cardholder is verified.
    runtime::Task<ChipStep> decide() override;
    /// The card has left and confirms nothing: what the host says stands.
    runtime::Task<ChipStep> complete(HostDecision decision) override;
    /// An ARQC without a host is a decline: the card alone has not approved.
    runtime::Task<ChipStep> complete_without_host() override;

    Decision decision() const noexcept override { return decision_; }
    const CardIdentity& identity() const noexcept override { return identity_; }
    const PinEntry& pin() const noexcept override { return pin_; }
    bool wants_signature() const noexcept override { return method_ == Method::signature; }
    std::vector<std::string> tvr_names() const override { return tvr_.names(); }
    std::vector<std::string> tsi_names() const override { return {}; }  ///< a quick profile has none
    Bytes field55() const override { return request_data(objects_, decision_); }
    Bytes field55_of_reversal() const override { return reversal_data(objects_); }
    std::string receipt_line() const override;

  private:
    enum class Method : std::uint8_t { none, online_pin, signature };

    // entry_point.cpp
    /// 9F66 for this amount.
    std::array<std::uint8_t, 4> qualifiers(const AcceptedApplication& application) const noexcept;
    runtime::Task<std::optional<Tap>> activate();
    runtime::Task<std::optional<Tap>> list_applications();
    /// Selects the best candidate that is left.
    runtime::Task<std::optional<Tap>> select_application();
    void add_candidate(const emv::Tlv& entry);

    // quick_profile.cpp
    runtime::Task<Tap> transact();
    /// None: the card asks for the next application.
    runtime::Task<std::optional<Tap>> get_processing_options();
    bool take_answer(ByteView response);
    runtime::Task<std::optional<Tap>> read_card();
    runtime::Task<Tap> judge_cryptogram();
    /// A TC: approved, or what the card wants where the terminal may not take it for an approval.
    runtime::Task<Tap> judge_approval();
    runtime::Task<Tap> approve();
    std::optional<std::string> verify_signature() const;
    bool choose_method();
    Method method_without_card(bool has_online_pin) const noexcept;
    runtime::Task<Tap> decline(std::string detail);
    runtime::Task<Tap> ask_host();
    runtime::Task<Tap> lost(std::string_view step, ChipFailure failure);
    bool card_says(std::uint8_t qualifier) const noexcept;

    card::Reader& reader_;
    Panel& panel_;
    runtime::Clock& clock_;
    runtime::Random& random_;
    const TerminalSettings& settings_;
    const emv::Tvr tvr_{};  ///< the quick profiles leave it at zero: the cryptogram was made over it so
    CardChannel channel_;
    StepReport report_;

    Amount amount_;
    iso8583::TransactionType type_ = iso8583::TransactionType::sale;
    std::chrono::year_month_day today_{};
    DataObjects objects_;
    std::vector<Candidate> candidates_;
    Candidate selected_;
    std::vector<emv::AuthenticatedRecord> records_;
    std::uint8_t cryptogram_ = 0;  ///< type, as in 9F27: 00 AAC, 40 TC, 80 ARQC
    CardIdentity identity_;
    Method method_ = Method::none;
    PinEntry pin_;
    Decision decision_ = Decision::none;
};

}  // namespace posbench::terminal
