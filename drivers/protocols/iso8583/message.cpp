#include "drivers/protocols/iso8583/message.hpp"

#include <bit>
#include <stdexcept>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/fields.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t usual_fields = 16;

constexpr bool in_range(int field) {
    return field >= first_field && field <= last_field;
}

constexpr std::uint64_t bit_of(int field) {
    return std::uint64_t{1} << (64 - field);
}

/// How many of the fields present come before `field`, which is where its value stands.
std::size_t index_of(std::uint64_t bitmap, int field) {
    return static_cast<std::size_t>(std::popcount(bitmap >> (65 - field)));
}

}  // namespace

std::string_view Message::get(int field) const noexcept {
    if (!has(field)) return {};
    return values_[index_of(bitmap_, field)];
}

void Message::set(int field, std::string value) {
    if (!in_range(field)) throw std::out_of_range(fmt::format("field {} is not one of 2 to 64", field));
    const std::size_t index = index_of(bitmap_, field);
    if (has(field)) {
        values_[index] = std::move(value);
        return;
    }
    if (values_.empty()) values_.reserve(usual_fields);
    values_.insert(values_.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
    bitmap_ |= bit_of(field);
}

void Message::clear(int field) noexcept {
    if (!has(field)) return;
    values_.erase(values_.begin() + static_cast<std::ptrdiff_t>(index_of(bitmap_, field)));
    bitmap_ &= ~bit_of(field);
}

std::vector<int> Message::fields() const {
    std::vector<int> numbers;
    numbers.reserve(values_.size());
    for (int field = first_field; field <= last_field; ++field)
        if (has(field)) numbers.push_back(field);
    return numbers;
}

std::string reply_mti(std::string_view request_mti) {
    std::string mti(request_mti);
    ++mti.at(2);
    return mti;
}

void throw_exception_from_error(const DecodeError& error, const boost::source_location&) {
    throw std::runtime_error(error.what);
}

}  // namespace posbench::iso8583
