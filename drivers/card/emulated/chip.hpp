#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/card/emulated/memory.hpp"
#include "drivers/card/emulated/quick_decision.hpp"
#include "drivers/card/emulated/risk.hpp"
#include "drivers/card/interface.hpp"
#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::card {

/// A card's answer to one command.
struct Answer {
    /// What GENERATE AC made; for the trace.
    struct Cryptogram {
        CryptogramType type;
        std::uint16_t atc;
    };
    Bytes data;
    std::uint16_t sw = emv::sw::ok;
    std::optional<Cryptogram> cryptogram;

    static Answer status(std::uint16_t word) {
        Answer answer;
        answer.sw = word;
        return answer;
    }
};

/// The chip: EMV by APDUs, without time. A command out of order gets 6985:
///
///     idle ── SELECT PSE ──▶ directory ─┐
///      │                                ▼
///      └────── SELECT AID ──────────▶ selected ── GET PROCESSING OPTIONS ──▶ initiated
///                                       ▲                                       │ GENERATE AC 1
///              (SELECT, from anywhere) ─┘                     AAC, TC ┌─────────┴──────┐ ARQC
///                                                                     ▼                ▼
///                                                                 finished ◀─────── online
///                                                                       GENERATE AC 2
///
/// Over the contactless interface the directory is 2PAY.SYS.DDF01 and answers whole, without records; the
/// quick profiles are finished with GET PROCESSING OPTIONS, the profile "mastercard" with its first
/// cryptogram.
///
/// Its memory lives on from one reset to the next, as in the card's EEPROM; everything else ends with power.
/// One file a topic: chip_selection, chip_data, chip_cardholder, chip_authentication, chip_cryptogram,
/// chip_issuer, chip_contactless.
class Chip {
  public:
    enum class State { idle, directory, selected, initiated, online, finished };

    Chip(const CardImage& image, runtime::Random random);

    /// Power comes, through one of the interfaces: begins anew, memory kept.
    void reset(Interface interface) noexcept;
    /// Any octets are answered.
    Answer process(ByteView command);

    State state() const noexcept { return state_; }
    /// Null while none is selected.
    const Application* application() const noexcept { return application_; }
    const CardMemory& memory() const noexcept { return memory_; }
    /// `text` without the middle digits of the card's own PANs, wherever they stand in it.
    std::string without_pans(std::string text) const;

  private:
    struct Command;
    static const Command* find_command(std::uint8_t instruction) noexcept;
    /// Back to the state after a reset, memory kept.
    void forget() noexcept;
    /// Precondition: an application is selected.
    ApplicationMemory& remembered() noexcept { return memory_.applications[application_->slot]; }
    const ApplicationMemory& remembered() const noexcept { return memory_.applications[application_->slot]; }
    const std::vector<Application>& applications() const noexcept;

    // chip_selection.cpp
    Answer select(const emv::CommandApdu& command);
    Answer select_application(ByteView name, std::size_t from);
    Answer read_directory(std::uint8_t sfi, std::uint8_t number) const;
    // chip_data.cpp
    Answer get_processing_options(const emv::CommandApdu& command);
    Answer read_record(const emv::CommandApdu& command);
    /// As the image has it; the error is the status word for a file or a record that is not there.
    Result<const Record*, std::uint16_t> find_record(const emv::RecordAddress& address) const;
    Answer get_data(const emv::CommandApdu& command);
    // chip_cardholder.cpp
    Answer get_challenge(const emv::CommandApdu& command);
    Answer verify(const emv::CommandApdu& command);
    std::optional<std::string> presented_pin(const emv::CommandApdu& command) const;
    // chip_authentication.cpp
    Answer internal_authenticate(const emv::CommandApdu& command);
    Answer sign_cryptogram(CryptogramType type, const crypto::Block8& cryptogram, ByteView first_objects);
    // chip_cryptogram.cpp
    Answer generate_ac(const emv::CommandApdu& command);
    Answer first_cryptogram(CryptogramType requested, bool combined);
    Answer second_cryptogram(CryptogramType requested, bool combined);
    TransactionSituation situation(CryptogramType requested) const;
    Bytes issuer_application_data(const emv::CardResults& results) const;
    crypto::Block8 application_cryptogram(const emv::CardResults& results);
    Answer make_cryptogram(CryptogramType type, const emv::CardResults& results, bool combined);
    // chip_issuer.cpp
    Answer external_authenticate(const emv::CommandApdu& command);
    std::uint16_t authenticate_issuer(ByteView data);
    void authenticate_issuer_by_cdol2(ByteView value);
    Answer script(const emv::CommandApdu& command);
    std::optional<Bytes> open_script(const emv::CommandApdu& command);
    std::uint16_t perform_script(const emv::CommandApdu& command, ByteView data);
    std::uint16_t change_pin(const emv::CommandApdu& command, ByteView data);
    std::uint16_t put_data(const emv::CommandApdu& command, ByteView data);
    std::uint16_t update_record(const emv::CommandApdu& command, ByteView data);
    const Record* same_over_other_interface(const Record& record) const noexcept;

    // chip_contactless.cpp
    Answer quick_processing();
    void sign_quick(const QuickDecision& decision);
    Answer quick_answer(const QuickDecision& decision, const crypto::Block8& cryptogram);
    const TornAnswer* torn_purchase() const;
    Answer recover_ac(const emv::CommandApdu& command);
    Answer repeat(const TornAnswer& torn);
    void keep_torn(const Answer& answer, std::size_t most);
    void hear_again();
    void forget_torn() noexcept;
    Bytes record_of_transaction(const emv::RecordAddress& address, const Bytes& stored);
    bool finishes_with_first_cryptogram() const noexcept {
        return application_->contactless && application_->contactless->profile == Profile::mastercard;
    }

    const CardImage& image_;
    runtime::Random random_;
    CardMemory memory_;

    struct Transaction {
        emv::TlvMap data;  ///< what the terminal gave by PDOL and CDOL
        Bytes sent;        ///< the same as octets, as combined data authentication signs them
        /// Of the cryptogram in here. The issuer's keys are of it, also when RECOVER AC brought that
        /// cryptogram back and the application has counted on.
        std::uint16_t atc = 0;
        std::optional<crypto::Block8> first_cryptogram;
        bool scripts_received = false;
        unsigned script_commands = 0;
        bool dda_performed = false, cda_in_first = false;
        IssuerAuthentication issuer_authentication = IssuerAuthentication::not_performed;
        std::optional<std::uint32_t> card_status_update;
        OfflinePin offline_pin = OfflinePin::not_performed;
        bool offline_pin_enciphered = false;
        std::optional<crypto::Block8> script_chaining;  ///< MAC of the last script command, format 1
        emv::TlvMap dynamic;                            ///< objects of this transaction that stand in records
        bool torn_when_silent = false;  ///< the last of the torn answers is this transaction's
        bool last_record_read = false;  ///< of a quick profile
    };
    Interface interface_ = Interface::contact;
    State state_ = State::idle;
    const Application* application_ = nullptr;
    std::size_t next_occurrence_ = 0;          ///< where SELECT with P2 02 goes on
    std::optional<crypto::Block8> challenge_;  ///< for the command that follows GET CHALLENGE
    Transaction transaction_;
};

/// One data object as an answer.
Answer data_object(emv::Tag tag, ByteView value);

}  // namespace posbench::card
