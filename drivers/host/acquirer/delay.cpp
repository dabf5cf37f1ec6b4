#include "drivers/host/acquirer/delay.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bench/runtime/overloaded.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using runtime::Duration;

constexpr Duration longest = std::chrono::hours(24);

/// Nanoseconds, cut to what a delay may be before they become an integer.
Duration cut(double nanoseconds) {
    return Duration(
        static_cast<Duration::rep>(std::clamp(nanoseconds, 0.0, static_cast<double>(longest.count()))));
}

double in_ns(Duration duration) {
    return static_cast<double>(duration.count());
}

Duration required(Reader& reader, std::string_view key) {
    const Duration read = reader.require(key, reader.duration(key));
    if (read > longest) reader.fail(key, std::string(key) + " must not be longer than 24h");
    return read;
}

Delay::Law read_law(Reader& law) {
    const std::string name = law.require(
        "distribution", law.choice("distribution", {"uniform", "normal", "exponential", "pareto"}));
    if (name == "uniform") {
        const Delay::Uniform uniform{required(law, "min"), required(law, "max")};
        if (uniform.most < uniform.least) law.fail("max", "max must not be below min");
        return uniform;
    }
    if (name == "normal") return Delay::Normal{required(law, "mean"), required(law, "deviation")};
    if (name == "exponential") return Delay::Exponential{required(law, "mean")};
    return Delay::Pareto{required(law, "min"), law.require("shape", law.number("shape", 0.1, 100))};
}

}  // namespace

Duration Delay::draw(runtime::Random& random) const {
    return std::visit(
        runtime::Overloaded{
            [](const Fixed& law) { return law.length; },
            [&](const Uniform& law) { return Duration(random.between(law.least.count(), law.most.count())); },
            [&](const Normal& law) { return cut(in_ns(law.mean) + in_ns(law.deviation) * random.normal()); },
            [&](const Exponential& law) { return cut(-in_ns(law.mean) * std::log(1.0 - random.uniform())); },
            [&](const Pareto& law) {
                return cut(in_ns(law.least) * std::pow(1.0 - random.uniform(), -1.0 / law.shape));
            },
        },
        law_);
}

std::optional<Delay> read_delay(Reader& reader, std::string_view key) {
    const config::Value* value = reader.raw(key);
    if (!value) return std::nullopt;
    if (!value->get<config::Table>()) return Delay(Delay::Fixed{required(reader, key)});
    Reader law(*value, std::string(key));
    const Delay delay(read_law(law));
    law.finish();
    return delay;
}

}  // namespace posbench::host
