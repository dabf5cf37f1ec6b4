#include <algorithm>
#include <set>
#include <stdexcept>

#include "drivers/protocols/emv/card_results.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;

namespace {

using Format = ResultsFormat;

std::string written(const CardResults& results, Format format) {
    return to_hex(write_card_results(results, format));
}

/// The octets with all bits 0.
Bytes empty(Format format) {
    Bytes octets(results_size(format));
    if (format == Format::visa) octets[0] = 0x03;
    return octets;
}

/// Bits that the format reserves: octet << 8 | bit, the length in front counted in.
std::vector<unsigned> reserved_bits(Format format) {
    if (format == Format::visa) return {0x401};
    if (format == Format::common_core) return {0x580, 0x540, 0x520, 0x510, 0x508, 0x504, 0x502, 0x501};
    return {};
}

}  // namespace

TEST_CASE("Card verification results: every bit has a name of its own, in all formats") {
    for (const Format format : {Format::visa, Format::mchip, Format::common_core}) {
        const std::size_t first = format == Format::visa ? 1 : 0;
        const auto reserved = reserved_bits(format);
        std::vector<std::vector<std::string>> seen;
        for (std::size_t at = first; at < results_size(format); ++at)
            for (unsigned bit = 0x80; bit != 0; bit >>= 1) {
                INFO("format " << static_cast<int>(format) << " octet " << at + 1 << " bit " << bit);
                Bytes octets = empty(format);
                octets[at] |= static_cast<std::uint8_t>(bit);
                const auto words = card_results_words(octets, format);
                CHECK(std::ranges::find(seen, words) == seen.end());
                seen.push_back(words);
                const unsigned place = static_cast<unsigned>((at + 1) << 8) | bit;
                const bool is_reserved = std::ranges::find(reserved, place) != reserved.end();
                CHECK(words.back().starts_with("B") == is_reserved);
            }
    }
}

TEST_CASE("Card verification results: both cryptograms, and reserved types") {
    CardResults results;
    results.first = CardResults::First::arqc;
    results.second = CardResults::Second::not_requested;
    CHECK(written(results, Format::visa) == "03A00000");
    CHECK(written(results, Format::mchip) == "A00000000000");
    results.first = CardResults::First::tc;
    CHECK(written(results, Format::visa) == "03900000");
    results.first = CardResults::First::arqc;
    results.second = CardResults::Second::tc;
    CHECK(written(results, Format::mchip) == "600000000000");
    CHECK(written({}, Format::visa) == "03000000");
    CHECK_THROWS_AS(write_card_results(results, Format::common_core), std::invalid_argument);
    CHECK(card_results_words(hex("03F00000"), Format::visa) ==
          std::vector<std::string>{"first cryptogram: reserved", "second cryptogram: reserved"});
}

TEST_CASE("Card verification results: the same findings in each scheme's octets") {
    CardResults wrong_pin;
    wrong_pin.first = CardResults::First::arqc;
    wrong_pin.second = CardResults::Second::not_requested;
    wrong_pin.offline_pin_performed = wrong_pin.offline_pin_failed = true;
    wrong_pin.pin_try_limit_exceeded = true;
    wrong_pin.new_card = wrong_pin.international = true;
    CHECK(written(wrong_pin, Format::visa) == "03A65000");
    CHECK(written(wrong_pin, Format::mchip) == "A400001C0000");

    CardResults history;
    history.issuer_authentication_failed_before = true;
    history.script_commands = 3;
    history.script_received = history.script_failed = true;
    history.pin_tries_left = 2;
    CHECK(written(history, Format::visa) == "03000838");
    CHECK(written(history, Format::mchip) == "000032000700");
}

TEST_CASE("Card verification results: one bit of Visa's for several findings that M/Chip tells apart") {
    std::set<std::string> mchip{"000000000000"};
    for (const auto limit : {&CardResults::lower_count_exceeded, &CardResults::upper_count_exceeded,
                             &CardResults::lower_amount_exceeded, &CardResults::upper_amount_exceeded}) {
        CardResults results;
        results.*limit = true;
        CHECK(written(results, Format::visa) == "03002000");
        CHECK(mchip.insert(written(results, Format::mchip)).second);
    }
    for (const auto signature :
         {&CardResults::dda_performed, &CardResults::cda_in_first, &CardResults::cda_in_second}) {
        CardResults results;
        results.*signature = true;
        CHECK(written(results, Format::visa) == "03000002");
        CHECK(mchip.insert(written(results, Format::mchip)).second);
    }
}
