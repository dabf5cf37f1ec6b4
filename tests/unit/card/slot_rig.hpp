#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/card/card_rig.hpp"

/// A card with power, in slot or field, and faults and steps that act on it.
namespace posbench::test {

inline const Bytes select_pse = apdu("00A40400", as_bytes("1PAY.SYS.DDF01"));
inline const Bytes select_application = apdu("00A40400", hex("A000000333010102"));

/// "card.apdu" after "card.apdu": names of the kinds since `from`.
inline std::vector<std::string> kinds(const CardRig& rig, std::size_t from) {
    std::vector<std::string> names;
    for (std::size_t i = from; i < rig.recorder.events().size(); ++i)
        names.emplace_back(trace::spec(rig.recorder.events()[i].kind).name);
    return names;
}

/// A card that has power, in slot or field.
struct Powered : CardRig {
    Powered(card::Interface interface, const std::string& name, std::string_view overrides = {},
            std::uint64_t seed = 7)
        : CardRig(name, overrides, seed) {
        if (interface == card::Interface::contact) {
            card->insert(card::Card::How::chip);
            good(reset());
        } else {
            card->tap(card::Card::Field::one_card);
            good(activate());
        }
        started = clock.now();
        begin = recorder.events().size();
    }
    runtime::Duration passed() const { return clock.now() - started; }

    runtime::TimePoint started;
    std::size_t begin;  ///< events before the test's own
};

/// A step of a scenario: takes the card out on the first card.fault.
class PulledOnFault {
  public:
    explicit PulledOnFault(CardRig& rig) : pull_([&rig] { rig.card->remove(); }) {
        rig.recorder.observe([this, &rig](const trace::Event& event) {
            if (event.kind == trace::Kind::card_fault && !std::exchange(done_, true)) rig.clock.post(pull_);
        });
    }
    PulledOnFault(const PulledOnFault&) = delete;
    PulledOnFault& operator=(const PulledOnFault&) = delete;

  private:
    runtime::CallbackTimer pull_;
    bool done_ = false;
};

inline std::string fault(std::string_view keys) {
    return "[[fault]]\n" + std::string(keys);
}

/// As the reader has it.
inline std::string outcome(const card::ReaderResult<Bytes>& result) {
    if (result) return to_hex(*result);
    constexpr std::array<std::string_view, 3> names{"mute", "removed", "collision"};
    return std::string(names[static_cast<std::size_t>(result.error())]);
}

}  // namespace posbench::test
