#include <algorithm>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Processing restrictions, EMV book 3 clause 10.4.
namespace posbench::terminal {

using runtime::Task;

namespace {

// Application usage control, 9F07 (annex C2).
constexpr std::uint8_t valid_at_terminals = 0x01;  // octet 1: other than ATMs
constexpr std::uint8_t domestic_purchase = 0x28;   // octet 1: goods, services
constexpr std::uint8_t international_purchase = 0x14;

bool usage_allowed(ByteView control, bool domestic, bool country_known) {
    if ((control[0] & valid_at_terminals) == 0) return false;
    if (!country_known) return true;
    return (control[0] & (domestic ? domestic_purchase : international_purchase)) != 0;
}

}  // namespace

Task<ChipStep> Kernel::restrict_processing() {
    const ByteView version = objects_.card.get(tag::version_of_card);
    if (!version.empty() && !std::ranges::equal(version, selected_.accepted->version))
        tvr_.set(emv::Tvr::versions_differ);

    const ByteView control = objects_.card.get(tag::usage_control);
    const ByteView country = objects_.card.get(tag::issuer_country);
    const bool domestic = std::ranges::equal(country, objects_.terminal.get(tag::terminal_country));
    if (control.size() == 2 && !usage_allowed(control, domestic, !country.empty()))
        tvr_.set(emv::Tvr::service_not_allowed);

    // Of both read_data() saw that they are dates.
    const auto from = emv::parse_date(to_hex(objects_.card.get(tag::effective_date)));
    if (from && *from > today_) tvr_.set(emv::Tvr::not_yet_effective);
    const auto until = emv::parse_date(to_hex(objects_.card.get(tag::expiry_date)));
    const bool overlooked =
        settings_.defects.has(Defect::ignores_expiry) || settings_.defects.has(Defect::tvr_bit_missing);
    if (until && *until < today_ && !overlooked) tvr_.set(emv::Tvr::expired_application);

    refresh_results();
    co_return co_await report_.done("restrictions");
}

}  // namespace posbench::terminal
