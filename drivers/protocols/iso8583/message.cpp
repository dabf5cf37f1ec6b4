#include "drivers/protocols/iso8583/message.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace posbench::iso8583 {
namespace {

constexpr std::size_t usual_fields = 16;

}  // namespace

Message::Message(const MessageView& view) : mti_(view.mti()), bitmap_(view.bitmap()) {
    values_.reserve(usual_fields);
    for (int field = bitmap_.next(1); field != 0; field = bitmap_.next(field))
        values_.push_back(view.value(field));
}

std::string_view Message::get(int field) const noexcept {
    if (!has(field)) return {};
    return values_[static_cast<std::size_t>(bitmap_.count_before(field))];
}

void Message::set(int field, std::string value) {
    if (field < first_field || field > last_field)
        throw std::out_of_range(
            fmt::format("field {} is not one of {} to {}", field, first_field, last_field));
    const auto index = static_cast<std::size_t>(bitmap_.count_before(field));
    if (has(field)) {
        values_[index] = std::move(value);
        return;
    }
    if (values_.empty()) values_.reserve(usual_fields);
    values_.insert(values_.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
    bitmap_.set(field);
}

void Message::clear(int field) noexcept {
    if (!has(field)) return;
    values_.erase(values_.begin() + static_cast<std::ptrdiff_t>(bitmap_.count_before(field)));
    bitmap_.clear(field);
}

std::vector<int> Message::fields() const {
    std::vector<int> numbers;
    numbers.reserve(values_.size());
    for (int field = bitmap_.next(1); field != 0; field = bitmap_.next(field)) numbers.push_back(field);
    return numbers;
}

Result<Message, DecodeError> decode(const Dialect& dialect, ByteView octets) {
    const auto view = MessageView::parse(dialect, octets);
    if (!view) return view.error();
    return Message(*view);
}

std::string reply_mti(std::string_view request_mti) {
    std::string mti(request_mti);
    ++mti.at(2);
    return mti;
}

}  // namespace posbench::iso8583
