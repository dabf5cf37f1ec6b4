#include "bench/trace/vocabulary.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;

TEST_CASE("TVR: bits by name (EMV book 3 annex C5)") {
    Tvr tvr;
    tvr.set(Tvr::expired_application);
    tvr.set(Tvr::online_pin_entered);
    CHECK(to_hex(tvr.octets()) == "0040040000");
    CHECK(tvr.has(Tvr::expired_application));
    CHECK_FALSE(tvr.has(Tvr::new_card));
    CHECK(tvr.names() == std::vector<std::string>{"expired application", "online PIN entered"});
}

TEST_CASE("Named bits: every bit of the TVR enumeration has a name") {
    for (const NamedBit& bit : tvr_bits()) {
        Tvr tvr;
        tvr.set(static_cast<Tvr::Bit>(bit.byte << 8 | bit.mask));
        CHECK(tvr.names() == std::vector<std::string>{std::string(bit.name)});
    }
    CHECK(tvr_bits().size() == 27);
}

TEST_CASE("Named bits: a bit the table does not know is named by its place") {
    CHECK(bit_names(hex("E802"), tsi_bits()) ==
          std::vector<std::string>{"offline data authentication performed",
                                   "cardholder verification performed", "card risk management performed",
                                   "terminal risk management performed", "B2 b2"});
    CHECK(bit_names({}, tvr_bits()).empty());
}

TEST_CASE("Named bits: the trace knows the name of every bit of TVR and TSI, reserved ones too") {
    const auto known = [](trace::Kind kind, std::string_view field) {
        const auto words = trace::find_field(kind, field)->words;
        return std::vector<std::string>(words.begin(), words.end());
    };
    const Bytes all(5, 0xFF);
    const auto tvr = bit_names(all, tvr_bits());
    CHECK(tvr.size() == 40);
    for (const auto kind : {trace::Kind::terminal_chip, trace::Kind::terminal_outcome, trace::Kind::card_apdu,
                            trace::Kind::terminal_request, trace::Kind::host_request})
        CHECK(known(kind, "tvr") == tvr);
    CHECK(known(trace::Kind::terminal_outcome, "tsi") == bit_names(ByteView(all).first(2), tsi_bits()));
}
