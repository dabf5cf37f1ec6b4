#include "drivers/host/acquirer/civil_time.hpp"

#include <fmt/format.h>

namespace posbench::host {

std::string CivilTime::mmdd() const {
    return fmt::format("{:02}{:02}", static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string CivilTime::hhmmss() const {
    const auto seconds = of_day.count();
    return fmt::format("{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

int CivilTime::yymm() const {
    return (static_cast<int>(date.year()) - 2000) * 100 +
           static_cast<int>(static_cast<unsigned>(date.month()));
}

}  // namespace posbench::host
