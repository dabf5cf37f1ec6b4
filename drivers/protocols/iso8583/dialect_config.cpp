#include "drivers/protocols/iso8583/dialect_config.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/plural.hpp"

namespace posbench::iso8583 {
namespace {

using config::Reader;

template <class T>
struct Word {
    std::string_view text;
    T value;
};

constexpr Word<Code> codes[]{
    {"bcd", Code::bcd}, {"ascii", Code::ascii}, {"ebcdic", Code::ebcdic}, {"binary", Code::binary}};
constexpr Word<MacAlgorithm> algorithms[]{{"none", MacAlgorithm::none},
                                          {"unionpay", MacAlgorithm::unionpay},
                                          {"x9.19", MacAlgorithm::x9_19},
                                          {"iso9797-1-1", MacAlgorithm::iso9797_1_1}};
constexpr Word<Secrecy> secrecies[]{
    {"open", Secrecy::open}, {"pan", Secrecy::pan}, {"chip", Secrecy::chip}, {"hidden", Secrecy::hidden}};
constexpr Word<Content> contents[]{
    {"n", Content::digits}, {"z", Content::track}, {"x+n", Content::signed_digits}, {"b", Content::octets},
    {"a", Content::text},   {"an", Content::text}, {"ns", Content::text},           {"as", Content::text},
    {"anp", Content::text}, {"ans", Content::text}};
struct Padding {
    Pad side = Pad::right;
    std::uint8_t nibble = 0;
};
constexpr Word<Padding> paddings[]{{"right 0", {Pad::right, 0}},
                                   {"right F", {Pad::right, 0xF}},
                                   {"left 0", {Pad::left, 0}},
                                   {"left F", {Pad::left, 0xF}}};

/// One of the first `count` words; all of them without it.
template <class T, std::size_t N>
std::optional<T> choice(Reader& reader, std::string_view key, const Word<T> (&words)[N],
                        std::size_t count = N) {
    std::vector<std::string> allowed;
    for (std::size_t i = 0; i < count; ++i) allowed.emplace_back(words[i].text);
    const auto word = reader.choice(key, allowed);
    if (!word) return std::nullopt;
    return std::ranges::find(words, *word, &Word<T>::text)->value;
}
constexpr std::size_t without_binary = 3;

/// What a field has that does not say otherwise.
struct Encoding {
    Code digits = Code::bcd, text = Code::ascii, length = Code::bcd;
    Padding padding;
};

Encoding read_encoding(Reader& dialect) {
    Encoding encoding;
    auto reader = dialect.table("encoding", "[encoding]");
    if (!reader) return encoding;
    encoding.digits = choice(*reader, "digits", codes, without_binary).value_or(encoding.digits);
    encoding.text = choice(*reader, "text", codes, without_binary).value_or(encoding.text);
    encoding.length = choice(*reader, "length", codes).value_or(encoding.length);
    encoding.padding = choice(*reader, "padding", paddings).value_or(encoding.padding);
    if (encoding.text == Code::bcd) reader->fail("text", "text is written in ascii or ebcdic");
    reader->finish();
    return encoding;
}

Framing read_framing(Reader& dialect) {
    constexpr std::int64_t longest_header = 64, longest_frame = 0xFFFF;
    Framing framing;
    auto reader = dialect.table("frame", "[frame]");
    if (!reader) return framing;
    framing.length_code = choice(*reader, "length", codes).value_or(framing.length_code);
    framing.length_octets = static_cast<std::size_t>(reader->integer("length_octets", 1, 4).value_or(2));
    framing.counts_itself = reader->boolean("counts_itself").value_or(false);
    framing.tpdu = reader->boolean("tpdu").value_or(false);
    framing.header_octets =
        static_cast<std::size_t>(reader->integer("header", 0, longest_header).value_or(0));
    framing.most = static_cast<std::size_t>(reader->integer("most", 32, longest_frame).value_or(2048));
    reader->finish();
    std::size_t largest = 1;
    for (std::size_t i = 0; i < framing.length_octets; ++i)
        largest *= framing.length_code == Code::binary ? 256 : framing.length_code == Code::bcd ? 100 : 10;
    if (framing.most + (framing.counts_itself ? framing.length_octets : 0) >= largest)
        reader->fail("most", fmt::format("{} octets have no room in a length of {}", framing.most,
                                         runtime::counted(framing.length_octets, "octet")));
    return framing;
}

std::optional<std::uint16_t> number(std::string_view text) {
    constexpr std::uint16_t most = 9999;
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && value <= most ? std::optional(value) : std::nullopt;
}

/// "n ..19 LL": content, size, and of a size that varies the digits of its length.
std::optional<FieldFormat> parse_format(std::string_view text) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const auto content = std::ranges::find(contents, text.substr(0, blank), &Word<Content>::text);
    std::string_view size = text.substr(blank + 1), length;
    if (const std::size_t next = size.find(' '); next != std::string_view::npos) {
        length = size.substr(next + 1);
        size = size.substr(0, next);
    }
    if (content == std::end(contents) || length.size() > 4 || length.find_first_not_of('L') != length.npos)
        return std::nullopt;
    FieldFormat format;
    format.content = content->value;
    format.length_digits = static_cast<std::uint8_t>(length.size());
    const std::size_t dots = size.find("..");
    const bool varies = dots != std::string_view::npos;
    if (varies != format.varies()) return std::nullopt;
    const auto least = varies && dots > 0 ? number(size.substr(0, dots)) : std::uint16_t{0};
    const auto most = number(varies ? size.substr(dots + 2) : size);
    if (!least || !most || *most == 0 || *least > *most) return std::nullopt;
    format.shortest = *least;
    format.size = *most;
    return format;
}

/// The most that a length of so many digits can tell.
std::size_t longest(const FieldFormat& format) {
    if (format.length_code == Code::binary) return format.length_octets() == 1 ? 0xFF : 0xFFFF;
    std::size_t most = 1;
    for (int i = 0; i < format.length_digits; ++i) most *= 10;
    return most - 1;
}

/// What must not be shown, where the dialect says nothing of it: field 2, the tracks, the PIN block.
Secrecy usual_secrecy(int field, const FieldFormat& format) {
    constexpr int pan = 2, track2 = 35, track3 = 36, track1 = 45, pin_block = 52;
    if (format.content == Content::track || field == track1 || field == track2 || field == track3 ||
        field == pin_block)
        return Secrecy::hidden;
    return field == pan ? Secrecy::pan : Secrecy::open;
}

/// Keys that would say nothing, and secrecy of what the field cannot hold.
void refuse_inert(Reader& reader, const FieldFormat& format) {
    if (reader.has("code") && format.content == Content::octets)
        reader.fail("code", "b is octets and has no code");
    if (reader.has("length") && !format.varies())
        reader.fail("length", "the size is fixed: there is no length");
    if (reader.has("padding") && !format.packed())
        reader.fail("padding", "only packed digits (n, z, x+n in bcd) are padded");
    if (reader.has("may_be_enciphered") && format.content != Content::track)
        reader.fail("may_be_enciphered", "only a track (z) comes enciphered in its own digits");
    if (format.secrecy == Secrecy::chip && format.content != Content::octets)
        reader.fail("secrecy", "'chip' is BER-TLV, in a field of content b");
    if (format.secrecy == Secrecy::pan && format.content != Content::digits &&
        format.content != Content::text)
        reader.fail("secrecy", "'pan' is a number, in a field of digits or text");
}

FieldFormat read_field(Reader& reader, int field, const Encoding& encoding) {
    const std::string text = reader.require("format", reader.text("format"));
    auto format = parse_format(text);
    if (!format)
        reader.fail("format",
                    fmt::format("'{}' is no format: write content and size, as in 'n 6', 'ans 15', 'b 8', "
                                "and of a size that varies its length, as in 'n ..19 LL'",
                                text));
    const bool is_text = format->content == Content::text;
    format->code =
        choice(reader, "code", codes, without_binary).value_or(is_text ? encoding.text : encoding.digits);
    if (is_text && format->code == Code::bcd) reader.fail("code", "text is written in ascii or ebcdic");
    format->sign = format->packed() ? encoding.text : format->code;
    format->length_code = choice(reader, "length", codes).value_or(encoding.length);
    const Padding padding = choice(reader, "padding", paddings).value_or(encoding.padding);
    format->pad = padding.side;
    format->padding = padding.nibble;
    format->secrecy = choice(reader, "secrecy", secrecies).value_or(usual_secrecy(field, *format));
    format->may_be_enciphered = reader.boolean("may_be_enciphered").value_or(false);
    refuse_inert(reader, *format);
    if (format->varies() && format->size > longest(*format))
        reader.fail("format", fmt::format("{} exceeds the {} that its length can tell", format->size,
                                          longest(*format)));
    return *format;
}

int field_number(Reader& fields, const std::string& key, bool secondary) {
    constexpr int tertiary_bitmap = 65;
    const auto field = number(key);
    const int last = secondary ? last_field : last_primary_field;
    if (!field || *field < first_field || *field > last || *field == tertiary_bitmap || key.front() == '0')
        fields.fail(key, fmt::format("a field is a number from {} to {}{}", first_field, last,
                                     secondary ? ", without 65, a third bitmap" : ""));
    return *field;
}

void read_fields(Reader& dialect, const Encoding& encoding, Dialect& out) {
    auto fields = dialect.table("field", "[field]");
    if (!fields) dialect.missing("field");
    for (const config::Table::Entry& entry : fields->value().get<config::Table>()->entries()) {
        const int field = field_number(*fields, entry.key, out.secondary);
        Reader reader = *fields->table(entry.key, fmt::format("field {}", field));
        FieldFormat& format = out.fields[static_cast<std::size_t>(field)];
        format = read_field(reader, field, encoding);
        out.names[static_cast<std::size_t>(field)] = reader.require("name", reader.text("name"));
        if (is_mac_field(field) && (format.content != Content::octets || format.varies() || format.size != 8))
            reader.fail("format", fmt::format("field {} is the message authentication code, b 8", field));
        reader.finish();
    }
    fields->finish();
    if (out.names == decltype(out.names){}) dialect.fail("field", "a dialect has at least one field");
}

/// What its parts must have of one another.
void check_whole(Reader& reader, const Dialect& dialect) {
    if (dialect.framing.most < dialect.least_frame())
        reader.fail("frame", fmt::format("most: a frame has {} octets at least", dialect.least_frame()));
    if (dialect.mac == MacAlgorithm::none) return;
    for (const int field : {last_primary_field, last_field}) {
        const bool due = field == last_primary_field || dialect.secondary;
        if (due && dialect.field(field).content == Content::none)
            reader.fail("mac", fmt::format("field {}, the message authentication code, is missing", field));
    }
}

}  // namespace

Dialect read_dialect(const config::Value& table) {
    Reader reader(table, "dialect");
    Dialect dialect;
    reader.title();
    dialect.name = reader.text("name").value_or("");
    dialect.mti = choice(reader, "mti", codes, without_binary).value_or(dialect.mti);
    dialect.bitmap = choice(reader, "bitmap", codes).value_or(dialect.bitmap);
    if (dialect.bitmap == Code::bcd)
        reader.fail("bitmap", "a bitmap is binary, or hexadecimal in ascii or ebcdic");
    dialect.secondary = reader.boolean("secondary").value_or(false);
    dialect.mac = choice(reader, "mac", algorithms).value_or(MacAlgorithm::none);
    dialect.framing = read_framing(reader);
    read_fields(reader, read_encoding(reader), dialect);
    check_whole(reader, dialect);
    reader.finish();
    return dialect;
}

}  // namespace posbench::iso8583
