#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace posbench::runtime {

/// "1 octet", "2 octets", "0 octets". @param one the singular of a noun whose plural ends in s
template <std::integral Number>
std::string counted(Number number, std::string_view one) {
    return std::to_string(number).append(" ").append(one).append(number == 1 ? "" : "s");
}

}  // namespace posbench::runtime
