#include <utility>

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

bool Kernel::supports(std::uint8_t method) const noexcept {
    const Capabilities& capabilities = settings_.capabilities;
    switch (method) {
        case online_pin:
            return capabilities.online_pin();
        case signature:
            return capabilities.signature();
        case no_cvm:
            return capabilities.no_cvm();
        default:
            return method == fail_cvm;
    }
}

bool Kernel::condition_holds(const Rule& rule, std::uint64_t x, std::uint64_t y) const {
    // X and Y are in the application's currency and bind only when that is the transaction's.
    const ByteView own = card_.get(tag::application_currency);
    const bool same_currency = big_endian(own) == big_endian(terminal_.get(tag::currency)) && !own.empty();
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

Task<Kernel::Verified> Kernel::verify_online_pin() {
    pin_ = co_await ask_pin(panel_, clock_, settings_, amount_);
    switch (pin_.end) {
        case PinEntry::End::entered:
            tvr_.set(emv::Tvr::online_pin_entered);
            co_return Verified::yes;
        case PinEntry::End::bypassed:
            tvr_.set(emv::Tvr::pin_not_entered);
            co_return Verified::no;
        case PinEntry::End::cancelled:
            cardholder_end_ = ChipFailure{"cancelled", "cancelled", Text::cancelled};
            co_return Verified::ended;
        case PinEntry::End::timed_out:
            cardholder_end_ = ChipFailure{"cancelled", "no_input", Text::no_input};
            co_return Verified::ended;
    }
    co_return Verified::ended;
}

Task<Kernel::Verified> Kernel::apply(Rule rule) {
    const std::uint8_t method = rule.method & method_mask;
    switch (method) {
        case online_pin:
            if (supports(method)) co_return co_await verify_online_pin();
            tvr_.set(emv::Tvr::pin_pad_absent);
            co_return Verified::no;
        case signature:
            signature_ = supports(method);
            co_return signature_ ? Verified::yes : Verified::no;
        case no_cvm:
            co_return supports(method) ? Verified::yes : Verified::no;
        case fail_cvm:
            co_return Verified::no;
        case plaintext_pin:
        case plaintext_pin_and_signature:
        case enciphered_pin:
        case enciphered_pin_and_signature:
            tvr_.set(emv::Tvr::pin_pad_absent);  // no PIN pad for PINs the card itself would check
            co_return Verified::no;
        default:
            tvr_.set(emv::Tvr::cvm_unrecognised);
            co_return Verified::no;
    }
}

void Kernel::set_cvm_results(Rule rule, std::uint8_t result) {
    const std::array<std::uint8_t, 3> results{rule.method, rule.condition, result};
    terminal_.set(tag::cvm_results, results);
}

Task<ChipStep> Kernel::verify_cardholder() {
    constexpr Rule none{no_rule_applied, 0x00};
    const ByteView list = card_.get(tag::cvm_list);
    set_cvm_results(none, result_unknown);
    if (!aip_has(aip_cardholder_verification)) co_return co_await done("cvm", "not asked for");
    if (list.size() < 10 || list.size() % 2 != 0) {
        // Without rules there is nothing to perform (clause 10.5); absent although announced is missing data.
        tvr_.set(emv::Tvr::icc_data_missing);
        refresh_results();
        co_return co_await done("cvm", "no rules");
    }
    const std::uint64_t x = big_endian(list.first(4)), y = big_endian(list.subspan(4, 4));
    Rule last = none;
    Verified verified = Verified::no;
    for (std::size_t at = 8; at + 1 < list.size(); at += 2) {
        const Rule rule{list[at], list[at + 1]};
        if (!condition_holds(rule, x, y)) continue;
        last = rule;
        verified = co_await apply(rule);
        if (verified != Verified::no || (rule.method & try_next) == 0) break;
    }
    if (verified == Verified::ended) co_return co_await failed("cvm", *cardholder_end_);

    set_tsi(cvm_performed);
    if (verified == Verified::no) tvr_.set(emv::Tvr::cvm_failed);
    const std::uint8_t method = last.method & method_mask;
    const std::uint8_t success = method == no_cvm ? result_successful : result_unknown;
    set_cvm_results(last, verified == Verified::yes ? success : result_failed);
    refresh_results();
    co_return co_await done("cvm");
}

}  // namespace posbench::terminal
