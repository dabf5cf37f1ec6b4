#pragma once

#include <string>
#include <vector>

#include "bench/trace/event.hpp"

namespace posbench::cli {

/// What judge::explain_fields() says of each event, and of a card.apdu what P1 and P2 ask for, the status
/// word in words and the first data objects of command and answer, named as the application selected names
/// them. Masked as the events are.
std::vector<std::string> tell_with_cards(const std::vector<trace::Event>& events);

}  // namespace posbench::cli
