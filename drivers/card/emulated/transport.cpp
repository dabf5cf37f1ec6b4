#include "drivers/card/emulated/transport.hpp"

#include <algorithm>
#include <utility>

#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t header = 4;
constexpr std::size_t longest_answer = 256;  ///< data of an answer to a short command
constexpr std::size_t largest_ifsd = 254;
constexpr std::size_t largest_fsd = 256;
constexpr std::size_t t1_prologue = 3;        ///< NAD PCB LEN
constexpr std::size_t contactless_frame = 3;  ///< PCB and CRC; no CID, no NAD

Bytes status(std::uint8_t sw1, std::size_t sw2) {
    return {sw1, static_cast<std::uint8_t>(sw2)};
}

/// Every block but the last is acknowledged by one without information.
std::size_t chained(std::size_t octets, std::size_t block, std::size_t overhead) noexcept {
    const std::size_t blocks = std::max<std::size_t>(1, (octets + block - 1) / block);
    return octets + (2 * blocks - 1) * overhead;
}

/// Rounded up.
std::int64_t times_in(runtime::Duration whole, runtime::Duration part) noexcept {
    return (whole + part - runtime::Duration(1)) / part;
}

/// The T=0 command of an APDU: P3 is always there, an Le behind data never (ISO/IEC 7816-3 clause 12.2).
std::size_t t0_command_octets(ByteView command) noexcept {
    if (command.size() <= header + 1) return header + 1;
    return std::min(command.size(), header + 1 + command[header]);
}

}  // namespace

std::string_view to_string(Interface interface) noexcept {
    return interface == Interface::contact ? "contact" : "contactless";
}

bool speaks_protocol_of(const emv::Atr& atr) noexcept {
    return atr.protocol() == 0 || atr.protocol() == 1;
}

Transport::Transport(const emv::Atr& atr)
    : protocol_(atr.protocol() == 1 ? Protocol::t1 : Protocol::t0),
      waiting_time_(protocol_ == Protocol::t1 ? atr.block_waiting_time() : atr.work_waiting_time()),
      extra_guard_time_(atr.extra_guard_time == 255 ? 0 : atr.extra_guard_time) {
    if (protocol_ == Protocol::t0) return;
    block_overhead_ = t1_prologue + (atr.crc ? 2 : 1);
    command_block_ = static_cast<std::size_t>(atr.information_size);
    answer_block_ = largest_ifsd;
}

Transport::Transport(const emv::Ats& ats)
    : protocol_(Protocol::iso14443_4),
      waiting_time_(ats.frame_waiting_time()),
      block_overhead_(contactless_frame),
      command_block_(static_cast<std::size_t>(ats.frame_size) - contactless_frame),
      answer_block_(largest_fsd - contactless_frame) {}

runtime::Duration Transport::extension() const noexcept {
    // A NULL begins the waiting time anew. One S(WTX) multiplies it: ISO/IEC 7816-3 clause 11.6.2.3; ISO/IEC
    // 14443-4 clause 7.3, up to 59 times and never beyond the waiting time of FWI 14.
    if (protocol_ == Protocol::t1) return waiting_time_ * 255;
    if (protocol_ == Protocol::t0) return waiting_time_;
    emv::Ats longest;
    longest.frame_waiting_integer = 14;
    return std::min(waiting_time_ * 59, longest.frame_waiting_time());
}

std::int64_t Transport::extensions(runtime::Duration work) const noexcept {
    if (work <= waiting_time_) return 0;
    return times_in(work - waiting_time_, extension());
}

runtime::Duration Transport::patience(runtime::Duration work, std::int64_t asked) const noexcept {
    const auto needed = waiting_time_ * std::max<std::int64_t>(1, times_in(work, waiting_time_));
    return std::min(needed, waiting_time_ + extension() * asked);
}

std::size_t Transport::extension_octets() const noexcept {
    return protocol_ == Protocol::t0 ? 1 : 2 * (block_overhead_ + 1);
}

std::size_t Transport::command_octets(ByteView command) const noexcept {
    if (protocol_ != Protocol::t0) return chained(command.size(), command_block_, block_overhead_);
    const std::size_t octets = t0_command_octets(command);
    return octets > header + 1 ? octets + 1 : octets;  // the card's procedure byte before the data
}

std::size_t Transport::answer_octets(std::size_t answer) const noexcept {
    if (protocol_ != Protocol::t0) return chained(answer, answer_block_, block_overhead_);
    return answer > 2 ? answer + 1 : answer;
}

std::size_t Transport::first_part_octets(std::size_t answer) const noexcept {
    return protocol_ == Protocol::t0 ? 1 : std::min(answer, answer_block_) + block_overhead_;
}

bool Transport::bounds_answer() const noexcept {
    return protocol_ != Protocol::t0 && expected_ && *expected_ < longest_answer;
}

std::optional<std::uint16_t> Transport::refusal(std::size_t data) const noexcept {
    if (!bounds_answer() || data <= *expected_) return std::nullopt;
    if (*expected_ == 0) return emv::sw::wrong_length;
    return static_cast<std::uint16_t>(emv::sw::wrong_expected_length | (data & 0xFF));
}

Transport::Taken Transport::take(ByteView command) {
    constexpr std::uint8_t get_response_ins = 0xC0;
    Taken taken{Bytes(command.begin(), command.end()), std::nullopt};
    expected_.reset();
    if (protocol_ != Protocol::t0) {
        if (const auto apdu = emv::parse_command(command)) expected_ = apdu->expected;
        return taken;
    }
    if (command.size() >= header && command[0] == 0x00 && command[1] == get_response_ins) {
        taken.answer = get_response(command);
        return taken;
    }
    waiting_.clear();
    if (command.size() == header || command.size() == header + 1)
        expected_ = command.size() == header ? longest_answer : emv::expected_length(command[header]);
    if (command.size() > header + 1 && command.size() == header + 2 + command[header])
        taken.command.pop_back();
    return taken;
}

Transport::Given Transport::give(Bytes answer) {
    constexpr std::size_t sw = 2;
    if (protocol_ != Protocol::t0 || answer.size() <= sw) return {std::move(answer)};
    const std::size_t data = answer.size() - sw;
    if (expected_ && *expected_ == data) return {std::move(answer)};
    if (expected_ && data <= longest_answer) return {status(0x6C, data), true, true};
    waiting_ = std::move(answer);
    begun_ = false;
    if (expected_ == longest_answer) return hand_out(longest_answer);
    std::uint8_t& sw1 = waiting_[data];
    std::uint8_t& sw2 = waiting_[data + 1];
    if (sw1 == 0x62 || sw1 == 0x63) return {{std::exchange(sw1, 0x90), std::exchange(sw2, 0x00)}};
    return {status(0x61, std::min(data, longest_answer))};
}

/// EMV book 1 clause 9.3.1.3 and ISO/IEC 7816-4 clause 7.6.1.
Transport::Given Transport::get_response(ByteView command) {
    if (command.size() > header + 1) return {Bytes{0x67, 0x00}};
    if (command[2] != 0 || command[3] != 0) return {Bytes{0x6A, 0x86}};
    // No command left data behind, so its conditions of use are not satisfied (ISO/IEC 7816-4, table 6).
    if (waiting_.empty()) return {Bytes{0x69, 0x85}};
    const std::size_t length =
        command.size() == header ? longest_answer : emv::expected_length(command[header]);
    const std::size_t data = waiting_.size() - 2;
    if (length > data) return {status(0x6C, data), true, true};
    return hand_out(length);
}

Transport::Given Transport::hand_out(std::size_t octets) {
    const std::size_t data = waiting_.size() - 2;
    if (octets == data) return {std::exchange(waiting_, {}), !begun_};
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(octets);
    Given given{Bytes(waiting_.begin(), end), false};
    waiting_.erase(waiting_.begin(), end);
    begun_ = true;
    given.octets.push_back(0x61);
    given.octets.push_back(static_cast<std::uint8_t>(std::min(data - octets, longest_answer)));
    return given;
}

}  // namespace posbench::card
