#pragma once

#include "bench/trace/recorder.hpp"
#include "drivers/host/acquirer/authorisation.hpp"

namespace posbench::host {

/// Fields of host.posted.
trace::Fields describe(const Posting& posting);
/// Fields of host.order.
trace::Fields describe(const OrderChange& change);

}  // namespace posbench::host
