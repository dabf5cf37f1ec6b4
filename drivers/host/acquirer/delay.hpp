#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "bench/config/reader.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"

namespace posbench::host {

/// A length of time, fixed or drawn anew for each use. Never negative, at most a day.
class Delay {
  public:
    struct Fixed {
        runtime::Duration length{};
    };
    struct Uniform {
        runtime::Duration least{}, most{};  ///< both inclusive
    };
    /// What comes out below 0 is 0.
    struct Normal {
        runtime::Duration mean{}, deviation{};
    };
    struct Exponential {
        runtime::Duration mean{};
    };
    /// Heavy tail: longer than t with probability (least / t) ^ shape.
    struct Pareto {
        runtime::Duration least{};
        double shape = 1;
    };
    using Law = std::variant<Fixed, Uniform, Normal, Exponential, Pareto>;

    explicit Delay(Law law) noexcept : law_(law) {}
    runtime::Duration draw(runtime::Random& random) const;

  private:
    Law law_;
};

/// "20s", or a table with `distribution` and its figures (drivers/host/README.md); none when there is no
/// `key`. @throws config::ConfigError
std::optional<Delay> read_delay(config::Reader& reader, std::string_view key);

}  // namespace posbench::host
