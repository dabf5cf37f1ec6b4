#pragma once

#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/card/emulated/application.hpp"
#include "drivers/card/emulated/fault_programme.hpp"
#include "drivers/card/emulated/stripe.hpp"
#include "drivers/protocols/emv/atr.hpp"

namespace posbench::card {

/// How long the card takes in simulated time. The customary values are those of 9600 bit/s without a
/// negotiated speed, 12 elementary time units an octet, and in the field of 106 kbit/s, 9 × 128 / 13.56 MHz.
struct Timing {
    runtime::Duration reset = runtime::Duration(50'000'000);
    runtime::Duration command = runtime::Duration(20'000'000);
    runtime::Duration per_octet = runtime::Duration(1'250'000);
    struct Contactless {
        runtime::Duration activation = runtime::Duration(15'000'000);  ///< polling up to the ATS
        runtime::Duration command = runtime::Duration(20'000'000);
        runtime::Duration per_octet = runtime::Duration(85'000);
    } contactless;
};

/// Of a card with contacts.
struct AnswerToReset {
    Bytes octets;
    emv::Atr read;  ///< T=0 with every default where the octets are none that can be read
};

/// A card as its image describes it: everything checked, nothing yet used up.
struct CardImage {
    std::string name;  ///< "unionpay-credit"
    std::string pin;   ///< its holder's, also checked offline; may be empty
    /// Of all its accounts, the longest first: in no trace, wherever the image puts one.
    std::vector<std::string> pans;
    int pin_tries = 3;
    AnswerToReset atr;       ///< to a cold reset
    AnswerToReset atr_warm;  ///< to a warm one (EMV book 1 clause 8.1)
    Bytes ats;               ///< empty: no antenna
    emv::Ats ats_read;
    bool chip = true;                       ///< false: no chip, or a dead one
    bool directory = true;                  ///< has a PSE (1PAY.SYS.DDF01), and a PPSE
    bool blocked = false;                   ///< by its issuer, at the beginning
    std::vector<Application> applications;  ///< contact; by priority, then in the order of the image
    std::vector<Application> contactless;   ///< the same
    Stripe stripe;
    Timing timing;
    std::vector<FaultRule> faults;
};

/// Reads a card image (drivers/card/README.md describes the keys). @throws config::ConfigError
CardImage read_card_image(const config::Value& settings);

}  // namespace posbench::card
