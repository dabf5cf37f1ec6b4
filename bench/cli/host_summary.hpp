#pragma once

#include <string>

#include "bench/runtime/time.hpp"
#include "drivers/host/host.hpp"

namespace posbench::cli {

/// What a host has done in the time that it was served: several lines for people.
std::string summary(const host::Figures& figures, const host::Totals& totals, runtime::Duration served);
/// One JSON object: the same figures; durations in microseconds, amounts in minor units.
std::string summary_json(const host::Figures& figures, const host::Totals& totals, runtime::Duration served);

}  // namespace posbench::cli
