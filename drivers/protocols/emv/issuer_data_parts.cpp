#include "drivers/protocols/emv/issuer_data_parts.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/card_results.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace posbench::emv {
namespace {

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

/// The octets of the results, and below them what they say.
void card_results(Layout& layout, ResultsFormat format) {
    const std::size_t size = results_size(format);
    Lines lines;
    for (std::string& word : card_results_words(layout.ahead(size), format))
        lines.push_back({layout.below(), {}, std::move(word), {}});
    layout.part(size, "card verification results");
    layout.words(std::move(lines));
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
        card_results(layout, ResultsFormat::visa);
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
    card_results(layout, ResultsFormat::visa);
    const std::uint8_t algorithm = value[algorithm_at];
    layout.part(1, algorithm == 0x01   ? "algorithm: triple DES"
                   : algorithm == 0x04 ? "algorithm: SM4"
                                       : "algorithm");
    layout.rest("issuer discretionary data");
    return std::move(layout).lines();
}

Lines mchip_data(ByteView value, int depth) {
    if (!is_mchip_data(value)) return {};
    Layout layout(value, depth);
    layout.part(1, "key derivation index");
    layout.part(1, "cryptogram version number");
    card_results(layout, ResultsFormat::mchip);
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
    Layout layout(value, depth);
    layout.take(1);
    layout.part(1, "common core identifier");
    layout.part(1, "derivation key index");
    card_results(layout, ResultsFormat::common_core);
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
