#include "bench/cli/card_session.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/runtime/job.hpp"
#include "bench/runtime/overloaded.hpp"
#include "bench/runtime/random.hpp"

namespace posbench::cli {
namespace {

struct Object {
    emv::Tag tag;
    std::string_view value;
};

/// A purchase of 1.00 CNY at an attended terminal in China, online and offline, without anything amiss. Over
/// the field: quick profiles and contact chip, online PIN and signature, nothing required, fDDA version 01.
constexpr std::array customary_objects{
    Object{0x9F02, "000000000100"}, Object{0x9F03, "000000000000"}, Object{0x9F1A, "0156"},
    Object{0x95, "0000000000"},     Object{0x5F2A, "0156"},         Object{0x9C, "00"},
    Object{0x9F33, "E0F8C8"},       Object{0x9F34, "1F0300"},       Object{0x9F35, "22"},
    Object{0x9F40, "6000F0A001"},   Object{0x8A, "3030"},           Object{0x9F66, "36004080"},
};

/// The application file locator in an answer to GET PROCESSING OPTIONS, of either format.
Bytes locator_in(ByteView answer) {
    const auto list = emv::parse_tlv(answer);
    if (!list || list->size() != 1) return {};
    const emv::Tlv& outer = list->front();
    constexpr std::size_t profile_size = 2;
    if (outer.tag == 0x80 && outer.value.size() > profile_size)
        return {outer.value.begin() + profile_size, outer.value.end()};
    emv::TlvMap objects;
    objects.absorb(*list);
    const ByteView afl = objects.get(0x94);
    return {afl.begin(), afl.end()};
}

/// @throws std::runtime_error when the card asks for more than a command holds
Bytes answer_list(const std::vector<emv::DolEntry>& dol, const emv::TlvMap& objects) {
    constexpr std::size_t longest = 252;  // with tag and length of the command template
    if (emv::dol_size(dol) > longest)
        throw std::runtime_error(
            fmt::format("the card's data object list asks for {} octets, a command holds {}",
                        emv::dol_size(dol), longest));
    return emv::build_dol(dol, objects);
}

runtime::Task<void> power_up(card::Reader& card, Bytes& atr) {
    auto given = co_await card.power_up();
    if (given) atr = *std::move(given);
}

runtime::Task<void> transmit(card::Reader& card, ByteView command, Bytes& answer) {
    auto given = co_await card.transmit(command);
    if (given) answer = *std::move(given);
}

/// A short command of case 2 or 4 (ISO/IEC 7816-4 clause 5.1).
bool ends_in_le(const Bytes& command) {
    return command.size() == 5 || (command.size() > 5 && command.size() == std::size_t{6} + command[4]);
}

}  // namespace

CardSession::CardSession(runtime::Clock& clock, card::Reader& card, emv::Secrets secrets, bool get_response,
                         Show show)
    : clock_(clock), card_(card), get_response_(get_response), show_(std::move(show)), dialogue_(secrets) {
    for (const Object& object : customary_objects) objects_.set(object.tag, hex(object.value));
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now());
    Bytes unpredictable(4);
    runtime::Random(1).fork("unpredictable number").fill(unpredictable);
    objects_.set(0x9F37, unpredictable);
    objects_.set(0x9A, hex(fmt::format("{:%y%m%d}", now)));
    objects_.set(0x9F21, hex(fmt::format("{:%H%M%S}", now)));
}

Bytes CardSession::reset() {
    dialogue_.reset();
    afl_.clear();
    last_sw_.reset();
    Bytes atr;
    const runtime::Job job(clock_, power_up(card_, atr));
    clock_.run_until([&] { return job.done(); });
    return atr;
}

void CardSession::perform(const Step& step) {
    std::visit(runtime::Overloaded{
                   [&](const SendOctets& raw) { send(raw.command); },
                   [&](const ResetCard&) { reset(); },
                   [&](const ProcessingOptions&) { send_processing_options(); },
                   [&](const ReadAllRecords&) { read_all_records(); },
                   [&](const GenerateAc& ac) { generate_ac(ac.type); },
                   [&](const SetObject& object) { objects_.set(object.tag, object.value); },
                   [](const Help&) {},
                   [](const Quit&) {},
               },
               step);
}

Bytes CardSession::ask(ByteView command) {
    Bytes answer;
    const runtime::Job job(clock_, transmit(card_, command, answer));
    clock_.run_until([&] { return job.done(); });
    return answer;
}

Bytes CardSession::exchange(ByteView command) {
    Bytes answer = ask(command);
    const card::Exchange heard = dialogue_.hear(command, answer);
    last_sw_ = heard.sw;
    show_(heard);
    answer.resize(answer.size() < 2 ? 0 : answer.size() - 2);
    return answer;
}

/// ISO/IEC 7816-4 clause 5.3.4 and EMV book 1 clause 9.3.1, bounded: a card that announces more and more is
/// not followed for ever.
Bytes CardSession::send(Bytes command) {
    constexpr int most_rounds = 64;
    const bool asks_for_data = command.size() > 5 && ends_in_le(command);
    Bytes data = exchange(command);
    const auto first_sw = last_sw_;
    const bool warned = last_sw_ && (*last_sw_ >> 8 == 0x62 || *last_sw_ >> 8 == 0x63);
    const bool data_wait = get_response_ && warned && asks_for_data && data.empty();
    if (data_wait) {  // EMV book 1 annex A7
        command = {0x00, 0xC0, 0x00, 0x00, 0x00};
        data = exchange(command);
    }
    for (int round = 0; get_response_ && last_sw_ && round < most_rounds; ++round) {
        const auto low = static_cast<std::uint8_t>(*last_sw_);
        if (*last_sw_ >> 8 == 0x6C && ends_in_le(command)) {
            command.back() = low;
            data = exchange(command);
        } else if (*last_sw_ >> 8 == 0x61) {
            const Bytes fetch{0x00, 0xC0, 0x00, 0x00, low};
            const Bytes more = exchange(fetch);
            append(data, more);
        } else {
            break;
        }
    }
    if (data_wait && last_sw_) last_sw_ = first_sw;
    return data;
}

void CardSession::send_processing_options() {
    Bytes data;
    emv::append_tlv(data, 0x83, answer_list(dialogue_.pdol(), objects_));
    Bytes command{0x80, 0xA8, 0x00, 0x00, static_cast<std::uint8_t>(data.size())};
    command.insert(command.end(), data.begin(), data.end());
    command.push_back(0x00);
    const Bytes answer = send(std::move(command));
    if (last_sw_ == 0x9000) afl_ = locator_in(answer);
}

void CardSession::read_all_records() {
    for (std::size_t i = 0; i + 4 <= afl_.size(); i += 4)
        for (unsigned record = afl_[i + 1]; record <= afl_[i + 2]; ++record) {
            send({0x00, 0xB2, static_cast<std::uint8_t>(record), static_cast<std::uint8_t>(afl_[i] | 0x04),
                  0x00});
            if (last_sw_ != 0x9000) return;
        }
}

void CardSession::generate_ac(std::uint8_t type) {
    const Bytes data = answer_list(dialogue_.next_cdol(), objects_);
    Bytes command{0x80, 0xAE, type, 0x00};
    if (!data.empty()) command.push_back(static_cast<std::uint8_t>(data.size()));
    command.insert(command.end(), data.begin(), data.end());
    command.push_back(0x00);
    send(std::move(command));
}

}  // namespace posbench::cli
