// Any octets through the TLV and DOL parsers: answered, bounded, and what was read is written back the same.

#include <cstdint>
#include <cstdlib>

#include "drivers/protocols/emv/tlv.hpp"

using namespace posbench;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

std::size_t objects(const std::vector<emv::Tlv>& list) {
    std::size_t count = list.size();
    for (const emv::Tlv& object : list) count += objects(object.children);
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView octets(data, size);
    if (const auto list = emv::parse_tlv(octets)) {
        require(objects(*list) <= size);
        Bytes written;
        for (const emv::Tlv& object : *list) emv::append_tlv(written, object.tag, object.value);
        const auto again = emv::parse_tlv(written);
        require(again.has_value() && again->size() == list->size());
        for (std::size_t i = 0; i < list->size(); ++i)
            require((*again)[i].tag == (*list)[i].tag && (*again)[i].value == (*list)[i].value);
        emv::TlvMap map;
        map.absorb(*list);
        require(map.entries().size() <= objects(*list));
    } else {
        require(list.error().offset <= size && !list.error().what.empty());
    }
    if (const auto dol = emv::parse_dol(octets)) {
        const std::size_t length = emv::dol_size(*dol);
        require(length <= size * 255);
        emv::TlvMap map;
        require(emv::build_dol(*dol, map).size() == length);
        emv::read_dol(*dol, Bytes(length, 0x5A), map);
    }
    return 0;
}
