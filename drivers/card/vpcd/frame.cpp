#include "drivers/card/vpcd/frame.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace posbench::card::vpcd {

std::size_t body_size(std::uint8_t high, std::uint8_t low) noexcept {
    return from_big_endian(high, low);
}

Result<Request> parse_request(ByteView body) {
    if (body.empty()) return Error{"a frame without a body: neither a control code nor a command"};
    Request request;
    if (body.size() > 1) {
        request.command = body;
        return request;
    }
    const auto code = static_cast<Control>(body[0]);
    switch (code) {
        case Control::power_off:
        case Control::power_on:
        case Control::reset:
        case Control::atr:
            request.control = code;
            return request;
    }
    return Error{fmt::format("control code {:02X} is none of 00, 01, 02, 04", body[0])};
}

Bytes frame(ByteView body) {
    if (body.size() > longest_body)
        throw std::length_error(
            fmt::format("a vpcd frame holds {} octets, not {}", longest_body, body.size()));
    Bytes octets;
    octets.reserve(2 + body.size());
    append(octets, big_endian(static_cast<std::uint16_t>(body.size())));
    append(octets, body);
    return octets;
}

}  // namespace posbench::card::vpcd
