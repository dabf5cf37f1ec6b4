#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "drivers/host/recording/recording.hpp"

namespace posbench::host {

/// A recording read again, to answer in the place of the host that was recorded.
class StandIn {
  public:
    explicit StandIn(std::vector<RecordedExchange> exchanges);
    /// @throws std::system_error when the file cannot be read, std::invalid_argument naming the line that is
    /// no exchange
    static StandIn load(const std::filesystem::path& file);

    /// What was recorded for a request like this one: the first that was not taken yet with the same message
    /// type, fields 3, 25, 60.1 and 60.3, card and amount; if there is none, the first of any card, then of
    /// any amount too. Null when nothing like it is left. What is given is taken.
    const RecordedExchange* take(const KeptMessage& request);
    std::size_t left() const noexcept { return left_; }

  private:
    struct Kept {
        RecordedExchange exchange;
        bool taken = false;
    };
    std::vector<Kept> kept_;
    std::size_t left_ = 0;
};

/// The recorded answer for another request: what it repeated of its own request (STAN, terminal, amount) is
/// repeated of this one, also where it was not kept (field 2); date and time are left to the caller, and what
/// belongs to other keys is left out: MAC, working keys, a chip's data.
iso8583::Message answer_like(const iso8583::Dialect& dialect, const RecordedExchange& recorded,
                             const iso8583::Message& request);

}  // namespace posbench::host
