#include "bench/runtime/random.hpp"
#include "drivers/protocols/emv/atr.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string refusal(std::string_view octets) {
    const auto atr = parse_atr(hex(octets));
    return atr ? "accepted" : atr.error().what;
}

std::string ats_refusal(std::string_view octets) {
    const auto ats = parse_ats(hex(octets));
    return ats ? "accepted" : ats.error().what;
}

/// What a terminal says of it after a cold and after a warm reset.
std::string cold(std::string_view octets) {
    const auto atr = accept_atr(hex(octets), Reset::cold);
    return atr ? "accepted" : atr.error().what;
}
std::string warm(std::string_view octets) {
    const auto atr = accept_atr(hex(octets), Reset::warm);
    return atr ? "accepted" : atr.error().what;
}
/// With its TCK behind it.
std::string checked(std::string_view octets) {
    Bytes atr = hex(octets);
    std::uint8_t tck = 0;
    for (std::size_t i = 1; i < atr.size(); ++i) tck ^= atr[i];
    atr.push_back(tck);
    return to_hex(atr);
}

}  // namespace

TEST_CASE("ATR: the shortest one is T=0 with every default") {
    const Atr atr = parse_atr(hex("3B00")).value();
    CHECK(atr.protocols == std::vector<int>{0});
    CHECK(atr.protocol() == 0);
    CHECK_FALSE(atr.inverse_convention);
    CHECK(atr.speed == 0x11);
    CHECK(atr.extra_guard_time == 0);
    CHECK(atr.waiting_integer == 10);
    CHECK(atr.work_waiting_time() == 1s);  // 9600 etu at 9600 bit/s
    CHECK(parse_atr(hex("3F00")).value().inverse_convention);
}

TEST_CASE("ATR: characters of T=0 and of T=1 are read from where each protocol has them") {
    const Atr t0 = parse_atr(hex("3B E4 00 05 40 20 AABBCCDD")).value();
    CHECK(t0.extra_guard_time == 5);
    CHECK(t0.waiting_integer == 0x20);
    CHECK(to_hex(t0.historical) == "AABBCCDD");

    const Atr t1 = parse_atr(hex("3BE000008131FE45EB")).value();
    CHECK(t1.protocol() == 1);
    CHECK(t1.information_size == 254);
    CHECK(t1.block_waiting_integer == 4);
    CHECK(t1.character_waiting_integer == 5);
    CHECK_FALSE(t1.crc);
    CHECK(t1.waiting_integer == 10);
    // 11 + 16 × 960 etu.
    CHECK(t1.block_waiting_time() == runtime::Duration(15371LL * 1'000'000'000 / 9600));

    // A public JavaCard: its TCK was computed by its maker.
    const Atr jcop = parse_atr(hex("3B F8 13 00 00 81 31 FE 45 4A434F5076323431 B7")).value();
    CHECK(jcop.speed == 0x13);
    CHECK(as_text(jcop.historical) == "JCOPv241");

    // T=0 first and T=1 behind it: TB3 and TC3 belong to T=1, TC2 to T=0.
    const Atr atr = parse_atr(hex("3B 80 C0 0B 61 23 01 08")).value();
    CHECK(atr.protocols == std::vector<int>{0, 1});
    CHECK(atr.protocol() == 0);
    CHECK(atr.waiting_integer == 0x0B);
    CHECK(atr.block_waiting_integer == 2);
    CHECK(atr.crc);

    const Atr specific = parse_atr(hex("3B 80 90 01 01 10")).value();
    CHECK(specific.protocols == std::vector<int>{0, 1});
    CHECK(specific.protocol() == 1);
}

TEST_CASE("ATR: a wrong one is refused with octet, character and rule") {
    CHECK(refusal("") == "octet 0 (TS) is missing");
    CHECK(refusal("3A00") == "octet 0 (TS): 3A is neither 3B (direct) nor 3F (inverse convention)");
    CHECK(refusal("3BE000008131FE45EC") == "octet 8 (TCK): is EC, must be EB");
    CHECK(refusal("3BE000008131FE45EB00") == "octet 9: 1 more than the answer announces");
    CHECK(refusal("3B60000000") == "octet 4: 1 more than the answer announces");  // T=0 alone has no TCK
    CHECK(refusal("3B62000041") == "octet 5: 1 of 2 historical octets are missing");
    CHECK(refusal("3B80 0F") == "octet 2 (TD1): T=15 is no protocol and cannot come first");
    CHECK(refusal("3B80 40 00") == "octet 3 (TC2): a WI of 0 is reserved");
    CHECK(refusal("3B80 81 11 00") == "octet 4 (TA3): an IFSC of 00 or FF is reserved");
    CHECK(refusal("3B80 81 11 FF") == "octet 4 (TA3): an IFSC of 00 or FF is reserved");
    CHECK(refusal("3B80 81 21 A5") == "octet 4 (TB3): a BWI above 9 is reserved");
    CHECK(refusal("3B80 81 41 02") == "octet 4 (TC3): only bit 1 has a meaning: 00 is LRC, 01 is CRC");
    // TD after TD: nothing but interface characters up to the 33 octets, and beyond.
    Bytes chain = hex("3B80");
    chain.resize(60, 0x80);
    CHECK(parse_atr(chain).error().what == "octet 60 (TD59) is missing");
    Bytes long_one = hex("3B8F");
    for (int i = 0; i < 20; ++i) long_one.push_back(0x80);
    long_one.push_back(0x00);
    long_one.resize(long_one.size() + 15);
    CHECK(parse_atr(long_one).error().what == "octet 33: an answer to reset has at most 33 octets");
}

TEST_CASE("ATR: cut anywhere it says which character is missing") {
    const Bytes whole = hex("3B F2 11 00 05 91 01 31 20 45 4142");  // TCK is laid on below
    Bytes atr = whole;
    std::uint8_t tck = 0;
    for (std::size_t i = 1; i < atr.size(); ++i) tck ^= atr[i];
    atr.push_back(tck);
    REQUIRE(parse_atr(atr).has_value());
    const std::vector<std::string> missing{
        "octet 0 (TS) is missing",
        "octet 1 (T0) is missing",
        "octet 2 (TA1) is missing",
        "octet 3 (TB1) is missing",
        "octet 4 (TC1) is missing",
        "octet 5 (TD1) is missing",
        "octet 6 (TA2) is missing",
        "octet 7 (TD2) is missing",
        "octet 8 (TA3) is missing",
        "octet 9 (TB3) is missing",
        "octet 10: 2 of 2 historical octets are missing",
        "octet 11: 1 of 2 historical octets are missing",
        "octet 12 (TCK) is missing",
    };
    REQUIRE(missing.size() == atr.size());
    for (std::size_t length = 0; length < atr.size(); ++length) {
        const auto cut = parse_atr(ByteView(atr).first(length));
        REQUIRE_FALSE(cut.has_value());
        CHECK(cut.error().what == missing[length]);
    }
    for (std::size_t i = 1; i < atr.size(); ++i) {
        Bytes changed = atr;
        changed[i] ^= 0x01;
        CHECK_FALSE(parse_atr(changed).has_value());  // TCK covers every octet but TS
    }
}

TEST_CASE("ATR and ATS: whatever octets come, they are read or refused") {
    runtime::Random random(7816);
    int read = 0;
    for (int i = 0; i < 20'000; ++i) {
        Bytes octets(static_cast<std::size_t>(random.between(0, 40)));
        random.fill(octets);
        if (!octets.empty() && random.chance(0.9)) octets[0] = 0x3B;
        const auto atr = parse_atr(octets);
        if (atr) {
            ++read;
            CHECK(octets.size() <= 33);
            CHECK_FALSE(atr->protocols.empty());
        } else {
            CHECK_THAT(atr.error().what, ContainsSubstring("octet "));
        }
        if (!octets.empty()) octets[0] = static_cast<std::uint8_t>(octets.size());
        const auto ats = parse_ats(octets);
        if (!ats) CHECK_THAT(ats.error().what, ContainsSubstring("octet "));
    }
    CHECK(read > 10);
}

TEST_CASE("ATS: sizes, waiting time and historical octets") {
    const Ats shortest = parse_ats(hex("01")).value();
    CHECK(shortest.frame_size == 32);
    CHECK(shortest.frame_waiting_integer == 4);
    CHECK(shortest.takes_cid);
    // 256 × 16 / 13.56 MHz × 2^4 = 4.833 ms, as ISO/IEC 14443-4 clause 7.2 itself computes it.
    CHECK(shortest.frame_waiting_time() / 1us == 4833);

    const Ats ats = parse_ats(hex("08 78 80 70 02 8031 FE")).value();
    CHECK(ats.frame_size == 256);
    CHECK(ats.frame_waiting_integer == 7);
    CHECK(ats.start_up_guard_integer == 0);
    CHECK(ats.frame_waiting_time() / 1us == 38'664);
    CHECK(ats.takes_cid);
    CHECK_FALSE(ats.takes_nad);
    CHECK(to_hex(ats.historical) == "8031FE");

    CHECK(ats_refusal("") == "octet 0 (TL) is missing");
    CHECK(ats_refusal("0578") == "octet 0 (TL): says 5 octets, there are 2");
    CHECK(ats_refusal("0278") == "octet 2 (TA1) is missing");
    CHECK(ats_refusal("033800") == "octet 3 (TB1) is missing");
    CHECK(ats_refusal("0280") == "octet 1 (T0): bit 8 is reserved");
    CHECK(ats_refusal("020D") == "octet 1 (T0): an FSCI of D is reserved");
    CHECK(ats_refusal("0328F0") == "octet 2 (TB1): an FWI of 15 is reserved");
    CHECK(ats_refusal("03280F") == "octet 2 (TB1): an SFGI of 15 is reserved");
    CHECK(ats_refusal("034804") == "octet 2 (TC1): only bits 1 (NAD) and 2 (CID) have a meaning");
}

TEST_CASE("PC/SC shows a contactless card under an ATR made of its historical octets") {
    // The ATR that readers show for MIFARE DESFire, whose ATS is 06 75 77 81 02 80.
    CHECK(to_hex(pcsc_atr(parse_ats(hex("067577810280")).value())) == "3B8180018080");
    CHECK(to_hex(pcsc_atr(Ats())) == "3B80800101");
    Ats many;
    many.historical.assign(17, 0x41);
    const Bytes atr = pcsc_atr(many);
    CHECK(atr.size() == 4 + 15 + 1);
    CHECK(parse_atr(atr).has_value());
    CHECK(parse_atr(pcsc_atr(Ats())).value().protocols == std::vector<int>{0, 1});
}

TEST_CASE(
    "ATR: a terminal takes the basic ones of EMV book 1, table 19 and 20, and what cannot be read never") {
    for (const std::string_view good :
         {"3B600000", "3F6000FF", "3B6500002063CB6600", "3BE000008131FE45EB", "3B20 00"}) {
        CHECK(cold(good) == "accepted");
        CHECK(warm(good) == "accepted");
    }
    CHECK(cold("3BE000008131FE45EC") == "octet 8 (TCK): is EC, must be EB");
    CHECK(warm("3BE000008131FE45EC") == "octet 8 (TCK): is EC, must be EB");
    CHECK(cold("1234").starts_with("octet 0 (TS)"));
}

TEST_CASE(
    "ATR: TB1 must be 00 at a cold reset, at a warm one anything (8.3.3.2), TB2 never is there (8.3.3.6)") {
    CHECK(cold("3B00") == "TB1 is missing: must be 00 at a cold reset");
    CHECK(warm("3B00") == "accepted");
    CHECK(cold("3B602500") == "octet 2 (TB1): is 25, must be 00 at a cold reset");
    CHECK(warm("3B602500") == "accepted");
    for (const auto& result : {cold("3BA0 00 20 32"), warm("3BA0 00 20 32")})
        CHECK(result == "octet 4 (TB2): is 32, must not be there");
}

TEST_CASE("ATR: protocols that a terminal takes (8.3.3.4, 8.3.3.8)") {
    CHECK(cold(checked("3BA0 00 05")) == "octet 3 (TD1): is 05, must name T=0 or T=1");
    CHECK(cold(checked("3BA0 00 80 0E")) == "accepted");
    CHECK(cold(checked("3BA0 00 80 21 45")) == "accepted");
    CHECK(cold(checked("3BA0 00 80 0F")) == "octet 4 (TD2): is 0F, must name T=1 or T=14 behind T=0");
    CHECK(cold(checked("3BA0 00 81 0E")) == "octet 4 (TD2): is 0E, must name T=1 behind T=1");
}

TEST_CASE("ATR: speed and mode that a terminal takes (8.3.3.1, 8.3.3.5)") {
    CHECK(cold("3B30 95 00") == "accepted");  // negotiable: the terminal goes on at the speed of the reset
    CHECK(cold("3BB0 13 00 10 00") == "accepted");
    CHECK(cold("3BB0 95 00 10 00") == "octet 2 (TA1): is 95, must be 11, 12 or 13 where TA2 fixes the speed");
    CHECK(cold("3BB0 11 00 10 10") ==
          "octet 5 (TA2): is 10, must not leave the speed to be known otherwise (bit 5)");
    CHECK(cold("3BB0 11 00 10 01") == "octet 5 (TA2): is 01, must name the protocol offered first");
}

TEST_CASE("ATR: what T=1 must have (8.3.3.9 to 8.3.3.11)") {
    const auto t1 = [](std::string_view tc1, std::string_view behind) {
        return cold(checked("3BE0 00" + std::string(tc1) + "81" + std::string(behind)));
    };
    CHECK(t1("00", "31 10 45") == "accepted");
    CHECK(t1("00", "21 45") == "accepted");  // IFSC 32
    CHECK(t1("00", "31 0F 45") == "octet 6 (TA3): is 0F, must be an IFSC of 10 to FE");
    CHECK(t1("00", "11 FE") == "TB3 is missing: must be there for T=1");
    CHECK(cold(checked("3BA0 00 01")) == "TB3 is missing: must be there for T=1");
    CHECK(t1("00", "31 FE 55") == "octet 7 (TB3): is 55, must have a BWI of at most 4");
    CHECK(t1("00", "31 FE 46") == "octet 7 (TB3): is 46, must have a CWI of at most 5");
    CHECK(t1("1E", "31 FE 45") == "accepted");
    CHECK(t1("1F", "31 FE 45") == "octet 7 (TB3): is 45, 2^CWI must be above N + 1, and TC1 has an N of 31");
    CHECK(t1("FF", "31 FE 40") == "accepted");
    CHECK(t1("00", "71 FE 45 00") == "accepted");
    CHECK(t1("00", "71 FE 45 01") == "octet 8 (TC3): is 01, must be 00: LRC");
}
