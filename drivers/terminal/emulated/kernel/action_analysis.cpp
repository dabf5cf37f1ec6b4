#include <algorithm>
#include <array>
#include <utility>

#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Terminal action analysis and the first cryptogram, EMV book 3 clauses 10.7 and 10.8, book 4 clauses 6.3.6,
/// 6.3.7 and 12.2.1.
namespace posbench::terminal {

using runtime::Task;

namespace {

// Authorisation response codes that the terminal itself gives (8A; book 4 annex A6).
constexpr std::string_view offline_approved = "Y1";
constexpr std::string_view offline_declined = "Z1";
constexpr std::string_view unable_to_go_online_approved = "Y3";
constexpr std::string_view unable_to_go_online_declined = "Z3";

constexpr std::uint8_t reason_mask = 0x07;  // of the cryptogram information data
constexpr std::uint8_t service_not_allowed = 0x01;
constexpr std::uint8_t nothing = 0x00, everything = 0xFF;  // action codes of an issuer who gives none

}  // namespace

bool Kernel::demanded(const std::array<std::uint8_t, 5>& terminal_code, emv::Tag issuer_code,
                      std::uint8_t when_absent) const noexcept {
    const ByteView given = objects_.card.get(issuer_code);
    const ByteView results = tvr_.octets();
    for (std::size_t i = 0; i < results.size(); ++i) {
        const std::uint8_t of_issuer = given.empty() ? when_absent : i < given.size() ? given[i] : nothing;
        if ((results[i] & (terminal_code[i] | of_issuer)) != 0) return true;
    }
    return false;
}

/// What the terminal asks the card for first. What an online-only terminal may not deny goes online; an
/// offline-only one has no host to ask, so "default" stands for "online".
Kernel::Cryptogram Kernel::analyse() const noexcept {
    const AcceptedApplication& application = *selected_.accepted;
    const TerminalType type = settings_.terminal_type;
    if (demanded(application.tac_denial, tag::iac_denial, nothing)) return Cryptogram::aac;
    if (!type.can_approve_offline()) return Cryptogram::arqc;
    if (!type.can_go_online())
        return demanded(application.tac_default, tag::iac_default, everything) ? Cryptogram::aac
                                                                               : Cryptogram::tc;
    return demanded(application.tac_online, tag::iac_online, everything) ? Cryptogram::arqc : Cryptogram::tc;
}

/// What a card or terminal that declines offline comes to.
ChipFailure Kernel::refusal() const {
    if (tvr_.has(emv::Tvr::expired_application)) return {"declined", "expired_card", Text::expired_card};
    const ByteView information = objects_.card.get(tag::cryptogram_information);
    if (!information.empty() && (information[0] & reason_mask) == service_not_allowed)
        return {"declined", "offline_decline", Text::not_accepted};
    return {"declined", "offline_decline", Text::card_declined};
}

/// An ARQC whose signature is wrong: the transaction ends at once with an AAC, and nothing is sent (book 4
/// clause 6.3.2).
Task<ChipStep> Kernel::decline_unsigned() {
    constexpr ChipFailure declined{"declined", "offline_decline", Text::card_declined};
    objects_.terminal.set(tag::authorisation_code, as_bytes(offline_declined));
    const auto given = co_await generate_ac(Cryptogram::aac, tag::cdol2);
    const ChipFailure end = given ? declined : given.error();
    std::string detail = given ? "AAC" : "";
    co_return co_await report_.failed("second_ac", end, std::move(detail));
}

Task<ChipStep> Kernel::first_cryptogram() {
    const Cryptogram wanted = analyse();
    if (wanted != Cryptogram::arqc) {
        const bool approves = wanted == Cryptogram::tc;
        objects_.terminal.set(tag::authorisation_code,
                              as_bytes(approves ? offline_approved : offline_declined));
    }
    std::string asked(cryptogram_name(static_cast<std::uint8_t>(wanted)));
    co_await report_.done("action_analysis", std::move(asked));

    const auto given = co_await generate_ac(wanted, tag::cdol1);
    if (!given) co_return co_await report_.failed("first_ac", given.error());
    co_return co_await act_on_first(*given);
}

/// Book 4 clause 6.3.7; of signatures that are wrong, clause 6.3.2.1.
Task<ChipStep> Kernel::act_on_first(Cryptogram given) {
    std::string detail(cryptogram_name(static_cast<std::uint8_t>(given)));
    if (given == Cryptogram::aac || (given == Cryptogram::tc && signature_failed_)) {
        decision_ = Decision::declined;
        const ChipFailure declined = refusal();
        co_return co_await report_.failed("first_ac", declined, std::move(detail));
    }
    co_await report_.done("first_ac", std::move(detail));
    if (given == Cryptogram::tc) {
        decision_ = Decision::approved;
        co_return std::nullopt;
    }
    objects_.terminal.erase(tag::authorisation_code);
    if (signature_failed_) {
        decision_ = Decision::declined;
        co_return co_await decline_unsigned();
    }
    decision_ = Decision::online;
    if (!settings_.terminal_type.can_go_online()) co_return co_await complete_without_host();
    co_return std::nullopt;
}

/// Clause 10.7: an online-only terminal declines; any other does so where the action codes "default" say so.
Task<ChipStep> Kernel::complete_without_host() {
    constexpr ChipFailure declined{"declined", "offline_decline", Text::card_declined};
    const AcceptedApplication& application = *selected_.accepted;
    const bool approves = settings_.terminal_type.can_approve_offline() &&
                          !demanded(application.tac_default, tag::iac_default, everything);
    objects_.terminal.set(tag::authorisation_code,
                          as_bytes(approves ? unable_to_go_online_approved : unable_to_go_online_declined));
    decision_ = Decision::declined;
    const auto given = co_await generate_ac(approves ? Cryptogram::tc : Cryptogram::aac, tag::cdol2);
    if (!given) co_return co_await report_.failed("second_ac", given.error());
    std::string detail(cryptogram_name(static_cast<std::uint8_t>(*given)));
    co_await report_.done("second_ac", std::move(detail));
    if (*given != Cryptogram::tc || signature_failed_) co_return declined;
    decision_ = Decision::approved;
    co_return std::nullopt;
}

}  // namespace posbench::terminal
