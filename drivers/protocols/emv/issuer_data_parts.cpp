#include "drivers/protocols/emv/issuer_data_parts.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "drivers/protocols/emv/bits.hpp"

namespace posbench::emv {
namespace {

// Of the octets behind the one that has the types of the cryptograms in its upper half; that one is octet 1.

/// VIS 1.4 and PBOC 2.0 part 5, the three octets behind their length.
constexpr std::array visa_results{
    NamedBit{1, 0x08, "issuer authentication performed and failed"},
    NamedBit{1, 0x04, "offline PIN verification performed"},
    NamedBit{1, 0x02, "offline PIN verification failed"},
    NamedBit{1, 0x01, "unable to go online"},
    NamedBit{2, 0x80, "last online transaction not completed"},
    NamedBit{2, 0x40, "PIN try limit exceeded"},
    NamedBit{2, 0x20, "velocity checking counters exceeded"},
    NamedBit{2, 0x10, "new card"},
    NamedBit{2, 0x08, "issuer authentication failed in the last online transaction"},
    NamedBit{2, 0x04, "issuer authentication not performed after online authorisation"},
    NamedBit{2, 0x02, "application blocked by the card because of the PIN try limit"},
    NamedBit{2, 0x01, "SDA failed in the last transaction"},
    NamedBit{3, 0x08, "issuer script processing failed in the last transaction"},
    NamedBit{3, 0x04, "DDA failed in the last transaction"},
    NamedBit{3, 0x02, "DDA performed"},
};

/// EMV book 3 annex C9.3.
constexpr std::array common_core_results{
    NamedBit{1, 0x08, "CDA performed"},
    NamedBit{1, 0x04, "offline DDA performed"},
    NamedBit{1, 0x02, "issuer authentication not performed"},
    NamedBit{1, 0x01, "issuer authentication failed"},
    NamedBit{2, 0x08, "offline PIN verification performed"},
    NamedBit{2, 0x04, "offline PIN verification performed and not successful"},
    NamedBit{2, 0x02, "PIN try limit exceeded"},
    NamedBit{2, 0x01, "last online transaction not completed"},
    NamedBit{3, 0x80, "lower offline transaction count limit exceeded"},
    NamedBit{3, 0x40, "upper offline transaction count limit exceeded"},
    NamedBit{3, 0x20, "lower cumulative offline amount limit exceeded"},
    NamedBit{3, 0x10, "upper cumulative offline amount limit exceeded"},
    NamedBit{3, 0x08, "issuer's bit 1"},
    NamedBit{3, 0x04, "issuer's bit 2"},
    NamedBit{3, 0x02, "issuer's bit 3"},
    NamedBit{3, 0x01, "issuer's bit 4"},
    NamedBit{4, 0x08, "issuer script processing failed"},
    NamedBit{4, 0x04, "offline data authentication failed in the previous transaction"},
    NamedBit{4, 0x02, "go online on next transaction was set"},
    NamedBit{4, 0x01, "unable to go online"},
};

/// M/Chip requirements, appendix B.
constexpr std::array mchip_results{
    NamedBit{1, 0x08, "date check failed"},
    NamedBit{1, 0x04, "offline PIN verification performed"},
    NamedBit{1, 0x02, "offline enciphered PIN verification performed"},
    NamedBit{1, 0x01, "offline PIN verification successful"},
    NamedBit{2, 0x80, "DDA returned"},
    NamedBit{2, 0x40, "CDA returned in first GENERATE AC"},
    NamedBit{2, 0x20, "CDA returned in second GENERATE AC"},
    NamedBit{2, 0x10, "issuer authentication performed"},
    NamedBit{2, 0x08, "CIAC default skipped on CAT3"},
    NamedBit{2, 0x04, "offline change PIN successful"},
    NamedBit{2, 0x02, "issuer's bit 2"},
    NamedBit{2, 0x01, "issuer's bit 1"},
    NamedBit{4, 0x80, "last online transaction not completed"},
    NamedBit{4, 0x40, "unable to go online"},
    NamedBit{4, 0x20, "offline PIN verification not performed"},
    NamedBit{4, 0x10, "offline PIN verification failed"},
    NamedBit{4, 0x08, "PIN try limit exceeded"},
    NamedBit{4, 0x04, "international transaction"},
    NamedBit{4, 0x02, "domestic transaction"},
    NamedBit{4, 0x01, "terminal erroneously considers offline PIN OK"},
    NamedBit{5, 0x80, "lower consecutive offline (or counter 1) limit exceeded"},
    NamedBit{5, 0x40, "upper consecutive offline (or counter 1) limit exceeded"},
    NamedBit{5, 0x20, "lower cumulative offline (or accumulator 1) limit exceeded"},
    NamedBit{5, 0x10, "upper cumulative offline (or accumulator 1) limit exceeded"},
    NamedBit{5, 0x08, "go online on next transaction was set"},
    NamedBit{5, 0x04, "issuer authentication failed"},
    NamedBit{5, 0x02, "script received"},
    NamedBit{5, 0x01, "script failed"},
    NamedBit{6, 0x80, "lower counter 2 limit exceeded"},
    NamedBit{6, 0x40, "upper counter 2 limit exceeded"},
    NamedBit{6, 0x20, "lower accumulator 2 limit exceeded"},
    NamedBit{6, 0x10, "upper accumulator 2 limit exceeded"},
    NamedBit{6, 0x08, "MTA limit exceeded"},
    NamedBit{6, 0x04, "number of days offline limit exceeded"},
    NamedBit{6, 0x02, "match found in additional check table"},
    NamedBit{6, 0x01, "no match found in additional check table"},
};

void append(Lines& lines, Lines more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Lays a value out, part by part.
class Layout {
  public:
    Layout(ByteView value, int depth) : rest_(value), depth_(depth) {}

    ByteView take(std::size_t octets) {
        const ByteView part = rest_.first(octets);
        rest_ = rest_.subspan(octets);
        return part;
    }
    void part(std::size_t octets, std::string name) {
        if (octets > 0) lines_.push_back({depth_, {}, std::move(name), to_hex(take(octets))});
    }
    void rest(std::string name) { part(rest_.size(), std::move(name)); }
    void words(Lines lines) { append(lines_, std::move(lines)); }
    int below() const noexcept { return depth_ + 1; }
    std::size_t left() const noexcept { return rest_.size(); }
    ByteView ahead(std::size_t octets) const { return rest_.first(octets); }
    Lines lines() && { return std::move(lines_); }

  private:
    ByteView rest_;
    int depth_;
    Lines lines_;
};

/// A half octet with a number in it.
struct Counter {
    std::size_t byte;  ///< from 1
    bool upper;
    std::string_view what;
};

/// The types in the upper half of octet 1, which all layouts have in common; bits; counters.
Lines results(ByteView octets, std::span<const NamedBit> table, std::span<const Counter> counters,
              int depth) {
    constexpr std::array second{"AAC", "TC", "not requested", "reserved"};
    constexpr std::array first{"AAC", "TC", "ARQC", "reserved"};
    constexpr std::uint8_t types = 0xF0;
    Lines lines{{depth, {}, fmt::format("first cryptogram: {}", first[octets[0] >> 4 & 0x03]), {}},
                {depth, {}, fmt::format("second cryptogram: {}", second[octets[0] >> 6]), {}}};
    Bytes bits(octets.begin(), octets.end());
    bits[0] &= static_cast<std::uint8_t>(~types);
    for (const Counter& counter : counters) {
        std::uint8_t& octet = bits[counter.byte - 1];
        const int number = counter.upper ? octet >> 4 : octet & 0x0F;
        octet &= counter.upper ? std::uint8_t{0x0F} : std::uint8_t{0xF0};
        if (number > 0) lines.push_back({depth, {}, fmt::format("{}: {}", counter.what, number), {}});
    }
    for (std::string& name : bit_names(bits, table)) lines.push_back({depth, {}, std::move(name), {}});
    return lines;
}

/// With their length in front, as Visa and PBOC have them.
void visa_card_results(Layout& layout) {
    static constexpr std::array counters{Counter{3, true, "issuer script commands"}};
    const Lines words = results(layout.ahead(4).subspan(1), visa_results, counters, layout.below());
    layout.part(4, "card verification results");
    layout.words(words);
}

/// Visa writes these versions in decimal, the octet stands in hexadecimal: both.
std::string decimal_version(std::uint8_t octet) {
    const std::string decimal = fmt::format("{:02}", octet), digits = fmt::format("{:02X}", octet);
    return "cryptogram version number" +
           (decimal == digits ? "" : fmt::format(" {} (hex {})", decimal, digits));
}

/// Formats 0, 1 and 3, then 2 and 4.
Lines visa_data(ByteView value, int depth) {
    constexpr std::size_t short_form = 7, long_form = 32;
    Layout layout(value, depth);
    if (value.size() >= short_form && value[0] == 0x06 && value[3] == 0x03) {
        layout.take(1);
        layout.part(1, "derivation key index");
        layout.part(1, decimal_version(value[2]));
        visa_card_results(layout);
    } else if (value.size() == long_form && value[0] == 0x1F) {
        layout.take(1);
        layout.part(1, "cryptogram version number");
        layout.part(1, "derivation key index");
        layout.part(5, "card verification results");
    } else {
        return {};
    }
    layout.rest("issuer discretionary data");
    return std::move(layout).lines();
}

Lines unionpay_data(ByteView value, int depth) {
    constexpr std::size_t shortest = 8, algorithm_at = 7;
    if (value.size() < shortest || value[0] != 0x07 || value[3] != 0x03) return {};
    Layout layout(value, depth);
    layout.take(1);
    layout.part(1, "derivation key index");
    layout.part(1, "cryptogram version number");
    visa_card_results(layout);
    const std::uint8_t algorithm = value[algorithm_at];
    layout.part(1, algorithm == 0x01   ? "algorithm: triple DES"
                   : algorithm == 0x04 ? "algorithm: SM4"
                                       : "algorithm");
    layout.rest("issuer discretionary data");
    return std::move(layout).lines();
}

Lines mchip_data(ByteView value, int depth) {
    constexpr std::array<std::size_t, 5> lengths{10, 18, 20, 26, 28};
    constexpr std::uint8_t version_bits = 0xF0, version = 0x10;
    static constexpr std::array counters{Counter{3, true, "script counter"},
                                         Counter{3, false, "PIN tries left"}};
    if (std::ranges::find(lengths, value.size()) == lengths.end() || (value[1] & version_bits) != version)
        return {};
    Layout layout(value, depth);
    layout.part(1, "key derivation index");
    layout.part(1, "cryptogram version number");
    const Lines words = results(layout.ahead(6), mchip_results, counters, layout.below());
    layout.part(6, "card verification results");
    layout.words(words);
    layout.part(2, "data authentication code or ICC dynamic number");
    layout.rest("counters");
    return std::move(layout).lines();
}

bool is_common_core(ByteView value) noexcept {
    constexpr std::size_t size = 32, second_length_at = 16;
    return value.size() == size && value[0] == 0x0F && (value[1] == 0xA5 || value[1] == 0xA6) &&
           value[second_length_at] == 0x0F;
}

Lines common_core_data(ByteView value, int depth) {
    static constexpr std::array counters{Counter{2, true, "PIN tries left"},
                                         Counter{4, true, "issuer script commands"}};
    Layout layout(value, depth);
    layout.take(1);
    layout.part(1, "common core identifier");
    layout.part(1, "derivation key index");
    const Lines words = results(layout.ahead(5), common_core_results, counters, layout.below());
    layout.part(5, "card verification results");
    layout.words(words);
    layout.part(8, "counters");
    layout.take(1);
    layout.rest("issuer discretionary data");
    return std::move(layout).lines();
}

}  // namespace

Lines issuer_data_parts(ByteView tag_9f10, Scheme scheme, int depth) {
    if (is_common_core(tag_9f10)) return common_core_data(tag_9f10, depth);
    switch (scheme) {
        case Scheme::visa:
            return visa_data(tag_9f10, depth);
        case Scheme::unionpay:
            return unionpay_data(tag_9f10, depth);
        case Scheme::mastercard:
            return mchip_data(tag_9f10, depth);
        case Scheme::amex:
        case Scheme::jcb:
        case Scheme::unknown:
            break;
    }
    return {};
}

}  // namespace posbench::emv
