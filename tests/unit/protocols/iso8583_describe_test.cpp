#include "bench/trace/event.hpp"
#include "bench/trace/vocabulary.hpp"
#include "drivers/protocols/iso8583/describe.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::iso8583;

namespace {

using Texts = std::vector<std::string>;

Message chip_sale() {
    Message message("0200");
    message.set(2, "6210948000000011");
    message.set(3, "000000");
    message.set(4, "000000001234");
    message.set(11, "000042");
    message.set(12, "101112");
    message.set(13, "0615");
    message.set(14, "2812");
    message.set(22, "051");
    message.set(35, "6210948000000011D28122010000000000000");
    message.set(37, "000000000007");
    message.set(38, "A1B2C3");
    message.set(39, "00");
    message.set(41, "10000001");
    message.set(42, "898100000000001");
    message.set(49, "156");
    message.set(52, hex("041277CDDEEFF669"));
    message.set(55, hex("9F3602001C 9505 8040000000"));
    message.set(60, "2200012300052");
    message.set(64, "5FE058DB");
    return message;
}

const trace::FieldValue* find(const trace::Fields& fields, std::string_view name) {
    for (const trace::Field& field : fields)
        if (field.name == name) return &field.value;
    return nullptr;
}

template <class T>
T value(const trace::Fields& fields, std::string_view name) {
    const trace::FieldValue* found = find(fields, name);
    INFO(name);
    REQUIRE(found != nullptr);
    REQUIRE(std::holds_alternative<T>(*found));
    return std::get<T>(*found);
}

std::string text(const trace::Fields& fields, std::string_view name) {
    return value<std::string>(fields, name);
}

trace::FieldType type_of(const trace::FieldValue& data) {
    constexpr std::array types{trace::FieldType::boolean, trace::FieldType::integer, trace::FieldType::text,
                               trace::FieldType::list};
    return types[data.index()];
}

}  // namespace

TEST_CASE("a message described: every field of the vocabulary, in its order and of its type") {
    const auto fields = describe(chip_sale(), "ok", 250);
    const auto specs = trace::spec(trace::Kind::terminal_request).fields;
    REQUIRE(fields.size() == specs.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        CHECK(fields[i].name == specs[i].name);
        CHECK(type_of(fields[i].value) == specs[i].type);
    }
}

TEST_CASE("a message described: the values") {
    const auto fields = describe(chip_sale(), "ok", 250);
    CHECK(text(fields, "mti") == "0200");
    CHECK(text(fields, "processing_code") == "000000");
    CHECK(value<std::int64_t>(fields, "amount") == 1234);
    CHECK(text(fields, "currency") == "156");
    CHECK(text(fields, "stan") == "000042");
    CHECK(text(fields, "time") == "101112");
    CHECK(text(fields, "date") == "0615");
    CHECK(text(fields, "pan") == "621094******0011");
    CHECK(text(fields, "expiry") == "2812");
    CHECK(text(fields, "entry_mode") == "051");
    CHECK(text(fields, "code") == "00");
    CHECK(text(fields, "rrn") == "000000000007");
    CHECK(text(fields, "auth_code") == "A1B2C3");
    CHECK(text(fields, "tid") == "10000001");
    CHECK(text(fields, "mid") == "898100000000001");
    CHECK(text(fields, "transaction_type") == "22");
    CHECK(text(fields, "batch") == "000123");
    CHECK(text(fields, "network_management") == "000");
    CHECK(text(fields, "read_capability") == "5");
    CHECK(text(fields, "ic_condition") == "2");
    CHECK(value<Texts>(fields, "tvr").size() == 2);
    CHECK(value<bool>(fields, "has_track2"));
    CHECK(value<bool>(fields, "has_pin"));
    CHECK(value<bool>(fields, "has_icc"));
    CHECK(value<Texts>(fields, "fields") == Texts{"2", "3", "4", "11", "12", "13", "14", "22", "35", "37",
                                                  "38", "39", "41", "42", "49", "52", "55", "60", "64"});
    CHECK(text(fields, "mac") == "ok");
    CHECK(value<std::int64_t>(fields, "bytes") == 250);
}

TEST_CASE("a message described holds no clear PAN, track, PIN block or MAC") {
    std::string all;
    for (const trace::Field& field : describe(chip_sale(), "ok", 250)) {
        if (const auto* one = std::get_if<std::string>(&field.value)) all += *one + '\n';
        if (const auto* list = std::get_if<Texts>(&field.value))
            for (const std::string& item : *list) all += item + '\n';
    }
    for (const auto secret : {"6210948000000011", "94800000", "D2812", "\x77\xCD", "77CD", "5FE058DB"})
        CHECK(all.find(secret) == std::string::npos);
}

TEST_CASE("the PAN of track 2 is given, masked, when field 2 is absent") {
    Message message = chip_sale();
    message.clear(2);
    CHECK(text(describe(message, "ok", 0), "pan") == "621094******0011");
    message.set(35, "6210948000000011");  // no separator
    CHECK(text(describe(message, "ok", 0), "pan") == "621094******0011");
    message.clear(35);
    CHECK(find(describe(message, "ok", 0), "pan") == nullptr);
}

TEST_CASE("a bare message is described by what it has") {
    const auto fields = describe(Message("0820"), "absent", 21);
    std::vector<std::string_view> names;
    for (const trace::Field& field : fields) names.push_back(field.name);
    CHECK(names ==
          std::vector<std::string_view>{"mti", "has_track2", "has_pin", "has_icc", "fields", "mac", "bytes"});
    CHECK_FALSE(value<bool>(fields, "has_icc"));
}

TEST_CASE("a malformed field 60, 55 or 4 is left out, and the rest is described") {
    Message message = chip_sale();
    message.set(60, "2200012");
    message.set(55, hex("9505"));
    message.set(4, "12 yuan");
    const auto fields = describe(message, "bad", 250);
    for (const auto name : {"transaction_type", "batch", "tvr", "amount"})
        CHECK(find(fields, name) == nullptr);
    CHECK(value<bool>(fields, "has_icc"));
    CHECK(text(fields, "stan") == "000042");
    CHECK(text(fields, "mac") == "bad");
}

TEST_CASE("verification results of another length than five octets are no TVR") {
    Message message = chip_sale();
    message.set(55, hex("9504 80400000"));
    CHECK(find(describe(message, "ok", 0), "tvr") == nullptr);
    message.set(55, hex("9505 0000000000"));
    CHECK(value<Texts>(describe(message, "ok", 0), "tvr").empty());
}
