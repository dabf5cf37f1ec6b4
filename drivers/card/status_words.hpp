#pragma once

#include <cstdint>
#include <string>

namespace posbench::card {

/// What a status word says (ISO/IEC 7816-4 tables 5 and 6, EMV book 3 clause 6.3.5), with the count it bears:
/// 63C2 is "wrong PIN, 2 tries left".
std::string status_in_words(std::uint16_t sw);

}  // namespace posbench::card
