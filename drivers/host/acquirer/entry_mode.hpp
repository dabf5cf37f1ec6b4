#pragma once

#include <string_view>

#include "drivers/host/acquirer/request.hpp"

namespace posbench::host {

/// How the card was read: the first two digits of field 22.
inline bool entered_by(const Request& request, std::string_view mode) {
    return request.message.get(22).starts_with(mode);
}

inline bool by_field(const Request& request) {
    return entered_by(request, "07");
}

inline bool by_chip(const Request& request) {
    return entered_by(request, "05") || by_field(request);
}

/// The stripe itself passed a reader: the card's chip was not used.
inline bool swiped(const Request& request) {
    return entered_by(request, "02") || entered_by(request, "90");
}

/// Track data, of a stripe or by the stripe mode of a card over the field.
inline bool by_stripe(const Request& request) {
    return swiped(request) || entered_by(request, "91");
}

inline bool by_hand(const Request& request) {
    return entered_by(request, "01");
}

/// An optical code (ISO 8583:1987, 03), of a payment by code.
inline bool by_code(const Request& request) {
    return entered_by(request, "03");
}

}  // namespace posbench::host
