#include "drivers/protocols/iso8583/message.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/fields.hpp"

namespace posbench::iso8583 {
namespace {

constexpr bool in_range(int field) {
    return field >= first_field && field <= last_field;
}

}  // namespace

std::string_view Message::get(int field) const noexcept {
    if (!in_range(field)) return {};
    return values_[static_cast<std::size_t>(field)];
}

void Message::set(int field, std::string value) {
    if (!in_range(field)) throw std::out_of_range(fmt::format("field {} is not one of 2 to 64", field));
    const auto index = static_cast<std::size_t>(field);
    present_.set(index);
    values_[index] = std::move(value);
}

void Message::clear(int field) noexcept {
    if (!in_range(field)) return;
    const auto index = static_cast<std::size_t>(field);
    present_.reset(index);
    values_[index].clear();  // absent fields are equal
}

std::vector<int> Message::fields() const {
    std::vector<int> numbers;
    numbers.reserve(present_.count());
    for (int field = first_field; field <= last_field; ++field)
        if (has(field)) numbers.push_back(field);
    return numbers;
}

void throw_exception_from_error(const DecodeError& error, const boost::source_location&) {
    throw std::runtime_error(error.what);
}

}  // namespace posbench::iso8583
