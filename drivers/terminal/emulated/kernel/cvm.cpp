#include <array>

#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Cardholder verification, EMV book 3 clause 10.5 and annex C3.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t aip_cardholder_verification = 0x10;

// CVM codes: low six bits the method, 0x40 "apply the next rule if this one is unsuccessful".
constexpr std::uint8_t method_mask = 0x3F;
constexpr std::uint8_t try_next = 0x40;
constexpr std::uint8_t fail_cvm = 0x00;
constexpr std::uint8_t plaintext_pin = 0x01;
constexpr std::uint8_t online_pin = 0x02;
constexpr std::uint8_t plaintext_pin_and_signature = 0x03;
constexpr std::uint8_t enciphered_pin = 0x04;
constexpr std::uint8_t enciphered_pin_and_signature = 0x05;
constexpr std::uint8_t signature = 0x1E;
constexpr std::uint8_t no_cvm = 0x1F;

// Third octet of the CVM results.
constexpr std::uint8_t result_unknown = 0x00;
constexpr std::uint8_t result_failed = 0x01;
constexpr std::uint8_t result_successful = 0x02;

constexpr std::uint8_t no_rule_applied = 0x3F;

std::uint64_t big_endian(ByteView octets) {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : octets) value = value << 8 | octet;
    return value;
}

}  // namespace

/// Of a combination both methods (book 4 clause 6.3.4).
bool Kernel::supports(std::uint8_t method) const noexcept {
    const Capabilities& own = settings_.capabilities;
    switch (method) {
        case plaintext_pin:
            return own.plaintext_pin();
        case plaintext_pin_and_signature:
            return own.plaintext_pin() && own.signature();
        case enciphered_pin:
            return own.enciphered_pin();
        case enciphered_pin_and_signature:
            return own.enciphered_pin() && own.signature();
        case online_pin:
            return own.online_pin() && selected_.accepted->online_pin;
        case signature:
            return own.signature();
        case no_cvm:
            return own.no_cvm();
        default:
            return method == fail_cvm;
    }
}

bool Kernel::condition_holds(const Rule& rule, std::uint64_t x, std::uint64_t y) const {
    // X and Y are in the application's currency and bind only when that is the transaction's.
    const ByteView own = objects_.card.get(tag::application_currency);
    const bool same_currency =
        big_endian(own) == big_endian(objects_.terminal.get(tag::currency)) && !own.empty();
    const auto amount = static_cast<std::uint64_t>(amount_.minor());
    switch (rule.condition) {
        case 0x00:  // always
        case 0x02:  // neither cash nor cashback
            return true;
        case 0x03:  // the terminal supports the method
            return supports(rule.method & method_mask);
        case 0x06:
            return same_currency && amount < x;
        case 0x07:
            return same_currency && amount > x;
        case 0x08:
            return same_currency && amount < y;
        case 0x09:
            return same_currency && amount > y;
        default:  // cash and cashback, and conditions nobody has defined
            return false;
    }
}

Kernel::Verified Kernel::not_entered(PinEntry::End end) {
    if (end == PinEntry::End::bypassed) {
        pin_bypassed_ = true;
        tvr_.set(emv::Tvr::pin_not_entered);
        return Verified::no;
    }
    cvm_end_ = end == PinEntry::End::cancelled ? ChipFailure{"cancelled", "cancelled", Text::cancelled}
                                               : ChipFailure{"cancelled", "no_input", Text::no_input};
    return Verified::ended;
}

Task<Kernel::Verified> Kernel::verify_online_pin() {
    if (pin_bypassed_) co_return Verified::no;
    pin_ = co_await ask_pin(panel_, clock_, settings_, amount_);
    if (pin_.end != PinEntry::End::entered) co_return not_entered(pin_.end);
    tvr_.set(emv::Tvr::online_pin_entered);
    co_return Verified::yes;
}

/// A PIN method counts as "no PIN pad" only where the terminal has no PIN of its kind at all, offline or
/// online (clause 10.5.1, 10.5.2).
void Kernel::note_not_performed(std::uint8_t method) {
    const Capabilities& own = settings_.capabilities;
    const bool offline_pins = own.plaintext_pin() || own.enciphered_pin();
    switch (method) {
        case plaintext_pin:
        case plaintext_pin_and_signature:
        case enciphered_pin:
        case enciphered_pin_and_signature:
            if (!offline_pins) tvr_.set(emv::Tvr::pin_pad_absent);
            break;
        case online_pin:
            tvr_.set(emv::Tvr::pin_pad_absent);
            break;
        case signature:
        case no_cvm:
            break;
        default:
            tvr_.set(emv::Tvr::cvm_unrecognised);
    }
}

Task<Kernel::Verified> Kernel::perform(std::uint8_t method) {
    switch (method) {
        case online_pin:
            co_return co_await verify_online_pin();
        case plaintext_pin:
        case enciphered_pin:
            co_return co_await verify_offline_pin(method == enciphered_pin);
        case plaintext_pin_and_signature:
        case enciphered_pin_and_signature: {
            const Verified verified = co_await verify_offline_pin(method == enciphered_pin_and_signature);
            signature_ = verified == Verified::yes;
            co_return verified;
        }
        case signature:
            signature_ = true;
            co_return Verified::yes;
        default:
            co_return method == no_cvm ? Verified::yes : Verified::no;
    }
}

void Kernel::set_cvm_results(Rule rule, std::uint8_t result) {
    const std::array<std::uint8_t, 3> results{rule.method, rule.condition, result};
    objects_.terminal.set(tag::cvm_results, results);
}

/// Results and bits as book 4, table 2, has them: a method is performed only when the terminal supports it,
/// and the results tell of the last that was performed.
Task<ChipStep> Kernel::verify_cardholder() {
    constexpr Rule none{no_rule_applied, 0x00};
    const ByteView list = objects_.card.get(tag::cvm_list);
    set_cvm_results(none, result_unknown);
    if (!aip_has(aip_cardholder_verification)) co_return co_await report_.done("cvm", "not asked for");
    if (list.size() < 10 || list.size() % 2 != 0) {
        // Without rules there is nothing to perform (clause 10.5); absent although announced is missing data.
        tvr_.set(emv::Tvr::icc_data_missing);
        refresh_results();
        co_return co_await report_.done("cvm", "no rules");
    }
    const std::uint64_t x = big_endian(list.first(4)), y = big_endian(list.subspan(4, 4));
    Rule last = none;
    Verified verified = Verified::no;
    for (std::size_t at = 8; at + 1 < list.size(); at += 2) {
        const Rule rule{list[at], list[at + 1]};
        const std::uint8_t method = rule.method & method_mask;
        if (!condition_holds(rule, x, y)) continue;
        if (supports(method)) {
            last = rule;
            verified = co_await perform(method);
        } else {
            note_not_performed(method);
        }
        if (verified != Verified::no || (rule.method & try_next) == 0) break;
    }
    if (verified == Verified::ended) co_return co_await report_.failed("cvm", *cvm_end_);

    set_tsi(cvm_performed);
    if (verified == Verified::no) tvr_.set(emv::Tvr::cvm_failed);
    const std::uint8_t method = last.method & method_mask;
    const bool known = method == no_cvm || method == plaintext_pin || method == enciphered_pin;
    const std::uint8_t success = known ? result_successful : result_unknown;
    set_cvm_results(last, verified == Verified::yes ? success : result_failed);
    refresh_results();
    co_return co_await report_.done("cvm");
}

}  // namespace posbench::terminal
