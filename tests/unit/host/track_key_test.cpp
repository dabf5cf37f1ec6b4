// Tracks under the track key of a sign-in with 004: what the host reads of them, and what it refuses.

#include "drivers/host/recording/recording.hpp"
#include "drivers/protocols/iso8583/track_cipher.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"
#include "tests/unit/host/tape.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using trace::Kind;

namespace {

/// The account's stripe bears the check value 123.
constexpr std::string_view with_check_value = "[account.credit]\ncvv = '123'\nexpiry = '3012'";
constexpr std::string_view track = "6210948000000011D30121010000012300000";
constexpr std::string_view track3 = "996210948000000011D156D0000000000D1";

/// A host, and a terminal that has signed in.
struct Signed {
    explicit Signed(std::string_view form, std::string_view over = with_check_value) : bench(over) {
        client.sign_in(form);
    }
    Message swiped(std::string_view track2 = track) { return client.swiped_sale(100, track2); }
    Message enciphered(Message sale) {
        iso8583::encipher_tracks(sale, client.track_key());
        return sale;
    }
    /// "code check": field 39, and what refused.
    std::string answer(const Message& message) {
        const std::string code = client.code(message);
        return code + " " + std::string(bench.events(Kind::host_response).back().text("check"));
    }
    /// How the tracks of the last request were.
    std::string tracks() const { return std::string(bench.events(Kind::host_request).back().text("tracks")); }

    HostBench bench;
    Client client{bench};
};

}  // namespace

TEST_CASE("an enciphered track is read: expiry, service code and check value are those of the card") {
    Signed terminal("004");
    CHECK(terminal.answer(terminal.enciphered(terminal.swiped())) == "00 ");
    CHECK(terminal.tracks() == "deciphered");
    CHECK(terminal.answer(terminal.enciphered(terminal.swiped("6210948000000011D30121010000099900000"))) ==
          "59 check_value_right");
    CHECK(terminal.answer(terminal.enciphered(terminal.swiped("6210948000000011D29121010000012300000"))) ==
          "54 card_not_expired");
    // Without field 2 the PAN is that of the track, though its separator was enciphered.
    Message without_pan = terminal.swiped("6210948000000011D30121010000012345");
    without_pan.clear(2);
    CHECK(terminal.answer(terminal.enciphered(without_pan)) == "00 ");
    Message of_another = terminal.swiped("6210948000000029D30121010000012300000");
    CHECK(terminal.answer(terminal.enciphered(of_another)) == "30 complete");
}

TEST_CASE("with a PIN field 53 tells both, and either is heeded") {
    Signed terminal("004", "");
    Message sale = terminal.swiped();
    terminal.client.add_pin(sale, "123456");
    const Message enciphered = terminal.enciphered(sale);
    CHECK(enciphered.get(53) == "2610000000000000");
    CHECK(terminal.answer(enciphered) == "00 ");
    Message wrong = terminal.swiped();
    terminal.client.add_pin(wrong, "654321");
    CHECK(terminal.answer(terminal.enciphered(wrong)) == "55 pin_right");
}

TEST_CASE("field 53, the tracks and the sign-in must say the same") {
    Signed with_key("004");
    CHECK(with_key.answer(with_key.swiped()) == "30 tracks_protected");
    CHECK(with_key.tracks() == "clear");
    Message unsaid = with_key.enciphered(with_key.swiped());
    unsaid.clear(53);
    CHECK(with_key.answer(unsaid) == "30 tracks_protected");
    Message unreadable = with_key.enciphered(with_key.swiped());
    unreadable.set(53, "0610000000000001");
    CHECK(with_key.answer(unreadable) == "30 tracks_protected");
    Message third = with_key.client.sale(100);
    third.set(36, std::string(track3));
    CHECK(with_key.answer(third) == "30 tracks_protected");
    third.set(11, with_key.client.next_stan());
    CHECK(with_key.answer(with_key.enciphered(third)) == "00 ");
    CHECK(with_key.answer(with_key.client.sale(100)) == "00 ");  // typed in: there is no track

    Signed without("003");
    CHECK(without.answer(without.swiped()) == "00 ");
    CHECK(without.tracks() == "clear");
    Message said = without.swiped();
    said.set(53, "0610000000000000");
    CHECK(without.answer(said) == "30 tracks_protected");
    CHECK(without.tracks() == "enciphered");
    Message typed = without.client.sale(100);
    typed.set(53, "0610000000000000");
    CHECK(without.answer(typed) == "30 tracks_protected");
    CHECK(without.bench.events(Kind::host_request).back().find("tracks") == nullptr);
}

TEST_CASE("the track key is that of the last sign-in, and of no other terminal") {
    Signed terminal("004");
    const Message of_before = terminal.enciphered(terminal.swiped());
    terminal.client.sign_in("004");
    Message sale = of_before;
    sale.set(11, terminal.client.next_stan());
    CHECK(terminal.answer(sale) == "30 tracks_readable");
    CHECK(terminal.tracks() == "unreadable");
    terminal.client.sign_in("003");
    CHECK(terminal.answer(terminal.swiped()) == "00 ");
}

TEST_CASE("what is no track, as it came or as it was deciphered, is refused as that") {
    Signed terminal("004", "");
    for (const std::string_view garbage :
         {"6210948000000011D30121010000012ABCDEF", "D210948000000011D30121010000012300000", "E", "D"}) {
        INFO(garbage);
        Message sale = terminal.swiped(garbage);
        sale.set(53, "0610000000000000");
        const auto enciphered = iso8583::encipher_track(garbage, terminal.client.track_key());
        sale.set(35, enciphered.value());
        CHECK(terminal.answer(sale) == "30 tracks_readable");
        CHECK(terminal.tracks() == "unreadable");
    }
    Message third = terminal.swiped();
    third.set(36, "99621094800000001100");
    third = terminal.enciphered(third);
    third.set(36, std::string(track3.substr(0, 20)) + "FFFFFFFFFFFFFFFF");
    CHECK(terminal.answer(third) == "30 tracks_readable");

    Signed in_clear("003", "");
    CHECK(in_clear.answer(in_clear.swiped("6210948000000011D3012101000001230000F")) == "30 tracks_readable");
    CHECK(in_clear.answer(in_clear.swiped("6210948000000011D3012101")) == "00 ");
}

TEST_CASE("a track too short to be enciphered is in clear where field 53 says enciphered") {
    Signed terminal("004", "");
    const Message sale = terminal.enciphered(terminal.swiped("62109480000011D3"));
    CHECK(sale.get(35) == "62109480000011D3");
    CHECK(terminal.answer(sale) == "30 complete");  // the PAN is another than field 2's
    CHECK(terminal.tracks() == "deciphered");
}

TEST_CASE("trace: of enciphered tracks and their key nothing is told") {
    Signed terminal("004", "");
    const Message sale = terminal.enciphered(terminal.swiped());
    terminal.client.ask(sale);
    for (const trace::Event& event : terminal.bench.trace.events())
        for (const trace::Field& field : event.fields)
            if (const auto* text = std::get_if<std::string>(&field.value)) {
                CHECK(text->find("6210948") == std::string::npos);
                CHECK(text->find(sale.get(35).substr(20, 16)) == std::string::npos);
            }
}

TEST_CASE("a recording of enciphered tracks answers a terminal with a track key, and one without") {
    Signed recorded("004");
    Message sale = recorded.enciphered(recorded.swiped());
    const auto kept = host::keep(tests::unionpay(), {{}, hex("603100311003"), sale, 0});
    CHECK(kept.hidden.contains(35));
    CHECK(kept.pan == "621094******0011");
    CHECK(host::to_line({1, {}, kept, {}, {}}).find("6210948") == std::string::npos);

    for (const std::string form : {"004", "003"}) {
        INFO(form);
        Tape tape;
        tape.add(sale, "00");
        Signed played(form, tape.key());
        const Message again = form == "004" ? played.enciphered(played.swiped()) : played.swiped();
        CHECK(played.answer(again) == "00 ");
        const auto replayed = played.bench.events(Kind::host_replayed);
        REQUIRE(replayed.size() == 1);
        CHECK(replayed[0].text("answer") == "given");
        CHECK(replayed[0].find("detail") == nullptr);
    }
    // The recording judges cards; that tracks are protected is the host's own affair.
    Tape tape;
    tape.add(sale, "00");
    Signed played("004", tape.key());
    CHECK(played.answer(played.swiped()) == "30 tracks_protected");
    CHECK(played.answer(played.enciphered(played.swiped())) == "00 ");
}
