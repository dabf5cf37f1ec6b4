#include <algorithm>

#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::iso8583 {

bool is_payment_code(std::string_view text) noexcept {
    return text.size() >= shortest_payment_code && text.size() <= longest_payment_code &&
           runtime::is_all_digits(text);
}

std::string mask_payment_code(std::string_view digits) {
    constexpr std::size_t shown_first = 6, shown_last = 4;
    std::string masked(digits);
    std::fill(masked.begin() + shown_first, masked.end() - shown_last, '*');
    return masked;
}

}  // namespace posbench::iso8583
