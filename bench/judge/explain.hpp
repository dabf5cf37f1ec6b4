#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/runtime/time.hpp"
#include "bench/trace/event.hpp"

/// Events as people read them. Only the vocabulary's own words, numbers and quotations: nothing to translate.
namespace posbench::judge {

/// "12.340 s", to the millisecond, halves away from zero.
std::string format_time(runtime::TimePoint at);
std::string format_time(runtime::Duration span);

/// "12.34 CNY"; a currency the bench does not know gives "1234 minor units of currency 999".
/// @param currency numeric ISO 4217, as in events
std::string format_money(std::int64_t minor, std::string_view currency);

/// The fields that matter of an event: "0200 STAN 000002 12.34 CNY, MAC ok".
std::string explain_fields(const trace::Event& event);
/// One line: "12.340 s  host.request  0200 STAN 000002 12.34 CNY, MAC ok".
std::string explain(const trace::Event& event);
/// The same with another text of its fields.
std::string explain_as(const trace::Event& event, std::string_view fields);
/// For the middle of a sentence: "host.request at 12.340 s".
std::string cite(const trace::Event& event);

}  // namespace posbench::judge
