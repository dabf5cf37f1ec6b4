#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "drivers/host/recording/recording.hpp"

namespace posbench::host {

/// A recording that answers in the place of the host that was recorded, during one run.
class StandIn {
  public:
    /// What a recording has for a request.
    struct Found {
        const RecordedExchange* taken = nullptr;  ///< null: nothing is left
        std::size_t line = 0;                     ///< of `taken`, or of the nearest; 0: none is near
        /// How its request differs from this one: "field 4", "card"; never what a field holds.
        std::vector<std::string> differs;
    };

    explicit StandIn(std::shared_ptr<const Recording> recording);

    /// The first exchange that was not taken yet, of a request with the same message type, fields 3, 25, 60.1
    /// and 60.3, card and amount; if there is none, the first of any card, then of any amount too. What is
    /// given is taken. Where nothing is left, the nearest of the same message type is named: of this kind, or
    /// of the kind that differs in the fewest fields.
    Found take(const iso8583::Message& request);

  private:
    using Name = std::string;
    using Waiting = std::unordered_map<Name, std::deque<std::size_t>>;  ///< indices into the recording

    Found nearest(const iso8583::Message& request) const;

    std::shared_ptr<const Recording> recording_;
    std::vector<bool> taken_;
    std::array<Waiting, 3> waiting_;     ///< by kind, card and amount; by kind and amount; by kind
    std::map<Name, std::size_t> kinds_;  ///< the last exchange of each
};

/// The recorded answer for another request: what it repeated of its own request (STAN, terminal, amount, the
/// batch in field 60) is repeated of this one, also where it was not kept (field 2). What belongs to other
/// keys or to a chip is left out (MAC, 55, 62), and so are date and time, which are the caller's.
/// Precondition: `recorded` has a reply
iso8583::Message answer_like(const iso8583::Dialect& dialect, const RecordedExchange& recorded,
                             const iso8583::Message& request);

}  // namespace posbench::host
