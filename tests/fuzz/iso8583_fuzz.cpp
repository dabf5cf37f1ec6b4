// Any octets as a frame of the host's line, without its length prefix, and as the message in one: refused
// with field and place, or a message that encodes to the same octets. Its fields 53, 55 and 60 are read too.

#include <cstdint>
#include <cstdlib>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/iso8583/fields.hpp"
#include "drivers/protocols/iso8583/message.hpp"

using namespace posbench;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

void check_fields(const iso8583::Message& message) {
    for (const int number : message.fields()) {
        const auto& format = iso8583::field_format(number);
        require(format.content != iso8583::Content::none);
        require(message.get(number).size() <= format.size);
    }
    const auto block = iso8583::parse_field53(message.get(53));
    require(block ? block->to_string() == message.get(53) : !block.error().what.empty());
    const auto parts = iso8583::parse_field60(message.get(60));
    require(parts ? parts->to_string() == message.get(60) : !parts.error().what.empty());
    const auto icc = emv::parse_tlv(message.bytes(55));
    require(icc || !icc.error().what.empty());
    const auto shown = iso8583::describe(message, "unchecked", 0);
    // A PAN is never whole in a trace.
    const std::string_view pan = message.get(2);
    constexpr std::size_t shortest_masked = 13;
    if (pan.size() < shortest_masked) return;
    for (const auto& [name, value] : shown)
        if (const auto* text = std::get_if<std::string>(&value))
            require(name != "pan" || text->find(pan) == std::string::npos);
}

void check_message(ByteView octets) {
    const auto message = iso8583::decode(octets);
    if (!message) {
        require(!message.error().what.empty() && message.error().offset <= octets.size());
        return;
    }
    require(iso8583::encode(*message) == Bytes(octets.begin(), octets.end()));
    require(iso8583::mac_input(*message, octets).size() <= octets.size());
    check_fields(*message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t prefix = 2;
    const ByteView octets(data, size);
    check_message(octets);
    const auto frame = iso8583::decode_frame(octets);
    if (!frame) {
        require(!frame.error().what.empty());
        return 0;
    }
    require(size >= iso8583::frame_min && size <= iso8583::frame_max);
    const Bytes again = iso8583::encode_frame(*frame);
    require(Bytes(again.begin() + prefix, again.end()) == Bytes(octets.begin(), octets.end()));
    check_message(frame->message);
    return 0;
}
