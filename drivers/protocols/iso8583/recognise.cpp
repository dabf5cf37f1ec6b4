#include "drivers/protocols/iso8583/recognise.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::iso8583 {
namespace {

using Outcome = Result<std::vector<Recognised>, NotRecognised>;

std::string form_of(const Dialect& dialect, bool with_length, bool with_header) {
    std::vector<std::string> parts;
    if (with_length) parts.emplace_back("its length");
    if (with_header && dialect.framing.tpdu) parts.emplace_back("TPDU");
    if (with_header && dialect.framing.header_octets > 0) parts.emplace_back("header");
    if (parts.empty()) return "a message alone";
    std::string text = "a message behind " + parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i) text += (i + 1 < parts.size() ? ", " : " and ") + parts[i];
    return text;
}

/// What a frame without its length is. @param before octets in front of it
Result<Recognised, NotRecognised> read_frame(const Dialect& dialect, ByteView octets, std::size_t before,
                                             bool with_length) {
    const std::size_t header = dialect.framing.before_message();
    const auto frame = decode_frame(dialect, octets);
    if (!frame)
        return NotRecognised{
            form_of(dialect, with_length, true), before, 0, {0, 0, frame.error().what, false}};
    const auto message = MessageView::parse(dialect, frame->message);
    if (!message)
        return NotRecognised{form_of(dialect, with_length, true), before + header, 0, message.error()};
    return Recognised{std::nullopt, *frame, *message};
}

/// A frame that announces more octets than there are: what is there must be the beginning of one.
NotRecognised cut_short(const Dialect& dialect, ByteView octets, std::size_t before, std::size_t size) {
    const std::size_t header = std::min(dialect.framing.before_message(), octets.size());
    const auto message = MessageView::parse(dialect, octets.subspan(header));
    const bool begins_wrong = begins_without_tpdu(dialect, octets);
    if (!begins_wrong && !message && !message.error().cut_short)
        return {form_of(dialect, true, true), before + header, 0, message.error()};
    const std::size_t reached = begins_wrong ? 0 : octets.size();
    std::string what = fmt::format(
        "frame: its length is {}, of which {}", size,
        octets.size() == 1 ? "1 octet is there" : fmt::format("{} octets are there", octets.size()));
    return {form_of(dialect, true, true), before, 0, {0, reached, std::move(what), false}};
}

Result<Recognised, NotRecognised> read_framed(const Dialect& dialect, ByteView octets, std::size_t at) {
    const std::size_t prefix = dialect.framing.length_octets;
    const ByteView rest = octets.subspan(at);
    const auto wrong = [&](std::string what) {
        return NotRecognised{form_of(dialect, true, true), at, 0, {0, 0, std::move(what), false}};
    };
    if (rest.size() < prefix) return wrong(runtime::counted(rest.size(), "octet"));
    const auto size = frame_size(dialect, rest.first(prefix));
    if (!size) return wrong(size.error().what);
    if (rest.size() - prefix < *size) return cut_short(dialect, rest.subspan(prefix), at + prefix, *size);
    auto one = read_frame(dialect, rest.subspan(prefix, *size), at + prefix, true);
    if (one) one->length = *size;
    return one;
}

Outcome read_stream(const Dialect& dialect, ByteView octets) {
    std::vector<Recognised> found;
    for (std::size_t at = 0; at < octets.size();) {
        auto one = read_framed(dialect, octets, at);
        if (!one) {
            NotRecognised error = one.error();
            error.whole_frames = found.size();
            return error;
        }
        at += dialect.framing.length_octets + *one->length;
        found.push_back(*std::move(one));
    }
    return found;
}

Outcome read_message(const Dialect& dialect, ByteView octets) {
    const auto message = MessageView::parse(dialect, octets);
    if (!message) return NotRecognised{form_of(dialect, false, false), 0, 0, message.error()};
    return std::vector{Recognised{std::nullopt, std::nullopt, *message}};
}

std::size_t reached(const NotRecognised& error) {
    return error.before + error.error.offset;
}

}  // namespace

Outcome recognise(const Dialect& dialect, ByteView octets) {
    std::optional<NotRecognised> farthest;
    const auto fails = [&](const NotRecognised& error) {
        if (!farthest || reached(error) >= reached(*farthest)) farthest = error;
    };
    if (!octets.empty()) {
        auto stream = read_stream(dialect, octets);
        if (stream) return stream;
        fails(stream.error());
        if (farthest->whole_frames > 0) return *std::move(farthest);  // they were nothing else
    }
    if (dialect.framing.before_message() > 0) {
        auto frame = read_frame(dialect, octets, 0, false);
        if (frame) return std::vector{*std::move(frame)};
        fails(frame.error());
    }
    auto alone = read_message(dialect, octets);
    if (alone) return alone;
    fails(alone.error());
    return *std::move(farthest);
}

void throw_exception_from_error(const NotRecognised& error, const boost::source_location&) {
    throw std::runtime_error(error.error.what);
}

}  // namespace posbench::iso8583
