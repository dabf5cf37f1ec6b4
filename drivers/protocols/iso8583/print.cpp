#include "drivers/protocols/iso8583/print.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"

namespace posbench::iso8583 {
namespace {

/// @param searched for a PAN, packed or in characters
std::string octets_in_words(ByteView octets, bool searched) {
    std::string shown = to_hex(octets);
    const bool text = !octets.empty() && std::ranges::all_of(octets, printable);
    if (searched) {
        shown = trace::mask_text(shown);
        if (text && trace::mask_text(as_text(octets)) != as_text(octets))
            return fmt::format("\"{}\"", trace::mask_text(as_text(octets)));
    }
    return text ? fmt::format("{} \"{}\"", shown, as_text(octets)) : shown;
}

std::string hidden(const FieldFormat& format, std::size_t count) {
    return fmt::format("<{} {}>", count, format.content == Content::octets ? "octets" : "characters");
}

/// Digits and octets of a fixed number are what the dialect says they are; anything else may hold a PAN.
bool may_hold_pan(const FieldFormat& format) {
    return format.varies() || format.content == Content::text;
}

std::string shown_value(const FieldFormat& format, const std::string& value, emv::Secrets secrets) {
    const bool masked = secrets == emv::Secrets::masked;
    if (masked && format.secrecy == Secrecy::hidden) return hidden(format, value.size());
    if (masked && format.secrecy == Secrecy::pan) return trace::mask_pan(value);
    const bool searched = masked && may_hold_pan(format);
    if (format.content == Content::octets) return octets_in_words(as_bytes(value), searched);
    return searched ? trace::mask_text(value) : value;
}

}  // namespace

std::vector<PrintedField> print(const Dialect& dialect, const MessageView& message, emv::Secrets secrets) {
    std::vector<PrintedField> printed;
    const Bitmap& bitmap = message.bitmap();
    for (int field = bitmap.next(1); field != 0; field = bitmap.next(field)) {
        const FieldFormat& format = dialect.field(field);
        PrintedField& line = printed.emplace_back();
        line.number = field;
        line.name = dialect.names[static_cast<std::size_t>(field)];
        const std::string value = message.value(field);
        if (format.secrecy == Secrecy::chip)
            line.objects = emv::describe_tlv(as_bytes(value), secrets);
        else
            line.value = shown_value(format, value, secrets);
    }
    return printed;
}

std::string message_type_in_words(std::string_view mti) {
    constexpr std::array<std::string_view, 10> classes{"",
                                                       "authorisation",
                                                       "financial",
                                                       "file action",
                                                       "reversal or chargeback",
                                                       "reconciliation",
                                                       "administrative",
                                                       "fee collection",
                                                       "network management",
                                                       ""};
    constexpr std::array<std::string_view, 10> functions{"request",
                                                         "request response",
                                                         "advice",
                                                         "advice response",
                                                         "notification",
                                                         "",
                                                         "instruction",
                                                         "instruction acknowledgement",
                                                         "",
                                                         ""};
    if (mti.size() != 4 || !std::ranges::all_of(mti, [](char c) { return c >= '0' && c <= '9'; })) return {};
    const std::string_view kind = classes[static_cast<std::size_t>(mti[1] - '0')];
    const std::string_view function = functions[static_cast<std::size_t>(mti[2] - '0')];
    return kind.empty() || function.empty() ? "" : fmt::format("{} {}", kind, function);
}

}  // namespace posbench::iso8583
