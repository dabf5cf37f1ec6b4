// Tracks under a track key: known answers, what stays, and that nothing of the PAN is shown that must not be.
//
// The answers are those of the openssl command over the sixteen characters that stand in `block`:
//   echo D301210100000123 | xxd -r -p |
//     openssl enc -des-ede -nopad -K 2FD6894C3B9E5E7AB5D0573ECE9107F2 | xxd -p -u

#include <fmt/format.h>

#include "drivers/protocols/iso8583/describe.hpp"
#include "drivers/protocols/iso8583/print.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/protocols/iso8583/track_cipher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;
using namespace posbench::iso8583;

namespace {

const crypto::DesCipher& track_key() {
    static const crypto::DesCipher key{ByteView(hex("2FD6894C3B9E5E7AB5D0573ECE9107F2"))};
    return key;
}

struct Known {
    std::string_view track, block, enciphered;
};
constexpr Known known_answers[]{
    {"6210948000000011D30121010000012345", "D301210100000123", "62109480000000117FD0569FDC2012B945"},
    {"6210948000000011D28122010000000000000", "2201000000000000", "6210948000000011D28115CF9A902FD46BCC0"},
    {"6210948000000011D281220", "8000000011D28122", "6210947359DEFF7B3113190"},
    {"6210948000000011D", "6210948000000011", "070DC35C4D07791ED"},
    {"996210948000000011D156D0000000000D1", "D156D0000000000D", "9962109480000000116F10B8C14A8D83841"},
};

Message swiped(std::string_view track2) {
    Message message("0200");
    message.set(3, "000000");
    message.set(11, "000042");
    message.set(35, std::string(track2));
    return message;
}

/// Every text of an event's fields.
std::string shown_in(const trace::Fields& fields) {
    std::string all;
    for (const trace::Field& field : fields)
        if (const auto* text = std::get_if<std::string>(&field.value)) all += *text + '\n';
    return all;
}

}  // namespace

TEST_CASE("known answers: the eight octets before the last one of a packed track are enciphered") {
    for (const Known& known : known_answers) {
        INFO(known.track);
        const auto first = first_enciphered(known.track.size());
        REQUIRE(first);
        CHECK(known.track.substr(*first, 16) == known.block);
        CHECK(encipher_track(known.track, track_key()) == known.enciphered);
        CHECK(decipher_track(known.enciphered, track_key()) == known.track);
    }
}

TEST_CASE("a track of fewer than nine octets stays in clear") {
    CHECK_FALSE(first_enciphered(0));
    CHECK_FALSE(first_enciphered(16));
    CHECK(first_enciphered(17) == 0);
    CHECK(first_enciphered(18) == 0);
    CHECK(first_enciphered(19) == 2);
    CHECK(encipher_track("6210948000000011", track_key()) == "6210948000000011");
    CHECK(encipher_track("", track_key()) == "");
}

TEST_CASE("a track of any length keeps it, and comes back whole") {
    std::string track;
    for (std::size_t size = 0; size <= 104; ++size) {
        INFO(size);
        const auto enciphered = encipher_track(track, track_key());
        REQUIRE(enciphered);
        CHECK(enciphered->size() == size);
        CHECK((*enciphered == track) == (size < 17));
        CHECK(decipher_track(*enciphered, track_key()) == track);
        track += size % 7 == 0 ? 'D' : static_cast<char>('0' + size % 10);
    }
}

TEST_CASE("what is no hexadecimal is neither enciphered nor deciphered") {
    for (const std::string_view track :
         {"6210948000000011=30121010000012345", "6210948000000011 30121010000 12345"}) {
        CHECK_FALSE(encipher_track(track, track_key()));
        CHECK_FALSE(decipher_track(track, track_key()));
    }
    Message message = swiped("6210948000000011=30121010000012345");
    CHECK_THROWS_WITH(encipher_tracks(message, track_key()), "field 35: no track");
}

TEST_CASE("both tracks of a message are enciphered, and field 53 says so beside what it says of the PIN") {
    const Known &track2 = known_answers[0], &track3 = known_answers[4];
    Message message = swiped(track2.track);
    message.set(36, std::string(track3.track));
    CHECK(has_tracks(message));
    CHECK_FALSE(says_enciphered(message));
    Message with_pin = message;
    with_pin.set(53, "2600000000000000");
    encipher_tracks(message, track_key());
    encipher_tracks(with_pin, track_key());
    for (const Message& each : {message, with_pin}) {
        CHECK(each.get(35) == track2.enciphered);
        CHECK(each.get(36) == track3.enciphered);
        CHECK(says_enciphered(each));
    }
    CHECK(message.get(53) == "0610000000000000");
    CHECK(with_pin.get(53) == "2610000000000000");

    Message without("0200");
    without.set(53, "2600000000000000");
    encipher_tracks(without, track_key());
    CHECK(without.get(53) == "2600000000000000");
}

TEST_CASE("enciphered tracks lie in octets as any others, and come back whole") {
    Message message = swiped(known_answers[0].track);
    message.set(36, std::string(known_answers[4].track));
    encipher_tracks(message, track_key());
    const Bytes octets = encode(tests::unionpay(), message);
    CHECK(to_hex(octets).find("3462109480000000117FD0569FDC2012B945") != std::string::npos);
    CHECK(decode(tests::unionpay(), octets).value() == message);
    // In another dialect tracks are digits and separators still.
    CHECK_THROWS_WITH(encode(tests::load_dialect("iso1987-bcd"), message),
                      "field 35: a character is neither a digit nor the separator D");
}

TEST_CASE("of enciphered tracks a print shows the size alone, an event the PAN's ends and that they are so") {
    for (const Known& known : known_answers) {
        if (known.track.starts_with("99")) continue;  // track 3
        INFO(known.track);
        Message message = swiped(known.track);
        encipher_tracks(message, track_key());
        const Bytes octets = encode(tests::unionpay(), message);
        const auto view = MessageView::parse(tests::unionpay(), octets).value();
        for (const PrintedField& line : print(tests::unionpay(), view, emv::Secrets::masked))
            if (line.number == 35) CHECK(line.value == fmt::format("<{} characters>", known.track.size()));

        const auto fields = describe(message, "ok", 0);
        const std::string shown = shown_in(fields);
        CHECK(shown.find("enciphered\n") != std::string::npos);
        CHECK(shown.find("6210948") == std::string::npos);
        CHECK(shown.find(known.enciphered.substr(known.enciphered.size() - 4)) == std::string::npos);
        // The PAN is known where it ends before what is enciphered.
        const bool whole = first_enciphered(known.track.size()) > known.track.find('D');
        CHECK((shown.find("621094******0011") != std::string::npos) == whole);
        CHECK(pan_of(message) == (whole ? "6210948000000011" : ""));
    }
    CHECK(shown_in(describe(swiped(known_answers[0].track), "ok", 0)).find("clear\n") != std::string::npos);
}

TEST_CASE("a D among enciphered characters ends no PAN") {
    Message message = swiped("62109480000D000001234567890123456789");
    message.set(53, "0610000000000000");
    CHECK(first_enciphered(36) == 18);
    CHECK(pan_of(message) == "62109480000");
    message.set(35, "621094800000D00000123456");
    CHECK(first_enciphered(24) == 6);
    CHECK(pan_of(message).empty());
    message.set(2, "6210948000000011");
    CHECK(pan_of(message) == "6210948000000011");
}
