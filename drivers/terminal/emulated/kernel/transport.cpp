#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "drivers/terminal/emulated/kernel/apdu.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::size_t largest_command_data = 255;
constexpr std::size_t longest_object = 32;
constexpr int most_continuations = 4;  // of one command, by 61xx and 6Cxx

/// Decimal digits as packed BCD. Precondition: an even number of digits.
Bytes bcd(std::string_view digits) {
    return hex(digits);
}

/// A short command whose last octet is Le: without data (case 2), or with data and Le (case 4; ISO/IEC 7816-4
/// clause 5.1).
bool ends_in_le(const Bytes& apdu) {
    return apdu.size() == 5 || (apdu.size() > 5 && apdu.size() == std::size_t{6} + apdu[4]);
}

/// What a card says with T=0 before the data of an answer that is neither plain nor refused (EMV book 1
/// clause 9.3.1.1.4, annex A7).
bool is_warning(std::uint16_t sw) {
    const int sw1 = sw >> 8;
    return sw1 == 0x62 || sw1 == 0x63 || (sw1 >> 4 == 0x9 && sw != 0x9000);
}

constexpr std::array request_objects{tag::cryptogram,
                                     tag::cryptogram_information,
                                     tag::issuer_data,
                                     tag::unpredictable_number,
                                     tag::atc,
                                     tag::tvr,
                                     tag::date,
                                     tag::transaction_type,
                                     tag::amount,
                                     tag::currency,
                                     tag::aip,
                                     tag::terminal_country,
                                     tag::amount_other,
                                     tag::capabilities,
                                     tag::cvm_results,
                                     tag::terminal_type,
                                     tag::device_serial,
                                     tag::df_name,
                                     tag::version_of_terminal,
                                     tag::sequence_counter,
                                     tag::product_identification};
constexpr std::array reversal_objects{tag::tvr, tag::device_serial, tag::issuer_data, tag::atc,
                                      tag::script_results};

}  // namespace

Kernel::Kernel(card::Reader& reader, Panel& panel, runtime::Clock& clock, runtime::Random& random,
               const TerminalSettings& settings)
    : reader_(reader), panel_(panel), clock_(clock), random_(random), settings_(settings) {}

void Kernel::begin(Amount amount, std::string_view stan, const iso8583::CivilTime& now) {
    amount_ = amount;
    today_ = now.date;
    std::array<std::uint8_t, 4> unpredictable{};
    random_.fill(unpredictable);
    const std::string numeric_currency = fmt::format("{:04}", settings_.currency.numeric);
    const std::uint8_t exponent = settings_.currency.exponent;
    const std::uint8_t goods = 0x00;

    terminal_.set(tag::amount, bcd(fmt::format("{:012}", amount.minor())));
    terminal_.set(tag::amount_other, Bytes(6));
    terminal_.set(tag::currency, bcd(numeric_currency));
    terminal_.set(tag::currency_exponent, {&exponent, 1});
    terminal_.set(tag::terminal_country, bcd("0" + settings_.country));
    terminal_.set(tag::date, bcd(now.yymmdd()));
    terminal_.set(tag::time, bcd(now.hhmmss()));
    terminal_.set(tag::transaction_type, {&goods, 1});
    terminal_.set(tag::unpredictable_number, unpredictable);
    terminal_.set(tag::capabilities, settings_.capabilities.octets);
    terminal_.set(tag::additional_capabilities, settings_.additional_capabilities);
    terminal_.set(tag::terminal_type, {&settings_.terminal_type, 1});
    const std::uint8_t knows_sm2 = std::ranges::any_of(settings_.authority_keys, &AuthorityKey::is_sm2);
    terminal_.set(tag::sm_algorithms, {&knows_sm2, 1});
    terminal_.set(tag::device_serial, as_bytes(settings_.tid));
    terminal_.set(tag::terminal_identification, as_bytes(settings_.tid));
    terminal_.set(tag::merchant, as_bytes(settings_.mid));
    terminal_.set(tag::sequence_counter, bcd(fmt::format("{:0>8}", stan)));
    const auto floor = static_cast<std::uint32_t>(settings_.floor_limit.minor());
    terminal_.set(tag::floor_limit, bcd(fmt::format("{:08X}", floor)));
    refresh_results();
}

/// Puts TVR and TSI as they are now among the terminal's objects.
void Kernel::refresh_results() {
    terminal_.set(tag::tvr, tvr_.octets());
    terminal_.set(tag::tsi, tsi_);
}

ByteView Kernel::object(emv::Tag wanted) const noexcept {
    const Bytes* own = terminal_.find(wanted);
    return own ? ByteView(*own) : card_.get(wanted);
}

Task<Result<Kernel::Answer, ChipFailure>> Kernel::command(Bytes apdu) {
    constexpr ChipFailure mute{"failed", "chip_error", Text::chip_error, true};
    constexpr ChipFailure removed{"failed", "card_removed", Text::card_removed};
    const bool data_may_wait = protocol_ == 0 && apdu.size() > 5 && ends_in_le(apdu);
    std::optional<std::uint16_t> warning;
    Answer answer;
    for (int round = 0; round <= most_continuations; ++round) {
        auto raw = co_await reader_.transmit(apdu);
        if (!raw) co_return raw.error() == card::ReaderError::removed ? removed : mute;
        if (raw->size() < 2) co_return mute;
        const std::size_t length = raw->size() - 2;
        append(answer.data, ByteView(*raw).first(length));
        const std::uint8_t sw1 = (*raw)[length];
        const std::uint8_t sw2 = (*raw)[length + 1];
        answer.sw = from_big_endian(sw1, sw2);
        // T=0 leaves these to the terminal (ISO/IEC 7816-4; EMV book 1 clause 9.3.1).
        if (sw1 == 0x61) {
            apdu = {0x00, 0xC0, 0x00, 0x00, sw2};
        } else if (sw1 == 0x6C && ends_in_le(apdu)) {
            apdu.back() = sw2;
        } else if (data_may_wait && !warning && answer.data.empty() && is_warning(answer.sw)) {
            warning = answer.sw;
            apdu = {0x00, 0xC0, 0x00, 0x00, 0x00};
        } else {
            answer.sw = warning.value_or(answer.sw);
            co_return std::move(answer);
        }
    }
    co_return mute;
}

Task<Result<Kernel::Answer, ChipFailure>> Kernel::select(ByteView name, bool next) {
    Bytes apdu = make_apdu({0x00, 0xA4, 0x04, static_cast<std::uint8_t>(next ? 0x02 : 0x00)}, name);
    co_return co_await command(std::move(apdu));
}

std::optional<Bytes> Kernel::data_for(ByteView dol) const {
    const auto entries = emv::parse_dol(dol);
    if (!entries) return std::nullopt;
    std::size_t size = 0;
    emv::TlvMap data;
    for (const emv::DolEntry& entry : *entries) {
        size += entry.length;
        const ByteView value = object(entry.tag);
        if (!value.empty()) data.set(entry.tag, value);
    }
    if (size > largest_command_data) return std::nullopt;
    return emv::build_dol(*entries, data);
}

Task<ChipStep> Kernel::done(std::string_view step, std::string detail) {
    co_await clock_.sleep_for(settings_.timings.chip_step);
    trace::Fields event{{"step", step}, {"outcome", "done"}, {"tvr", tvr_.names()}};
    if (!detail.empty()) event.emplace_back("detail", std::move(detail));
    co_await panel_.emit(trace::Kind::terminal_chip, std::move(event));
    co_return std::nullopt;
}

Task<ChipStep> Kernel::failed(std::string_view step, ChipFailure failure, std::string detail) {
    co_await clock_.sleep_for(settings_.timings.chip_step);
    trace::Fields event{{"step", step}, {"outcome", failure.reason}, {"tvr", tvr_.names()}};
    if (!detail.empty()) event.emplace_back("detail", std::move(detail));
    co_await panel_.emit(trace::Kind::terminal_chip, std::move(event));
    co_return failure;
}

/// The objects among `tags` that there are, as field 55 carries them. None of a card's is longer than 32
/// octets by its definition; one that is would not fit the field and is left out.
Bytes Kernel::pick(std::span<const emv::Tag> tags) const {
    Bytes out;
    for (const emv::Tag wanted : tags) {
        const ByteView value = object(wanted);
        const bool fits = terminal_.has(wanted) || value.size() <= longest_object;
        if (!value.empty() && fits) emv::append_tlv(out, wanted, value);
    }
    return out;
}

Bytes Kernel::field55() const {
    return pick(request_objects);
}

Bytes Kernel::field55_of_reversal() const {
    return pick(reversal_objects);
}

std::string Kernel::receipt_line() const {
    return fmt::format("AID:{} TVR:{} TSI:{} ATC:{} TC:{}", to_hex(selected_.aid), to_hex(tvr_.octets()),
                       to_hex(tsi_), to_hex(object(tag::atc)), to_hex(object(tag::cryptogram)));
}

}  // namespace posbench::terminal
