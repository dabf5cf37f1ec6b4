#include "bench/cli/load_profile.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "drivers/protocols/iso8583/dialect_config.hpp"

namespace posbench::cli {
namespace {

using config::Reader;

/// The tables under `key`, named or listed.
std::vector<Reader> entries(Reader& profile, std::string_view key) {
    std::vector<Reader> found;
    const config::Value* value = profile.raw(key);
    if (!value) profile.missing(key);
    if (const auto* named = value->get<config::Table>()) {
        for (const auto& entry : named->entries())
            found.emplace_back(entry.value, fmt::format("[{}.{}]", key, entry.key));
    } else if (const auto* listed = value->get<config::Array>()) {
        for (const config::Value& element : *listed) found.emplace_back(element, fmt::format("[[{}]]", key));
    }
    if (found.empty()) profile.fail(key, fmt::format("load needs a [{}.NAME]", key));
    return found;
}

}  // namespace

LoadProfile read_load_profile(const config::Value& settings) {
    Reader reader(settings, "host profile");
    if (reader.has("tls"))
        reader.fail(
            "tls",
            "load speaks plain TCP only: take a profile without [tls], for the host too, or serve one "
            "with the same terminals beside it");
    LoadProfile profile;
    const config::Value* dialect = reader.raw("dialect");
    if (!dialect) reader.missing("dialect");
    profile.dialect = iso8583::read_dialect(*dialect);
    const Bytes address = reader.bytes("tpdu").value_or(Bytes{0x60, 0x00, 0x06, 0x00, 0x00});
    if (address.size() != profile.tpdu.octets.size()) reader.fail("tpdu", "tpdu must be 5 octets");
    profile.tpdu.octets = {0x60, address[1], address[2], 0x00, 0x01};
    profile.header = reader.bytes("header").value_or(Bytes());
    const std::string code = reader.text("currency").value_or(std::string(cny.code));
    const auto currency = find_currency(code);
    if (!currency) reader.fail("currency", fmt::format("currency '{}' is not known", code));
    profile.currency = fmt::format("{:03}", currency->numeric);
    Reader account = entries(reader, "account").front();
    profile.pan = account.require("pan", account.text("pan"));
    for (Reader& entry : entries(reader, "terminal"))
        profile.terminals.push_back(
            {entry.require("tid", entry.text("tid")), entry.require("mid", entry.text("mid")),
             entry.require("tmk", entry.bytes("tmk")), entry.text("batch").value_or("000001")});
    return profile;
}

}  // namespace posbench::cli
