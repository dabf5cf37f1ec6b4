#include "drivers/protocols/emv/scheme.hpp"

#include <algorithm>
#include <array>

namespace posbench::emv {
namespace {

struct Owner {
    Scheme scheme;
    std::array<std::uint8_t, 5> provider;
    std::array<std::string_view, 2> names;  ///< as they stand in brackets in the dictionary
};
constexpr std::array owners{
    Owner{Scheme::visa, {0xA0, 0x00, 0x00, 0x00, 0x03}, {"Visa", {}}},
    Owner{Scheme::mastercard, {0xA0, 0x00, 0x00, 0x00, 0x04}, {"Mastercard", {}}},
    Owner{Scheme::amex, {0xA0, 0x00, 0x00, 0x00, 0x25}, {"Amex", {}}},
    Owner{Scheme::jcb, {0xA0, 0x00, 0x00, 0x00, 0x65}, {"JCB", {}}},
    Owner{Scheme::unionpay, {0xA0, 0x00, 0x00, 0x03, 0x33}, {"UnionPay", "PBOC"}},
};

/// Takes what stands before the next `mark` off the front of `text`, and the mark.
std::string_view take_until(std::string_view& text, std::string_view mark) noexcept {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view front = text.substr(0, end);
    text.remove_prefix(std::min(end + mark.size(), text.size()));
    return front;
}

bool is_listed(std::string_view list, const Owner& owner) noexcept {
    while (!list.empty()) {
        const std::string_view name = take_until(list, ", ");
        if (std::ranges::find(owner.names, name) != owner.names.end()) return true;
    }
    return false;
}

}  // namespace

Scheme scheme_of(ByteView application_identifier) noexcept {
    for (const Owner& owner : owners)
        if (application_identifier.size() >= owner.provider.size() &&
            std::ranges::equal(application_identifier.first(owner.provider.size()), owner.provider))
            return owner.scheme;
    return Scheme::unknown;
}

std::string_view name_in(std::string_view name, Scheme scheme) noexcept {
    const auto owner = std::ranges::find(owners, scheme, &Owner::scheme);
    if (owner == owners.end()) return name;
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view meaning = take_until(rest, "; ");
        const std::size_t bracket = meaning.rfind(" (");
        if (bracket == std::string_view::npos || !meaning.ends_with(')')) continue;
        const std::string_view list = meaning.substr(bracket + 2, meaning.size() - bracket - 3);
        if (is_listed(list, *owner)) return meaning.substr(0, bracket);
    }
    return name;
}

}  // namespace posbench::emv
