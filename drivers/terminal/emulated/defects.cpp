#include "drivers/terminal/emulated/defects.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace posbench::terminal {
namespace {

constexpr std::array table{
    DefectSpec{Defect::forgets_reversal, "forgets-reversal", "stores no reversal, so it never sends one"},
    DefectSpec{Defect::reversal_new_stan, "reversal-new-stan",
               "sends the reversal under a fresh STAN instead of the original's"},
    DefectSpec{Defect::reversal_lost_at_power_off, "reversal-lost-at-power-off",
               "forgets a pending reversal when it loses power"},
    DefectSpec{Defect::reversal_after_sending, "reversal-after-sending",
               "stores the reversal only after the request was sent"},
    DefectSpec{Defect::ignores_expiry, "ignores-expiry", "takes expired cards, chip and stripe, as valid"},
    DefectSpec{Defect::ignores_lrc, "ignores-lrc", "takes a stripe whose LRC is wrong as read"},
    DefectSpec{Defect::swipes_chip_cards, "swipes-chip-cards",
               "takes the stripe of a chip card without a chip failure before"},
    DefectSpec{Defect::approves_91, "approves-91", "takes code 91 (issuer unavailable) as an approval"},
    DefectSpec{Defect::ignores_second_ac, "ignores-second-ac",
               "approves although the card declined in the second GENERATE AC"},
    DefectSpec{Defect::reply_mac_unchecked, "reply-mac-unchecked", "acts on a reply whose MAC is wrong"},
    DefectSpec{Defect::reply_stan_unchecked, "reply-stan-unchecked",
               "acts on a reply that carries another STAN"},
    DefectSpec{Defect::repeats_sale_after_printer_fault, "repeats-sale-after-printer-fault",
               "does the sale once more when its receipt could not be printed"},
    DefectSpec{Defect::sells_on_low_battery, "sells-on-low-battery",
               "begins a sale on a battery that may not last to its end"},
    DefectSpec{Defect::ignores_tamper, "ignores-tamper", "goes on, keys and all, after its case was opened"},
    DefectSpec{Defect::no_watchdog, "no-watchdog",
               "is not restarted when its application is blocked or stopped"},
    DefectSpec{Defect::stuck_key_sells_twice, "stuck-key-sells-twice",
               "takes the repeats of a stuck confirm key for a second sale"},
    DefectSpec{Defect::blames_wrong_reader, "blames-wrong-reader",
               "names the sound card reader as the dead one"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].defect) != i) return false;
    return table.size() == static_cast<std::size_t>(Defect::count_);
}
static_assert(in_order(), "the table lists every defect once, in the order of the enumeration");

}  // namespace

std::span<const DefectSpec> defect_table() noexcept {
    return table;
}

Defects read_defects(config::Reader& profile) {
    Defects defects;
    const auto names = profile.texts("defects");
    if (!names) return defects;
    for (const std::string& name : *names) {
        const auto found = std::ranges::find(table, std::string_view(name), &DefectSpec::name);
        if (found == table.end()) {
            std::vector<std::string> known;
            for (const DefectSpec& spec : table) known.emplace_back(spec.name);
            profile.fail("defects", "unknown defect '" + name + "'", config::nearest_name(name, known));
        }
        defects.add(found->defect);
    }
    return defects;
}

}  // namespace posbench::terminal
