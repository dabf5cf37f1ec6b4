#include "drivers/terminal/emulated/kernel/card_channel.hpp"

#include <openssl/crypto.h>

#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr int most_continuations = 4;  // of one command, by 61xx and 6Cxx

/// What a card says with T=0 before the data of an answer that is neither plain nor refused (EMV book 1
/// clause 9.3.1.1.4, annex A7).
bool is_warning(std::uint16_t sw) {
    const int sw1 = sw >> 8;
    return sw1 == 0x62 || sw1 == 0x63 || (sw1 >> 4 == 0x9 && sw != 0x9000);
}

/// A command that may hold a PIN: wiped when another takes its place, and when it goes.
struct Command {
    Bytes octets;

    ~Command() { wipe(); }
    void wipe() noexcept { OPENSSL_cleanse(octets.data(), octets.size()); }
    void get_response(std::uint8_t length) {
        wipe();
        octets = {0x00, 0xC0, 0x00, 0x00, length};
    }
};

}  // namespace

Task<CardChannel::Result> CardChannel::send(Bytes apdu) {
    constexpr ChipFailure mute{"failed", "chip_error", Text::chip_error, true};
    constexpr ChipFailure removed{"failed", "card_removed", Text::card_removed};
    Command command{std::move(apdu)};
    const bool data_may_wait = t0_ && command.octets.size() > 5 && emv::ends_in_le(command.octets);
    std::optional<std::uint16_t> warning;
    Answer answer;
    for (int round = 0; round <= most_continuations; ++round) {
        auto raw = co_await reader_.transmit(command.octets);
        if (!raw) co_return raw.error() == card::ReaderError::removed ? removed : mute;
        if (raw->size() < 2) co_return mute;
        const std::size_t length = raw->size() - 2;
        append(answer.data, ByteView(*raw).first(length));
        const std::uint8_t sw1 = (*raw)[length];
        const std::uint8_t sw2 = (*raw)[length + 1];
        answer.sw = from_big_endian(sw1, sw2);
        // T=0 leaves these to the terminal (ISO/IEC 7816-4; EMV book 1 clause 9.3.1).
        if (sw1 == 0x61) {
            command.get_response(sw2);
        } else if (sw1 == 0x6C && emv::ends_in_le(command.octets)) {
            command.octets.back() = sw2;
        } else if (data_may_wait && !warning && answer.data.empty() && is_warning(answer.sw)) {
            warning = answer.sw;
            command.get_response(0x00);
        } else {
            answer.sw = warning.value_or(answer.sw);
            co_return std::move(answer);
        }
    }
    co_return mute;
}

Task<CardChannel::Result> CardChannel::select(ByteView name, bool next) {
    Bytes apdu = emv::make_apdu({0x00, 0xA4, 0x04, static_cast<std::uint8_t>(next ? 0x02 : 0x00)}, name);
    co_return co_await send(std::move(apdu));
}

Task<posbench::Result<std::optional<Bytes>, ChipFailure>> CardChannel::get_data(emv::Tag tag) {
    Bytes apdu{0x80, 0xCA, static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag), 0x00};
    const auto answer = co_await send(std::move(apdu));
    if (!answer) co_return answer.error();
    const auto list = emv::parse_tlv(answer->data);
    if (answer->sw != emv::sw::ok || !list || list->size() != 1 || list->front().tag != tag)
        co_return std::optional<Bytes>();
    co_return std::optional<Bytes>(list->front().value);
}

}  // namespace posbench::terminal
