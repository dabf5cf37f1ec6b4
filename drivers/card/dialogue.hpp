#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/describe.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// A command and its answer as a person reads them.
struct Exchange {
    std::string command;  ///< "GENERATE AC" (EMV book 3)
    std::string header;   ///< CLA INS P1 P2, as far as there
    std::string asks;     ///< P1 and P2 in words: "record 1 of SFI 1"; may be empty
    emv::Lines data;
    emv::Lines response;
    std::optional<std::uint16_t> sw;  ///< none: the card gave no answer
    std::string sw_in_words;
};

/// Listens to a terminal and a contact EMV card and puts into words what passes. Any card's: it knows only
/// what it has heard. From the answers it learns the data object lists that say what is in the commands after
/// them.
class Dialogue {
  public:
    explicit Dialogue(emv::Secrets secrets) : secrets_(secrets) {}

    /// The card was reset: everything heard so far is forgotten.
    void reset();
    /// @param command,answer any octets; an `answer` of fewer than two has no status word
    Exchange hear(ByteView command, ByteView answer);

    // What the card asks for, by what was heard since the last SELECT.
    const std::vector<emv::DolEntry>& pdol() const noexcept { return pdol_; }
    /// The list that the next GENERATE AC answers: CDOL1, or CDOL2 after an ARQC.
    const std::vector<emv::DolEntry>& next_cdol() const noexcept { return asked_issuer_ ? cdol2_ : cdol1_; }

  private:
    void describe_command(Exchange& exchange, ByteView command) const;
    emv::Lines describe_dol_command(const std::vector<emv::DolEntry>& dol, ByteView data) const;
    emv::Lines describe_answer(std::uint8_t instruction, ByteView data) const;
    emv::Lines describe_format_1(std::uint8_t instruction, ByteView value) const;
    void learn(std::uint8_t instruction, ByteView data);

    emv::Secrets secrets_;
    std::vector<emv::DolEntry> pdol_, cdol1_, cdol2_;
    bool asked_issuer_ = false;     ///< the last GENERATE AC gave an ARQC
    std::uint8_t instruction_ = 0;  ///< the last but GET RESPONSE, which goes on with its answer
};

}  // namespace posbench::card
