#include "tests/unit/terminal/scripted_reader.hpp"

#include <algorithm>
#include <utility>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"

namespace posbench::terminal::testing {

using runtime::Task;

namespace {

Bytes tlv(emv::Tag tag, const Bytes& value) {
    Bytes out;
    emv::append_tlv(out, tag, value);
    return out;
}

}  // namespace

Task<card::ReaderResult<Bytes>> ScriptedReader::power_up() {
    return reset("cold ", atr);
}

Task<card::ReaderResult<Bytes>> ScriptedReader::warm_reset() {
    return reset("warm ", warm_atr);
}

Task<card::ReaderResult<Bytes>> ScriptedReader::reset(std::string_view kind, std::string_view octets) {
    if (!present_) co_return card::ReaderError::removed;
    resets += kind;
    if (mute) co_return card::ReaderError::mute;
    Bytes answer = hex(octets);
    if (mangle) mangle(answer);
    co_return std::move(answer);
}

Task<card::ReaderResult<Bytes>> ScriptedReader::transmit(ByteView command) {
    if (!present_) co_return card::ReaderError::removed;
    commands.emplace_back(command.begin(), command.end());
    if (static_cast<int>(commands.size()) == leaves_at) {
        remove();
        co_return card::ReaderError::removed;
    }
    if (mute_at != 0 && static_cast<int>(commands.size()) >= mute_at) co_return card::ReaderError::mute;
    Bytes out = answer(command);
    if (mangle) mangle(out);
    co_return out;
}

void ScriptedReader::insert() {
    present_ = true;
    cryptograms_ = 0;
    changed_.notify_all();
}

void ScriptedReader::remove() {
    present_ = false;
    changed_.notify_all();
}

void ScriptedReader::swipe(std::string_view track2, bool bad_lrc, std::optional<std::size_t> parity_at) {
    magstripe::Faults faults;
    faults.parity_at = parity_at;
    faults.bad_lrc = bad_lrc;
    const auto bits = magstripe::encode_bits(2, ";" + std::string(track2) + "?", faults);
    swipe_ = card::Swipe{};
    runtime::Random random(1);
    swipe_->track2 = magstripe::to_flux(2, bits.value(), {}, {}, random);
    changed_.notify_all();
}

void ScriptedReader::swipe_erased() {
    swipe_ = card::Swipe{};
    changed_.notify_all();
}

int ScriptedReader::count(std::string_view header) const {
    const Bytes wanted = hex(header);
    return static_cast<int>(std::ranges::count_if(commands, [&](const Bytes& command) {
        return command.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), command.begin());
    }));
}

Bytes ScriptedReader::record() const {
    Bytes body;
    append(body, tlv(0x5A, hex(pan)));
    append(body, tlv(0x57, hex(pan + "D" + expiry.substr(0, 4) + "201" + "0000012345")));
    append(body, tlv(0x5F24, hex(expiry)));
    append(body, tlv(0x5F25, hex("200101")));
    append(body, tlv(0x5F28, hex("0156")));
    append(body, tlv(0x5F34, hex("01")));
    append(body, tlv(0x8C, hex("9F02069F03069F1A0295055F2A029A039C019F3704")));
    append(body, tlv(0x8D, hex("8A029F02069F03069F1A0295055F2A029A039C019F3704")));
    append(body, tlv(0x8E, hex(cvm_list)));
    append(body, tlv(0x9F07, hex("FF00")));
    append(body, tlv(0x9F08, hex("0030")));
    append(body, tlv(0x9F0E, hex(iac_denial)));
    return tlv(0x70, body);
}

Bytes ScriptedReader::answer(ByteView command) const {
    const auto with_status = [](Bytes data) {
        append(data, hex("9000"));
        return data;
    };
    switch (command[1]) {
        case 0xA4: {
            const Bytes name = hex(aid);
            const ByteView asked = command.subspan(5, command[4]);
            if (asked.size() > name.size() || !std::equal(asked.begin(), asked.end(), name.begin()))
                return hex("6A82");
            Bytes fci = tlv(0x84, name);
            Bytes proprietary = hex("5008556E696F6E506179870101");
            if (!pdol.empty()) append(proprietary, tlv(0x9F38, hex(pdol)));
            append(fci, tlv(0xA5, proprietary));
            return with_status(tlv(0x6F, fci));
        }
        case 0xA8: {
            Bytes objects = tlv(0x82, hex(aip));
            append(objects, tlv(0x94, hex(afl)));
            return with_status(tlv(0x77, objects));
        }
        case 0xB2:
            if (command[3] >> 3 > 10) return with_status(hex(proprietary_record));
            return command[2] == 1 ? with_status(record()) : hex("6A83");
        case 0x82:
            return {static_cast<std::uint8_t>(external_authenticate_sw >> 8),
                    static_cast<std::uint8_t>(external_authenticate_sw)};
        case 0xAE: {
            const std::uint8_t wanted = command[2];
            const std::uint8_t own = ++cryptograms_ == 1 ? first_cid : second_cid;
            Bytes data{std::min(wanted, own)};
            append(data, hex("0001"
                             "0102030405060708"));
            append(data, hex(cryptograms_ == 1 ? "07010103A00000" : second_issuer_data));
            return with_status(tlv(0x80, data));
        }
        default:
            return hex("6D00");
    }
}

}  // namespace posbench::terminal::testing
