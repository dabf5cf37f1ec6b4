#include <algorithm>

#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t digits_in_all = 16;
constexpr char single_des = '0';
constexpr char triple_des = '6';
constexpr char in_clear = '0';
constexpr char enciphered = '1';

}  // namespace

std::string Field53::to_string() const {
    std::string digits(digits_in_all, '0');
    digits[0] = static_cast<char>(block);
    digits[1] = double_length ? triple_des : single_des;
    digits[2] = tracks_enciphered ? enciphered : in_clear;
    return digits;
}

Result<Field53> parse_field53(std::string_view digits) {
    if (digits.size() != digits_in_all) return Error{"field 53: needs 16 digits"};
    if (digits[0] < '0' || digits[0] > '2') return Error{"field 53: digit 1 is none of 0, 1, 2"};
    if (digits[1] != single_des && digits[1] != triple_des)
        return Error{"field 53: digit 2 is neither 0 nor 6"};
    if (digits[2] != in_clear && digits[2] != enciphered)
        return Error{"field 53: digit 3 is neither 0 nor 1"};
    if (!std::ranges::all_of(digits.substr(3), [](char c) { return c == '0'; }))
        return Error{"field 53: a digit after the third is not 0"};
    return Field53{static_cast<Field53::Block>(digits[0]), digits[1] == triple_des, digits[2] == enciphered};
}

}  // namespace posbench::iso8583
