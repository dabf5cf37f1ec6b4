#include "drivers/protocols/iso8583/print.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::iso8583 {
namespace {

constexpr int upload_field = 48;
constexpr int payment_code_field = 59;

bool is_upload(const MessageView& message, int field, const std::string& value) {
    if (field != upload_field || !message.mti().starts_with("03") || !runtime::is_all_digits(value))
        return false;
    const std::size_t records = value.size() / upload::record_size;
    return records >= 1 && records <= upload::most_records &&
           value.size() == upload::count_size + records * upload::record_size &&
           value.starts_with(fmt::format("{:02}", records));
}

/// The PANs are where they are, whatever their check digits.
std::string mask_upload(std::string value) {
    for (std::size_t at = upload::count_size; at < value.size(); at += upload::record_size) {
        const std::string_view padded = upload::pan.of(std::string_view(value).substr(at));
        const std::size_t zeros = std::min(padded.find_first_not_of('0'), padded.size());
        value.replace(at + upload::pan.at + zeros, padded.size() - zeros,
                      trace::mask_pan(padded.substr(zeros)));
    }
    return value;
}

/// Hexadecimal with "**" for octets that a mask hides in characters.
std::string masked_hex(ByteView octets) {
    const std::string in_characters = trace::mask_dense_text(as_text(octets));
    std::string shown = to_hex(octets);
    for (std::size_t i = 0; i < octets.size(); ++i)
        if (in_characters[i] != static_cast<char>(octets[i])) shown.replace(2 * i, 2, "**");
    return trace::mask_dense_text(shown);
}

/// @param searched for a PAN, packed or in characters
std::string octets_in_words(ByteView octets, bool searched) {
    const std::string shown = searched ? masked_hex(octets) : to_hex(octets);
    const bool text = !octets.empty() && std::ranges::all_of(octets, printable);
    if (!text) return shown;
    const std::string characters(as_text(octets));
    return fmt::format("{} \"{}\"", shown, searched ? trace::mask_dense_text(characters) : characters);
}

std::string hidden(const FieldFormat& format, std::size_t count) {
    return fmt::format("<{} {}>", count, format.content == Content::octets ? "octets" : "characters");
}

/// Digits and octets of a fixed number are what the dialect says they are, and field 42 (card acceptor
/// identification code) is a number that may look like a PAN and is none; anything else may hold one.
bool may_hold_pan(int field, const FieldFormat& format) {
    constexpr int card_acceptor = 42;
    return field != card_acceptor && (format.varies() || format.content == Content::text);
}

std::string shown_value(int field, const FieldFormat& format, const std::string& value,
                        emv::Secrets secrets) {
    const bool hides = secrets == emv::Secrets::masked;
    if (hides && format.secrecy == Secrecy::hidden) return hidden(format, value.size());
    if (hides && format.secrecy == Secrecy::pan) return trace::mask_pan(value);
    const bool searched = hides && may_hold_pan(field, format);
    if (format.content == Content::octets) return octets_in_words(as_bytes(value), searched);
    return searched ? trace::mask_dense_text(value) : value;
}

/// A digit of the message type says who speaks: even ones ask or advise.
bool is_answer(const MessageView& message) {
    const std::string_view mti = message.mti();
    return mti.size() == 4 && runtime::is_digit(mti[2]) && (mti[2] - '0') % 2 == 1;
}

/// A request's is a payment code, or something made around one: a blank behind it, a list, tags. Only of what
/// is nothing else it is known which digits may be shown. An answer's is for a customer to scan.
std::string shown_payment_code(const MessageView& message, const FieldFormat& format,
                               const std::string& value) {
    if (is_payment_code(value)) return mask_payment_code(value);
    return is_answer(message) ? shown_value(payment_code_field, format, value, emv::Secrets::masked)
                              : hidden(format, value.size());
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
        else if (secrets == emv::Secrets::masked && is_upload(message, field, value))
            line.value = mask_upload(value);
        else if (secrets == emv::Secrets::masked && field == payment_code_field)
            line.value = shown_payment_code(message, format, value);
        else
            line.value = shown_value(field, format, value, secrets);
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
    struct Function {
        std::string_view words;
        char since;  ///< version digit
    };
    constexpr std::array<Function, 10> functions{{{"request", '0'},
                                                  {"request response", '0'},
                                                  {"advice", '0'},
                                                  {"advice response", '0'},
                                                  {"notification", '1'},
                                                  {"notification acknowledgement", '2'},
                                                  {"instruction", '2'},
                                                  {"instruction acknowledgement", '2'},
                                                  {"", '0'},
                                                  {"", '0'}}};
    if (mti.size() != 4 || !runtime::is_all_digits(mti) || mti[0] > '2') return {};
    const std::string_view kind = classes[static_cast<std::size_t>(mti[1] - '0')];
    const Function& function = functions[static_cast<std::size_t>(mti[2] - '0')];
    if (kind.empty() || function.words.empty() || mti[0] < function.since) return {};
    constexpr std::array<std::string_view, 3> versions{"", " (1993)", " (2003)"};
    const bool repeated = mti[3] == '1' || mti[3] == '3' || mti[3] == '5';
    return fmt::format("{} {}{}{}", kind, function.words, repeated ? ", repeat" : "",
                       versions[static_cast<std::size_t>(mti[0] - '0')]);
}

}  // namespace posbench::iso8583
