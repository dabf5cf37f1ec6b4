#include "drivers/host/acquirer/services.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace posbench::host {
namespace {

using iso8583::TransactionType;

/// Those that may be refused: not the reversal, nor what asks for an order or closes it, for what a terminal
/// has opened it must hear of.
std::vector<TransactionType> refusable() {
    std::vector<TransactionType> types;
    for (unsigned i = 0; i < static_cast<unsigned>(TransactionType::reversal); ++i) {
        const auto type = static_cast<TransactionType>(i);
        if (!iso8583::asks_about_order(type)) types.push_back(type);
    }
    return types;
}

}  // namespace

Services read_services(config::Reader& reader) {
    std::vector<std::string> names;
    for (const TransactionType type : refusable()) names.emplace_back(to_string(type));
    const auto words = reader.choices("services", names);
    if (!words) return {};
    Services services{0};
    for (const TransactionType type : refusable())
        if (std::ranges::find(*words, to_string(type)) != words->end())
            services.bits |= std::uint32_t{1} << static_cast<unsigned>(type);
    return services;
}

}  // namespace posbench::host
