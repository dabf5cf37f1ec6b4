// Any octets as a frame without its length and as the message in one, in every dialect: refused with field
// and place, or a message that encodes to the same octets. Its fields 53, 55 and 60 are read too.

#include <cstdint>
#include <cstdlib>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/iso8583/describe.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

const std::vector<iso8583::Dialect>& dialects() {
    static const std::vector<iso8583::Dialect> all = [] {
        std::vector<iso8583::Dialect> loaded;
        for (const char* name :
             {"unionpay-pos", "iso1987-ascii", "iso1987-bcd", "iso1987-ebcdic", "iso1993-ascii"})
            loaded.push_back(tests::load_dialect(name));
        return loaded;
    }();
    return all;
}

void check_fields(const iso8583::Dialect& dialect, const iso8583::Message& message) {
    for (const int number : message.fields()) {
        const auto& format = dialect.field(number);
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
    for (const auto& [name, value] : shown) {
        // A merchant's number is shown as it came, and any digits may stand in it.
        const auto* text = std::get_if<std::string>(&value);
        if (text && name != "mid") require(text->find(pan) == std::string::npos);
    }
}

void check_message(const iso8583::Dialect& dialect, ByteView octets) {
    const auto message = iso8583::decode(dialect, octets);
    if (!message) {
        require(!message.error().what.empty() && message.error().offset <= octets.size());
        return;
    }
    require(iso8583::encode(dialect, *message) == Bytes(octets.begin(), octets.end()));
    require(iso8583::mac_input(message->bitmap(), octets).size() <= octets.size());
    check_fields(dialect, *message);
}

void check_frame(const iso8583::Dialect& dialect, ByteView octets) {
    const auto frame = iso8583::decode_frame(dialect, octets);
    if (!frame) return require(!frame.error().what.empty());
    require(octets.size() >= dialect.least_frame() && octets.size() <= dialect.framing.most);
    const std::size_t prefix = dialect.framing.length_octets;
    const Bytes again = iso8583::encode_frame(dialect, *frame);
    require(iso8583::frame_size(dialect, ByteView(again).first(prefix)).value() == octets.size());
    require(Bytes(again.begin() + static_cast<std::ptrdiff_t>(prefix), again.end()) ==
            Bytes(octets.begin(), octets.end()));
    check_message(dialect, frame->message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView octets(data, size);
    for (const iso8583::Dialect& dialect : dialects()) {
        check_message(dialect, octets);
        check_frame(dialect, octets);
    }
    return 0;
}
