// The part of the chip that knows its holder (EMV book 3 clauses 6.5.6 and 6.5.12).

#include <optional>
#include <string>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/protocols/emv/enciphered_pin.hpp"

namespace posbench::card {
namespace {

constexpr std::uint8_t plaintext = 0x80, enciphered = 0x88;

}  // namespace

Answer Chip::get_challenge(const emv::CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(emv::sw::wrong_parameters);
    if (!command.data.empty()) return Answer::status(emv::sw::wrong_length);
    crypto::Block8 challenge{};
    random_.fill(challenge);
    challenge_ = challenge;
    Answer answer;
    answer.data.assign(challenge.begin(), challenge.end());
    return answer;
}

/// None for a block that is no PIN: it counts as a wrong one, because it used up a try of the cardholder.
std::optional<std::string> Chip::presented_pin(const emv::CommandApdu& command) const {
    const auto pin = command.p2 == enciphered
                         ? emv::decipher_pin(*application_->authentication.pin_key, command.data, *challenge_)
                         : crypto::pin_from_iso2(command.data);
    if (!pin) return std::nullopt;
    return *pin;
}

Answer Chip::verify(const emv::CommandApdu& command) {
    const auto& pin_key = application_->authentication.pin_key;
    if (command.p1 != 0 || (command.p2 != plaintext && (command.p2 != enciphered || !pin_key)))
        return Answer::status(emv::sw::wrong_parameters);
    if (command.data.size() != (command.p2 == plaintext ? 8 : pin_key->size()))
        return Answer::status(emv::sw::wrong_length);
    if (memory_.pin.empty()) return Answer::status(emv::sw::data_not_found);
    if (memory_.pin_tries_left == 0)
        return Answer::status(transaction_.offline_pin == OfflinePin::wrong ? emv::sw::method_blocked
                                                                            : emv::sw::data_invalidated);
    if (command.p2 == enciphered && !challenge_) return Answer::status(emv::sw::conditions_not_satisfied);

    transaction_.offline_pin_enciphered = command.p2 == enciphered;
    if (presented_pin(command) == memory_.pin) {
        memory_.pin_tries_left = image_.pin_tries;
        transaction_.offline_pin = OfflinePin::right;
        return {};
    }
    --memory_.pin_tries_left;
    transaction_.offline_pin = OfflinePin::wrong;
    return Answer::status(static_cast<std::uint16_t>(emv::sw::wrong_pin | memory_.pin_tries_left));
}

}  // namespace posbench::card
