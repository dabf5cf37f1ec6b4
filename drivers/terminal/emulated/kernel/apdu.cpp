#include "drivers/terminal/emulated/kernel/apdu.hpp"

namespace posbench::terminal {

Bytes make_apdu(std::array<std::uint8_t, 4> header, ByteView data, Le le) {
    Bytes apdu;
    apdu.reserve(header.size() + data.size() + 2);
    apdu.assign(header.begin(), header.end());
    if (!data.empty()) apdu.push_back(static_cast<std::uint8_t>(data.size()));
    append(apdu, data);
    if (le == Le::any) apdu.push_back(0x00);
    return apdu;
}

}  // namespace posbench::terminal
