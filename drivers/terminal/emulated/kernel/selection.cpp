#include <algorithm>
#include <utility>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/directory.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Application selection, EMV book 1 clause 12.3.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint16_t sw_card_blocked = 0x6A81;
constexpr int most_directory_records = 30;
constexpr int most_applications = 16;  // of one AID, and in all

constexpr ChipFailure card_blocked{"failed", "card_blocked", Text::card_blocked};
constexpr ChipFailure unreadable{"failed", "chip_error", Text::chip_failed, true};
constexpr ChipFailure none_common{"failed", "no_aid", Text::no_common_application};

/// The first object `wanted` at any depth.
const emv::Tlv* find_deep(const std::vector<emv::Tlv>& list, emv::Tag wanted) {
    for (const emv::Tlv& object : list) {
        if (object.tag == wanted) return &object;
        if (const emv::Tlv* inside = find_deep(object.children, wanted)) return inside;
    }
    return nullptr;
}

std::string printable(ByteView text) {
    std::string out;
    for (const std::uint8_t c : text.first(std::min<std::size_t>(text.size(), 16)))
        out.push_back(c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '?');
    return out;
}

}  // namespace

const AcceptedApplication* Kernel::find_accepted(ByteView aid) const noexcept {
    for (const AcceptedApplication& application : settings_.applications) {
        const bool begins = aid.size() >= application.aid.size() &&
                            std::ranges::equal(application.aid, aid.first(application.aid.size()));
        if (begins && (application.partial || aid.size() == application.aid.size())) return &application;
    }
    return nullptr;
}

/// Takes a directory entry or an FCI that names an accepted application.
void Kernel::add_candidate(const emv::Tlv& entry) {
    const std::vector<emv::Tlv>& objects = entry.children;
    const emv::Tlv* name = find_deep(objects, tag::aid_of_card);
    if (!name) name = find_deep(objects, tag::df_name);
    if (!name || name->value.size() < 5 || name->value.size() > 16) return;
    const AcceptedApplication* accepted = find_accepted(name->value);
    const bool known = std::ranges::find(candidates_, name->value, &Candidate::aid) != candidates_.end();
    if (!accepted || known || candidates_.size() == most_applications) return;
    const emv::Tlv* indicator = find_deep(objects, tag::priority);
    const int priority = indicator && indicator->value.size() == 1 ? indicator->value[0] : 0;
    // This terminal has no menu to let the cardholder confirm (book 1 clause 12.4).
    if ((priority & 0x80) != 0) return;
    const emv::Tlv* label = find_deep(objects, tag::label);
    candidates_.push_back(
        {name->value, label ? printable(label->value) : std::string(), priority & 0x0F, accepted});
}

/// Lists applications by the payment system environment. A card without one leaves the list empty.
Task<ChipStep> Kernel::list_from_directory() {
    const auto selected = co_await select(as_bytes(emv::contact_directory), false);
    if (!selected) co_return selected.error();
    if (selected->sw == sw_card_blocked) co_return card_blocked;
    if (selected->sw != emv::sw::ok) co_return std::nullopt;
    const auto fci = emv::parse_tlv(selected->data);
    const emv::Tlv* file = fci ? find_deep(*fci, tag::sfi) : nullptr;
    if (!file || file->value.size() != 1 || file->value[0] < 1 || file->value[0] > 10) co_return std::nullopt;
    const std::uint8_t p2 = static_cast<std::uint8_t>(file->value[0] << 3 | 0x04);
    for (int number = 1; number <= most_directory_records; ++number) {
        Bytes apdu{0x00, 0xB2, static_cast<std::uint8_t>(number), p2, 0x00};
        const auto answer = co_await command(std::move(apdu));
        if (!answer) co_return answer.error();
        if (answer->sw != emv::sw::ok) break;
        const auto record = emv::parse_tlv(answer->data);
        if (!record || record->size() != 1 || record->front().tag != tag::record) {
            candidates_.clear();  // a directory that cannot be read is no directory
            co_return std::nullopt;
        }
        for (const emv::Tlv& entry : record->front().children)
            if (entry.tag == tag::directory_entry) add_candidate(entry);
    }
    co_return std::nullopt;
}

/// Lists applications by trying each accepted AID.
Task<ChipStep> Kernel::list_by_aid() {
    for (const AcceptedApplication& application : settings_.applications) {
        bool next = false;
        for (int occurrence = 0; occurrence < most_applications; ++occurrence) {
            const auto answer = co_await select(application.aid, next);
            if (!answer) co_return answer.error();
            if (answer->sw == sw_card_blocked && !next) co_return card_blocked;
            const auto fci = emv::parse_tlv(answer->data);
            const emv::Tlv* name = fci ? find_deep(*fci, tag::df_name) : nullptr;
            if (!name) break;
            if (answer->sw == emv::sw::ok && fci->front().tag == tag::fci) add_candidate(fci->front());
            next = name->value.size() > application.aid.size();
            if (!next || !application.partial) break;
        }
    }
    co_return std::nullopt;
}

/// Selects the best candidate that is left.
Task<ChipStep> Kernel::select_next_candidate() {
    while (!candidates_.empty()) {
        selected_ = std::move(candidates_.front());
        candidates_.erase(candidates_.begin());
        const auto answer = co_await select(selected_.aid, false);
        if (!answer) co_return answer.error();
        if (answer->sw != emv::sw::ok) continue;
        const auto fci = emv::parse_tlv(answer->data);
        if (!fci || fci->size() != 1 || fci->front().tag != tag::fci) co_return unreadable;
        const emv::Tlv* name = find_deep(*fci, tag::df_name);
        if (!name || name->value != selected_.aid) co_return unreadable;
        card_ = {};
        card_.absorb(*fci);
        terminal_.set(tag::aid_of_terminal, selected_.aid);
        terminal_.set(tag::version_of_terminal, selected_.accepted->version);
        co_return std::nullopt;
    }
    co_return none_common;
}

Task<ChipStep> Kernel::select_application() {
    candidates_.clear();
    ChipStep failure = co_await list_from_directory();
    if (!failure && candidates_.empty()) failure = co_await list_by_aid();
    if (!failure) {
        const auto rank = [](const Candidate& candidate) {
            return candidate.priority == 0 ? 16 : candidate.priority;
        };
        std::ranges::stable_sort(candidates_, {}, rank);
        failure = co_await select_next_candidate();
    }
    if (failure) co_return co_await failed("selection", *failure);
    std::string detail = selected_.label.empty() ? to_hex(selected_.aid) : trace::mask_text(selected_.label);
    co_return co_await done("selection", std::move(detail));
}

}  // namespace posbench::terminal
