#include <algorithm>
#include <utility>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/directory.hpp"
#include "drivers/protocols/emv/scheme.hpp"
#include "drivers/terminal/emulated/contactless/contactless_kernel.hpp"
#include "drivers/terminal/emulated/contactless/qualifiers.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Entry point: pre-processing, protocol activation and combination selection, EMV contactless book B clauses
/// 3.1 to 3.3.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t kernel_of_visa = 0x03, kernel_of_unionpay = 0x07;
constexpr std::uint8_t kernel_number = 0x3F;  // of 9F2A octet 1

constexpr ChipFailure two_cards{"failed", "chip_error", Text::one_card_only};
constexpr ChipFailure left{"failed", "card_removed", Text::tap_again};
constexpr ChipFailure unreadable{"failed", "chip_error", Text::insert_card};
constexpr ChipFailure none_common{"failed", "no_aid", Text::insert_card};

const emv::Tlv* child(const std::vector<emv::Tlv>& list, emv::Tag wanted) {
    const auto found = std::ranges::find(list, wanted, &emv::Tlv::tag);
    return found == list.end() ? nullptr : &*found;
}

/// The kernel an entry asks for (9F2A), or the one that its provider has by default (book B table 3-6).
std::uint8_t kernel_of(const emv::Tlv& entry, ByteView aid) {
    const emv::Tlv* identifier = child(entry.children, tag::kernel_identifier);
    if (identifier && !identifier->value.empty()) return identifier->value[0] & kernel_number;
    switch (emv::scheme_of(aid)) {
        case emv::Scheme::unionpay:
            return kernel_of_unionpay;
        case emv::Scheme::visa:
            return kernel_of_visa;
        default:
            return 0;
    }
}

bool takes(const TerminalSettings& settings, const AcceptedApplication& application, Amount amount) {
    const bool ignores = settings.defects.has(Defect::ignores_contactless_limit);
    return application.contactless && (ignores || amount < application.contactless->transaction);
}

}  // namespace

bool ContactlessKernel::allowed(const TerminalSettings& settings, Amount amount) noexcept {
    return std::ranges::any_of(settings.applications, [&](const AcceptedApplication& each) {
        return takes(settings, each, amount);
    });
}

std::array<std::uint8_t, 4> ContactlessKernel::qualifiers(
    const AcceptedApplication& application) const noexcept {
    const TerminalType type = settings_.terminal_type;
    const Capabilities& own = settings_.capabilities;
    const bool above_floor = amount_ > application.contactless->floor &&
                             !settings_.defects.has(Defect::approves_above_floor_limit);
    int first = qualifier::quick_supported | qualifier::contact_supported;
    if (!type.can_go_online()) first |= qualifier::offline_only;
    if (own.online_pin() && application.online_pin) first |= qualifier::online_pin_supported;
    if (own.signature()) first |= qualifier::signature_supported;
    int second = 0;
    const bool may_approve = type_ == iso8583::TransactionType::sale && type.can_approve_offline();
    const bool stays_offline = may_approve && !above_floor;
    if (!stays_offline) second |= qualifier::online_cryptogram_required;
    const bool verifies = decided_by_chip(type_) && amount_ >= application.contactless->cvm;
    if (verifies) second |= qualifier::cvm_required;
    return {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second), 0x00,
            qualifier::fdda_version_01};
}

/// None when one card answers.
Task<std::optional<Tap>> ContactlessKernel::activate() {
    const auto answer = co_await reader_.activate();
    if (answer) {
        co_await report_.done("reset");
        co_return std::nullopt;
    }
    const bool collision = answer.error() == card::ReaderError::collision;
    const ChipFailure why = collision ? two_cards : left;
    co_await report_.failed("reset", why, collision ? "two cards in the field" : "no card answers");
    co_return Tap{Tap::End::present_again, why};
}

/// A directory entry whose application the terminal takes over the field, for this amount, with a kernel that
/// it has.
void ContactlessKernel::add_candidate(const emv::Tlv& entry) {
    const emv::Tlv* name = child(entry.children, tag::aid_of_card);
    if (!name) return;
    const std::uint8_t kernel = kernel_of(entry, name->value);
    if (kernel != kernel_of_unionpay && kernel != kernel_of_visa) return;
    const emv::Tlv* indicator = child(entry.children, tag::priority);
    auto candidate = make_candidate(
        settings_.applications, name->value, indicator ? ByteView(indicator->value) : ByteView(),
        [this](const AcceptedApplication& own) { return takes(settings_, own, amount_); });
    if (candidate && candidates_.size() < most_candidates) candidates_.push_back(*std::move(candidate));
}

Task<std::optional<Tap>> ContactlessKernel::list_applications() {
    candidates_.clear();
    const auto answer = co_await channel_.select(as_bytes(emv::contactless_directory));
    if (!answer) co_return co_await lost("selection", answer.error());
    const auto fci = emv::parse_tlv(answer->data);
    if (answer->sw == emv::sw::ok && fci && fci->size() == 1 && fci->front().tag == tag::fci) {
        const emv::Tlv* proprietary = child(fci->front().children, tag::fci_proprietary);
        const emv::Tlv* discretionary =
            proprietary ? child(proprietary->children, tag::fci_discretionary) : nullptr;
        if (discretionary)
            for (const emv::Tlv& entry : discretionary->children)
                if (entry.tag == tag::directory_entry) add_candidate(entry);
    }
    sort_by_priority(candidates_);
    co_return std::nullopt;
}

Task<std::optional<Tap>> ContactlessKernel::select_application() {
    while (!candidates_.empty()) {
        selected_ = std::move(candidates_.front());
        candidates_.erase(candidates_.begin());
        const auto answer = co_await channel_.select(selected_.aid);
        if (!answer) co_return co_await lost("selection", answer.error());
        if (answer->sw != emv::sw::ok) continue;
        const auto fci = emv::parse_tlv(answer->data);
        if (!fci || fci->size() != 1 || fci->front().tag != tag::fci) {
            co_await report_.failed("selection", unreadable, "control information");
            co_return Tap{Tap::End::use_contacts, unreadable};
        }
        objects_.card = {};
        objects_.card.absorb(*fci);
        panel_.address_cardholder(language_of(objects_.card, panel_.language()));
        objects_.terminal.set(tag::aid_of_terminal, selected_.aid);
        objects_.terminal.set(tag::version_of_terminal, selected_.accepted->version);
        objects_.terminal.set(tag::terminal_qualifiers, qualifiers(*selected_.accepted));
        std::string name = to_hex(selected_.aid);
        co_await report_.done("selection", std::move(name));
        co_return std::nullopt;
    }
    co_await report_.failed("selection", none_common);
    co_return Tap{Tap::End::use_contacts, none_common};
}

}  // namespace posbench::terminal
