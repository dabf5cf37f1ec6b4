#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

emv::TlvMap icc_of(const iso8583::Message& message) {
    emv::TlvMap objects;
    objects.absorb(emv::parse_tlv(message.bytes(55)).value());
    return objects;
}

/// Signs in, which sends the pending reversal, and returns that.
iso8583::Message reversal_sent(Rig& rig) {
    rig.application->choose(terminal::Function::sign_in);
    rig.until_idle();
    return rig.host.last("0400");
}

constexpr std::string_view scripts =
    "7110"
    "9F180400000001"
    "86078424000002AABB"
    "720A"
    "9F180400000002"
    "8601FF";

}  // namespace

TEST_CASE(
    "a reversal carries what its card ended with: script results, final TVR, second cryptogram's data") {
    Rig rig;
    rig.host.icc = scripts;
    rig.reader.second_cid = 0x00;
    rig.reader.second_issuer_data = "07010103900000";
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_declined");
    const iso8583::Message reversal = reversal_sent(rig);
    CHECK(reversal.get(39) == "06");
    const emv::TlvMap icc = icc_of(reversal);
    // Both scripts failed at their first command (the card knows none; the other is no command).
    CHECK(to_hex(icc.get(0xDF31)) ==
          "1100000001"
          "1100000002");
    CHECK(to_hex(icc.get(0x95)) == "8000008030");
    CHECK(to_hex(icc.get(0x9F10)) == "07010103900000");
    CHECK(to_hex(icc.get(0x9F36)) == "0001");
    CHECK(icc.entries().size() == 5);
}

TEST_CASE("the stored reversal is amended in the flash: a power cut loses nothing of it") {
    Rig rig;
    rig.host.icc = scripts;
    rig.reader.second_cid = 0x00;
    rig.chip_sale();
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    CHECK(rig.host.last("0400").get(39) == "06");
    CHECK(icc_of(rig.host.last("0400")).has(0xDF31));
}

TEST_CASE("a card that goes away in a script leaves its result in the reversal") {
    Rig rig;
    rig.host.icc = scripts;
    // SELECT thrice (the last two by AID), initiation, record, first cryptogram, script command.
    rig.reader.mangle = [&](Bytes&) {
        if (rig.reader.commands.size() > 1 && rig.reader.commands.back()[1] == 0xAE)
            rig.reader.leaves_at = static_cast<int>(rig.reader.commands.size()) + 1;
    };
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_removed");
    const emv::TlvMap icc = icc_of(reversal_sent(rig));
    CHECK(to_hex(icc.get(0xDF31)) == "1100000001");
    CHECK(to_hex(icc.get(0x95)) == "8000008020");
}

TEST_CASE("a script after the one in which the card went away was not performed (EMV book 4 annex A5)") {
    Rig rig;
    rig.host.icc = "7110 9F180400000001 86078424000002AABB 7110 9F180400000002 86078424000002AABB";
    std::erase(rig.host.icc, ' ');
    rig.reader.mangle = [&](Bytes&) {
        if (rig.reader.commands.size() > 1 && rig.reader.commands.back()[1] == 0xAE)
            rig.reader.leaves_at = static_cast<int>(rig.reader.commands.size()) + 1;
    };
    rig.chip_sale();
    CHECK(to_hex(icc_of(reversal_sent(rig)).get(0xDF31)) ==
          "1100000001"
          "0000000002");
}

TEST_CASE("results of many scripts fit into the reversal, and there is an end to them") {
    for (const auto& [scripts_of_reply, results] : {std::pair(7, 7), {16, 16}, {60, 16}}) {
        Rig rig;
        for (int i = 0; i < scripts_of_reply; ++i) rig.host.icc += "7100";
        rig.reader.second_cid = 0x00;
        rig.chip_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "card_declined");
        CHECK(icc_of(reversal_sent(rig)).get(0xDF31).size() == static_cast<std::size_t>(results) * 5);
    }
}

TEST_CASE("the limit on script octets is one for the scripts of both kinds (EMV book 3, 10.10)") {
    Rig rig;
    const std::string command =
        "8640"
        "8424000040" +
        std::string(118, '0');  // 64 octets of APDU
    const std::string filling =
        "8650"
        "8424000050" +
        std::string(150, '0');
    rig.host.icc = "7142" + command + "7252" + filling;
    rig.reader.second_cid = 0x00;
    rig.chip_sale();
    CHECK(rig.reader.count("8424000040") == 1);
    CHECK(rig.reader.count("8424000050") == 0);
    CHECK(to_hex(icc_of(reversal_sent(rig)).get(0xDF31)) ==
          "1100000000"
          "0000000000");  // not performed (book 4 annex A5)
}

TEST_CASE("no reply: the reason stays 98 and field 55 is that of the second cryptogram") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.reader.second_issuer_data = "07010103800000";
    rig.chip_sale();
    const iso8583::Message reversal = reversal_sent(rig);
    CHECK(reversal.get(39) == "98");
    CHECK(to_hex(icc_of(reversal).get(0x9F10)) == "07010103800000");
}

TEST_CASE("a reversal that is still owed is not touched by the card of a later sale") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.reader.second_issuer_data = "07010103800000";
    rig.chip_sale();
    const std::string stan(rig.host.last("0200").get(11));
    rig.host.way = ScriptedHost::Way::refused;
    rig.reader.second_issuer_data = "0701010377777777";
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "refused");
    rig.host.way = ScriptedHost::Way::open;
    const iso8583::Message reversal = reversal_sent(rig);
    CHECK(reversal.get(11) == stan);
    CHECK(to_hex(icc_of(reversal).get(0x9F10)) == "07010103800000");
}

TEST_CASE("a reply with another TPDU than the request's swapped is refused and reversed") {
    for (const std::string_view octets : {"6000060000", "6000000007", "6000010006"}) {
        INFO(octets);
        Rig rig;
        rig.until_idle();
        iso8583::Tpdu other;
        std::ranges::copy(hex(octets), other.octets.begin());
        rig.host.tpdu = other;
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "mismatch_tpdu");
        CHECK(rig.shown("解包TPDU不符"));
        CHECK(rig.reversal_pending());

        rig.application->choose(terminal::Function::sign_in);  // is not accepted from there either
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "failed");
        CHECK(rig.host.count("0400") == 0);
        rig.host.tpdu.reset();
        CHECK(reversal_sent(rig).get(39) == "06");
        CHECK(rig.host.book() == rig.book());
    }
}

TEST_CASE("a reversal's reply from elsewhere does not settle it") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.application->choose(terminal::Function::sign_in);
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0800"; }));
    REQUIRE(rig.until(Kind::terminal_sign_in, [](const auto&) { return true; }));
    rig.host.tpdu = iso8583::Tpdu{};
    rig.until_idle();
    CHECK(rig.host.count("0400") == 4);
    CHECK(rig.last(Kind::terminal_journal).text("state") == "abandoned");
}

TEST_CASE("ignores-second-ac ignores a decline and nothing else of the second cryptogram") {
    const auto outcome = [](const std::function<void(Rig&)>& prepare) {
        Rig rig("defects = ['ignores-second-ac']");
        prepare(rig);
        rig.chip_sale();
        return std::string(rig.last(Kind::terminal_outcome).text("outcome"));
    };
    CHECK(outcome([](Rig& rig) { rig.reader.second_cid = 0x00; }) == "approved");
    CHECK(outcome([](Rig& rig) { rig.host.code = "51"; }) == "declined");
    const auto at_second_cryptogram = [](Rig& rig, int ScriptedReader::*what) {
        rig.reader.mangle = [&rig, what](Bytes&) {
            if (!rig.reader.commands.empty() && rig.reader.commands.back()[1] == 0xAE)
                rig.reader.*what = static_cast<int>(rig.reader.commands.size()) + 1;
        };
    };
    CHECK(outcome([&](Rig& rig) { at_second_cryptogram(rig, &ScriptedReader::leaves_at); }) == "failed");
    CHECK(outcome([&](Rig& rig) { at_second_cryptogram(rig, &ScriptedReader::mute_at); }) == "failed");
    CHECK(outcome([](Rig& rig) {
              rig.reader.mangle = [&rig](Bytes& octets) {
                  const Bytes& command = rig.reader.commands.empty() ? octets : rig.reader.commands.back();
                  if (command[1] == 0xAE && rig.reader.count("80AE") == 2) octets = hex("6985");
              };
          }) == "failed");
}

TEST_CASE("a sign-in asked for while a sale is under way waits for its end: one key seals and checks it") {
    for (const auto kind : {Kind::terminal_request, Kind::terminal_response, Kind::terminal_journal}) {
        Rig rig;
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until(kind, [](const trace::Event&) { return true; }));
        rig.application->choose(terminal::Function::sign_in);
        CHECK_FALSE(rig.application->idle());
        if (rig.until_prompt("remove_card")) rig.reader.remove();
        rig.until_idle();
        std::vector<std::string> types;
        for (const iso8583::Message& request : rig.host.requests) types.push_back(request.mti());
        CHECK(types == std::vector<std::string>{"0800", "0200", "0800"});
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
        for (const trace::Event* event : rig.all(Kind::terminal_response))
            if (event->text("mti") == "0210") CHECK(event->text("mac") == "ok");
    }
}
