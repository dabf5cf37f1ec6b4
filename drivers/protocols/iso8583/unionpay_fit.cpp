#include <fmt/format.h>

#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::iso8583 {
namespace {

struct Need {
    int field;
    Content content;
    std::uint16_t size;  ///< that it must hold
};

constexpr Need needs[]{
    {2, Content::digits, 19},  {3, Content::digits, 6},    {4, Content::digits, 12},
    {11, Content::digits, 6},  {12, Content::digits, 6},   {13, Content::digits, 4},
    {14, Content::digits, 4},  {15, Content::digits, 4},   {22, Content::digits, 3},
    {23, Content::digits, 3},  {25, Content::digits, 2},   {26, Content::digits, 2},
    {32, Content::digits, 11}, {35, Content::track, 37},   {37, Content::text, 12},
    {38, Content::text, 6},    {39, Content::text, 2},     {41, Content::text, 8},
    {42, Content::text, 15},   {44, Content::text, 25},    {48, Content::text, 322},
    {49, Content::text, 3},    {52, Content::octets, 8},   {53, Content::digits, 16},
    {54, Content::text, 20},   {55, Content::octets, 255}, {60, Content::digits, 16},
    {61, Content::digits, 16}, {62, Content::octets, 60},  {63, Content::octets, 3},
    {64, Content::octets, 8},
};

}  // namespace

std::string unfit_for_unionpay(const Dialect& dialect) {
    for (const Need& need : needs) {
        const FieldFormat& format = dialect.field(need.field);
        const bool too_narrow = format.content == Content::track && !format.may_be_enciphered;
        if (format.content != need.content || format.size < need.size || too_narrow)
            return fmt::format(
                "field {} is not as UnionPay's terminals fill it; host and terminal of the bench "
                "speak dialects that extend 'unionpay-pos'",
                need.field);
    }
    if (dialect.mac != MacAlgorithm::unionpay)
        return "mac must be 'unionpay': host and terminal of the bench make no other code";
    return {};
}

}  // namespace posbench::iso8583
