#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/downloads.hpp"
#include "drivers/protocols/emv/authority_key_config.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::host {
namespace {

using config::Reader;

constexpr emv::Tag application_identifier = 0x9F06;
constexpr emv::Tag key_index = 0x9F22;
constexpr emv::Tag key_modulus = 0xDF02;
constexpr emv::Tag key_check_sum = 0xDF03;
constexpr emv::Tag key_exponent = 0xDF04;
constexpr emv::Tag key_expiry = 0xDF05;
constexpr emv::Tag hash_algorithm = 0xDF06;
constexpr emv::Tag signature_algorithm = 0xDF07;
constexpr emv::Tag exact_name = 0xDF01;

// Algorithm indicators of EMV book 2 annex B, and of PBOC 3.0 part 17 for SM2 with SM3.
constexpr std::uint8_t sha1_rsa = 0x01;
constexpr std::uint8_t sm3_hash = 0x07;
constexpr std::uint8_t sm2_signature = 0x04;

/// What two digits count.
constexpr std::size_t most_entries = 99;
/// The longest list of objects that leaves an application room in field 62.
constexpr std::size_t longest_ddol = 252;

void append_octet(Bytes& out, emv::Tag tag, std::uint8_t value) {
    emv::append_tlv(out, tag, std::array{value});
}

/// The low octets of a number, the highest first.
template <std::size_t Size>
std::array<std::uint8_t, Size> binary(std::int64_t value) {
    std::array<std::uint8_t, Size> octets{};
    for (std::size_t i = Size; i-- > 0; value >>= 8) octets[i] = static_cast<std::uint8_t>(value);
    return octets;
}

/// The low digits of a number, two to an octet.
template <std::size_t Size>
std::array<std::uint8_t, Size> packed(std::int64_t value) {
    std::array<std::uint8_t, Size> octets{};
    for (std::size_t i = Size; i-- > 0; value /= 100)
        octets[i] = static_cast<std::uint8_t>(value % 100 / 10 << 4 | value % 10);
    return octets;
}

/// DF05, "20391231": the last day of its use.
Bytes expiry_of(std::chrono::year_month_day day) {
    const std::string text =
        fmt::format("{:04}{:02}{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                    static_cast<unsigned>(day.day()));
    Bytes object;
    emv::append_tlv(object, key_expiry, as_bytes(text));
    return object;
}

void append_key(Bytes& out, const emv::AuthorityKey& key) {
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key.key)) {
        append_octet(out, hash_algorithm, sha1_rsa);
        append_octet(out, signature_algorithm, sha1_rsa);
        emv::append_tlv(out, key_modulus, rsa->modulus());
        emv::append_tlv(out, key_exponent, rsa->exponent());
        emv::append_tlv(out, key_check_sum, emv::check_sum(key.name, *rsa));
        return;
    }
    const auto& point = std::get<crypto::Sm2PublicKey>(key.key);
    Bytes coordinates;
    append(coordinates, point.x());
    append(coordinates, point.y());
    append_octet(out, hash_algorithm, sm3_hash);
    append_octet(out, signature_algorithm, sm2_signature);
    emv::append_tlv(out, key_modulus, coordinates);
}

DownloadEntry authority_key_entry(const emv::AuthorityKey& key) {
    DownloadEntry entry;
    emv::append_tlv(entry.name, application_identifier, key.name.rid);
    append_octet(entry.name, key_index, key.name.index);
    entry.listed = entry.name;
    if (key.expires) append(entry.listed, expiry_of(*key.expires));
    entry.whole = entry.listed;
    append_key(entry.whole, key);
    return entry;
}

void append_octets(Bytes& out, Reader& reader, std::string_view key, emv::Tag tag, std::size_t size) {
    const auto value = reader.bytes(key);
    if (!value) return;
    if (value->size() != size)
        reader.fail(key, fmt::format("{} must be {} octets, not {}", key, size, value->size()));
    emv::append_tlv(out, tag, *value);
}

void append_amount(Bytes& out, Reader& reader, std::string_view key, emv::Tag tag, Currency currency) {
    if (const auto amount = reader.amount(key, currency))
        emv::append_tlv(out, tag, packed<6>(amount->minor()));
}

/// Four octets, binary (9F1B, DF15).
void append_binary(Bytes& out, Reader& reader, std::string_view key, emv::Tag tag, Currency currency) {
    constexpr std::int64_t largest = 0xFFFF'FFFF;
    const auto amount = reader.amount(key, currency);
    if (!amount) return;
    if (amount->minor() > largest)
        reader.fail(key, fmt::format("{} is larger than {}, the most that four octets hold", key,
                                     Amount(largest, currency).to_string()));
    emv::append_tlv(out, tag, binary<4>(amount->minor()));
}

void append_percentage(Bytes& out, Reader& reader, std::string_view key, emv::Tag tag) {
    if (const auto percent = reader.integer(key, 0, 99)) emv::append_tlv(out, tag, packed<1>(*percent));
}

DownloadEntry read_application(Reader& reader, Currency currency) {
    DownloadEntry entry;
    const Bytes aid = reader.require("aid", reader.bytes("aid"));
    if (aid.size() < 5 || aid.size() > 16)
        reader.fail("aid", fmt::format("aid must be 5 to 16 octets, not {}", aid.size()));
    emv::append_tlv(entry.name, application_identifier, aid);
    entry.listed = entry.name;
    Bytes& whole = entry.whole = entry.name;
    append_octet(whole, exact_name, reader.boolean("partial").value_or(true) ? 0x00 : 0x01);
    append_octets(whole, reader, "version", 0x9F08, 2);
    append_octets(whole, reader, "tac_default", 0xDF11, 5);
    append_octets(whole, reader, "tac_online", 0xDF12, 5);
    append_octets(whole, reader, "tac_denial", 0xDF13, 5);
    append_binary(whole, reader, "floor_limit", 0x9F1B, currency);
    append_binary(whole, reader, "threshold", 0xDF15, currency);
    append_percentage(whole, reader, "max_target", 0xDF16);
    append_percentage(whole, reader, "target", 0xDF17);
    if (const auto ddol = reader.bytes("ddol")) {
        if (ddol->size() > longest_ddol)
            reader.fail("ddol", fmt::format("ddol must be at most {} octets", longest_ddol));
        emv::append_tlv(whole, 0xDF14, *ddol);
    }
    if (const auto online_pin = reader.boolean("online_pin"))
        append_octet(whole, 0xDF18, *online_pin ? 0x01 : 0x00);
    append_amount(whole, reader, "ecash_limit", 0x9F7B, currency);
    append_amount(whole, reader, "contactless_floor_limit", 0xDF19, currency);
    append_amount(whole, reader, "contactless_limit", 0xDF20, currency);
    append_amount(whole, reader, "contactless_cvm_limit", 0xDF21, currency);
    reader.finish();
    return entry;
}

void append_number(Bytes& out, Reader& table, std::string_view key, int number, int digits) {
    std::int64_t most = 1;
    for (int i = 0; i < digits; ++i) most *= 10;
    if (const auto value = table.integer(key, 0, most - 1))
        append(out, as_bytes(fmt::format("{:02}{:0{}}", number, *value, digits)));
}

void append_flag(Bytes& out, Reader& table, std::string_view key, int number) {
    if (const auto value = table.boolean(key))
        append(out, as_bytes(fmt::format("{:02}{}", number, *value ? 1 : 0)));
}

void append_limit(Bytes& out, Reader& table, std::string_view key, int number, Currency currency) {
    if (const auto value = table.amount(key, currency))
        append(out, as_bytes(fmt::format("{:02}{:012}", number, value->minor())));
}

/// 40 octets, blanks behind the name. No other characters than ASCII: in which code a terminal would read
/// them nothing in the message says.
void append_name(Bytes& out, Reader& table, std::string_view key, int number) {
    constexpr std::size_t width = 40;
    const auto value = table.text(key);
    if (!value) return;
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    const bool blank = value->find_first_not_of(' ') == std::string::npos;
    if (blank || value->size() > width || !std::ranges::all_of(*value, printable))
        table.fail(key, fmt::format("{} must be 1 to {} characters of ASCII, and not blank", key, width));
    std::string entry = fmt::format("{:02}", number) + *value;
    entry.resize(2 + width, ' ');
    append(out, as_bytes(entry));
}

Bytes read_parameters(Reader& profile, Currency currency) {
    Bytes entries;
    auto table = profile.table("parameters", "[parameters]");
    if (!table) return entries;
    append_number(entries, *table, "reply_seconds", 11, 2);
    append_number(entries, *table, "connect_tries", 12, 1);
    append_flag(entries, *table, "tip", 17);
    append_number(entries, *table, "tip_percent", 18, 2);
    append_flag(entries, *table, "manual_entry", 19);
    append_flag(entries, *table, "automatic_sign_off", 20);
    append_name(entries, *table, "merchant_name", 21);
    append_number(entries, *table, "reversal_resends", 22, 1);
    append_limit(entries, *table, "sale_limit", 31, currency);
    append_limit(entries, *table, "refund_limit", 32, currency);
    append_number(entries, *table, "journal_capacity", 33, 4);
    table->finish();
    return entries;
}

}  // namespace

Downloads read_downloads(Reader& profile, Currency currency) {
    Downloads downloads;
    downloads.parameters = read_parameters(profile, currency);
    for (const emv::AuthorityKey& key : emv::read_authority_keys(profile))
        downloads.authority_keys.push_back(authority_key_entry(key));
    if (downloads.authority_keys.size() > most_entries)
        profile.fail("authority_key", fmt::format("a terminal can ask for {} keys at most", most_entries));
    for (Reader& reader : profile.tables("application", "[[application]]")) {
        DownloadEntry entry = read_application(reader, currency);
        if (std::ranges::find(downloads.applications, entry.name, &DownloadEntry::name) !=
            downloads.applications.end())
            reader.fail("aid", "another [[application]] has the same aid");
        downloads.applications.push_back(std::move(entry));
    }
    if (downloads.applications.size() > most_entries)
        profile.fail("application",
                     fmt::format("a terminal can ask for {} applications at most", most_entries));
    return downloads;
}

}  // namespace posbench::host
