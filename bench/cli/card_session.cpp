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
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/enciphered_pin.hpp"

namespace posbench::cli {
namespace {

constexpr emv::Tag tvr_tag = 0x95, response_code = 0x8A, issuer_data = 0x91;

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

using Answer = std::optional<card::ReaderResult<Bytes>>;

runtime::Task<void> power_up(card::Reader& card, Answer& answer) {
    answer = co_await card.power_up();
}

runtime::Task<void> transmit(card::Reader& card, ByteView command, Answer& answer) {
    answer = co_await card.transmit(command);
}

/// Header, data (without them case 2), and an answer of any length (ISO/IEC 7816-4 clause 5.1).
Bytes case_4(std::array<std::uint8_t, 4> header, ByteView data) {
    Bytes command(header.begin(), header.end());
    if (!data.empty()) command.push_back(static_cast<std::uint8_t>(data.size()));
    command.insert(command.end(), data.begin(), data.end());
    command.push_back(0x00);
    return command;
}

/// Header and data.
Bytes case_3(std::array<std::uint8_t, 4> header, ByteView data) {
    Bytes command(header.begin(), header.end());
    command.push_back(static_cast<std::uint8_t>(data.size()));
    command.insert(command.end(), data.begin(), data.end());
    return command;
}

/// A short command of case 2 or 4 (ISO/IEC 7816-4 clause 5.1).
bool ends_in_le(const Bytes& command) {
    return command.size() == 5 || (command.size() > 5 && command.size() == std::size_t{6} + command[4]);
}

}  // namespace

CardSession::CardSession(runtime::Clock& clock, card::Reader& card, emv::Secrets secrets, bool get_response,
                         Show show, CardOwner& owner)
    : clock_(clock),
      card_(card),
      get_response_(get_response),
      show_(std::move(show)),
      dialogue_(secrets, [&owner](ByteView application) { return owner.card_keys(application); }),
      random_(runtime::Random(1).fork("PIN pad")),
      owner_(owner) {
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
    last_sw_.reset();
    failure_.reset();
    authenticated_ = false;
    Answer atr;
    const runtime::Job job(clock_, power_up(card_, atr));
    clock_.run_until([&] { return job.done(); });
    if (*atr) return **std::move(atr);
    failure_ = atr->error();
    return {};
}

std::optional<std::string> CardSession::perform(const Step& step) {
    const auto none = std::optional<std::string>();
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
                              own_tvr_ = own_tvr_ || object.tag == tvr_tag;
                              return objects_.set(object.tag, object.value), none;
                          },
                          [&](const Help&) { return none; },
                          [&](const Quit&) { return none; },
                      },
                      step);
}

std::optional<std::string> CardSession::lost() const {
    if (!failure_) return std::nullopt;
    switch (*failure_) {
        case card::ReaderError::removed:
            return "the card was pulled out: type insert, which puts it back and resets it";
        case card::ReaderError::collision:
            return "two cards are in the field: type insert, which leaves one";
        case card::ReaderError::mute:
            break;
    }
    return "the card is mute and has no power any more: type reset";
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

std::optional<std::string> CardSession::send_raw(const Bytes& command) {
    if (auto reason = lost()) return reason;
    send(command);
    return std::nullopt;
}

std::optional<std::string> CardSession::send_processing_options() {
    if (auto reason = lost()) return reason;
    Bytes data;
    authenticated_ = false;
    emv::append_tlv(data, 0x83, answer_list(dialogue_.pdol(), false));
    send(case_4({0x80, 0xA8, 0x00, 0x00}, data));
    return std::nullopt;
}

std::optional<std::string> CardSession::read_all_records() {
    if (auto reason = lost()) return reason;
    const auto& locator = dialogue_.file_locator();
    if (!locator) return "records: no file locator was heard: type select and gpo first, or read SFI RECORD";
    if (locator->empty())
        return "records: the answer to gpo has no file locator (94): type read SFI RECORD to try one";
    const Bytes afl = *locator;
    for (std::size_t i = 0; i + 4 <= afl.size(); i += 4)
        for (unsigned record = afl[i + 1]; record <= afl[i + 2]; ++record) {
            send({0x00, 0xB2, static_cast<std::uint8_t>(record), static_cast<std::uint8_t>(afl[i] | 0x04),
                  0x00});
            if (last_sw_ != 0x9000) return std::nullopt;
        }
    return std::nullopt;
}

std::optional<std::string> CardSession::generate_ac(std::uint8_t type) {
    if (auto reason = lost()) return reason;
    if (dialogue_.next_cdol().empty())
        return fmt::format("ac: {} was not heard: type {} first; without data it is 80AE{:02X}0000",
                           dialogue_.asks_issuer() ? "CDOL2 (8D)" : "CDOL1 (8C)",
                           dialogue_.file_locator() ? "records" : "select, gpo and records", type);
    constexpr std::uint8_t with_signature = 0x10;
    authenticated_ = authenticated_ || (type & with_signature) != 0;
    send(case_4({0x80, 0xAE, type, 0x00}, answer_list(dialogue_.next_cdol(), authenticated_)));
    return std::nullopt;
}

Bytes CardSession::answer_list(const std::vector<emv::DolEntry>& dol, bool authenticated) {
    constexpr std::size_t longest = 252;  // with tag and length of the command template
    if (emv::dol_size(dol) > longest)
        throw std::runtime_error(
            fmt::format("the card's data object list asks for {} octets, a command holds {}",
                        emv::dol_size(dol), longest));
    if (!own_tvr_) {
        emv::Tvr results;
        if (!authenticated) results.set(emv::Tvr::oda_not_performed);
        objects_.set(tvr_tag, results.octets());
    }
    return emv::build_dol(dol, objects_);
}

std::optional<std::string> CardSession::authenticate_card() {
    if (auto reason = lost()) return reason;
    send(case_4({0x00, 0x88, 0x00, 0x00}, answer_list(dialogue_.ddol(), false)));
    authenticated_ = last_sw_ == 0x9000;
    return std::nullopt;
}

/// A code other than 00 declines: so says the card status update where none is given. What the card is told
/// by EXTERNAL AUTHENTICATE the terminal knows too, for CDOL2.
std::optional<std::string> CardSession::answer_for_issuer(const IssuerAnswer& answer) {
    if (auto reason = lost()) return reason;
    if (!dialogue_.asks_issuer()) return "auth: there is no ARQC to answer: type ac arqc first, or auth HEX";
    const auto& asked = dialogue_.cryptogram();
    if (!asked) return "auth: the ARQC is inside a signature (CDA) that is not right: type auth HEX";
    if (!answer.code.empty()) objects_.set(response_code, as_bytes(answer.code));
    const ByteView code = objects_.get(response_code);
    emv::IssuerDecision decision;
    decision.code.assign(code.begin(), code.end());
    if (decision.code.size() != 2) return "auth: 8A has two characters: type set 8A 3030, or auth 00";
    if (answer.csu)
        std::ranges::copy(*answer.csu, decision.csu.begin());
    else if (decision.code == "00")
        decision.csu[1] = emv::csu::issuer_approves;
    const auto data = owner_.issuer_authentication(dialogue_.application(), *asked, decision);
    if (!data) return "auth: " + data.error().what;
    objects_.set(issuer_data, *data);  // for a CDOL2 that asks for it
    send(case_3({0x00, 0x82, 0x00, 0x00}, *data));
    return std::nullopt;
}

/// A command of format 1 that the card refused before or by its MAC is no link of the chain.
std::optional<std::string> CardSession::send_script(const card::ScriptCommand& command) {
    if (auto reason = lost()) return reason;
    const auto& first = dialogue_.first_cryptogram();
    if (!first) return "script: there is no cryptogram that its MAC is tied to: type ac arqc first";
    if (scripts_of_ != first->octets) script_turn_ = {};
    scripts_of_ = first->octets;
    script_turn_.first = *first;
    auto secured = owner_.secure(dialogue_.application(), command, script_turn_);
    if (!secured) return "script: " + secured.error().what;
    send(std::move(secured->octets));
    ++script_turn_.before;
    const bool refused = !last_sw_ || *last_sw_ == 0x6985 || *last_sw_ == 0x6988 || *last_sw_ >> 8 >= 0x6D;
    if (!refused || last_sw_ == 0x9000) script_turn_.chaining = secured->mac;
    return std::nullopt;
}

/// EMV book 2 clause 7.2.
std::optional<std::string> CardSession::verify_enciphered(const std::string& pin) {
    if (auto reason = lost()) return reason;
    const auto key = owner_.pin_key(dialogue_.application());
    if (!key) return "verify: " + key.error().what;
    const Bytes number = send({0x00, 0x84, 0x00, 0x00, 0x00});
    crypto::Block8 challenge{};
    if (last_sw_ != 0x9000 || number.size() != challenge.size())
        return "verify: the card gave no challenge of 8 octets";
    std::ranges::copy(number, challenge.begin());
    Bytes padding(emv::pin_padding_size(*key));
    random_.fill(padding);
    const auto enciphered = emv::encipher_pin(*key, pin, challenge, padding);
    if (!enciphered) return "verify: " + enciphered.error().what;
    send(case_3({0x00, 0x20, 0x00, 0x88}, *enciphered));
    return std::nullopt;
}

}  // namespace posbench::cli
