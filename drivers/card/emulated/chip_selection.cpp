// The part of the chip that finds applications (EMV book 1 clauses 11 and 12, book B clause 3.3).

#include <algorithm>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/card/emulated/directory.hpp"
#include "drivers/protocols/emv/directory.hpp"

namespace posbench::card {
namespace {

bool same(ByteView left, ByteView right) noexcept {
    return std::ranges::equal(left, right);
}

}  // namespace

Answer Chip::select(const emv::CommandApdu& command) {
    constexpr std::uint8_t by_name = 0x04, first_occurrence = 0x00, next_occurrence = 0x02;
    if (command.p1 != by_name || (command.p2 != first_occurrence && command.p2 != next_occurrence))
        return Answer::status(emv::sw::wrong_parameters);
    if (command.data.size() < 5 || command.data.size() > 16) return Answer::status(emv::sw::wrong_length);
    if (memory_.blocked) return Answer::status(emv::sw::card_blocked);
    const bool contact = interface_ == Interface::contact;
    if (image_.directory &&
        same(command.data, as_bytes(contact ? emv::contact_directory : emv::contactless_directory))) {
        // A card has one directory: no other comes after it.
        if (command.p2 == next_occurrence && state_ == State::directory)
            return Answer::status(emv::sw::file_not_found);
        forget();
        state_ = State::directory;
        Answer answer;
        answer.data = contact ? contact_directory_answer() : contactless_directory_answer(applications());
        return answer;
    }
    return select_application(command.data, command.p2 == next_occurrence ? next_occurrence_ : 0);
}

/// EMV book 1 clause 12.3.2: a name that is the beginning of an application's identifier selects it. A name
/// that selects nothing leaves the card as it was. A blocked application is selected with a warning (book 1
/// table 11).
Answer Chip::select_application(ByteView name, std::size_t from) {
    const std::vector<Application>& list = applications();
    for (std::size_t i = from; i < list.size(); ++i) {
        const Application& candidate = list[i];
        if (candidate.aid.size() < name.size() || !same(ByteView(candidate.aid).first(name.size()), name))
            continue;
        forget();
        state_ = State::selected;
        application_ = &candidate;
        next_occurrence_ = i + 1;
        Answer answer;
        answer.data = candidate.fci;
        if (remembered().blocked) answer.sw = emv::sw::application_blocked;
        return answer;
    }
    return Answer::status(emv::sw::file_not_found);
}

/// One directory entry a record; over the contactless interface there are none.
Answer Chip::read_directory(std::uint8_t sfi, std::uint8_t number) const {
    if (sfi != directory_sfi || interface_ == Interface::contactless)
        return Answer::status(emv::sw::file_not_found);
    if (number > applications().size()) return Answer::status(emv::sw::record_not_found);
    return data_object(0x70, applications()[number - 1u].directory_entry);
}

}  // namespace posbench::card
