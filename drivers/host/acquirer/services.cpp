#include "drivers/host/acquirer/services.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace posbench::host {

Services read_services(config::Reader& reader) {
    using iso8583::TransactionType;
    std::vector<std::string> names;
    for (unsigned type = 0; type < static_cast<unsigned>(TransactionType::reversal); ++type)
        names.emplace_back(to_string(static_cast<TransactionType>(type)));
    const auto words = reader.choices("services", names);
    if (!words) return {};
    Services services{0};
    for (std::size_t type = 0; type < names.size(); ++type)
        if (std::ranges::find(*words, names[type]) != words->end()) services.bits |= std::uint32_t{1} << type;
    return services;
}

}  // namespace posbench::host
