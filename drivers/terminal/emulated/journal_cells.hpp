#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

/// The names of the journal's cells in the flash (those of downloads are theirs), and bounds of what stands
/// in them. For journal.cpp and journal_load.cpp alone.
namespace posbench::terminal::cell {

inline constexpr std::string_view state = "state";
inline constexpr std::string_view master_key = "master_key";  ///< 16 octets
inline constexpr std::string_view reversal = "reversal";
inline constexpr std::string_view order = "order";
inline constexpr std::string_view receipt = "receipt";
inline constexpr std::string_view settlement = "settlement";
inline constexpr std::string_view report = "report";
inline constexpr std::string_view transaction_prefix =
    "transaction/";  ///< and a number of six digits, from 1

inline constexpr std::string_view keys_name = "keys";  ///< in the state

inline constexpr std::int64_t highest_stan = 999'999;
/// One more can be counted.
inline constexpr std::int64_t most_attempts = std::numeric_limits<int>::max() - 1;

}  // namespace posbench::terminal::cell
