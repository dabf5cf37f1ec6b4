#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "bench/runtime/utf8.hpp"
#include "bench/trace/field_place.hpp"
#include "bench/trace/jsonl.hpp"

namespace posbench::trace {
namespace {

constexpr std::size_t block = 64 * 1024;

constexpr auto plain_octets = [] {
    std::array<bool, 256> plain{};
    for (std::size_t octet = 0x20; octet < 0x7F; ++octet) plain[octet] = octet != '"' && octet != '\\';
    return plain;
}();

bool is_plain(char c) noexcept {
    return plain_octets[static_cast<unsigned char>(c)];
}

/// Are all eight octets plain? A trace is mostly such text, and its writing the largest part of a run in
/// virtual time. (x - 0x01..) & ~x & 0x80.. has the top bit of an octet set where x holds a zero; borrows can
/// only add false alarms, which the octets one by one then refute.
bool are_plain(std::uint64_t octets) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    const auto zero_in = [](std::uint64_t x) { return (x - ones) & ~x; };
    const std::uint64_t odd = octets | (octets - ones * 0x20) | zero_in(octets ^ (ones * '"')) |
                              zero_in(octets ^ (ones * '\\')) | zero_in(octets ^ (ones * 0x7F));
    return (odd & tops) == 0;
}

/// Length of the part of `text` from `begin` on that needs no escape and no look at its encoding.
std::size_t plain_length(std::string_view text, std::size_t begin) noexcept {
    std::size_t i = begin;
    for (std::uint64_t octets; text.size() - i >= sizeof octets; i += sizeof octets) {
        std::memcpy(&octets, text.data() + i, sizeof octets);
        if (!are_plain(octets)) break;
    }
    while (i < text.size() && is_plain(text[i])) ++i;
    return i - begin;
}

/// A character below U+0100 that must not, or should not, stand as it is.
void append_escape(std::string& out, char32_t character) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (character) {
        case '"':
        case '\\':
            out += '\\';
            out += static_cast<char>(character);
            return;
        case '\n':
            out += "\\n";
            return;
        default:
            out += "\\u00";
            out += digits[character >> 4];
            out += digits[character & 0x0F];
    }
}

/// What `text` begins with, of several octets or not UTF-8. How many octets of it that was.
std::size_t append_character(std::string& out, std::string_view text) {
    const std::size_t length = runtime::utf8_length(text);
    if (length == 0) {
        out += "\xEF\xBF\xBD";
        return 1;
    }
    if (length == 2 && runtime::is_control(runtime::utf8_character(text)))
        append_escape(out, runtime::utf8_character(text));
    else
        out.append(text, 0, length);
    return length;
}

void append_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t plain = plain_length(text, i);
        out.append(text, i, plain);
        i += plain;
        if (i == text.size()) break;
        if (static_cast<unsigned char>(text[i]) < 0x80) {
            append_escape(out, static_cast<unsigned char>(text[i++]));
        } else {
            i += append_character(out, text.substr(i));
        }
    }
    out += '"';
}

void append_integer(std::string& out, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
    out.append(digits, end.ptr);
}

struct AppendValue {
    std::string& out;
    void operator()(bool flag) const { out += flag ? "true" : "false"; }
    void operator()(std::int64_t number) const { append_integer(out, number); }
    void operator()(const std::string& text) const { append_text(out, text); }
    void operator()(const std::vector<std::string>& list) const {
        out += '[';
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (i > 0) out += ',';
            append_text(out, list[i]);
        }
        out += ']';
    }
};

void append_field(std::string& out, std::string_view name, const FieldValue& value) {
    out += ",\"";
    out += name;  // a word of the vocabulary: nothing to escape
    out += "\":";
    std::visit(AppendValue{out}, value);
}

bool in_vocabulary_order(std::span<const FieldSpec> specs, const Fields& fields) {
    std::size_t next = 0;
    for (const Field& field : fields) {
        next = place_of(specs, field.name, next);
        if (next == specs.size()) return false;
        ++next;
    }
    return true;
}

}  // namespace

void append_json(std::string& out, const Event& event) {
    const KindSpec& kind = spec(event.kind);
    out += "{\"t\":";
    append_integer(out, runtime::to_ns(event.at));
    out += ",\"kind\":\"";
    out += kind.name;
    out += '"';
    if (in_vocabulary_order(kind.fields, event.fields)) {  // as drivers mostly emit: one pass
        for (const Field& field : event.fields) append_field(out, field.name, field.value);
    } else {
        for (const FieldSpec& known : kind.fields)
            if (const FieldValue* value = event.find(known.name)) append_field(out, known.name, *value);
    }
    out += '}';
}

namespace {

/// An older trace of that name is taken away, not emptied: who reads it goes on reading what it was, and some
/// file systems write an emptied file out to the disk when it is closed (ext4: auto_da_alloc). What is no
/// regular file, a device or a pipe, stays.
int open_anew(const std::filesystem::path& path) {
    std::error_code unknown;  // what cannot be looked at cannot be opened either: open() says why
    if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path, unknown)))
        ::unlink(path.c_str());
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

}  // namespace

JsonlWriter::JsonlWriter(const std::filesystem::path& path, bool each_line)
    : descriptor_(open_anew(path)), each_line_(each_line), path_(path.string()) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "open " + path_);
    if (!each_line_) buffer_.reserve(block + block / 4);
}

JsonlWriter::~JsonlWriter() {
    try {
        flush();
    } catch (const std::system_error&) {
        // A destructor has nobody to tell; whoever must know calls flush() first, and hears it there.
    }
    ::close(descriptor_);
}

void JsonlWriter::write(const Event& event) {
    append_json(buffer_, event);
    buffer_ += '\n';
    if (each_line_ || buffer_.size() >= block) flush();
}

void JsonlWriter::flush() {
    std::size_t done = 0;
    while (done < buffer_.size()) {
        const ssize_t written = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
        if (written >= 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno != EINTR) {
            const int reason = errno;
            buffer_.erase(0, done);  // what is written is not written again
            throw std::system_error(reason, std::generic_category(), "write " + path_);
        }
    }
    buffer_.clear();
}

}  // namespace posbench::trace
