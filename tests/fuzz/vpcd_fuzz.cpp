// Any octets as the reader's end of a vpcd connection: frames one after the other, each a control code, a
// command for the card, or refused with a sentence; none is taken beyond what its header says.

#include <cstdint>
#include <cstdlib>

#include "drivers/card/vpcd/frame.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView rest(data, size);
    while (rest.size() >= vpcd::header_size) {
        const std::size_t length = vpcd::body_size(rest[0], rest[1]);
        require(length <= vpcd::longest_body);
        if (rest.size() - vpcd::header_size < length) break;
        const ByteView body = rest.subspan(vpcd::header_size, length);
        const ByteView whole = rest.first(vpcd::header_size + length);
        rest = rest.subspan(whole.size());
        const Bytes again = vpcd::frame(body);
        require(Bytes(whole.begin(), whole.end()) == again);
        const auto request = vpcd::parse_request(body);
        if (!request) {
            require(!request.error().what.empty() && body.size() <= 1);
            break;  // the connection is closed
        }
        if (request->control) {
            require(body.size() == 1 && static_cast<std::uint8_t>(*request->control) == body[0]);
            require(request->command.empty());
        } else {
            require(body.size() > 1 && request->command.data() == body.data() &&
                    request->command.size() == body.size());
        }
    }
    return 0;
}
