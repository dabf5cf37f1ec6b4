#include "drivers/host/recording/recording.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/describe.hpp"
#include "drivers/protocols/iso8583/print.hpp"

namespace posbench::host {
namespace {

using nlohmann::ordered_json;
using Json = nlohmann::json;

constexpr std::uintmax_t largest_file = 256U << 20;
constexpr auto longest_time = std::chrono::hours(24);

/// What printing would hide of a field must not be kept either.
std::set<int> secret_fields(const iso8583::Dialect& dialect, const iso8583::Message& message) {
    const Bytes octets = iso8583::encode(dialect, message);
    const auto view = iso8583::MessageView::parse(dialect, octets).value();
    const auto masked = iso8583::print(dialect, view, emv::Secrets::masked);
    const auto clear = iso8583::print(dialect, view, emv::Secrets::clear);
    std::set<int> secret;
    for (std::size_t i = 0; i < clear.size(); ++i) {
        const auto same = [](const emv::Line& a, const emv::Line& b) { return a.value == b.value; };
        const bool whole = masked[i].value == clear[i].value &&
                           std::ranges::equal(masked[i].objects, clear[i].objects, same);
        if (!whole) secret.insert(clear[i].number);
    }
    return secret;
}

ordered_json to_json(const KeptMessage& message) {
    ordered_json json{{"mti", message.mti}};
    if (!message.tpdu.empty()) json["tpdu"] = message.tpdu;
    if (!message.header.empty()) json["header"] = message.header;
    json["fields"] = ordered_json::object();
    for (const auto& [field, value] : message.fields) json["fields"][std::to_string(field)] = value;
    if (!message.hidden.empty()) json["hidden"] = message.hidden;
    if (!message.pan.empty()) json["pan"] = message.pan;
    return json;
}

/// Field number of a key or an element. @throws std::invalid_argument
int field_number(int field) {
    if (field < iso8583::first_field || field > iso8583::last_field)
        throw std::invalid_argument(fmt::format("'{}' is no field", field));
    return field;
}
int field_number(const std::string& text) {
    int field = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), field);
    if (error != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("a key of 'fields' is no number");
    return field_number(field);
}

void refuse_unknown_keys(const Json& json, std::initializer_list<std::string_view> known) {
    if (!json.is_object()) throw std::invalid_argument("a table is due");
    for (const auto& [key, value] : json.items())
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw std::invalid_argument(fmt::format("unknown key '{}'", key));
}

KeptMessage message_from(const Json& json) {
    refuse_unknown_keys(json, {"mti", "tpdu", "header", "fields", "hidden", "pan"});
    KeptMessage message;
    message.mti = json.at("mti").get<std::string>();
    if (message.mti.size() != 4) throw std::invalid_argument("'mti' has four digits");
    message.tpdu = json.value("tpdu", std::string());
    message.header = json.value("header", std::string());
    for (const auto& [key, value] : json.at("fields").items())
        message.fields[field_number(key)] = value.get<std::string>();
    if (json.contains("hidden"))
        for (const auto& field : json.at("hidden")) message.hidden.insert(field_number(field.get<int>()));
    message.pan = json.value("pan", std::string());
    return message;
}

runtime::Duration duration_from(const Json& json, const char* key) {
    const auto count = json.at(key).get<std::int64_t>();
    if (count < 0) throw std::invalid_argument(fmt::format("'{}' is negative", key));
    return runtime::Duration(count);
}

/// What a stand-in waits.
runtime::Duration wait_from(const Json& json, const char* key) {
    const auto wait = duration_from(json, key);
    if (wait > longest_time) throw std::invalid_argument(fmt::format("'{}' is more than a day", key));
    return wait;
}

RecordedExchange exchange_from(const Json& json) {
    refuse_unknown_keys(json, {"at_ns", "connection", "request", "reply", "took_ns", "closed_ns"});
    RecordedExchange exchange;
    exchange.at = duration_from(json, "at_ns");
    exchange.connection = json.at("connection").get<std::int64_t>();
    exchange.request = message_from(json.at("request"));
    if (json.contains("reply")) {
        if (json.contains("closed_ns"))
            throw std::invalid_argument("'closed_ns' is of an exchange without 'reply'");
        exchange.reply = message_from(json.at("reply"));
        exchange.took = wait_from(json, "took_ns");
    } else if (json.contains("closed_ns")) {
        exchange.closed = wait_from(json, "closed_ns");
    }
    return exchange;
}

/// @throws std::invalid_argument when what is kept of a reply is no message of the dialect
void check_reply(const KeptMessage& reply, const iso8583::Dialect& dialect) {
    iso8583::Message message(reply.mti);
    for (const auto& [field, value] : reply.fields) set_kept(message, dialect, field, value);
    iso8583::encode(dialect, message);
}

/// @throws std::invalid_argument
RecordedExchange checked(std::string_view line, const iso8583::Dialect& dialect) {
    auto exchange = parse_recorded(line);
    if (!exchange) throw std::invalid_argument(exchange.error().what);
    if (exchange->reply) check_reply(*exchange->reply, dialect);
    return *std::move(exchange);
}

}  // namespace

std::string_view KeptMessage::get(int field) const noexcept {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

KeptMessage keep(const iso8583::Dialect& dialect, const Wiretap::Heard& heard) {
    KeptMessage kept;
    kept.mti = heard.message.mti();
    if (dialect.framing.tpdu) kept.tpdu = to_hex(heard.tpdu.octets);
    kept.header = to_hex(heard.header);
    if (const auto pan = iso8583::pan_of(heard.message); !pan.empty()) kept.pan = trace::mask_pan(pan);
    kept.hidden = secret_fields(dialect, heard.message);
    for (const int field : heard.message.fields()) {
        if (kept.hidden.contains(field)) continue;
        const bool octets = dialect.field(field).content == iso8583::Content::octets;
        kept.fields[field] =
            octets ? to_hex(heard.message.bytes(field)) : std::string(heard.message.get(field));
    }
    return kept;
}

void set_kept(iso8583::Message& message, const iso8583::Dialect& dialect, int field,
              const std::string& value) {
    if (dialect.field(field).content != iso8583::Content::octets) return message.set(field, value);
    const auto octets = from_hex(value);
    if (!octets) throw std::invalid_argument(fmt::format("field {} is no hexadecimal", field));
    message.set(field, *octets);
}

std::string to_line(const RecordedExchange& exchange) {
    ordered_json json{{"at_ns", exchange.at.count()},
                      {"connection", exchange.connection},
                      {"request", to_json(exchange.request)}};
    if (exchange.reply) {
        json["reply"] = to_json(*exchange.reply);
        json["took_ns"] = exchange.took.count();
    } else if (exchange.closed) {
        json["closed_ns"] = exchange.closed->count();
    }
    // Text of a terminal may be no UTF-8: it is shown with what UTF-8 has for that.
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<RecordedExchange> parse_recorded(std::string_view line) {
    try {
        return exchange_from(Json::parse(line));
    } catch (const Json::parse_error& error) {
        return Error{fmt::format("no JSON, at character {}", error.byte)};
    } catch (const Json::exception& error) {
        const std::string_view what(error.what());
        return Error{std::string(what.substr(what.find("] ") + 2))};  // behind nlohmann's own number
    } catch (const std::invalid_argument& error) {
        return Error{error.what()};
    }
}

Recording load_recording(const std::filesystem::path& file, const iso8583::Dialect& dialect) {
    const auto unreadable = [&] {
        return std::system_error(errno, std::generic_category(), "reading " + file.string());
    };
    std::ifstream in(file);
    if (!in) throw unreadable();
    if (std::filesystem::file_size(file) > largest_file)
        throw std::invalid_argument(fmt::format("{}: more than {} MiB", file.string(), largest_file >> 20));
    Recording recording;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) continue;
        try {
            recording.push_back({checked(line, dialect), number});
        } catch (const std::invalid_argument& error) {
            throw std::invalid_argument(fmt::format("{}:{}: {}", file.string(), number, error.what()));
        }
    }
    if (in.bad()) throw unreadable();
    return recording;
}

}  // namespace posbench::host
