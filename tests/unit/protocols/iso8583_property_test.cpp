// What must hold for every message and for any octets. The generator is seeded: a failure repeats.

#include <span>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

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
    const std::size_t count = format.varies()
                                  ? static_cast<std::size_t>(random.between(format.shortest, format.size))
                                  : format.size;
    switch (format.content) {
        case Content::digits:
            return random_text(random, count, "0123456789");
        case Content::track:
            return random_text(random, count,
                               format.may_be_enciphered ? "0123456789ABCDEF"
                               : format.packed()        ? "0123456789D"
                                                        : "0123456789D=");
        case Content::signed_digits:
            return random_text(random, 1, "CD") + random_text(random, count - 1, "0123456789");
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

Message random_message(const Dialect& dialect, Random& random) {
    Message message(random_text(random, 4, "0123456789"));
    const int last = random.chance(0.5) ? last_field : last_primary_field;
    for (int field = first_field; field <= last; ++field)
        if (dialect.field(field).content != Content::none && random.chance(0.3))
            message.set(field, random_value(random, dialect.field(field)));
    return message;
}

std::vector<Dialect> dialects() {
    std::vector<Dialect> all;
    for (const char* name :
         {"unionpay-pos", "iso1987-ascii", "iso1987-bcd", "iso1987-ebcdic", "iso1993-ascii"})
        all.push_back(tests::load_dialect(name));
    return all;
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
void check_refused_or_canonical(const Dialect& dialect, ByteView octets) {
    const auto result = decode(dialect, octets);
    if (result) {
        CHECK(encode(dialect, *result) == Bytes(octets.begin(), octets.end()));
        return;
    }
    CHECK(result.error().offset <= octets.size());
    CHECK(result.error().what.ends_with("at octet " + std::to_string(result.error().offset)));
}

}  // namespace

TEST_CASE("decode(encode(m)) is m, and encode(decode(b)) is b, in every dialect") {
    for (const Dialect& dialect : dialects()) {
        INFO(dialect.name);
        Random random(8583);
        for (int i = 0; i < 300; ++i) {
            const Message message = random_message(dialect, random);
            const Bytes octets = encode(dialect, message);
            const auto decoded = decode(dialect, octets);
            REQUIRE(decoded.has_value());
            CHECK(*decoded == message);
            CHECK(encode(dialect, *decoded) == octets);
        }
    }
}

TEST_CASE("a message cut short at any octet is refused, in every dialect") {
    for (const Dialect& dialect : dialects()) {
        INFO(dialect.name);
        Random random(64);
        for (int i = 0; i < 5; ++i) {
            const Bytes octets = encode(dialect, random_message(dialect, random));
            for (std::size_t size = 0; size < octets.size(); ++size) {
                const auto result = decode(dialect, ByteView(octets).first(size));
                REQUIRE(result.has_error());
                CHECK(result.error().offset <= size);
            }
        }
    }
}

TEST_CASE("a message with octets behind it is refused") {
    Bytes octets = encode(tests::unionpay(), sale());
    const std::size_t end = octets.size();
    octets.resize(end + 3);
    CHECK(decode(tests::unionpay(), octets).error().what ==
          "3 octets after the last field, at octet " + std::to_string(end));
}

TEST_CASE("every octet of a sale changed to every value is refused or canonical") {
    const Bytes original = encode(tests::unionpay(), sale());
    for (std::size_t at = 0; at < original.size(); ++at)
        for (int value = 0; value < 256; ++value) {
            Bytes octets = original;
            octets[at] = static_cast<std::uint8_t>(value);
            check_refused_or_canonical(tests::unionpay(), octets);
        }
}

TEST_CASE("an octet of a message changed is refused or canonical, in every dialect") {
    for (const Dialect& dialect : dialects()) {
        INFO(dialect.name);
        Random random(1993);
        for (int i = 0; i < 3000; ++i) {
            Bytes octets = encode(dialect, random_message(dialect, random));
            const auto at = random.between(0, static_cast<std::int64_t>(octets.size()) - 1);
            octets[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random.between(0, 0xFF));
            check_refused_or_canonical(dialect, octets);
        }
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
            for (int field = 1; field <= last_primary_field; ++field)
                if (tests::unionpay().field(field).content == Content::none || random.chance(0.8))
                    octets[2 + (field - 1) / 8] &= static_cast<std::uint8_t>(~(0x80 >> (field - 1) % 8));
        }
        check_refused_or_canonical(tests::unionpay(), octets);
    }
}
