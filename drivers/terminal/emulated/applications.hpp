#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"

namespace posbench::terminal {

/// What a reader does with the application over the field (EMV contactless book A clause 5.2). An amount
/// that is the limit or more is beyond it; one that is the floor limit is not.
struct ContactlessLimits {
    Amount transaction;  ///< from here on the card is to be inserted
    Amount floor;        ///< above this the host is asked
    Amount cvm;          ///< from here on a cardholder verification is required
};

/// An application of the card the terminal takes (EMV book 1 clause 12.2.2, book 3 clauses 10.6, 10.7, book 4
/// table of data elements). The values here stand for what profile or download do not say.
struct AcceptedApplication {
    Bytes aid;                                        ///< 9F06, 5 to 16 octets
    bool partial = true;                              ///< also longer AIDs that begin with it
    std::array<std::uint8_t, 2> version{0x00, 0x30};  ///< 9F09
    // Terminal action codes.
    std::array<std::uint8_t, 5> tac_denial{0x00, 0x10, 0x00, 0x00, 0x00};
    std::array<std::uint8_t, 5> tac_online{0xDC, 0x40, 0x04, 0xF8, 0x00};
    std::array<std::uint8_t, 5> tac_default{0xDC, 0x40, 0x00, 0xA8, 0x00};
    Amount floor_limit;                            ///< 9F1B, below 2^32 minor units
    Amount threshold;                              ///< of biased random selection; at most the floor limit
    int target_percentage = 0;                     ///< of random selection, below the threshold; 0 to 99
    int max_target_percentage = 0;                 ///< at the floor limit; target_percentage to 99
    Bytes default_ddol{0x9F, 0x37, 0x04};          ///< for cards that have none of their own
    Bytes default_tdol;                            ///< the same
    bool online_pin = true;                        ///< false: not even where 9F33 claims it
    std::optional<ContactlessLimits> contactless;  ///< none: not over the field
};

/// The tables [[application]] of a terminal profile. @throws config::ConfigError
/// @param floor_limit of applications that name none
std::vector<AcceptedApplication> read_applications(config::Reader& profile, const Currency& currency,
                                                   Amount floor_limit);

/// A limit of the profile that goes into 9F1B, which has four octets. @throws config::ConfigError
Amount read_floor_limit(config::Reader& reader, const Currency& currency, Amount fallback);

}  // namespace posbench::terminal
