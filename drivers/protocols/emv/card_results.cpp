#include "drivers/protocols/emv/card_results.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "drivers/protocols/emv/bits.hpp"

namespace posbench::emv {
namespace {

using R = CardResults;
using Fact = bool R::*;

/// One bit, set when one of the facts holds. Without a fact it is another card's to set.
struct Row {
    NamedBit bit;  ///< of the octets behind a length
    std::array<Fact, 5> facts{};
};

constexpr std::array visa_rows{
    Row{{1, 0x08, "issuer authentication performed and failed"}, {&R::issuer_authentication_failed}},
    Row{{1, 0x04, "offline PIN verification performed"}, {&R::offline_pin_performed}},
    Row{{1, 0x02, "offline PIN verification failed"}, {&R::offline_pin_failed}},
    Row{{1, 0x01, "unable to go online"}, {&R::unable_to_go_online}},
    Row{{2, 0x80, "last online transaction not completed"}, {&R::last_online_not_completed}},
    Row{{2, 0x40, "PIN try limit exceeded"}, {&R::pin_try_limit_exceeded}},
    Row{{2, 0x20, "velocity checking counters exceeded"},
        {&R::velocity_exceeded, &R::lower_count_exceeded, &R::upper_count_exceeded, &R::lower_amount_exceeded,
         &R::upper_amount_exceeded}},
    Row{{2, 0x10, "new card"}, {&R::new_card}},
    Row{{2, 0x08, "issuer authentication failed in the last online transaction"},
        {&R::issuer_authentication_failed_before}},
    Row{{2, 0x04, "issuer authentication not performed after online authorisation"},
        {&R::issuer_authentication_missing}},
    Row{{2, 0x02, "application blocked by the card because of the PIN try limit"},
        {&R::application_blocked_by_pin}},
    Row{{2, 0x01, "SDA failed in the last transaction"}, {&R::sda_failed_before}},
    Row{{3, 0x08, "issuer script processing failed in the last transaction"}, {&R::script_failed}},
    Row{{3, 0x04, "DDA failed in the last transaction"}, {&R::dda_failed_before}},
    Row{{3, 0x02, "DDA performed"}, {&R::dda_performed, &R::cda_in_first, &R::cda_in_second}},
};

constexpr std::array mchip_rows{
    Row{{1, 0x08, "date check failed"}},
    Row{{1, 0x04, "offline PIN verification performed"}, {&R::offline_pin_performed}},
    Row{{1, 0x02, "offline enciphered PIN verification performed"}, {&R::offline_pin_enciphered}},
    Row{{1, 0x01, "offline PIN verification successful"}, {&R::offline_pin_successful}},
    Row{{2, 0x80, "DDA returned"}, {&R::dda_performed}},
    Row{{2, 0x40, "CDA returned in first GENERATE AC"}, {&R::cda_in_first}},
    Row{{2, 0x20, "CDA returned in second GENERATE AC"}, {&R::cda_in_second}},
    Row{{2, 0x10, "issuer authentication performed"}, {&R::issuer_authentication_performed}},
    Row{{2, 0x08, "CIAC default skipped on CAT3"}},
    Row{{2, 0x04, "offline change PIN successful"}},
    Row{{2, 0x02, "issuer's bit 2"}},
    Row{{2, 0x01, "issuer's bit 1"}},
    Row{{4, 0x80, "last online transaction not completed"}, {&R::last_online_not_completed}},
    Row{{4, 0x40, "unable to go online"}, {&R::unable_to_go_online}},
    Row{{4, 0x20, "offline PIN verification not performed"}, {&R::offline_pin_not_performed}},
    Row{{4, 0x10, "offline PIN verification failed"}, {&R::offline_pin_failed}},
    Row{{4, 0x08, "PIN try limit exceeded"}, {&R::pin_try_limit_exceeded}},
    Row{{4, 0x04, "international transaction"}, {&R::international}},
    Row{{4, 0x02, "domestic transaction"}, {&R::domestic}},
    Row{{4, 0x01, "terminal erroneously considers offline PIN OK"}, {&R::terminal_errs_about_pin}},
    Row{{5, 0x80, "lower consecutive offline (or counter 1) limit exceeded"}, {&R::lower_count_exceeded}},
    Row{{5, 0x40, "upper consecutive offline (or counter 1) limit exceeded"}, {&R::upper_count_exceeded}},
    Row{{5, 0x20, "lower cumulative offline (or accumulator 1) limit exceeded"}, {&R::lower_amount_exceeded}},
    Row{{5, 0x10, "upper cumulative offline (or accumulator 1) limit exceeded"}, {&R::upper_amount_exceeded}},
    Row{{5, 0x08, "go online on next transaction was set"}, {&R::go_online_set}},
    Row{{5, 0x04, "issuer authentication failed"},
        {&R::issuer_authentication_failed, &R::issuer_authentication_failed_before}},
    Row{{5, 0x02, "script received"}, {&R::script_received}},
    Row{{5, 0x01, "script failed"}, {&R::script_failed}},
    Row{{6, 0x80, "lower counter 2 limit exceeded"}},
    Row{{6, 0x40, "upper counter 2 limit exceeded"}},
    Row{{6, 0x20, "lower accumulator 2 limit exceeded"}},
    Row{{6, 0x10, "upper accumulator 2 limit exceeded"}},
    Row{{6, 0x08, "MTA limit exceeded"}},
    Row{{6, 0x04, "number of days offline limit exceeded"}},
    Row{{6, 0x02, "match found in additional check table"}},
    Row{{6, 0x01, "no match found in additional check table"}},
};

constexpr std::array common_core_rows{
    Row{{1, 0x08, "CDA performed"}},
    Row{{1, 0x04, "offline DDA performed"}},
    Row{{1, 0x02, "issuer authentication not performed"}},
    Row{{1, 0x01, "issuer authentication failed"}},
    Row{{2, 0x08, "offline PIN verification performed"}},
    Row{{2, 0x04, "offline PIN verification performed and not successful"}},
    Row{{2, 0x02, "PIN try limit exceeded"}},
    Row{{2, 0x01, "last online transaction not completed"}},
    Row{{3, 0x80, "lower offline transaction count limit exceeded"}},
    Row{{3, 0x40, "upper offline transaction count limit exceeded"}},
    Row{{3, 0x20, "lower cumulative offline amount limit exceeded"}},
    Row{{3, 0x10, "upper cumulative offline amount limit exceeded"}},
    Row{{3, 0x08, "issuer's bit 1"}},
    Row{{3, 0x04, "issuer's bit 2"}},
    Row{{3, 0x02, "issuer's bit 3"}},
    Row{{3, 0x01, "issuer's bit 4"}},
    Row{{4, 0x08, "issuer script processing failed"}},
    Row{{4, 0x04, "offline data authentication failed in the previous transaction"}},
    Row{{4, 0x02, "go online on next transaction was set"}},
    Row{{4, 0x01, "unable to go online"}},
};

/// A half octet with a number in it.
struct Number {
    std::size_t byte;  ///< from 1, behind a length
    bool upper;
    std::string_view what;
    std::uint8_t R::*value = nullptr;  ///< null: another card's
};
constexpr std::array visa_numbers{Number{3, true, "issuer script commands", &R::script_commands}};
constexpr std::array mchip_numbers{Number{3, true, "script counter", &R::script_commands},
                                   Number{3, false, "PIN tries left", &R::pin_tries_left}};
constexpr std::array common_core_numbers{Number{2, true, "PIN tries left"},
                                         Number{4, true, "issuer script commands"}};

struct Format {
    std::size_t octets;  ///< behind the length
    bool has_length;
    std::span<const Row> rows;
    std::span<const Number> numbers;
};

Format find_format(ResultsFormat format) noexcept {
    switch (format) {
        case ResultsFormat::mchip:
            return {6, false, mchip_rows, mchip_numbers};
        case ResultsFormat::common_core:
            return {5, false, common_core_rows, common_core_numbers};
        case ResultsFormat::visa:
            break;
    }
    return {3, true, visa_rows, visa_numbers};
}

constexpr std::uint8_t types = 0xF0;

ByteView without_length(ByteView octets, const Format& format) {
    return octets.subspan(format.has_length ? 1 : 0, format.octets);
}

unsigned read_number(ByteView octets, const Number& number) {
    const std::uint8_t octet = octets[number.byte - 1];
    return number.upper ? octet >> 4 : octet & 0x0F;
}

}  // namespace

std::size_t results_size(ResultsFormat format) noexcept {
    const Format known = find_format(format);
    return known.octets + (known.has_length ? 1 : 0);
}

Bytes write_card_results(const CardResults& results, ResultsFormat format) {
    if (format == ResultsFormat::common_core)
        throw std::invalid_argument("no card of the bench writes results of the common core definitions");
    const Format known = find_format(format);
    Bytes octets(known.octets);
    octets[0] = static_cast<std::uint8_t>(static_cast<unsigned>(results.second) << 6 |
                                          static_cast<unsigned>(results.first) << 4);
    for (const Number& number : known.numbers) {
        const unsigned value = results.*number.value & 0x0F;
        octets[number.byte - 1] |= static_cast<std::uint8_t>(number.upper ? value << 4 : value);
    }
    for (const Row& row : known.rows)
        if (std::ranges::any_of(row.facts, [&](Fact fact) { return fact && results.*fact; }))
            octets[row.bit.byte - 1u] |= row.bit.mask;
    if (known.has_length) octets.insert(octets.begin(), static_cast<std::uint8_t>(known.octets));
    return octets;
}

std::vector<std::string> card_results_words(ByteView octets, ResultsFormat format) {
    constexpr std::array second{"AAC", "TC", "not requested", "reserved"};
    constexpr std::array first{"AAC", "TC", "ARQC", "reserved"};
    const Format known = find_format(format);
    const ByteView all = without_length(octets, known);
    std::vector<std::string> words{fmt::format("first cryptogram: {}", first[all[0] >> 4 & 0x03]),
                                   fmt::format("second cryptogram: {}", second[all[0] >> 6])};
    Bytes bits(all.begin(), all.end());
    bits[0] &= static_cast<std::uint8_t>(~types);
    for (const Number& number : known.numbers) {
        if (const unsigned value = read_number(all, number); value > 0)
            words.push_back(fmt::format("{}: {}", number.what, value));
        bits[number.byte - 1] &= number.upper ? std::uint8_t{0x0F} : std::uint8_t{0xF0};
    }
    std::vector<NamedBit> names;
    std::ranges::transform(known.rows, std::back_inserter(names), &Row::bit);
    std::ranges::move(bit_names(bits, names), std::back_inserter(words));
    return words;
}

}  // namespace posbench::emv
