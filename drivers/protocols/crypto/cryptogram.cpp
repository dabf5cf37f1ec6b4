#include <stdexcept>
#include <string>

#include "drivers/protocols/crypto/blocks.hpp"

namespace posbench::crypto {

Block8 application_cryptogram(ByteView key16, ByteView data, Padding padding) {
    return mac_algorithm3(key16, data, padding);
}

Block8 arpc_method1(ByteView key16, const Block8& arqc, std::string_view arc) {
    require_double_length(key16);
    if (arc.size() != 2)
        throw std::invalid_argument("an authorisation response code has 2 characters, this one " +
                                    std::to_string(arc.size()));
    Block8 block = arqc;
    xor_into(block, as_bytes(arc));
    return run(EcbContext::des(key16, Direction::encrypt), block);
}

std::array<std::uint8_t, 4> arpc_method2(ByteView key16, const Block8& arqc, ByteView csu,
                                         ByteView proprietary) {
    if (csu.size() != 4)
        throw std::invalid_argument("a card status update has 4 octets, this one " +
                                    std::to_string(csu.size()));
    if (proprietary.size() > 8)
        throw std::invalid_argument("proprietary authentication data has at most 8 octets, here " +
                                    std::to_string(proprietary.size()));
    Bytes data(arqc.begin(), arqc.end());
    data.insert(data.end(), csu.begin(), csu.end());
    data.insert(data.end(), proprietary.begin(), proprietary.end());
    const Block8 mac = mac_algorithm3(key16, data, Padding::method2);
    return {mac[0], mac[1], mac[2], mac[3]};
}

}  // namespace posbench::crypto
