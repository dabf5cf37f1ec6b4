#include "bench/cli/card_session.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/runtime/job.hpp"
#include "bench/runtime/overloaded.hpp"
#include "bench/runtime/random.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/enciphered_pin.hpp"

namespace posbench::cli {
namespace {

constexpr emv::Tag tvr_tag = 0x95, response_code = 0x8A, issuer_data = 0x91, unpredictable_number = 0x9F37,
                   dynamic_number = 0x9F4C;

struct Object {
    emv::Tag tag;
    std::string_view value;
};

/// A purchase of 1.00 CNY at an attended terminal in China, online and offline, without anything amiss. Over
/// the field: quick profiles and contact chip, online PIN and signature, nothing required, fDDA version 01.
constexpr std::array customary_objects{
    Object{0x9F02, "000000000100"}, Object{0x9F03, "000000000000"}, Object{0x9F1A, "0156"},
    Object{0x95, "0000000000"},     Object{0x5F2A, "0156"},         Object{0x9C, "00"},
    Object{0x9F33, "E0F8C8"},       Object{0x9F34, "1F0302"},       Object{0x9F35, "22"},
    Object{0x9F40, "6000F0A001"},   Object{0x8A, "3030"},           Object{0x9F66, "36004080"},
};

using Answer = std::optional<card::ReaderResult<Bytes>>;

runtime::Task<void> power_up(card::Reader& card, Answer& answer) {
    answer = co_await card.power_up();
}

runtime::Task<void> transmit(card::Reader& card, ByteView command, Answer& answer) {
    answer = co_await card.transmit(command);
}

bool is(const Bytes& command, emv::Instruction which) {
    return command.size() > 1 && command[1] == static_cast<std::uint8_t>(which);
}

StepOutcome stopped(std::string words) {
    return {StepOutcome::How::stopped, std::move(words)};
}

}  // namespace

CardSession::CardSession(runtime::Clock& clock, card::Reader& card, emv::Secrets secrets, bool get_response,
                         Show show, CardOwner& owner)
    : clock_(clock),
      card_(card),
      get_response_(get_response),
      show_(std::move(show)),
      dialogue_(
          secrets, [&owner](ByteView application) { return owner.card_keys(application); }, owner.pans()),
      random_(runtime::Random(1).fork("PIN pad")),
      numbers_(runtime::Random(1).fork("unpredictable number")),
      owner_(owner) {
    for (const Object& object : customary_objects) objects_.set(object.tag, hex(object.value));
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now());
    begin_transaction();
    objects_.set(0x9A, hex(fmt::format("{:%y%m%d}", now)));
    objects_.set(0x9F21, hex(fmt::format("{:%H%M%S}", now)));
}

Bytes CardSession::reset() {
    dialogue_.reset();
    last_sw_.reset();
    failure_.reset();
    authenticated_ = false;
    forget_issuer();
    Answer atr;
    const runtime::Job job(clock_, power_up(card_, atr));
    clock_.run_until([&] { return job.done(); });
    if (*atr) return **std::move(atr);
    failure_ = atr->error();
    return {};
}

StepOutcome CardSession::perform(const Step& step) {
    const StepOutcome none;
    return std::visit(runtime::Overloaded{
                          [&](const SendOctets& raw) { return send_raw(raw.command); },
                          [&](const ResetCard&) { return reset(), none; },
                          [&](const InsertCard&) { return reset(), none; },
                          [&](const ProcessingOptions&) { return send_processing_options(); },
                          [&](const ReadAllRecords&) { return read_all_records(); },
                          [&](const GenerateAc& ac) { return generate_ac(ac.type); },
                          [&](const InternalAuthenticate&) { return authenticate_card(); },
                          [&](const IssuerAnswer& answer) { return answer_for_issuer(answer); },
                          [&](const IssuerScript& script) { return send_script(script.command); },
                          [&](const VerifyEnciphered& pin) { return verify_enciphered(pin.pin); },
                          [&](const SetObject& object) {
                              of_issuer_.erase(object.tag);
                              return by_hand_.set(object.tag, object.value), none;
                          },
                          [&](const Help&) { return none; },
                          [&](const Quit&) { return none; },
                      },
                      step);
}

std::optional<StepOutcome> CardSession::lost() const {
    if (!failure_) return std::nullopt;
    switch (*failure_) {
        case card::ReaderError::removed:
            return stopped("the card was pulled out: type insert, which puts it back and resets it");
        case card::ReaderError::collision:
            return stopped("two cards are in the field: type insert, which leaves one");
        case card::ReaderError::mute:
            break;
    }
    return stopped("the card is mute and has no power any more: type reset");
}

Bytes CardSession::ask(ByteView command) {
    Answer answer;
    const runtime::Job job(clock_, transmit(card_, command, answer));
    clock_.run_until([&] { return job.done(); });
    if (*answer) return **std::move(answer);
    failure_ = answer->error();
    return {};
}

Bytes CardSession::exchange(ByteView command) {
    Bytes answer = ask(command);
    const auto how = owner_.take_altered() ? card::Dialogue::Heard::altered : card::Dialogue::Heard::as_given;
    const card::Exchange heard = dialogue_.hear(command, answer, how);
    last_sw_ = heard.sw;
    show_(heard);
    answer.resize(answer.size() < 2 ? 0 : answer.size() - 2);
    return answer;
}

/// ISO/IEC 7816-4 clause 5.3.4 and EMV book 1 clause 9.3.1, bounded: a card that announces more and more is
/// not followed for ever.
Bytes CardSession::send(Bytes command) {
    constexpr int most_rounds = 64;
    const bool asks_for_data = command.size() > 5 && emv::ends_in_le(command);
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
        if (*last_sw_ >> 8 == 0x6C && emv::ends_in_le(command)) {
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

StepOutcome CardSession::send_raw(const Bytes& command) {
    if (auto reason = lost()) return *reason;
    if (is(command, emv::Instruction::select)) forget_issuer();
    if (is(command, emv::Instruction::get_processing_options)) begin_transaction();
    send(command);
    return {};
}

void CardSession::begin_transaction() {
    authenticated_ = false;
    forget_issuer();
    Bytes number(4);
    numbers_.fill(number);
    objects_.set(unpredictable_number, number);
}

StepOutcome CardSession::send_processing_options() {
    if (auto reason = lost()) return *reason;
    begin_transaction();
    Bytes data;
    emv::append_tlv(data, 0x83, answer_list(dialogue_.pdol(), false));
    send(emv::make_apdu({0x80, 0xA8, 0x00, 0x00}, data));
    return {};
}

StepOutcome CardSession::read_all_records() {
    if (auto reason = lost()) return *reason;
    const auto& locator = dialogue_.file_locator();
    if (!locator)
        return stopped("records: no file locator was heard: type select and gpo first, or read SFI RECORD");
    if (locator->empty())
        return stopped(
            "records: the answer to gpo has no file locator (94): type read SFI RECORD to try one");
    const Bytes afl = *locator;
    for (std::size_t i = 0; i + 4 <= afl.size(); i += 4)
        for (unsigned record = afl[i + 1]; record <= afl[i + 2]; ++record) {
            send({0x00, 0xB2, static_cast<std::uint8_t>(record), static_cast<std::uint8_t>(afl[i] | 0x04),
                  0x00});
            if (last_sw_ != 0x9000) return {};
        }
    return {};
}

StepOutcome CardSession::generate_ac(std::uint8_t type) {
    if (auto reason = lost()) return *reason;
    if (dialogue_.next_cdol().empty())
        return stopped(fmt::format("ac: {} was not heard: type {} first; without data it is 80AE{:02X}0000",
                                   dialogue_.asks_issuer() ? "CDOL2 (8D)" : "CDOL1 (8C)",
                                   dialogue_.file_locator() ? "records" : "select, gpo and records", type));
    constexpr std::uint8_t with_signature = 0x10;
    authenticated_ = authenticated_ || (type & with_signature) != 0;
    send(emv::make_apdu({0x80, 0xAE, type, 0x00}, answer_list(dialogue_.next_cdol(), authenticated_)));
    return {};
}

Bytes CardSession::answer_list(const std::vector<emv::DolEntry>& dol, bool authenticated) {
    constexpr std::size_t longest = 252;  // with tag and length of the command template
    if (emv::dol_size(dol) > longest)
        throw std::runtime_error(
            fmt::format("the card's data object list asks for {} octets, a command holds {}",
                        emv::dol_size(dol), longest));
    emv::Tvr results;
    if (!authenticated) results.set(emv::Tvr::oda_not_performed);
    objects_.set(tvr_tag, results.octets());
    objects_.erase(dynamic_number);
    if (const auto& number = dialogue_.dynamic_number()) objects_.set(dynamic_number, *number);
    return emv::build_dol(dol, answers());
}

emv::TlvMap CardSession::answers() const {
    emv::TlvMap all = objects_;
    for (const emv::TlvMap* over : {&by_hand_, &of_issuer_})
        for (const auto& entry : over->entries()) all.set(entry.tag, entry.value);
    return all;
}

StepOutcome CardSession::authenticate_card() {
    if (auto reason = lost()) return *reason;
    send(emv::make_apdu({0x00, 0x88, 0x00, 0x00}, answer_list(dialogue_.ddol(), false)));
    authenticated_ = last_sw_ == 0x9000;
    return {};
}

/// A code other than 00 declines: so says the card status update where none is given. What the issuer answers
/// the terminal knows from then on, for CDOL2; it sends EXTERNAL AUTHENTICATE where the AIP asks for it (EMV
/// book 3 clause 10.9).
StepOutcome CardSession::answer_for_issuer(const IssuerAnswer& answer) {
    if (auto reason = lost()) return *reason;
    if (!dialogue_.asks_issuer())
        return stopped("auth: there is no ARQC to answer: type ac arqc first, or auth HEX");
    const auto& asked = dialogue_.cryptogram();
    if (!asked) return stopped("auth: the ARQC is inside a signature (CDA) that is not right: type auth HEX");
    emv::IssuerDecision decision;
    decision.code = answer.code.empty() ? as_text(answers().get(response_code)) : answer.code;
    if (decision.code.size() != 2)
        return stopped("auth: 8A has two characters: type set 8A 3030, or auth 00");
    if (answer.csu)
        std::ranges::copy(*answer.csu, decision.csu.begin());
    else if (decision.code == "00")
        decision.csu[1] = emv::csu::issuer_approves;
    const auto data = owner_.issuer_authentication(dialogue_.application(), *asked, decision);
    if (!data) return stopped("auth: " + data.error().what);
    of_issuer_.set(response_code, as_bytes(decision.code));
    of_issuer_.set(issuer_data, *data);
    if (dialogue_.lacks_issuer_authentication()) return {StepOutcome::How::needless, without_command()};
    send(emv::make_apdu({0x00, 0x82, 0x00, 0x00}, *data, emv::Le::none));
    return {};
}

std::string CardSession::without_command() const {
    const bool asked = std::ranges::any_of(
        dialogue_.next_cdol(), [](const emv::DolEntry& entry) { return entry.tag == issuer_data; });
    return fmt::format(
        "auth: the AIP has no issuer authentication: {} (auth HEX sends it all the same)",
        asked ? "91 goes with the second GENERATE AC" : "the card does not get 91, for which no CDOL2 asks");
}

/// What the card does not take up (6985, or another instruction or class) is no command of the script to it;
/// of format 1 one with a wrong MAC is none of the chain.
StepOutcome CardSession::send_script(const card::ScriptCommand& command) {
    if (auto reason = lost()) return *reason;
    const auto& first = dialogue_.first_cryptogram();
    if (!first) return stopped("script: there is no cryptogram that its MAC is tied to: type ac arqc first");
    script_turn_.first = *first;
    auto secured = owner_.secure(dialogue_.application(), command, script_turn_);
    if (!secured) return stopped("script: " + secured.error().what);
    send(std::move(secured->octets));
    const bool ignored = !last_sw_ || last_sw_ == emv::sw::conditions_not_satisfied ||
                         last_sw_ == emv::sw::unknown_instruction || last_sw_ == emv::sw::unknown_class;
    if (ignored) return {};
    ++script_turn_.before;
    if (last_sw_ != emv::sw::messaging_objects_incorrect) script_turn_.chaining = secured->mac;
    return {};
}

/// EMV book 2 clause 7.2.
StepOutcome CardSession::verify_enciphered(const std::string& pin) {
    if (auto reason = lost()) return *reason;
    const auto key = owner_.pin_key(dialogue_.application());
    if (!key) return stopped("verify: " + key.error().what);
    const Bytes number = send({0x00, 0x84, 0x00, 0x00, 0x00});
    crypto::Block8 challenge{};
    if (last_sw_ != 0x9000 || number.size() != challenge.size())
        return stopped("verify: the card gave no challenge of 8 octets");
    std::ranges::copy(number, challenge.begin());
    Bytes padding(emv::pin_padding_size(*key));
    random_.fill(padding);
    const auto enciphered = emv::encipher_pin(*key, pin, challenge, padding);
    if (!enciphered) return stopped("verify: " + enciphered.error().what);
    send(emv::make_apdu({0x00, 0x20, 0x00, 0x88}, *enciphered, emv::Le::none));
    return {};
}

}  // namespace posbench::cli
