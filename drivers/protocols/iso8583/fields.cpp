#include "drivers/protocols/iso8583/fields.hpp"

#include <array>

namespace posbench::iso8583 {
namespace {

constexpr FieldFormat n(std::uint16_t digits, Pad pad = Pad::right) {
    return {Content::digits, Length::fixed, digits, pad};
}
constexpr FieldFormat n_var(Length length, std::uint16_t most) {
    return {Content::digits, length, most};
}
constexpr FieldFormat track(Length length, std::uint16_t most) {
    return {Content::track, length, most};
}
constexpr FieldFormat an(std::uint16_t characters) {
    return {Content::text, Length::fixed, characters};
}
constexpr FieldFormat an_var(Length length, std::uint16_t most) {
    return {Content::text, length, most};
}
constexpr FieldFormat b(std::uint16_t octets) {
    return {Content::octets, Length::fixed, octets};
}
constexpr FieldFormat b_var(Length length, std::uint16_t most) {
    return {Content::octets, length, most};
}

constexpr auto table = [] {
    std::array<FieldFormat, last_field + 1> t{};
    t[2] = n_var(Length::ll, 19);
    t[3] = n(6);
    t[4] = n(12);
    t[11] = n(6);
    t[12] = n(6);
    t[13] = n(4);
    t[14] = n(4);
    t[15] = n(4);
    t[22] = n(3, Pad::right);
    t[23] = n(3, Pad::left);
    t[25] = n(2);
    t[26] = n(2);
    t[32] = n_var(Length::ll, 11);
    t[35] = track(Length::ll, 37);
    t[36] = track(Length::lll, 104);
    t[37] = an(12);
    t[38] = an(6);
    t[39] = an(2);
    t[41] = an(8);
    t[42] = an(15);
    t[44] = an_var(Length::ll, 25);
    t[48] = an_var(Length::lll, 322);
    t[49] = an(3);
    t[52] = b(8);
    t[53] = n(16);
    t[54] = an_var(Length::lll, 20);
    t[55] = b_var(Length::lll, 255);
    t[58] = an_var(Length::lll, 100);
    t[59] = an_var(Length::lll, 600);
    t[60] = n_var(Length::lll, 17);
    t[61] = n_var(Length::lll, 29);
    t[62] = b_var(Length::lll, 512);
    t[63] = b_var(Length::lll, 163);
    t[64] = b(8);
    return t;
}();

}  // namespace

const FieldFormat& field_format(int field) noexcept {
    return table[static_cast<std::size_t>(field)];
}

}  // namespace posbench::iso8583
