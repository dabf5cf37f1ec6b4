#include "drivers/protocols/emv/certificate_fields.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"

namespace posbench::emv::fields {
namespace {

Bytes packed(std::string_view what, std::string_view digits, std::size_t least, std::size_t size) {
    const std::size_t most = size == 10 ? 19 : 2 * size;
    const bool numeric = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!numeric || digits.size() < least || digits.size() > most)
        throw std::invalid_argument(fmt::format("{} has {} to {} digits", what, least, most));
    Bytes out(size, 0xFF);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int shift = i % 2 == 0 ? 4 : 0;
        out[i / 2] = static_cast<std::uint8_t>((out[i / 2] & ~(0x0F << shift)) | (digits[i] - '0') << shift);
    }
    return out;
}

std::uint8_t binary_coded(unsigned value) {
    return static_cast<std::uint8_t>(value / 10 << 4 | value % 10);
}

}  // namespace

Bytes issuer_identifier(std::string_view digits) {
    return packed("an issuer identifier", digits, 3, 4);
}

Bytes pan(std::string_view digits) {
    return packed("a PAN", digits, 1, 10);
}

std::array<std::uint8_t, 2> month(std::chrono::year_month expiry) {
    if (!expiry.ok()) throw std::invalid_argument("a certificate expires in a month of the calendar");
    return {binary_coded(static_cast<unsigned>(expiry.month())),
            binary_coded(static_cast<unsigned>(static_cast<int>(expiry.year()) % 100))};
}

Bytes dynamic_number(ByteView number) {
    if (number.size() < 2 || number.size() > 8)
        throw std::invalid_argument(
            fmt::format("an ICC dynamic number has 2 to 8 octets, this one {}", number.size()));
    Bytes out(1 + number.size());
    out[0] = static_cast<std::uint8_t>(number.size());
    std::ranges::copy(number, out.begin() + 1);
    return out;
}

Bytes combined_dynamic_data(ByteView number, const CombinedData& data, ByteView hash) {
    Bytes out = dynamic_number(number);
    out.push_back(data.cid);
    append(out, data.cryptogram);
    append(out, hash);
    return out;
}

std::optional<std::chrono::year_month> month_of(ByteView octets) {
    const std::string mmyy = to_hex(octets);
    return parse_month(mmyy.substr(2) + mmyy.substr(0, 2));
}

bool has_expired(std::chrono::year_month expiry, std::chrono::year_month_day today) {
    return std::chrono::year_month{today.year(), today.month()} > expiry;
}

}  // namespace posbench::emv::fields
