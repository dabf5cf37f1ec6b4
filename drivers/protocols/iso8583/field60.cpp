#include <array>
#include <cstddef>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::iso8583 {
namespace {

struct Part {
    std::string Field60::*value;
    std::size_t least;  ///< digits; fewer only where fields seen in the field are that short
    std::size_t most;
};

constexpr std::array parts{
    Part{&Field60::transaction_type, 2, 2},   Part{&Field60::batch, 6, 6},
    Part{&Field60::network_management, 3, 3}, Part{&Field60::read_capability, 1, 1},
    Part{&Field60::ic_condition, 1, 1},       Part{&Field60::partial_approval, 1, 1},
    Part{&Field60::account_type, 2, 3},
};

}  // namespace

std::string Field60::to_string() const {
    std::size_t used = parts.size();
    while (used > 0 && (this->*parts[used - 1].value).empty()) --used;
    std::string digits;
    for (std::size_t i = 0; i < used; ++i) {
        const Part& part = parts[i];
        const std::string& value = this->*part.value;
        if (value.empty()) {
            digits.append(part.most, '0');
            continue;
        }
        if (value.size() < part.least || value.size() > part.most || !runtime::is_all_digits(value))
            throw std::invalid_argument(fmt::format("field 60.{}: needs {} digits", i + 1, part.most));
        digits += value;
    }
    return digits;
}

Result<Field60> parse_field60(std::string_view digits) {
    if (!digits.empty() && !runtime::is_all_digits(digits))
        return Error{"field 60: a character is not a digit"};
    Field60 field;
    std::size_t at = 0;
    for (std::size_t i = 0; i < parts.size() && at < digits.size(); ++i) {
        const std::string_view value = digits.substr(at, parts[i].most);
        if (value.size() < parts[i].least)
            return Error{fmt::format("field 60: length {} ends inside part 60.{}", digits.size(), i + 1)};
        field.*parts[i].value = value;
        at += value.size();
    }
    if (at < digits.size()) return Error{fmt::format("field 60: length {} exceeds 17", digits.size())};
    return field;
}

}  // namespace posbench::iso8583
