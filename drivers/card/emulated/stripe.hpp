#pragma once

#include <array>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {

/// The stripe of a card and what is wrong with it.
struct Stripe {
    /// Texts of tracks 1 to 3 with sentinels, without LRC; empty: not encoded.
    std::array<std::string, 3> tracks;
    std::string pan;  ///< of its account
    magstripe::Faults faults;
    magstripe::Surface surface;
    std::array<bool, 3> faulty{};          ///< tracks that faults and surface apply to
    magstripe::Hand hand;                  ///< draws all tracks alike
    std::vector<std::string> fault_names;  ///< as the image names them
};

/// Reads the table [stripe]; without one (null) both payment tracks are derived from the account, whose table
/// is named when they do not fit. Faults of which one undoes another are refused.
/// @throws config::ConfigError naming key and rule, never a track
Stripe read_stripe(config::Reader* reader, const config::Reader& account_table, const Account& account);

/// One pass of the stripe.
struct WrittenSwipe {
    Swipe swipe;
    /// Names of the faults without which tracks 1 to 3 would be others. One that is left to chance may have
    /// changed nothing.
    std::array<std::vector<std::string>, 3> changed_by;
};

/// What is left to chance comes from `random`.
WrittenSwipe write_swipe(const Stripe& stripe, runtime::Random& random);

}  // namespace posbench::card
