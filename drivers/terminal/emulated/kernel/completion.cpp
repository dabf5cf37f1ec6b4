#include <algorithm>
#include <utility>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Issuer authentication, script processing and completion, EMV book 3 clauses 10.9 to 10.11.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t aip_issuer_authentication = 0x04;
constexpr std::size_t most_script_octets = 128;  // book 4 clause 6.3.9, of all scripts of a reply
constexpr std::size_t most_scripts = 16;         // of a reply: more commands do not go into so many octets
constexpr std::size_t script_result_octets = 5;
constexpr ChipFailure declined{"declined", "card_declined", Text::card_declined};

// Octet 1 of a script result (book 4 annex A5).
constexpr std::uint8_t script_not_performed = 0x00;
constexpr std::uint8_t script_failed = 0x10;
constexpr std::uint8_t script_successful = 0x20;

const emv::Tlv* find_object(const std::vector<emv::Tlv>& list, emv::Tag wanted) {
    const auto found = std::ranges::find(list, wanted, &emv::Tlv::tag);
    return found == list.end() ? nullptr : &*found;
}

/// With tag and length, as the limit counts them.
std::size_t encoded_size(const emv::Tlv& object) {
    Bytes octets;
    emv::append_tlv(octets, object.tag, object.value);
    return octets.size();
}

}  // namespace

/// EXTERNAL AUTHENTICATE when the card has the command; otherwise the data go into CDOL2.
Task<ChipStep> Kernel::authenticate_issuer(ByteView data) {
    objects_.terminal.set(tag::issuer_authentication, data);
    if (!aip_has(aip_issuer_authentication)) co_return std::nullopt;
    bool accepted = false;
    if (data.size() >= 8 && data.size() <= 16) {
        Bytes apdu = emv::make_apdu({0x00, 0x82, 0x00, 0x00}, data, emv::Le::none);
        const auto answer = co_await channel_.send(std::move(apdu));
        if (!answer) co_return co_await report_.failed("issuer_authentication", answer.error());
        accepted = answer->sw == emv::sw::ok;
    }
    set_tsi(issuer_authentication_performed);
    if (!accepted) tvr_.set(emv::Tvr::issuer_authentication_failed);
    refresh_results();
    co_return co_await report_.done("issuer_authentication", accepted ? "accepted" : "rejected");
}

Task<Kernel::ScriptEnd> Kernel::run_script(const emv::Tlv& script) {
    std::uint8_t number = 0;
    for (const emv::Tlv& object : script.children) {
        if (object.tag != tag::script_command) continue;
        number = static_cast<std::uint8_t>(std::min(number + 1, 15));
        const ScriptEnd stopped{static_cast<std::uint8_t>(script_failed | number)};
        if (object.value.size() < 4) co_return stopped;
        const auto answer = co_await channel_.send(object.value);
        if (!answer) co_return ScriptEnd{stopped.result, answer.error()};
        const std::uint16_t sw1 = answer->sw >> 8;
        const bool fine = sw1 == 0x90 || sw1 == 0x62 || sw1 == 0x63;
        if (!fine) co_return stopped;
    }
    co_return ScriptEnd{number == 0 ? script_not_performed : script_successful};
}

/// Runs the issuer scripts of one kind (71 before, 72 after the second cryptogram).
Task<ChipStep> Kernel::run_scripts(const std::vector<emv::Tlv>& reply, emv::Tag wanted,
                                   emv::Tvr::Bit failed_bit) {
    if (settings_.defects.has(Defect::ignores_scripts)) co_return std::nullopt;
    bool any = false;
    ChipStep gone;
    for (const emv::Tlv& script : reply) {
        if (script.tag != wanted) continue;
        any = true;
        script_octets_ += encoded_size(script);
        if (script_results_.size() == most_scripts * script_result_octets) {
            tvr_.set(failed_bit);
            break;
        }
        std::uint8_t outcome = script_not_performed;
        if (!gone && script_octets_ <= most_script_octets) {
            const ScriptEnd ran = co_await run_script(script);
            outcome = ran.result;
            gone = ran.failure;
        }
        if (outcome != script_successful) tvr_.set(failed_bit);
        const emv::Tlv* identifier = find_object(script.children, tag::script_identifier);
        Bytes identity = identifier ? identifier->value : Bytes();
        identity.resize(4);
        script_results_.push_back(outcome);
        script_results_.insert(script_results_.end(), identity.begin(), identity.end());
    }
    if (!any) co_return std::nullopt;
    set_tsi(scripts_performed);
    objects_.terminal.set(tag::script_results, script_results_);
    refresh_results();
    if (gone) co_return co_await report_.failed("scripts", *gone);
    co_return co_await report_.done("scripts");
}

Task<ChipStep> Kernel::complete(HostDecision decision) {
    const bool approved = decision.approved;
    decision_ = Decision::declined;  // until the card has confirmed
    const ChipStep end = co_await confirm(std::move(decision));
    const bool removed = end && end->reason == "card_removed";
    if (approved && removed && settings_.defects.has(Defect::ignores_removal)) {
        decision_ = Decision::approved;
        co_return std::nullopt;
    }
    co_return end;
}

Task<ChipStep> Kernel::confirm(HostDecision decision) {
    // What is no TLV is taken as no issuer data: the card then decides without.
    const auto parsed = emv::parse_tlv(decision.icc);
    const std::vector<emv::Tlv> reply = parsed ? *parsed : std::vector<emv::Tlv>();
    objects_.terminal.set(tag::authorisation_code, as_bytes(decision.authorisation_code));
    const bool passed_on = !settings_.defects.has(Defect::ignores_issuer_authentication);
    const emv::Tlv* data = find_object(reply, tag::issuer_authentication);
    if (data && passed_on) {
        const ChipStep ended = co_await authenticate_issuer(data->value);
        if (ended) co_return ended;
    }
    const ChipStep before = co_await run_scripts(reply, tag::script_before, emv::Tvr::script_failed_before);
    if (before) co_return before;

    const Cryptogram wanted = decision.approved ? Cryptogram::tc : Cryptogram::aac;
    const auto given = co_await generate_ac(wanted, tag::cdol2);
    if (!given) co_return co_await report_.failed("second_ac", given.error());
    co_await report_.done("second_ac", *given == Cryptogram::tc ? "TC" : "AAC");
    const bool taken_for_tc = decision.approved && settings_.defects.has(Defect::ignores_second_ac);
    // A TC whose signature is wrong approves nothing (book 4 clause 6.3.2).
    const bool genuine = *given == Cryptogram::tc && !signature_failed_;
    const bool confirmed = genuine || taken_for_tc;
    if (decision.approved && confirmed) decision_ = Decision::approved;

    const ChipStep after = co_await run_scripts(reply, tag::script_after, emv::Tvr::script_failed_after);
    if (after && !confirmed) co_return after;
    if (decision.approved && !confirmed) co_return declined;
    co_return std::nullopt;
}

}  // namespace posbench::terminal
