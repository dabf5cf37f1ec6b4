#include "bench/cli/card_print.hpp"

#include <ostream>

#include <fmt/format.h>

#include "bench/runtime/utf8.hpp"

namespace posbench::cli {
namespace {

std::string_view escape_of(Ink ink) noexcept {
    switch (ink) {
        case Ink::plain:
            return {};
        case Ink::heading:
            return "\x1b[1m";
        case Ink::tag:
            return "\x1b[36m";
        case Ink::value:
            return "\x1b[33m";
        case Ink::faint:
            return "\x1b[2m";
        case Ink::good:
            return "\x1b[32m";
        case Ink::bad:
            return "\x1b[31m";
    }
    return {};
}

bool is_good(std::uint16_t sw) noexcept {
    return sw == 0x9000 || sw >> 8 == 0x61;
}

}  // namespace

std::string in_ink(Ink ink, std::string_view text, bool colour) {
    const std::string shown = runtime::printable(text);
    if (!colour || ink == Ink::plain || shown.empty()) return shown;
    return fmt::format("{}{}\x1b[0m", escape_of(ink), shown);
}

void print_lines(std::ostream& out, const emv::Lines& lines, int indent, bool colour) {
    for (const emv::Line& line : lines) {
        out << std::string(static_cast<std::size_t>(indent + 2 * line.depth), ' ');
        if (line.tag.empty()) {  // a part of the value above: what it means, then what it was read from
            out << in_ink(Ink::faint, fmt::format("· {}", line.name), colour);
        } else {
            out << in_ink(Ink::tag, line.tag, colour) << ' ' << in_ink(Ink::plain, line.name, colour);
        }
        if (!line.value.empty()) out << "  " << in_ink(Ink::value, line.value, colour);
        out << '\n';
    }
}

std::optional<std::string> fault_in_words(const trace::Event& event) {
    if (event.kind != trace::Kind::card_fault) return std::nullopt;
    return fmt::format("fault rule {}: {}, on {}", event.integer("rule").value_or(0),
                       event.text("detail").empty() ? event.text("do") : event.text("detail"),
                       event.text("command"));
}

void print_exchange(std::ostream& out, const card::Exchange& exchange, bool colour) {
    constexpr int indent = 4;
    out << "> " << in_ink(Ink::heading, exchange.command, colour);
    if (!exchange.asks.empty()) out << ' ' << in_ink(Ink::plain, exchange.asks, colour);
    out << "  " << in_ink(Ink::faint, exchange.octets, colour) << '\n';
    print_lines(out, exchange.data, indent, colour);
    out << "< ";
    if (exchange.sw) {
        const Ink ink = is_good(*exchange.sw) ? Ink::good : Ink::bad;
        out << in_ink(ink, fmt::format("{:04X} {}", *exchange.sw, exchange.sw_in_words), colour) << '\n';
    } else {
        out << in_ink(Ink::bad, exchange.sw_in_words, colour) << '\n';
    }
    print_lines(out, exchange.response, indent, colour);
}

}  // namespace posbench::cli
