#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/directory.hpp"
#include "drivers/protocols/emv/scheme.hpp"
#include "drivers/protocols/emv/text.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Application selection, EMV book 1 clauses 12.3 and 12.4.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr int most_directory_records = 30;
constexpr int most_occurrences = 16;  // of one AID

constexpr ChipFailure blocked{"failed", "card_blocked", Text::card_blocked};
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

/// What the cardholder knows the application by: the preferred name, where the code table it is written in is
/// known (9F11, or GB 18030 on cards of UnionPay), else the label (book 1 clause 12.4).
std::string name_of(const std::vector<emv::Tlv>& objects, ByteView code_table, emv::Scheme scheme) {
    const emv::Tlv* preferred = find_deep(objects, tag::preferred_name);
    const emv::Tlv* label = find_deep(objects, tag::label);
    const bool readable = code_table.size() == 1 || scheme == emv::Scheme::unionpay;
    const std::uint8_t table = code_table.size() == 1 ? code_table[0] : 0;
    if (preferred && readable)
        if (const auto text = emv::read_text(preferred->value, table, scheme)) return text->text;
    if (label)
        if (const auto text = emv::read_text(label->value, 0, scheme)) return text->text;
    return {};
}

constexpr std::size_t most_choices = 9;  // there is a digit key for each

}  // namespace

/// Takes a directory entry or an FCI that names an accepted application.
void Kernel::add_candidate(const emv::Tlv& entry) {
    const std::vector<emv::Tlv>& objects = entry.children;
    const emv::Tlv* name = find_deep(objects, tag::aid_of_card);
    if (!name) name = find_deep(objects, tag::df_name);
    if (!name) return;
    const emv::Tlv* indicator = find_deep(objects, tag::priority);
    auto candidate = make_candidate(settings_.applications, name->value,
                                    indicator ? ByteView(indicator->value) : ByteView());
    const bool known = std::ranges::find(candidates_, name->value, &Candidate::aid) != candidates_.end();
    if (!candidate || known || candidates_.size() == most_candidates) return;
    const emv::Tlv* languages = find_deep(objects, tag::languages);
    if (languages && !objects_.card.has(tag::languages)) objects_.card.set(tag::languages, languages->value);
    const emv::Tlv* own_table = find_deep(objects, tag::code_table);
    const ByteView code_table = own_table ? ByteView(own_table->value) : objects_.card.get(tag::code_table);
    candidate->name = name_of(objects, code_table, emv::scheme_of(name->value));
    candidates_.push_back(*std::move(candidate));
}

/// Lists applications by the payment system environment. A card without one leaves the list empty.
Task<ChipStep> Kernel::list_from_directory() {
    const auto selected = co_await channel_.select(as_bytes(emv::contact_directory));
    if (!selected) co_return selected.error();
    if (selected->sw == emv::sw::card_blocked) co_return blocked;
    if (selected->sw != emv::sw::ok) co_return std::nullopt;
    const auto fci = emv::parse_tlv(selected->data);
    const emv::Tlv* file = fci ? find_deep(*fci, tag::sfi) : nullptr;
    if (!file || file->value.size() != 1 || file->value[0] < 1 || file->value[0] > 10) co_return std::nullopt;
    objects_.card.absorb(*fci);
    const std::uint8_t p2 = static_cast<std::uint8_t>(file->value[0] << 3 | 0x04);
    for (int number = 1; number <= most_directory_records; ++number) {
        Bytes apdu{0x00, 0xB2, static_cast<std::uint8_t>(number), p2, 0x00};
        const auto answer = co_await channel_.send(std::move(apdu));
        if (!answer) co_return answer.error();
        if (answer->sw == emv::sw::record_not_found) break;
        const auto record = emv::parse_tlv(answer->data);
        if (answer->sw != emv::sw::ok || !record || record->size() != 1 ||
            record->front().tag != tag::record) {
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
        for (int occurrence = 0; occurrence < most_occurrences; ++occurrence) {
            const auto answer = co_await channel_.select(application.aid, next);
            if (!answer) co_return answer.error();
            if (answer->sw == emv::sw::card_blocked && !next) co_return blocked;
            const auto fci = emv::parse_tlv(answer->data);
            const emv::Tlv* name = fci ? find_deep(*fci, tag::df_name) : nullptr;
            if (!name) break;
            const bool usable = answer->sw == emv::sw::ok || takes_blocked(answer->sw);
            if (usable && fci->front().tag == tag::fci) add_candidate(fci->front());
            // A longer name is one of several that may begin so; the exact one can be among them.
            next = name->value.size() > application.aid.size();
            if (!next) break;
        }
    }
    co_return std::nullopt;
}

/// Book 1 clause 12.4: the terminal takes the highest priority, without those that the cardholder would have
/// to confirm; or the cardholder chooses and confirms, where the terminal lets them.
Task<ChipStep> Kernel::choose_candidate() {
    if (!settings_.cardholder_selection) {
        std::erase_if(candidates_, [](const Candidate& candidate) { return candidate.to_be_confirmed; });
        if (candidates_.empty()) co_return none_common;
        co_return std::nullopt;
    }
    if (candidates_.size() == 1 && !candidates_.front().to_be_confirmed) co_return std::nullopt;
    co_return co_await ask_for_application();
}

/// A digit chooses, confirm takes the first. The one chosen is put in front.
Task<ChipStep> Kernel::ask_for_application() {
    constexpr ChipFailure cancelled{"cancelled", "cancelled", Text::cancelled};
    constexpr ChipFailure no_input{"cancelled", "no_input", Text::no_input};
    const std::size_t choices = std::min(candidates_.size(), most_choices);
    std::string shown(say(choices == 1 ? Text::confirm_application : Text::choose_application,
                          language_of(objects_.card, panel_.language())));
    for (std::size_t i = 0; i < choices; ++i)
        shown += fmt::format("\n{} {}", i + 1, trace::mask_text(candidates_[i].name));
    Panel::Dialogue dialogue(panel_);
    co_await panel_.show(std::move(shown));
    co_await panel_.prompt("confirm");
    for (;;) {
        const auto input = co_await dialogue.next(clock_.now() + settings_.operator_wait);
        if (!input) co_return no_input;
        if (input->what != Input::What::key) continue;
        const auto digit = static_cast<std::size_t>(input->key);  // the digits are the first ten keys
        const bool chosen = input->key == Key::confirm || (digit >= 1 && digit <= choices);
        if (!chosen && input->key != Key::cancel) continue;
        co_await panel_.took(input->key);
        if (input->key == Key::cancel) co_return cancelled;
        if (input->key != Key::confirm) std::swap(candidates_.front(), candidates_[digit - 1]);
        co_return std::nullopt;
    }
}

/// A blocked application is none to choose (book 1 clauses 12.3.3, 12.4).
bool Kernel::takes_blocked(std::uint16_t sw) const noexcept {
    return sw == emv::sw::application_blocked && settings_.defects.has(Defect::ignores_blocked_application);
}

/// Selects candidates, the first choice first, until one can be.
Task<ChipStep> Kernel::select_next_candidate() {
    while (!candidates_.empty()) {
        sort_by_priority(candidates_);
        const ChipStep unchosen = co_await choose_candidate();
        if (unchosen) co_return unchosen;
        selected_ = std::move(candidates_.front());
        candidates_.erase(candidates_.begin());
        const auto answer = co_await channel_.select(selected_.aid);
        if (!answer) co_return answer.error();
        if (answer->sw != emv::sw::ok && !takes_blocked(answer->sw)) continue;
        const auto fci = emv::parse_tlv(answer->data);
        if (!fci || fci->size() != 1 || fci->front().tag != tag::fci) co_return unreadable;
        const emv::Tlv* name = find_deep(*fci, tag::df_name);
        if (!name || name->value != selected_.aid) co_return unreadable;
        const ByteView listed = objects_.card.get(tag::languages);
        const Bytes of_directory(listed.begin(), listed.end());
        objects_.card = {};
        objects_.card.absorb(*fci);
        if (!objects_.card.has(tag::languages) && !of_directory.empty())
            objects_.card.set(tag::languages, of_directory);
        panel_.address_cardholder(language_of(objects_.card, panel_.language()));
        objects_.terminal.set(tag::aid_of_terminal, selected_.aid);
        objects_.terminal.set(tag::version_of_terminal, selected_.accepted->version);
        const auto floor = static_cast<std::uint32_t>(selected_.accepted->floor_limit.minor());
        objects_.terminal.set(tag::floor_limit, hex(fmt::format("{:08X}", floor)));
        co_return std::nullopt;
    }
    co_return none_common;
}

Task<ChipStep> Kernel::select_application() {
    candidates_.clear();
    objects_.card = {};
    ChipStep failure = co_await list_from_directory();
    if (!failure && candidates_.empty()) failure = co_await list_by_aid();
    if (!failure) failure = co_await select_next_candidate();
    if (failure) co_return co_await report_.failed("selection", *failure);
    std::string detail = selected_.name.empty() ? to_hex(selected_.aid) : trace::mask_text(selected_.name);
    co_return co_await report_.done("selection", std::move(detail));
}

}  // namespace posbench::terminal
