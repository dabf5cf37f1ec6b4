#include "drivers/card/field_reader.hpp"

#include <utility>

#include "drivers/protocols/emv/atr.hpp"

namespace posbench::card {

namespace {

constexpr std::uint8_t pseudo_class = 0xFF, get_data = 0xCA;

Bytes status(std::uint8_t sw1, std::uint8_t sw2) {
    return {sw1, sw2};
}

runtime::Task<ReaderResult<Bytes>> at_once(Bytes answer) {
    co_return std::move(answer);
}

}  // namespace

FieldReader::FieldReader(Reader& reader, runtime::Random random) : reader_(reader), identifier_(4) {
    constexpr std::uint8_t drawn = 0x08;  // says that it is another one after the next activation
    random.fill(identifier_);
    identifier_.front() = drawn;
}

runtime::Task<ReaderResult<Bytes>> FieldReader::transmit(ByteView command) {
    const bool own = !command.empty() && command.front() == pseudo_class && present();
    return own ? at_once(own_answer(command)) : reader_.transmit(command);
}

Bytes FieldReader::own_answer(ByteView command) const {
    constexpr std::size_t header = 4;
    if (command.size() < header || command.size() > header + 1) return status(0x67, 0x00);
    if (command[1] != get_data) return status(0x6D, 0x00);
    if (command[2] > 0x01 || command[3] != 0x00) return status(0x6A, 0x81);
    Bytes answer = command[2] == 0x00 ? identifier_ : historical_;
    const std::size_t asked = command.size() == header ? 0 : command[header];
    if (asked != 0 && asked < answer.size()) return status(0x6C, static_cast<std::uint8_t>(answer.size()));
    const Bytes sw = asked > answer.size() ? status(0x62, 0x82) : status(0x90, 0x00);
    answer.insert(answer.end(), sw.begin(), sw.end());
    return answer;
}

runtime::Task<ReaderResult<Bytes>> FieldReader::power_up() {
    auto answer = co_await reader_.activate();
    if (!answer) co_return std::move(answer);
    const auto ats = emv::parse_ats(*answer);
    if (ats) {
        historical_ = ats->historical;
        co_return emv::pcsc_atr(*ats);
    }
    reader_.power_down();
    co_return ReaderError::mute;
}

}  // namespace posbench::card
