// What must hold for every message and for any octets. The generator is seeded: a failure repeats.

#include <span>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/protocols/iso8583/fields.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::iso8583;
using runtime::Random;

namespace {

std::string random_text(Random& random, std::size_t count, std::string_view alphabet) {
    std::string text(count, ' ');
    for (char& c : text)
        c = alphabet[static_cast<std::size_t>(
            random.between(0, static_cast<std::int64_t>(alphabet.size()) - 1))];
    return text;
}

std::string random_value(Random& random, const FieldFormat& format) {
    const bool fixed = format.length == Length::fixed;
    const auto count = fixed ? format.size : static_cast<std::size_t>(random.between(0, format.size));
    switch (format.content) {
        case Content::digits:
            return random_text(random, count, "0123456789");
        case Content::track:
            return random_text(random, count, "0123456789D");
        case Content::text:
            return random_text(random, count, "ABCxyz 0189~!");
        case Content::octets:
        case Content::none:
            break;
    }
    Bytes octets(count);
    random.fill(octets);
    return std::string(as_text(octets));
}

Message random_message(Random& random) {
    Message message(random_text(random, 4, "0123456789"));
    for (int field = first_field; field <= last_field; ++field)
        if (field_format(field).content != Content::none && random.chance(0.3))
            message.set(field, random_value(random, field_format(field)));
    return message;
}

/// A sale as a terminal sends it: the seed of the mutations.
Message sale() {
    Message message("0200");
    message.set(2, "6210948000000011");
    message.set(3, "000000");
    message.set(4, "000000001234");
    message.set(11, "000042");
    message.set(14, "2812");
    message.set(22, "051");
    message.set(23, "001");
    message.set(25, "00");
    message.set(35, "6210948000000011D28122010000000000000");
    message.set(41, "10000001");
    message.set(42, "898100000000001");
    message.set(49, "156");
    message.set(52, hex("041277CDDEEFF669"));
    message.set(53, "2600000000000000");
    message.set(55, hex("9505800004800095059F2608"));
    message.set(60, "2200000100050");
    message.set(64, "5FE058DB");
    return message;
}

/// Octets are refused with a reason, or are exactly what the message they hold encodes to.
void check_refused_or_canonical(ByteView octets) {
    const auto result = decode(octets);
    if (result) {
        CHECK(encode(*result) == Bytes(octets.begin(), octets.end()));
        return;
    }
    CHECK(result.error().offset <= octets.size());
    CHECK(result.error().what.ends_with("at octet " + std::to_string(result.error().offset)));
}

}  // namespace

TEST_CASE("decode(encode(m)) is m, and encode(decode(b)) is b") {
    Random random(8583);
    for (int i = 0; i < 1000; ++i) {
        const Message message = random_message(random);
        const Bytes octets = encode(message);
        const auto decoded = decode(octets);
        REQUIRE(decoded.has_value());
        CHECK(*decoded == message);
        CHECK(encode(*decoded) == octets);
    }
}

TEST_CASE("a message cut short at any octet is refused") {
    Random random(64);
    for (int i = 0; i < 20; ++i) {
        const Bytes octets = encode(i == 0 ? sale() : random_message(random));
        for (std::size_t size = 0; size < octets.size(); ++size) {
            const auto result = decode(ByteView(octets).first(size));
            REQUIRE(result.has_error());
            CHECK(result.error().offset <= size);
        }
    }
}

TEST_CASE("a message with octets behind it is refused") {
    Bytes octets = encode(sale());
    const std::size_t end = octets.size();
    octets.resize(end + 3);
    CHECK(decode(octets).error().what == "3 octets after the last field, at octet " + std::to_string(end));
}

TEST_CASE("every octet of a sale changed to every value is refused or canonical") {
    const Bytes original = encode(sale());
    for (std::size_t at = 0; at < original.size(); ++at)
        for (int value = 0; value < 256; ++value) {
            Bytes octets = original;
            octets[at] = static_cast<std::uint8_t>(value);
            check_refused_or_canonical(octets);
        }
}

TEST_CASE("random octets are refused or canonical") {
    Random random(1987);
    for (int i = 0; i < 20'000; ++i) {
        Bytes octets(static_cast<std::size_t>(random.between(0, 200)));
        random.fill(octets);
        // Half of them with a bitmap of fields that exist, so that the fields are reached.
        if (octets.size() > 10 && random.chance(0.5)) {
            octets[0] = 0x02;
            octets[1] = 0x00;
            for (int field = 1; field <= last_field; ++field)
                if (field_format(field).content == Content::none || random.chance(0.8))
                    octets[2 + (field - 1) / 8] &= static_cast<std::uint8_t>(~(0x80 >> (field - 1) % 8));
        }
        check_refused_or_canonical(octets);
    }
}
