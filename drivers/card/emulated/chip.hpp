#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/random.hpp"
#include "drivers/card/emulated/apdu.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace posbench::card {

/// P1 of GENERATE AC and the cryptogram information data: the type in bits 8 and 7.
enum class CryptogramType : std::uint8_t { aac = 0x00, tc = 0x40, arqc = 0x80 };

/// A card's answer to one command.
struct Answer {
    /// What GENERATE AC made; for the trace.
    struct Cryptogram {
        CryptogramType type;
        std::uint16_t atc;
    };
    Bytes data;
    std::uint16_t sw = sw::ok;
    std::optional<Cryptogram> cryptogram;

    static Answer status(std::uint16_t word) {
        Answer answer;
        answer.sw = word;
        return answer;
    }
};

/// The chip: contact EMV by APDUs, without time. A command out of order gets 6985:
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
/// Counters live on from one reset to the next, as in the card's EEPROM; everything else ends with power.
class Chip {
  public:
    enum class State { idle, directory, selected, initiated, online, finished };

    Chip(const CardImage& image, runtime::Random random);

    /// Cold reset. The answer to reset.
    const Bytes& reset() noexcept;
    /// Any octets are answered.
    Answer process(ByteView command);

    State state() const noexcept { return state_; }
    /// Null while none is selected.
    const Application* application() const noexcept { return application_; }
    int pin_tries_left() const noexcept { return pin_tries_left_; }
    std::uint16_t transaction_counter() const noexcept { return atc_; }

  private:
    struct Command;
    static const Command* find_command(std::uint8_t instruction) noexcept;
    /// Back to the state after a reset, counters kept.
    void forget() noexcept;

    Answer select(const CommandApdu& command);
    Answer select_application(ByteView name, std::size_t from);
    Answer read_record(const CommandApdu& command);
    Answer read_directory(std::uint8_t sfi, std::uint8_t number) const;
    Answer get_processing_options(const CommandApdu& command);
    Answer get_data(const CommandApdu& command);
    Answer get_challenge(const CommandApdu& command);
    Answer verify(const CommandApdu& command);
    Answer external_authenticate(const CommandApdu& command);
    Answer generate_ac(const CommandApdu& command);

    CryptogramType decide(CryptogramType requested) const noexcept;
    emv::Cvr verification_results(CryptogramType decided) const noexcept;
    Answer make_cryptogram(CryptogramType type);

    const CardImage& image_;
    runtime::Random random_;

    // EEPROM
    std::uint16_t atc_ = 0;
    std::uint16_t last_online_atc_ = 0;
    int pin_tries_left_;

    // RAM
    enum class IssuerAuthentication { not_performed, passed, failed };
    enum class OfflinePin { not_performed, right, wrong };
    struct Transaction {
        emv::TlvMap data;  ///< what the terminal gave by PDOL and CDOL
        crypto::Block8 arqc{};
        IssuerAuthentication issuer_authentication = IssuerAuthentication::not_performed;
        OfflinePin offline_pin = OfflinePin::not_performed;
    };
    State state_ = State::idle;
    const Application* application_ = nullptr;
    std::size_t next_occurrence_ = 0;  ///< where SELECT with P2 02 goes on
    Transaction transaction_;
};

}  // namespace posbench::card
