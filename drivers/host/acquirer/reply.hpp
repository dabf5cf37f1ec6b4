#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/request.hpp"

namespace posbench::host {

/// What every answer carries: message type, response code (39), reference number (37), the host's civil time
/// (12, 13), its institution (32), and the fields that are echoed (3, 11, 25, 41, 42, 49, 53, 60).
iso8583::Message reply_to(const Request& request, const Profile& profile, std::string_view code,
                          std::string_view rrn, runtime::WallTime now);

/// Adds what the answer to a financial message carries besides: 2, 4, 14, 15, 23, 44 and 63.
void add_financial_fields(iso8583::Message& reply, const Request& request, const Profile& profile,
                          runtime::WallTime now);

/// Field 63.1, the card organisation: CUP (UnionPay, domestic), or VIS, MCC, AMX, JCB.
std::string_view organisation(std::string_view pan);

/// Field 54 of a balance inquiry: account type n2 (field 3, digits 3 and 4), amount type 02 (available),
/// currency n3, sign C (D when it is overdrawn), amount n12. None for a balance that has no room there.
std::optional<std::string> balance_field(const Request& request, Amount balance);

}  // namespace posbench::host
