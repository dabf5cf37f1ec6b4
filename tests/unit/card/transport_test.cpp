#include "drivers/card/emulated/transport.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace std::chrono_literals;

namespace {

Transport of_atr(std::string_view atr) {
    return Transport(emv::parse_atr(hex(atr)).value());
}

Transport of_ats(std::string_view ats) {
    return Transport(emv::parse_ats(hex(ats)).value());
}

/// A T=0 card whose chip answers everything alike.
struct T0Card {
    Transport transport = of_atr("3B00");
    Bytes said;
    std::string asked;  ///< what the chip saw; empty: nothing
    bool whole = true;

    std::string send(std::string_view command) {
        asked.clear();
        Transport::Taken taken = transport.take(hex(command));
        if (!taken.answer) {
            asked = to_hex(taken.command);
            taken.answer = transport.give(said);
        }
        whole = taken.answer->whole;
        return to_hex(taken.answer->octets);
    }
};

}  // namespace

TEST_CASE("T=0: a command with data is told how much there is, and GET RESPONSE fetches it") {
    T0Card card;
    card.said = hex("6F048400A5009000");
    CHECK(card.send("00A4040002A000 00") == "6106");
    CHECK(card.asked == "00A4040002A000");  // the reader drops Le
    CHECK(card.send("00C0000006") == "6F048400A5009000");
    CHECK(card.whole);
    CHECK(card.asked.empty());
    CHECK(card.send("00C0000006") == "6985");  // fetched already
    // Case 3 looks the same on the line.
    CHECK(card.send("00A4040002A000") == "6106");
    CHECK(card.asked == "00A4040002A000");
}

TEST_CASE("T=0: GET RESPONSE in pieces, too much, and of nothing") {
    T0Card card;
    CHECK(card.send("00C0000000") == "6985");
    CHECK(card.asked.empty());
    card.said = hex("0102030405 9110");
    CHECK(card.send("80A800000183 00") == "6105");
    CHECK(card.send("00C0000002") == "01026103");
    CHECK_FALSE(card.whole);
    CHECK(card.send("00C0000004") == "6C03");
    CHECK(card.send("00C0010003") == "6A86");
    CHECK(card.send("00C000000411223344") == "6700");
    CHECK(card.send("00C0000000") == "6C03");
    CHECK(card.send("00C0000003") == "0304059110");  // the chip's own status word comes last
    CHECK_FALSE(card.whole);
    // Data that wait are lost with the next other command, whatever it is.
    card.send("80A800000183 00");
    card.said = hex("6D00");
    CHECK(card.send("00FF0000") == "6D00");
    CHECK(card.send("00C0000005") == "6985");
    // GET RESPONSE of another class is the chip's to refuse.
    CHECK(card.send("80C0000000") == "6D00");
    CHECK(card.asked == "80C0000000");
}

TEST_CASE("T=0: a warning comes first, and its data wait (EMV book 1 annex A7)") {
    for (const std::string_view warning : {"6283", "6310"}) {
        T0Card card;
        card.said = hex("6F048400A500" + std::string(warning));
        CHECK(card.send("00A4040002A000 00") == warning);
        CHECK(card.send("00C0000000") == "6C06");
        CHECK(card.send("00C0000006") == "6F048400A5009000");
        CHECK(card.whole);
        CHECK(card.send("00C0000006") == "6985");
        card.said = hex(warning);
        CHECK(card.send("00A4040002A000 00") == warning);
        CHECK(card.send("00C0000000") == "6985");
    }
}

TEST_CASE("T=0: a command without data is told the length when its Le is another") {
    T0Card card;
    card.said = hex("7002 5A00 9000");
    CHECK(card.send("00B2010C00") == "6C04");
    CHECK(card.send("00B2010C05") == "6C04");
    CHECK(card.send("00B2010C04") == "70025A009000");
    CHECK(card.send("00C0000004") == "6985");  // 6Cxx leaves nothing behind
    card.said = hex("6A83");
    CHECK(card.send("00B2020C00") == "6A83");
    card.said = Bytes(256, 0x55);
    card.said.push_back(0x90);
    card.said.push_back(0x00);
    CHECK(card.send("00B2010C00").size() == 2 * 258);
    CHECK(card.send("00B2010C10") == "6C00");
    CHECK(card.send("80A800000183 00") == "6100");
    CHECK(card.send("00C0000000").size() == 2 * 258);
}

TEST_CASE("T=0: an answer longer than one of its own comes in two") {
    T0Card card;
    card.said = Bytes(300, 0x55);
    card.said[298] = 0x90;
    card.said[299] = 0x00;
    const std::string first = card.send("00B2010C00");
    CHECK(first.size() == 2 * 258);
    CHECK(first.ends_with("612A"));
    CHECK(card.send("00C000002A").ends_with("9000"));
    CHECK_FALSE(card.whole);
}

TEST_CASE("T=1 and ISO/IEC 14443-4 pass APDUs as they are") {
    for (Transport transport : {of_atr("3BE000008131FE45EB"), of_ats("0578807002")}) {
        const Bytes command = hex("00A4040002A00000"), fetch = hex("00C0000000");
        CHECK(transport.take(command).command == command);
        CHECK_FALSE(transport.take(fetch).answer);
        CHECK(to_hex(transport.give(hex("6F009000")).octets) == "6F009000");
    }
}

TEST_CASE("T=1 and ISO/IEC 14443-4 give no more data than were asked for") {
    using Refusal = std::optional<std::uint16_t>;
    for (Transport transport : {of_atr("3BE000008131FE45EB"), of_ats("0578807002")}) {
        const auto refusal = [&transport](std::string_view command, std::size_t data) {
            transport.take(hex(command));
            return transport.refusal(data);
        };
        for (const std::string_view whole : {"00A4040002A00000", "00B2010C00"}) {
            CHECK(refusal(whole, 256) == Refusal());
            CHECK_FALSE(transport.bounds_answer());
        }
        for (const std::string_view none : {"00A4040002A000", "00840000"}) {
            CHECK(refusal(none, 0) == Refusal());
            CHECK(refusal(none, 1) == Refusal(0x6700));
            CHECK(transport.bounds_answer());
        }
        for (const std::string_view five : {"00A4040002A00005", "00B2010C05"}) {
            CHECK(refusal(five, 5) == Refusal());
            CHECK(refusal(five, 6) == Refusal(0x6C06));
            CHECK(refusal(five, 256) == Refusal(0x6C00));
        }
        CHECK(refusal("00A40400", 0) == Refusal());
        CHECK(refusal("00A4040003A0", 200) == Refusal());  // none that can be read: the chip refuses it
    }
    Transport t0 = of_atr("3B00");
    t0.take(hex("00B2010C05"));
    CHECK(t0.refusal(6) == Refusal());  // T=0 has its own way, 6Cxx and GET RESPONSE
}

TEST_CASE("octets on the line: procedure byte, blocks of T=1, frames") {
    const Transport t0 = of_atr("3B00");
    CHECK(t0.command_octets(hex("00A40000")) == 5);  // P3 is always there
    CHECK(t0.command_octets(hex("00B2010C00")) == 5);
    CHECK(t0.command_octets(hex("00A4040002A000")) == 8);    // with the card's INS
    CHECK(t0.command_octets(hex("00A4040002A00000")) == 8);  // Le dropped
    CHECK(t0.answer_octets(2) == 2);
    CHECK(t0.answer_octets(10) == 11);

    const Transport t1 = of_atr("3BE000008131FE45EB");
    CHECK(t1.command_octets(hex("00B2010C00")) == 5 + 4);
    CHECK(t1.answer_octets(254) == 254 + 4);
    CHECK(t1.first_part_octets(255) == 254 + 4);
    CHECK(t1.first_part_octets(2) == 2 + 4);
    CHECK(t1.request_octets() == 4);
    CHECK(t0.first_part_octets(255) == 1);
    CHECK(t0.request_octets() == 0);
    CHECK(t1.answer_octets(255) == 255 + 3 * 4);         // two blocks and an acknowledgement
    const Transport small = of_atr("3B80 81 11 10 00");  // IFSC 16
    CHECK(small.command_octets(Bytes(33)) == 33 + 5 * 4);
    const Transport crc = of_atr("3B80 81 41 01 41");
    CHECK(crc.command_octets(Bytes(5)) == 5 + 5);

    const Transport contactless = of_ats("0578807002");
    CHECK(contactless.command_octets(Bytes(5)) == 5 + 3);
    CHECK(contactless.answer_octets(253) == 253 + 3);
    CHECK(contactless.answer_octets(254) == 254 + 3 * 3);
    CHECK(of_ats("0208").protocol() == Transport::Protocol::iso14443_4);
}

TEST_CASE("a card that works longer than the waiting time asks for more, as often as its protocol needs") {
    const Transport t0 = of_atr("3B00");
    CHECK(t0.waiting_time() == 1s);
    CHECK(t0.extensions(1s) == 0);
    CHECK(t0.extensions(1s + 1ns) == 1);
    CHECK(t0.extensions(3s) == 2);
    CHECK(t0.extensions(3s + 1ns) == 3);
    CHECK(t0.extension_octets() == 1);
    CHECK(of_atr("3B40 14").waiting_time() == 1s);  // TC1 alone: WI as ever
    CHECK(of_atr("3B80 40 14").waiting_time() == 2s);

    const Transport t1 = of_atr("3BE000008131FE45EB");
    const auto bwt = t1.waiting_time();
    CHECK(t1.extensions(bwt) == 0);
    CHECK(t1.extensions(bwt + 1ns) == 1);
    CHECK(t1.extensions(bwt * 256) == 1);  // multiplied by 255 at most
    CHECK(t1.extensions(bwt * 256 + 1ns) == 2);
    CHECK(t1.extension_octets() == 10);

    const Transport field = of_ats("0578807002");
    const auto fwt = field.waiting_time();
    CHECK(field.extensions(fwt * 60) == 1);  // 59 at most
    CHECK(field.extensions(fwt * 60 + 1ns) == 2);
    CHECK(field.extension_octets() == 8);
    const Transport slow = of_ats("03 28 E0");  // FWI 14: the longest there is
    CHECK(slow.extensions(slow.waiting_time() * 3) == 2);
}

TEST_CASE("the reader waits anew whenever the card has asked for more time") {
    const Transport t0 = of_atr("3B00");
    CHECK(t0.patience(0s, 0) == 1s);
    CHECK(t0.patience(1s, 0) == 1s);
    CHECK(t0.patience(10s, 0) == 1s);
    CHECK(t0.patience(10s, 1) == 2s);
    CHECK(t0.patience(3500ms, 3) == 4s);
    // What is asked for is what the work needs, in whole waiting times, and as much as one may.
    const Transport t1 = of_atr("3BE000008131FE45EB");
    const auto bwt = t1.waiting_time();
    CHECK(t1.patience(bwt * 3 + 1ns, 0) == bwt);
    CHECK(t1.patience(bwt * 3 + 1ns, 1) == bwt * 4);
    CHECK(t1.patience(bwt * 300, 1) == bwt * 256);
    CHECK(t1.patience(bwt * 300, 2) == bwt * 300);
    const Transport field = of_ats("0578807002");
    const auto fwt = field.waiting_time();
    CHECK(field.patience(fwt * 100, 1) == fwt * 60);
    CHECK(field.patience(fwt * 100, 2) == fwt * 100);
}

TEST_CASE("the protocols that the card speaks") {
    CHECK(speaks_protocol_of(emv::parse_atr(hex("3B00")).value()));
    CHECK(speaks_protocol_of(emv::parse_atr(hex("3B800181")).value()));
    CHECK_FALSE(speaks_protocol_of(emv::parse_atr(hex("3B80 0E 8E")).value()));
}
