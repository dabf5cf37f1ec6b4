// The part of the chip that decides: cardholder, issuer, cryptograms.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "drivers/card/emulated/chip.hpp"

namespace posbench::card {
namespace {

/// The answer to GENERATE AC (EMV book 3 clause 6.5.5.4): template 80 holds the values alone, 77 the objects.
Answer cryptogram_answer(int format, CryptogramType type, const emv::TlvMap& data,
                         const crypto::Block8& cryptogram) {
    const std::array information{static_cast<std::uint8_t>(type)};
    const struct {
        emv::Tag tag;
        ByteView value;
    } objects[]{
        {0x9F27, information},
        {0x9F36, data.get(0x9F36)},
        {0x9F26, cryptogram},
        {0x9F10, data.get(0x9F10)},
    };
    Bytes body;
    for (const auto& [tag, value] : objects) {
        if (format == 1)
            body.insert(body.end(), value.begin(), value.end());
        else
            emv::append_tlv(body, tag, value);
    }
    Answer answer;
    emv::append_tlv(answer.data, format == 1 ? 0x80 : 0x77, body);
    return answer;
}

}  // namespace

/// EMV book 3 clause 6.5.12. A block that is none counts as a wrong PIN: it used up a try of the cardholder.
Answer Chip::verify(const CommandApdu& command) {
    constexpr std::uint8_t plaintext = 0x80;
    if (command.p1 != 0 || command.p2 != plaintext) return Answer::status(sw::wrong_parameters);
    if (command.data.size() != 8) return Answer::status(sw::wrong_length);
    if (image_.pin.empty()) return Answer::status(sw::data_not_found);
    if (pin_tries_left_ == 0)
        return Answer::status(transaction_.offline_pin == OfflinePin::wrong ? sw::method_blocked
                                                                            : sw::data_invalidated);
    const auto pin = crypto::pin_from_iso2(command.data);
    if (pin && *pin == image_.pin) {
        pin_tries_left_ = image_.pin_tries;
        transaction_.offline_pin = OfflinePin::right;
        return {};
    }
    --pin_tries_left_;
    transaction_.offline_pin = OfflinePin::wrong;
    return Answer::status(static_cast<std::uint16_t>(sw::wrong_pin | pin_tries_left_));
}

/// ARPC method 1: eight octets of ARPC, two of the authorisation response code (EMV book 2 clause 8.2.1).
/// Once a transaction.
Answer Chip::external_authenticate(const CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(sw::wrong_parameters);
    if (command.data.size() != 10) return Answer::status(sw::wrong_length);
    if (!application_->authenticates_issuer() ||
        transaction_.issuer_authentication != IssuerAuthentication::not_performed)
        return Answer::status(sw::conditions_not_satisfied);
    if (!emv::verify_issuer_authentication_data(application_->cryptogram_version, application_->master_key,
                                                atc_, transaction_.arqc, command.data)) {
        transaction_.issuer_authentication = IssuerAuthentication::failed;
        return Answer::status(sw::authentication_failed);
    }
    transaction_.issuer_authentication = IssuerAuthentication::passed;
    last_online_atc_ = atc_;
    return {};
}

Answer Chip::generate_ac(const CommandApdu& command) {
    constexpr std::uint8_t type_bits = 0xC0;
    const auto requested = static_cast<CryptogramType>(command.p1);
    if ((command.p1 & ~type_bits) != 0 || command.p1 == type_bits || command.p2 != 0)
        return Answer::status(sw::wrong_parameters);
    const auto& cdol = state_ == State::initiated ? application_->cdol1 : application_->cdol2;
    if (command.data.size() != emv::dol_size(cdol)) return Answer::status(sw::wrong_length);
    // After the host spoke there is nothing left to ask it.
    if (state_ == State::online && requested == CryptogramType::arqc)
        return Answer::status(sw::conditions_not_satisfied);
    emv::read_dol(cdol, command.data, transaction_.data);
    return make_cryptogram(decide(requested));
}

/// Card action analysis: never more than was asked for, in the order AAC, ARQC, TC.
CryptogramType Chip::decide(CryptogramType requested) const noexcept {
    if (requested != CryptogramType::tc) return requested;
    if (state_ == State::initiated)
        return application_->online_required ? CryptogramType::arqc : CryptogramType::tc;
    return transaction_.issuer_authentication == IssuerAuthentication::failed ? CryptogramType::aac
                                                                              : CryptogramType::tc;
}

emv::Cvr Chip::verification_results(CryptogramType decided) const noexcept {
    std::uint8_t results = 0;
    if (state_ == State::initiated) {
        results |= emv::cvr::second_not_requested;
        if (decided == CryptogramType::tc) results |= emv::cvr::first_tc;
        if (decided == CryptogramType::arqc) results |= emv::cvr::first_arqc;
    } else {
        results |= emv::cvr::first_arqc;
        if (decided == CryptogramType::tc) results |= emv::cvr::second_tc;
    }
    if (transaction_.issuer_authentication == IssuerAuthentication::failed)
        results |= emv::cvr::issuer_authentication_failed;
    if (transaction_.offline_pin != OfflinePin::not_performed) results |= emv::cvr::offline_pin_performed;
    if (transaction_.offline_pin == OfflinePin::wrong) results |= emv::cvr::offline_pin_failed;
    const std::uint8_t counters =
        !image_.pin.empty() && pin_tries_left_ == 0 ? emv::cvr::pin_try_limit_exceeded : std::uint8_t{0};
    return {0x03, results, counters, 0x00};
}

Answer Chip::make_cryptogram(CryptogramType type) {
    const Application& application = *application_;
    emv::IssuerApplicationData issuer_data;
    issuer_data.key_index = application.key_index;
    issuer_data.version = application.cryptogram_version;
    issuer_data.cvr = verification_results(type);
    const std::array counter{static_cast<std::uint8_t>(atc_ >> 8), static_cast<std::uint8_t>(atc_)};
    emv::TlvMap& data = transaction_.data;
    data.set(0x82, application.aip);
    data.set(0x9F36, counter);
    data.set(0x9F10, issuer_data.octets());
    // The image was refused unless its DOLs ask for everything in here.
    const auto input = emv::cryptogram_input(data).value();
    const auto cryptogram =
        emv::make_cryptogram(application.cryptogram_version, application.master_key, input);

    if (type == CryptogramType::arqc) {
        transaction_.arqc = cryptogram;
        state_ = State::online;
    } else {
        state_ = State::finished;
    }
    Answer answer = cryptogram_answer(application.response_format, type, data, cryptogram);
    answer.cryptogram = {type, atc_};
    return answer;
}

}  // namespace posbench::card
