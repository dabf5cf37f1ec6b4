#include <algorithm>
#include <span>
#include <utility>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Read application data, EMV book 3 clause 10.2.
namespace posbench::terminal {

using runtime::Task;

namespace {

// Files of EMV end at 10; those of payment system (11 to 20) and issuer (21 to 30) follow (clause 5.3.2.2).
constexpr std::uint8_t last_emv_file = 10;
constexpr std::uint8_t last_file = 30;
constexpr std::size_t most_records = 64;
constexpr std::size_t most_objects = 256;
constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};

/// Track 2 equivalent data as field 35 carries it: digits with one separator D, at most 37 in all.
std::optional<std::string> track2_of(ByteView octets) {
    std::string nibbles = to_hex(octets);
    const std::size_t padding = std::min(nibbles.find('F'), nibbles.size());
    if (nibbles.find_first_not_of('F', padding) != std::string::npos) return std::nullopt;
    nibbles.erase(padding);
    const auto other = [](char c) { return (c < '0' || c > '9') && c != 'D'; };
    if (nibbles.size() > 37 || std::ranges::count(nibbles, 'D') != 1 || std::ranges::any_of(nibbles, other))
        return std::nullopt;
    return nibbles;
}

}  // namespace

Task<ChipStep> Kernel::read_file(std::uint8_t sfi, std::uint8_t first, std::uint8_t last,
                                 std::uint8_t authenticated) {
    for (unsigned number = first; number <= last; ++number) {
        Bytes apdu{0x00, 0xB2, static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(sfi << 3 | 0x04),
                   0x00};
        const auto answer = co_await command(std::move(apdu));
        if (!answer) co_return answer.error();
        if (answer->sw != emv::sw::ok) co_return corrupt;
        if (number - first < authenticated) authenticated_records_.push_back({sfi, answer->data});
        // A proprietary record takes part in offline data authentication at most, whole and in any coding
        // (clauses 10.2, 10.3).
        if (sfi > last_emv_file) continue;
        const auto list = emv::parse_tlv(answer->data);
        if (!list || list->size() != 1 || list->front().tag != tag::record) co_return corrupt;
        // One object twice is an error of the card (book 3 clause 10.2).
        if (!card_.absorb(list->front().children).empty() || card_.entries().size() > most_objects)
            co_return corrupt;
    }
    co_return std::nullopt;
}

/// Checks what every application must have and takes the card's number out of it.
bool Kernel::take_card_data() {
    for (const emv::Tag mandatory : {tag::pan, tag::expiry_date, tag::cdol1, tag::cdol2})
        if (!card_.has(mandatory)) return false;
    const auto pan = emv::compressed_numeric(card_.get(tag::pan));
    if (!pan || pan->size() < 8 || pan->size() > 19 || !emv::parse_date(to_hex(card_.get(tag::expiry_date))))
        return false;
    // A date that is none ends the transaction (book 3 clause 7.5).
    const ByteView effective = card_.get(tag::effective_date);
    if (!effective.empty() && !emv::parse_date(to_hex(effective))) return false;
    pan_ = *pan;
    expiry_ = to_hex(card_.get(tag::expiry_date)).substr(0, 4);
    if (const ByteView psn = card_.get(tag::psn); !psn.empty()) {
        const auto digits = emv::compressed_numeric(psn);
        if (!digits || digits->size() != 2) return false;
        psn_ = *digits;
    }
    if (const ByteView track = card_.get(tag::track2); !track.empty()) {
        const auto text = track2_of(track);
        if (!text || text->substr(0, text->find('D')) != pan_) return false;
        track2_ = *text;
    }
    return true;
}

Task<ChipStep> Kernel::read_data() {
    // Objects of the FCI may come again in a record; only those of the records must be single.
    const emv::TlvMap from_selection = std::exchange(card_, {});
    std::size_t records = 0;
    for (std::size_t at = 0; at + 4 <= afl_.size(); at += 4) {
        const std::uint8_t sfi = afl_[at] >> 3, first = afl_[at + 1], last = afl_[at + 2];
        const bool valid = (afl_[at] & 0x07) == 0 && sfi >= 1 && sfi <= last_file && first >= 1 &&
                           last >= first && afl_[at + 3] <= last - first + 1;
        if (!valid) co_return co_await failed("read_data", corrupt, "AFL");
        records += last - first + 1u;
        if (records > most_records) co_return co_await failed("read_data", corrupt, "too many records");
        const ChipStep failure = co_await read_file(sfi, first, last, afl_[at + 3]);
        if (failure) co_return co_await failed("read_data", *failure, "record");
    }
    for (const auto& entry : from_selection.entries())
        if (!card_.has(entry.tag)) card_.set(entry.tag, entry.value);
    if (!take_card_data()) co_return co_await failed("read_data", corrupt, "mandatory data");
    co_return co_await done("read_data");
}

}  // namespace posbench::terminal
