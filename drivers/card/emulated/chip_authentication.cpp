// The part of the chip that signs (EMV book 2 clauses 6.5 and 6.6, book 3 clause 6.5.9).

#include <algorithm>
#include <array>

#include "drivers/card/emulated/chip.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag signed_data = 0x9F4B;
constexpr emv::Tag unpredictable_number = 0x9F37;

/// ICC dynamic number: eight octets of chance.
Bytes dynamic_number(runtime::Random& random) {
    Bytes number(8);
    random.fill(number);
    return number;
}

}  // namespace

/// Dynamic data authentication: the card signs what the terminal sends by the DDOL.
Answer Chip::internal_authenticate(const emv::CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(emv::sw::wrong_parameters);
    const Authentication& own = application_->authentication;
    if (!own.dynamic_data || !own.card_key) return Answer::status(emv::sw::conditions_not_satisfied);
    if (command.data.size() != emv::dol_size(application_->ddol))
        return Answer::status(emv::sw::wrong_length);
    transaction_.dda_performed = true;
    const Bytes value = own.sign_dynamic_data(dynamic_number(random_), command.data);
    if (application_->response_format == 1) return data_object(0x80, value);
    Bytes objects;
    emv::append_tlv(objects, signed_data, value);
    return data_object(0x77, objects);
}

/// Combined data authentication: the signature brings the cryptogram with it, and the answer is template 77
/// whatever the card's format. @param first_objects CID and ATC as data objects
Answer Chip::sign_cryptogram(CryptogramType type, const crypto::Block8& cryptogram, ByteView first_objects) {
    Bytes issuer_data;
    emv::append_tlv(issuer_data, 0x9F10, transaction_.data.get(0x9F10));
    emv::CombinedData combined;
    combined.cid = static_cast<std::uint8_t>(type);
    combined.cryptogram = cryptogram;
    combined.transaction_data = transaction_.sent;
    for (const ByteView part : {first_objects, ByteView(issuer_data)})
        combined.transaction_data.insert(combined.transaction_data.end(), part.begin(), part.end());

    std::array<std::uint8_t, 4> number{};
    std::ranges::copy(transaction_.data.get(unpredictable_number), number.begin());
    const Bytes signature =
        application_->authentication.sign_combined_data(dynamic_number(random_), combined, number);
    Bytes objects(first_objects.begin(), first_objects.end());
    emv::append_tlv(objects, signed_data, signature);
    objects.insert(objects.end(), issuer_data.begin(), issuer_data.end());
    return data_object(0x77, objects);
}

}  // namespace posbench::card
