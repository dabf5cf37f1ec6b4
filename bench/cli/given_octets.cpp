#include "bench/cli/given_octets.hpp"

#include <algorithm>

#include "bench/cli/load_dialect.hpp"
#include "bench/cli/pasted_hex.hpp"
#include "bench/config/value.hpp"
#include "bench/station/station.hpp"
#include "drivers/protocols/iso8583/recognise.hpp"

namespace posbench::cli {
namespace {

constexpr std::size_t most_dialects = 64;

Bytes as_it_stands(std::string_view text) {
    const ByteView octets = as_bytes(text);
    return {octets.begin(), octets.end()};
}

bool reads(const std::string& name, const std::string& text) {
    try {
        const iso8583::Dialect dialect = load_dialect(name);
        const auto octets = given_octets(dialect, text);
        return octets && iso8583::recognise(dialect, *octets);
    } catch (const config::ConfigError&) {
        return false;
    }
}

}  // namespace

Result<Bytes> given_octets(const iso8583::Dialect& dialect, const std::string& text) {
    const auto is_binary = [](char c) { return c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n'; };
    if (std::ranges::any_of(text, is_binary)) return as_it_stands(text);
    if (dialect.mti == iso8583::Code::ascii) {
        const std::size_t end = text.find_last_not_of(" \r\n") + 1;  // field values may begin with blanks
        Bytes characters = as_it_stands(std::string_view(text).substr(0, end));
        if (iso8583::recognise(dialect, characters)) return characters;
    }
    return pasted_hex(text);
}

std::vector<std::string> dialects_that_read(const std::string& text) {
    std::vector<std::string> names = station::fixture_names(station::find_library(), "hosts/dialects");
    if (names.size() > most_dialects) names.resize(most_dialects);
    std::erase_if(names, [&](const std::string& name) { return !reads(name, text); });
    return names;
}

}  // namespace posbench::cli
